//! What a text says about itself, as numbered features: hashed words, pairs of words and parts of words, groups of the
//! lexicon and pairs of those, and its form.

use super::groups::Groups;
use super::hash;
use super::lexicon::{FORMS, GROUPS, TRAITS};
use super::tokens::{self, Piece, Run};

/// Places for words and pairs of words, as a power of two.
pub(super) const WORD_BITS: u32 = 16;
/// Places for parts of words, as a power of two.
pub(super) const PART_BITS: u32 = 15;
/// Features that are pairs of traits.
pub(super) const PAIRS: usize = TRAITS * (TRAITS - 1) / 2;
/// A text's beginning and its end, in bytes: what lies between in longer ones is not read.
const WINDOWS: (usize, usize) = (3072, 1024);

/// Counts of a text's form, each with the values from which another feature holds.
const STEPS: [(&str, &[u32]); 12] = [
    ("words", &[1, 2, 3, 4, 6, 9, 13, 19, 27, 41, 71, 121, 251]),
    ("lines", &[2, 4, 10, 30]),
    ("lines of code", &[1, 4, 20, 80]),
    ("items of a list", &[1, 3, 6, 10]),
    ("paths", &[1, 2, 4]),
    ("numbers", &[1, 2, 4, 8]),
    ("names from code", &[1, 2, 4]),
    ("questions", &[1, 2, 4]),
    ("commas", &[1, 2, 4, 8]),
    ("sentences", &[2, 4, 8]),
    ("answers to choose from", &[2]),
    ("unread bytes", &[1]),
];

/// How many features have a name of their own.
pub(super) fn named_count() -> usize {
    3 * GROUPS.len() + FORMS.len() + STEPS.iter().map(|(_, steps)| steps.len()).sum::<usize>()
}

/// Takes what is found. A feature of words or of parts comes once per text.
pub(super) trait Sink {
    /// A word, or a pair of words that ends with it.
    fn word(&mut self, place: usize, source: &str);
    /// Four letters of a word.
    fn part(&mut self, place: usize, source: &str);
    /// Two traits that hold both.
    fn pair(&mut self, index: usize);
    /// A feature with a name.
    fn named(&mut self, index: usize);
}

/// What was counted so far.
#[derive(Debug, Default)]
struct Counts {
    words: u32,
    lines: u32,
    code: u32,
    items: u32,
    paths: u32,
    numbers: u32,
    names: u32,
    questions: u32,
    commas: u32,
    sentences: u32,
    options: u32,
    unread: u32,
}

/// Reads all features of a text without envelopes.
pub(super) fn read(text: &str, sink: &mut impl Sink) {
    let mut reader = Reader::new(sink);
    let (head, tail, unread) = windows(text);
    reader.counts.unread = unread;
    reader.text(head);
    reader.before = None;
    reader.text(tail);
    if reader.counts.words == 0 && reader.counts.code > 0 {
        reader.code_as_words = true;
        reader.text(head);
    }
    reader.finish();
}

/// The parts of a text that are read, and how many bytes are not.
fn windows(text: &str) -> (&str, &str, u32) {
    let (head, tail) = WINDOWS;
    if text.len() <= head + tail {
        return (text, "", 0);
    }
    let first = text.get(..text.floor_char_boundary(head)).unwrap_or_default();
    let last = text.get(text.ceil_char_boundary(text.len() - tail)..).unwrap_or_default();
    let unread = text.len() - first.len() - last.len();
    (first, last, u32::try_from(unread).unwrap_or(u32::MAX))
}

struct Reader<'s, S> {
    sink: &'s mut S,
    groups: &'static Groups,
    counts: Counts,
    /// Groups seen, seen with two different words, and among the first words.
    seen: u64,
    twice: u64,
    lead: u64,
    /// The word that was last seen of each group.
    last: [u32; GROUPS.len()],
    /// The word before, on the same line.
    before: Option<u32>,
    words: [u64; 1 << (WORD_BITS - 6)],
    parts: [u64; 1 << (PART_BITS - 6)],
    code_as_words: bool,
}

impl<'s, S: Sink> Reader<'s, S> {
    fn new(sink: &'s mut S) -> Self {
        Self {
            sink,
            groups: Groups::shared(),
            counts: Counts::default(),
            seen: 0,
            twice: 0,
            lead: 0,
            last: [0; GROUPS.len()],
            before: None,
            words: [0; 1 << (WORD_BITS - 6)],
            parts: [0; 1 << (PART_BITS - 6)],
            code_as_words: false,
        }
    }

