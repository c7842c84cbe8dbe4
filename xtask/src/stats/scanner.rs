//! Finds functions by their braces. Text in strings, characters and comments is blanked first; that is as much of
//! the language as lengths need.

/// A function with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Where its signature begins, from 1.
    pub(crate) line: usize,
    /// From the signature to the closing brace.
    pub(crate) lines: usize,
}

/// The part of a file before its inline tests.
pub(crate) fn production(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod ").map_or(text, |end| text.get(..end).unwrap_or(text))
}

/// Every function that has a body, in the order in which they end.
pub(crate) fn functions(text: &str) -> Vec<Function> {
    let mut found = Vec::new();
    let mut open: Vec<Option<(String, usize)>> = Vec::new();
    let mut pending: Option<(String, usize)> = None;
    // Brackets inside a signature: `[u8; 4]` ends no declaration.
    let mut brackets = 0_usize;
    for (index, line) in blanked(text).lines().enumerate() {
        for token in tokens(line) {
            match token {
                "{" => open.push(pending.take()),
                "}" => found.extend(open.pop().flatten().map(|(name, start)| Function {
                    name,
                    line: start + 1,
                    lines: index + 1 - start,
                })),
                "[" | "(" => brackets += 1,
                "]" | ")" => brackets = brackets.saturating_sub(1),
                ";" if brackets == 0 => pending = None,
                "fn" => pending = Some((String::new(), index)),
                word => name_pending(&mut pending, word),
            }
        }
    }
    found
}

fn name_pending(pending: &mut Option<(String, usize)>, word: &str) {
    if let Some((name, _)) = pending.as_mut().filter(|(name, _)| name.is_empty()) {
        name.push_str(word);
    }
}

/// Words and single marks of a line.
fn tokens(line: &str) -> impl Iterator<Item = &str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.split_inclusive(move |c: char| !is_word(c)).flat_map(move |piece| {
        let end = piece
            .char_indices()
            .next_back()
            .filter(|(_, last)| !is_word(*last))
            .map_or(piece.len(), |(at, _)| at);
        let (word, mark) = piece.split_at(end);
        [word, mark].into_iter().filter(|token| !token.trim().is_empty())
    })
}

/// What the blanking is inside of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Code,
    LineComment,
    BlockComment(usize),
    Text,
    RawText(usize),
}

/// The same lines with the contents of strings, characters and comments gone.
fn blanked(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut inside = Inside::Code;
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let (length, then) = match inside {
            Inside::Code => code_step(rest, result.chars().next_back()),
            Inside::LineComment if next == '\n' => (1, Inside::Code),
            Inside::BlockComment(depth) => block_comment_step(rest, depth),
            Inside::Text => text_step(rest),
            Inside::RawText(hashes) => raw_text_step(rest, hashes),
            Inside::LineComment => (next.len_utf8(), inside),
        };
        let (taken, left) = rest.split_at(length.min(rest.len()));
        let kept = inside == Inside::Code && then == Inside::Code && !taken.starts_with('\'');
        result.extend(taken.chars().filter(|c| kept || *c == '\n'));
        inside = then;
        rest = left;
    }
    result
}

fn code_step(rest: &str, previous: Option<char>) -> (usize, Inside) {
    let first = rest.chars().next().map_or(1, char::len_utf8);
    if rest.starts_with("//") {
        return (2, Inside::LineComment);
    }
    if rest.starts_with("/*") {
        return (2, Inside::BlockComment(1));
    }
    if rest.starts_with('"') {
        return (1, Inside::Text);
    }
    let starts_word = !previous.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if let Some((length, hashes)) = raw_start(rest).filter(|_| starts_word) {
        return (length, Inside::RawText(hashes));
    }
    (character_length(rest).unwrap_or(first), Inside::Code)
}

/// `r"`, `r#"`, `br##"` …: the length of the opening, and how many marks close it.
fn raw_start(rest: &str) -> Option<(usize, usize)> {
    let after = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after.trim_start_matches('#').starts_with('"').then_some((rest.len() - after.len() + hashes + 1, hashes))
}

/// A character literal's length; a lifetime has none.
fn character_length(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('\'')?;
    let escaped = body.starts_with('\\');
    let skipped = if escaped { 2 } else { body.chars().next()?.len_utf8() };
    let end = body.get(skipped..)?.find('\'')?;
    (escaped || end == 0).then_some(1 + skipped + end + 1)
}

fn block_comment_step(rest: &str, depth: usize) -> (usize, Inside) {
    if rest.starts_with("/*") {
        return (2, Inside::BlockComment(depth + 1));
    }
    if rest.starts_with("*/") {
        return (2, if depth == 1 { Inside::Code } else { Inside::BlockComment(depth - 1) });
    }
    (rest.chars().next().map_or(1, char::len_utf8), Inside::BlockComment(depth))
}

fn text_step(rest: &str) -> (usize, Inside) {
    let mut characters = rest.chars();
    match characters.next() {
        Some('"') => (1, Inside::Code),
        // The escaped character may be a line end, which has to stay: it is taken by the next step.
        Some('\\') => (1 + characters.next().filter(|c| *c != '\n').map_or(0, char::len_utf8), Inside::Text),
        next => (next.map_or(1, char::len_utf8), Inside::Text),
    }
}

fn raw_text_step(rest: &str, hashes: usize) -> (usize, Inside) {
    let closes = rest
        .strip_prefix('"')
        .is_some_and(|after| after.len() - after.trim_start_matches('#').len() >= hashes);
    if closes {
        (1 + hashes, Inside::Code)
    } else {
        (rest.chars().next().map_or(1, char::len_utf8), Inside::RawText(hashes))
    }
}
