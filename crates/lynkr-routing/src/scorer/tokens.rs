//! What the pieces of a text are: words, paths, numbers, names from code, ids that say nothing.

use super::pieces::Kinds;

/// What a piece between spaces is as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// To be taken apart into words.
    Words,
    /// A file or folder.
    Path,
    /// An address on the web.
    Url,
    /// A number, a sum, a time.
    Number,
}

/// What a run of letters and digits is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Run {
    /// A word of a language.
    Word,
    /// A name from code: `fooBar`, `foo_bar`.
    Name,
    /// Digits.
    Number,
    /// Letters and digits mixed, as in a commit's id.
    Id,
}

/// Ends of files' names.
const ENDINGS: [&str; 62] = [
    "awk", "bash", "c", "cc", "cfg", "conf", "cpp", "cs", "css", "csv", "dart", "env", "erb", "ex", "exs",
    "go", "gradle", "h", "hpp", "hs", "html", "ini", "ipynb", "java", "jpg", "js", "json", "jsx", "kt",
    "less", "lock", "log", "lua", "m", "md", "mjs", "php", "pl", "png", "proto", "py", "r", "rb", "rs",
    "scala", "scss", "sh", "sql", "svelte", "svg", "swift", "tf", "toml", "ts", "tsx", "txt", "vue", "xml",
    "yaml", "yml", "zig", "zip",
];

/// Products whose names look like files.
const PRODUCTS: [&str; 7] = ["d3.js", "express.js", "next.js", "node.js", "nuxt.js", "three.js", "vue.js"];

/// Whether each character is a word, since its script has no spaces.
pub(super) fn stands_alone(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

/// What a piece without punctuation around it is; `kinds` are those of its bytes, and may be more.
pub(super) fn piece(piece: &[u8], kinds: Kinds) -> Piece {
    if !kinds.has(Kinds::DIGIT.and(Kinds::JOINT)) {
        return Piece::Words;
    }
    let has = |byte: u8| memchr::memchr(byte, piece);
    if piece.first().is_some_and(u8::is_ascii_digit) {
        let letters = piece.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
        if piece.is_ascii() && letters <= 2 && letters < piece.len() && has(b'/').is_none() {
            return Piece::Number;
        }
    }
    if !kinds.has(Kinds::JOINT) {
        return Piece::Words;
    }
    if let Some(at) = has(b':')
        && piece.get(at..at + 3) == Some(b"://")
    {
        return Piece::Url;
    }
    if let Some(slash) = has(b'/') {
        let rooted =
            slash == 0 || piece.starts_with(b"./") || piece.starts_with(b"../") || piece.starts_with(b"~/");
        let deep = memchr::memchr_iter(b'/', piece).count() > 1;
        let dotted = has(b'.').is_some() || has(b'_').is_some();
        return if rooted || deep || dotted { Piece::Path } else { Piece::Words };
    }
    if is_file(piece) { Piece::Path } else { Piece::Words }
}

fn is_file(piece: &[u8]) -> bool {
    let Some(dot) = piece.iter().rposition(|byte| *byte == b'.') else { return false };
    let ending = piece.get(dot + 1..).unwrap_or_default();
    let known = || ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known.as_bytes()));
    // The name may be missing: `.env`. A letter alone is none: `e.g`.
    dot != 1 && known() && !PRODUCTS.iter().any(|product| piece.eq_ignore_ascii_case(product.as_bytes()))
}

/// What a run of letters, digits and underscores is; `kinds` are those of its bytes, and may be more.
pub(super) fn run(run: &[u8], kinds: Kinds) -> Run {
    if !kinds.has(Kinds::UPPER.and(Kinds::DIGIT).and(Kinds::UNDERSCORE)) {
        return Run::Word;
    }
    if run.contains(&b'_') {
        return Run::Name;
    }
    let digits = run.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == run.len() {
        return Run::Number;
    }
    if digits > 0 {
        let turns = run.windows(2).filter(|two| two[0].is_ascii_digit() != two[1].is_ascii_digit()).count();
        let hex = run.iter().all(u8::is_ascii_hexdigit);
        if run.len() >= 4 && (hex || turns > 2) || run.len() < 4 && digits * 2 >= run.len() {
            return Run::Id;
        }
    }
    let humps = || run.windows(2).any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase());
    if run.first().is_some_and(u8::is_ascii_lowercase) && humps() { Run::Name } else { Run::Word }
}

/// The characters that code has and prose has not: 1 for each of them.
const MARKS: [u8; 256] = {
    let mut marks = [0; 256];
    let mut rest: &[u8] = b"{}();=<>[]\"|&";
    while let [first, others @ ..] = rest {
        marks[*first as usize] = 1;
        rest = others;
    }
    marks
};

/// Whether a line without white space around it is code rather than prose.
pub(super) fn is_code(line: &str) -> bool {
    let bytes = line.as_bytes();
    let Some(last) = bytes.last() else { return false };
    let marks: usize = bytes.iter().map(|byte| usize::from(MARKS[usize::from(*byte)])).sum();
    let ends_like_code = b"{};".contains(last) || matches!(last, b')' | b',' | b'(' | b'[' | b']');
    (ends_like_code && marks >= 1 && marks * 20 >= bytes.len())
        || (marks >= 4 && marks * 10 >= bytes.len())
        || opens_block(line)
}

/// Statements of languages that end without a mark.
fn opens_block(line: &str) -> bool {
    const STARTS: [&str; 6] = ["def ", "return ", "import ", "from ", "elif ", "#include"];
    let starts = STARTS.iter().any(|start| line.starts_with(start));
    starts
        && (line.ends_with(':')
            || line.contains('(')
            || line.contains(" import ")
            || line.starts_with("return "))
        || line.starts_with("for ") && line.ends_with(':')
}
