//! Reads a text plainly, character by character: what the reader has to find as well.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::scorer::features::{PART_BITS, STEPS, Sink, WORD_BITS};
use crate::scorer::hash;
use crate::scorer::lexicon::{FORMS, GROUPS};
use tokens::{Piece, Run};

mod tokens;

/// A text's beginning and its end, in bytes: what lies between in longer ones is not read.
const WINDOWS: (usize, usize) = (3072, 1024);

/// The groups that a path's parts may belong to: accounts and money.
const SENSITIVE: u64 = 1 << 25;

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
    words: HashSet<usize>,
    parts: HashSet<usize>,
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
            words: HashSet::new(),
            parts: HashSet::new(),
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
        let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
        let letters: Vec<char> = word.chars().filter(|c| !matches!(c, '\'' | '’')).map(lower).collect();
        let beginning = |count: usize| letters.iter().take(count).collect::<String>();
        let mut found = 0;
        for count in 3..=letters.len() {
            found |= self.groups.stem(hash::word(&beginning(count)));
        }
        let key = hash::word(&beginning(letters.len()));
        found |= self.groups.whole(key);
        if let Some(before) = self.before {
            found |= self.groups.whole(hash::join(before, key));
        }
        self.note(found, key);
        if letters.len() >= 4 {
            let bytes = beginning(letters.len()).into_bytes();
            let bytes = [b"^", &bytes[..bytes.len().min(30)], b"$"].concat();
            for four in bytes.windows(4) {
                let place = hash::place(u32::from_le_bytes(four.try_into().unwrap()), PART_BITS);
                if self.parts.insert(place) {
                    self.sink.part(place, word.as_bytes());
                }
            }
        }
        self.add_word(key, word);
    }

    fn add_word(&mut self, key: u32, source: &str) {
        let place = hash::place(key, WORD_BITS);
        if self.words.insert(place) {
            self.sink.word(place, source.as_bytes());
        }
        if let Some(before) = self.before {
            let place = hash::place(hash::join(before, key), WORD_BITS);
            if self.words.insert(place) {
                self.sink.word(place, source.as_bytes());
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

fn bits(mut bits: u64, mut each: impl FnMut(usize)) {
    while bits != 0 {
        each(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

/// The groups of words, by hashes: as a whole word or phrase, and as a stem.
struct Groups(HashMap<u32, (u64, u64)>);

impl Groups {
    fn shared() -> &'static Self {
        static SHARED: LazyLock<Groups> = LazyLock::new(Groups::new);
        &SHARED
    }

    fn new() -> Self {
        let mut groups: HashMap<u32, (u64, u64)> = HashMap::new();
        for (index, group) in GROUPS.iter().enumerate() {
            for entry in group.words.split(' ') {
                let open = entry.ends_with('*') || entry.chars().any(tokens::stands_alone);
                let mut words = entry.trim_end_matches('*').splitn(2, '_').map(hash::word);
                let first = words.next().unwrap();
                let known =
                    groups.entry(words.next().map_or(first, |second| hash::join(first, second))).or_default();
                if open { known.1 |= 1 << index } else { known.0 |= 1 << index }
            }
        }
        Self(groups)
    }

    fn whole(&self, key: u32) -> u64 {
        self.0.get(&key).map_or(0, |(whole, stem)| whole | stem)
    }

    fn stem(&self, key: u32) -> u64 {
        self.0.get(&key).map_or(0, |(_, stem)| *stem)
    }
}
