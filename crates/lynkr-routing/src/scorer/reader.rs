//! Reads a text once, line by line and word by word, and hands its features to a sink.

use super::counts::Counts;
use super::features::{PART_BITS, STEPS, Sink, WORD_BITS};
use super::groups::Groups;
use super::hash;
use super::letters::Letters;
use super::lexicon::{FORMS, GROUPS};
use super::pieces::{self, Kinds, Mark, Pieces};
use super::tokens::{self, Piece, Run};
use crate::text::lines;

/// A text's beginning and its end, in bytes: what lies between in longer ones is not read.
const WINDOWS: (usize, usize) = (3072, 1024);

/// The groups that a path's parts may belong to: accounts and money.
const SENSITIVE: u64 = 1 << 25;

/// So many letters of a word have parts.
const LONGEST_WORD: usize = 30;

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
        for line in lines(text).map(str::trim).filter(|line| !line.is_empty()) {
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
        let mut pieces = Pieces::of(line);
        let mut ahead = pieces.clone();
        if let Some((first, _)) = ahead.next() {
            let numbered = first.len() <= 3 && matches!(first, [.., b'.' | b')']);
            let bullet =
                matches!(first, b"-" | b"*" | b"+") || first == "•".as_bytes() || first == "–".as_bytes();
            if numbered && first.first().is_some_and(u8::is_ascii_uppercase) {
                self.counts.options += 1;
                pieces = ahead;
            } else if bullet || numbered && first.first().is_some_and(u8::is_ascii_digit) {
                self.counts.items += 1;
                pieces = ahead;
            }
        }
        for (piece, kinds) in pieces {
            if kinds.are(Kinds::LOWER) {
                self.letters(piece, piece);
            } else if kinds.has(Kinds::WIDE) {
                self.piece_of_any_script(str::from_utf8(piece).unwrap_or_default(), kinds);
            } else {
                self.piece(piece, kinds);
            }
        }
    }

    /// A piece of ASCII.
    fn piece(&mut self, piece: &[u8], kinds: Kinds) {
        let bare = pieces::bare(piece);
        if !bare.is_empty() && self.is_words(bare, kinds) {
            let splits = |byte: &u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'\''));
            bare.split(splits).filter(|run| !run.is_empty()).for_each(|run| self.run(run, kinds));
        }
        self.mark(pieces::mark(piece));
    }

    fn piece_of_any_script(&mut self, piece: &str, kinds: Kinds) {
        let bare = pieces::bare_of_any_script(piece);
        if !bare.is_empty() && self.is_words(bare.as_bytes(), kinds) {
            let splits = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '\'' | '’'));
            for run in bare.split(splits).filter(|run| !run.is_empty()) {
                if !run.is_ascii() && tokens::run(run.as_bytes(), kinds) == Run::Word {
                    self.foreign(run);
                } else {
                    self.run(run.as_bytes(), kinds);
                }
            }
        }
        self.mark(pieces::mark_of_any_script(piece));
    }

    /// Whether a piece without marks around it is to be taken apart into words. If not, it is taken down.
    fn is_words(&mut self, bare: &[u8], kinds: Kinds) -> bool {
        match tokens::piece(bare, kinds) {
            Piece::Words => return true,
            Piece::Path => self.path(bare),
            Piece::Url => self.placeholder("<url>"),
            Piece::Number => self.number(),
        }
        false
    }

    /// The marks behind a piece; no pair of words reaches over one.
    fn mark(&mut self, mark: Option<Mark>) {
        let counts = &mut self.counts;
        match mark {
            Some(Mark::Question) => counts.questions += 1,
            Some(Mark::Comma) => counts.commas += 1,
            Some(Mark::End) => counts.sentences += 1,
            None => return,
        }
        self.before = None;
    }

    /// A run of letters, digits and what belongs to them; a word only if it is ASCII.
    #[inline]
    fn run(&mut self, run: &[u8], kinds: Kinds) {
        match tokens::run(run, kinds) {
            Run::Word => self.word(run, kinds),
            Run::Name => {
                self.counts.names += 1;
                self.placeholder("<name>");
            }
            Run::Number => self.number(),
            Run::Id => self.placeholder("<id>"),
        }
    }

    fn number(&mut self) {
        self.counts.numbers += 1;
        self.placeholder("<number>");
    }

    /// A path is one word; of its parts only those count that name what is sensitive.
    fn path(&mut self, path: &[u8]) {
        self.counts.paths += 1;
        for part in path.split(|byte| !byte.is_ascii_alphabetic()).filter(|part| part.len() > 2) {
            let key = part.iter().fold(hash::EMPTY, |key, byte| hash::with(key, byte.to_ascii_lowercase()));
            let groups = self.groups.whole(key) & SENSITIVE;
            self.note(groups, key);
        }
        self.placeholder("<path>");
    }

    fn placeholder(&mut self, kind: &'static str) {
        let key = hash::word(kind);
        self.counts.words += 1;
        self.add_word(key, kind.as_bytes());
    }

    /// A run in which single characters may be words.
    fn foreign(&mut self, run: &str) {
        let mut from = 0;
        for (at, c) in run.char_indices().filter(|(_, c)| tokens::stands_alone(*c)) {
            self.word_of_any_script(run.get(from..at).unwrap_or_default());
            from = at + c.len_utf8();
            self.counts.words += 1;
            let rest = run.get(at..).unwrap_or_default();
            self.stems(rest);
            let own = rest.get(..c.len_utf8()).unwrap_or_default();
            self.add_word(hash::word(own), own.as_bytes());
        }
        self.word_of_any_script(run.get(from..).unwrap_or_default());
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

    fn word_of_any_script(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        let mut letters = Letters::default();
        let mut found = 0;
        for c in word.chars().filter(|c| !matches!(c, '\'' | '’')) {
            letters.push(c);
            if letters.count > 2 {
                found |= self.groups.stem(letters.hash);
            }
        }
        self.whole_word(letters.hash, found, word.as_bytes());
        for four in letters.fours() {
            self.part(u32::from_le_bytes(four), word.as_bytes());
        }
    }

    /// A word of ASCII: letters, digits and apostrophes.
    #[inline]
    fn word(&mut self, word: &[u8], kinds: Kinds) {
        if kinds.has(Kinds::APOSTROPHE) {
            let letters: Vec<u8> = word.iter().copied().filter(|byte| *byte != b'\'').collect();
            self.letters(&letters, word);
        } else {
            self.letters(word, word);
        }
    }

    /// The letters and digits of a word.
    fn letters(&mut self, letters: &[u8], word: &[u8]) {
        // In lower case, since this bit is set in digits as well.
        let lower = |letter: &u8| letter | 0x20;
        let (first, rest) = letters.split_at(letters.len().min(2));
        let mut key = first.iter().map(lower).fold(hash::EMPTY, hash::with);
        let mut found = 0;
        for letter in rest {
            key = hash::with(key, lower(letter));
            found |= self.groups.stem(key);
        }
        self.whole_word(key, found, word);
        if letters.len() >= 4 {
            let roll = |four: u32, letter: u8| four >> 8 | u32::from(letter) << 24;
            let mut four = first.iter().map(lower).fold(roll(0, b'^'), roll);
            for letter in rest.iter().take(LONGEST_WORD - 2) {
                four = roll(four, lower(letter));
                self.part(four, word);
            }
            self.part(roll(four, b'$'), word);
        }
    }

    /// A word by its hash; `found` are the groups of its stems.
    #[expect(clippy::inline_always, reason = "the call costs a fifth of what it does")]
    #[inline(always)]
    fn whole_word(&mut self, key: u32, found: u64, word: &[u8]) {
        self.counts.words += 1;
        let mut found = found | self.groups.whole(key);
        if let Some(before) = self.before {
            found |= self.groups.whole(hash::join(before, key));
        }
        self.note(found, key);
        self.add_word(key, word);
    }

    /// Four neighbouring letters of a word, the first in the lowest byte.
    #[inline]
    fn part(&mut self, four: u32, source: &[u8]) {
        let place = hash::place(four, PART_BITS);
        if first_time(&mut self.parts, place) {
            self.sink.part(place, source);
        }
    }

    #[inline]
    fn add_word(&mut self, key: u32, source: &[u8]) {
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
        if groups == 0 {
            return;
        }
        if self.counts.words <= 2 {
            self.lead |= groups;
        }
        bits(groups, |index| {
            let Some(last) = self.last.get_mut(index) else { return };
            if self.seen & (1 << index) != 0 && *last != key {
                self.twice |= 1 << index;
            }
            *last = key;
        });
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

/// Whether a place wasn't seen before; now it is.
#[inline]
fn first_time<const N: usize>(seen: &mut [u64; N], place: usize) -> bool {
    let Some(bits) = seen.get_mut(place / 64) else { return false };
    let bit = 1 << (place % 64);
    let first = *bits & bit == 0;
    *bits |= bit;
    first
}