    fn text(&mut self, text: &str) {
        let mut fenced = false;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let fence = line.starts_with("```");
            fenced ^= fence && !(line.len() > 3 && line.ends_with("```"));
            if self.code_as_words {
                self.line(line);
            } else if fence || fenced || tokens::is_code(line) {
                self.counts.code += u32::from(!fence);
            } else {
                self.line(line);
            }
        }
    }

    fn line(&mut self, line: &str) {
        self.counts.lines += 1;
        self.before = None;
        let mut pieces = line.split_ascii_whitespace();
        if let Some(first) = line.split_ascii_whitespace().next() {
            let numbered = first.ends_with(['.', ')']) && first.len() <= 3;
            let bullet = matches!(first, "-" | "*" | "•" | "–" | "+");
            if numbered && first.starts_with(|c: char| c.is_ascii_uppercase()) {
                self.counts.options += 1;
                pieces.next();
            } else if bullet || numbered && first.starts_with(|c: char| c.is_ascii_digit()) {
                self.counts.items += 1;
                pieces.next();
            }
        }
        for piece in pieces {
            self.piece(piece);
        }
    }

    fn piece(&mut self, piece: &str) {
        let bare = piece.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '/' | '.' | '~' | '_'));
        let bare = bare.trim_end_matches(['.', '/']);
        if !bare.is_empty() {
            match tokens::piece(bare) {
                Piece::Words => self.words(bare),
                Piece::Path => self.path(bare),
                Piece::Url => self.placeholder("<url>"),
                Piece::Number => self.number(),
            }
        }
        let mut marks = piece.chars().rev().take_while(|c| !c.is_alphanumeric());
        match marks.find(|c| matches!(c, '?' | '？' | ',' | '，' | '.' | '!' | ';' | '。' | '、')) {
            Some('?' | '？') => self.counts.questions += 1,
            Some(',' | '，' | '、' | ';') => self.counts.commas += 1,
            Some(_) => self.counts.sentences += 1,
            None => return,
        }
        self.before = None;
    }

    fn words(&mut self, piece: &str) {
        let splits = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '\'' | '’'));
        for run in piece.split(splits).filter(|run| !run.is_empty()) {
            match tokens::run(run) {
                Run::Word if run.is_ascii() => self.word(run),
                Run::Word => self.foreign(run),
                Run::Name => {
                    self.counts.names += 1;
                    self.placeholder("<name>");
                }
                Run::Number => self.number(),
                Run::Id => self.placeholder("<id>"),
            }
        }
    }

    fn number(&mut self) {
        self.counts.numbers += 1;
        self.placeholder("<number>");
    }

    /// A path is one word; of its parts only those count that name what is sensitive.
    fn path(&mut self, path: &str) {
        self.counts.paths += 1;
        for part in path.split(|c: char| !c.is_ascii_alphabetic()).filter(|part| part.len() > 2) {
            let key =
                part.bytes().fold(hash::EMPTY, |hash, byte| hash::with(hash, byte.to_ascii_lowercase()));
            let groups = self.groups.whole(key) & SENSITIVE;
            self.note(groups, key);
        }
        self.placeholder("<path>");
    }

    fn placeholder(&mut self, kind: &'static str) {
        let key = hash::word(kind);
        self.counts.words += 1;
        self.add_word(key, kind);
    }

    /// A run in which single characters may be words.
    fn foreign(&mut self, run: &str) {
        let mut from = 0;
        for (at, c) in run.char_indices().filter(|(_, c)| tokens::stands_alone(*c)) {
            self.word(run.get(from..at).unwrap_or_default());
            from = at + c.len_utf8();
            self.counts.words += 1;
            let rest = run.get(at..).unwrap_or_default();
            self.stems(rest);
            let own = rest.get(..c.len_utf8()).unwrap_or_default();
            self.add_word(hash::word(own), own);
        }
        self.word(run.get(from..).unwrap_or_default());
    }

    /// The groups of the words that a run of a script without spaces begins with.
    fn stems(&mut self, run: &str) {
        let mut key = hash::EMPTY;
        let mut found = 0;
        for c in run.chars().take(6) {
            key = c.encode_utf8(&mut [0; 4]).bytes().fold(key, hash::with);
            found |= self.groups.stem(key);
        }
        self.note(found, key);
    }

    fn word(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        self.counts.words += 1;
        let mut letters = Letters::default();
        let mut found = 0;
        for c in word.chars().filter(|c| !matches!(c, '\'' | '’')) {
            letters.push(c);
            if letters.count > 2 {
                found |= self.groups.stem(letters.hash);
            }
        }
        let key = letters.hash;
        found |= self.groups.whole(key);
        if let Some(before) = self.before {
            found |= self.groups.whole(hash::join(before, key));
        }
        self.note(found, key);
        for four in letters.fours() {
            let place = hash::place(u32::from_le_bytes(four), PART_BITS);
            if first_time(&mut self.parts, place) {
                self.sink.part(place, word);
            }
        }
        self.add_word(key, word);
    }

    fn add_word(&mut self, key: u32, source: &str) {
        let place = hash::place(key, WORD_BITS);
        if first_time(&mut self.words, place) {
            self.sink.word(place, source);
        }
        if let Some(before) = self.before {
            let place = hash::place(hash::join(before, key), WORD_BITS);
            if first_time(&mut self.words, place) {
                self.sink.word(place, source);
            }
        }
        self.before = Some(key);
    }

    /// Takes down the groups of a word.
    fn note(&mut self, groups: u64, key: u32) {
        if self.counts.words <= 2 {
            self.lead |= groups;
        }
        let mut rest = groups;
        while rest != 0 {
            let index = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let Some(last) = self.last.get_mut(index) else { continue };
            if self.seen & (1 << index) != 0 && *last != key {
                self.twice |= 1 << index;
            }
            *last = key;
        }
        self.seen |= groups;
    }

    fn finish(self) {
        let counts = &self.counts;
        let forms = [
            counts.questions > 0,
            counts.words <= 8,
            counts.words > 40,
            counts.code > 0,
            counts.paths > 0,
            counts.paths > 1,
        ];
        let forms = forms.iter().rev().fold(0_u64, |bits, form| bits << 1 | u64::from(*form));
        let traits = self.seen | forms << GROUPS.len();
        bits(traits, |high| {
            bits(traits & ((1 << high) - 1), |low| self.sink.pair(high * (high - 1) / 2 + low));
        });
        let groups = GROUPS.len();
        bits(self.seen, |group| self.sink.named(group));
        bits(self.twice, |group| self.sink.named(groups + group));
        bits(self.lead, |group| self.sink.named(2 * groups + group));
        bits(forms, |form| self.sink.named(3 * groups + form));
        let mut index = 3 * groups + FORMS.len();
        for (count, (_, steps)) in counts.in_order().into_iter().zip(STEPS) {
            for step in steps {
                if count >= *step {
                    self.sink.named(index);
                }
                index += 1;
            }
        }
    }
}

impl Counts {
    /// In the order of the steps.
    fn in_order(&self) -> [u32; STEPS.len()] {
        [
            self.words,
            self.lines,
            self.code,
            self.items,
            self.paths,
            self.numbers,
            self.names,
            self.questions,
            self.commas,
            self.sentences,
            self.options,
            self.unread,
        ]
    }
}

/// The groups that a path's parts may belong to: accounts and money.
const SENSITIVE: u64 = 1 << 25;

fn bits(mut bits: u64, mut each: impl FnMut(usize)) {
    while bits != 0 {
        each(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

/// Whether a place wasn't seen before; now it is.
#[inline]
fn first_time(seen: &mut [u64], place: usize) -> bool {
    let Some(bits) = seen.get_mut(place / 64) else { return false };
    let bit = 1 << (place % 64);
    let first = *bits & bit == 0;
    *bits |= bit;
    first
}

/// The letters of a word in lower case, up to a length, between two marks.
struct Letters {
    bytes: [u8; 32],
    length: usize,
    hash: u32,
    count: u32,
}

impl Default for Letters {
    fn default() -> Self {
        let mut bytes = [0; 32];
        bytes[0] = b'^';
        Self { bytes, length: 1, hash: hash::EMPTY, count: 0 }
    }
}

impl Letters {
    #[inline]
    fn push(&mut self, c: char) {
        self.count += 1;
        if c.is_ascii() {
            self.byte((c as u8).to_ascii_lowercase());
            return;
        }
        let lower = c.to_lowercase().next().unwrap_or(c);
        for byte in lower.encode_utf8(&mut [0; 4]).bytes() {
            self.byte(byte);
        }
    }

    #[inline]
    fn byte(&mut self, byte: u8) {
        self.hash = hash::with(self.hash, byte);
        if self.length < self.bytes.len() - 1
            && let Some(place) = self.bytes.get_mut(self.length)
        {
            *place = byte;
            self.length += 1;
        }
    }

    /// All four neighbouring letters, of words with at least four.
    fn fours(&mut self) -> impl Iterator<Item = [u8; 4]> {
        if let Some(end) = self.bytes.get_mut(self.length) {
            *end = b'$';
        }
        let long = self.count >= 4;
        let bytes = if long { self.bytes.get(..=self.length) } else { None }.unwrap_or_default();
        bytes.windows(4).filter_map(|four| four.try_into().ok())
    }
}

/// The name of a feature that has one.
pub(super) fn name(index: usize) -> String {
    let groups = GROUPS.len();
    let group = |at: usize| GROUPS.get(at).map_or("", |group| group.name);
    match index.checked_div(groups) {
        Some(0) => return group(index).to_owned(),
        Some(1) => return format!("{}, several times", group(index - groups)),
        Some(2) => return format!("begins with: {}", group(index - 2 * groups)),
        _ => {}
    }
    let index = index.saturating_sub(3 * groups);
    if let Some(form) = FORMS.get(index) {
        return (*form).to_owned();
    }
    let mut steps = STEPS
        .iter()
        .flat_map(|(name, steps)| steps.iter().map(move |step| format!("{name} \u{2265} {step}")));
    steps.nth(index.saturating_sub(FORMS.len())).unwrap_or_default()
}

/// The name of a pair of traits.
pub(super) fn pair_name(index: usize) -> String {
    let trait_name = |at: usize| {
        GROUPS
            .get(at)
            .map(|group| group.name)
            .or_else(|| FORMS.get(at - GROUPS.len()).copied())
            .unwrap_or_default()
    };
    let high = (1..TRAITS).rev().find(|high| high * (high - 1) / 2 <= index).unwrap_or(1);
    format!("{} + {}", trait_name(index - high * (high - 1) / 2), trait_name(high))
}
