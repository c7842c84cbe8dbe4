//! The walk over a text's characters as a table of states: each byte of ASCII is one look-up. What each step weighs is
//! said in [`estimate`](crate::estimate).

use std::sync::LazyLock;

use crate::estimate::{Class, Run, Weight, step};

/// Runs are told apart up to this length: longer ones weigh alike from there on.
const LONGEST: usize = 21;
/// Where the states of each class begin; those whose runs differ by their length have one for each.
const START: usize = 0;
const DIGIT: usize = 1;
const NEWLINE: usize = 2;
const PUNCTUATION: usize = 3;
const SPACE: usize = 4;
const LOWER: usize = SPACE + LONGEST;
const UPPER: usize = LOWER + LONGEST;
const ALPHABETIC: usize = UPPER + LONGEST;
const SYMBOL: usize = ALPHABETIC + LONGEST;
/// A power of two, so that no number of a state is out of bounds.
const STATES: usize = 128;
const _: () = assert!(SYMBOL < STATES);
/// Columns of a state: classes of ASCII, each for a character unlike the one before and for the same again.
const COLUMNS: usize = 16;

/// Of a step: what it adds to plain text, to digits and to numbers, each in so many bits, and the next state above.
const PLAIN_BITS: u32 = 24;
const COUNT_BITS: u32 = 16;
const STATE_SHIFT: u32 = PLAIN_BITS + 2 * COUNT_BITS;
const SUMS: u64 = (1 << STATE_SHIFT) - 1;
/// So many steps fit into the sums: none weighs more than 255, and each is one digit at most.
const MOST_STEPS: usize = 1 << (COUNT_BITS - 1);

struct Table {
    steps: Box<[[u64; COLUMNS]; STATES]>,
    /// The column of each byte, or [`NONE`].
    columns: [u8; 256],
    /// The same, where a backslash begins an escape.
    columns_of_json: [u8; 256],
}

/// The column of what isn't taken byte by byte.
const NONE: u8 = u8::MAX;

impl Table {
    fn shared() -> &'static Self {
        static SHARED: LazyLock<Table> = LazyLock::new(Table::build);
        &SHARED
    }

    fn build() -> Self {
        let mut columns = [NONE; 256];
        for (column, byte) in columns.iter_mut().zip(0_u8..=127) {
            *column = 2 * column_of(Class::of(char::from(byte)));
        }
        let mut columns_of_json = columns;
        columns_of_json[usize::from(b'\\')] = NONE;
        let mut steps = Box::new([[0; COLUMNS]; STATES]);
        for (state, row) in steps.iter_mut().enumerate() {
            for (column, step) in row.iter_mut().enumerate() {
                *step = entry(state, column);
            }
        }
        Self { steps, columns, columns_of_json }
    }
}

/// The classes of ASCII, in the order of their columns, with a character of each and another one.
const SAMPLES: [(Class, char, char); 6] = [
    (Class::Lower, 'a', 'b'),
    (Class::Upper, 'A', 'B'),
    (Class::Digit, '0', '1'),
    (Class::Space, ' ', '\t'),
    (Class::Newline, '\n', '\r'),
    (Class::Punctuation, '.', ','),
];

fn column_of(class: Class) -> u8 {
    let place = SAMPLES.iter().position(|(own, ..)| *own == class);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or_default()
}

/// What a step from a state adds, and the state that it leads to, packed.
fn entry(state: usize, column: usize) -> u64 {
    let Some((class, same, other)) = SAMPLES.get(column / 2).copied() else { return 0 };
    let before = run_of(state, if column % 2 == 1 && class_of(state) == class { same } else { other });
    let mut weight = Weight::default();
    let after = step(before, same, &mut weight);
    let counts = weight.digits << PLAIN_BITS | weight.numbers << (PLAIN_BITS + COUNT_BITS);
    weight.plain | counts | (state_of(after) as u64) << STATE_SHIFT
}

fn class_of(state: usize) -> Class {
    match state {
        START => Class::Start,
        DIGIT => Class::Digit,
        NEWLINE => Class::Newline,
        PUNCTUATION => Class::Punctuation,
        _ if state < LOWER => Class::Space,
        _ if state < UPPER => Class::Lower,
        _ if state < ALPHABETIC => Class::Upper,
        _ => Class::Wide,
    }
}

/// A run as a state, its last character aside.
fn state_of(run: Run) -> usize {
    let length = usize::try_from(run.length).unwrap_or(LONGEST).clamp(1, LONGEST) - 1;
    match run.class {
        Class::Start => START,
        Class::Digit => DIGIT,
        Class::Newline => NEWLINE,
        Class::Punctuation => PUNCTUATION,
        Class::Space => SPACE + length,
        Class::Lower => LOWER + length,
        Class::Upper => UPPER + length,
        Class::Wide if run.last.is_alphabetic() => ALPHABETIC + length,
        Class::Wide => SYMBOL,
    }
}

/// A run that a state stands for, with its last character.
fn run_of(state: usize, last: char) -> Run {
    let class = class_of(state);
    let length = match state {
        _ if state >= SYMBOL => 1,
        _ if state >= SPACE => (state - SPACE) % LONGEST + 1,
        _ => 1,
    };
    let last = match state {
        _ if state >= SYMBOL => '\u{2500}',
        _ if state >= ALPHABETIC => '\u{3b1}',
        _ => last,
    };
    Run { class, length: length as u64, last }
}

/// Weighs texts piece by piece; what is added never makes less.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scale {
    weight: Weight,
    state: usize,
    last: char,
    /// The length of a run of characters beyond ASCII, which the state of symbols leaves out.
    wide: u64,
}

impl Scale {
    /// What was weighed.
    pub const fn weight(&self) -> Weight {
        self.weight
    }

    /// What follows is another text.
    pub const fn begin(&mut self) {
        self.state = START;
    }

    /// Takes the next piece of the text.
    pub fn push(&mut self, text: &str) {
        let columns = &Table::shared().columns;
        let mut rest = text;
        while !rest.is_empty() {
            let plain = self.ascii(rest.as_bytes(), columns);
            rest = rest.get(plain..).unwrap_or_default();
            rest = self.beyond_ascii(rest);
        }
    }

    /// Takes the next piece as it stands in a JSON string, with its escapes; `None` where one of them is none.
    pub fn push_json(&mut self, json: &str) -> Option<()> {
        let columns = &Table::shared().columns_of_json;
        let mut rest = json;
        while !rest.is_empty() {
            let plain = self.ascii(rest.as_bytes(), columns);
            rest = rest.get(plain..)?;
            if rest.starts_with('\\') {
                let (character, length) = escaped(rest)?;
                self.character(character);
                rest = rest.get(length..)?;
            } else {
                rest = self.beyond_ascii(rest);
            }
        }
        Some(())
    }

    /// Takes the characters beyond ASCII that a text begins with; gives what is behind them.
    fn beyond_ascii<'t>(&mut self, text: &'t str) -> &'t str {
        let end = text.find(|character: char| character.is_ascii()).unwrap_or(text.len());
        let (wide, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        wide.chars().for_each(|character| self.character(character));
        rest
    }

    /// Takes characters while these columns have one for them, and says how many.
    #[inline]
    fn ascii(&mut self, bytes: &[u8], columns: &[u8; 256]) -> usize {
        let steps = &Table::shared().steps;
        let (mut state, mut sums, mut taken) = (self.state, 0_u64, 0);
        let mut last = u8::try_from(self.last).unwrap_or_default();
        for byte in bytes.iter().take(MOST_STEPS) {
            let column = columns[usize::from(*byte)];
            if column == NONE {
                break;
            }
            let step = steps[state % STATES][(usize::from(column) + usize::from(*byte == last)) % COLUMNS];
            sums += step & SUMS;
            state = (step >> STATE_SHIFT) as usize;
            last = *byte;
            taken += 1;
        }
        if taken > 0 {
            self.state = state;
            self.last = char::from(last);
            self.weight.plain += sums & ((1 << PLAIN_BITS) - 1);
            self.weight.digits += sums >> PLAIN_BITS & ((1 << COUNT_BITS) - 1);
            self.weight.numbers += sums >> (PLAIN_BITS + COUNT_BITS);
        }
        taken
    }

    /// Takes a character of any script.
    pub fn character(&mut self, character: char) {
        if character.is_ascii() {
            let byte = [u8::try_from(character).unwrap_or_default()];
            self.ascii(&byte, &Table::shared().columns);
            return;
        }
        let mut before = run_of(self.state, self.last);
        before.last = self.last;
        if before.class == Class::Wide {
            before.length = self.wide;
        }
        let after = step(before, character, &mut self.weight);
        self.wide = if after.class == Class::Wide { after.length } else { 0 };
        self.state = state_of(after);
        self.last = character;
    }
}

/// The character that an escape stands for, or two escapes that belong together, and how many bytes they take.
fn escaped(json: &str) -> Option<(char, usize)> {
    let character = match *json.as_bytes().get(1)? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => return unicode(json),
        other @ (b'"' | b'\\' | b'/') => char::from(other),
        _ => return None,
    };
    Some((character, 2))
}

fn unicode(json: &str) -> Option<(char, usize)> {
    let unit = |at: usize| u16::from_str_radix(json.get(at..at + 4)?, 16).ok();
    let first = unit(2)?;
    let second = (json.get(6..8) == Some("\\u")).then(|| unit(8)).flatten();
    let both = char::decode_utf16([first].into_iter().chain(second)).next()?;
    let length = if both.as_ref().is_ok_and(|own| own.len_utf16() == 2) { 12 } else { 6 };
    Some((both.unwrap_or(char::REPLACEMENT_CHARACTER), length))
}

#[cfg(test)]
mod tests {
    //! As character by character.

    use proptest::prelude::*;

    use super::*;

    fn plainly(text: &str) -> Weight {
        let mut weight = Weight::default();
        let start = Run { class: Class::Start, length: 0, last: '\0' };
        text.chars().fold(start, |run, character| step(run, character, &mut weight));
        weight
    }

    #[test]
    fn long_texts_overflow_no_sum() {
        for piece in ["a", "A", "1", ".", " a", "1 ", "aA", "a1", "\n.", "日", "é日a"] {
            let text = piece.repeat(100_000);
            let mut scale = Scale::default();
            scale.push(&text);
            assert_eq!(scale.weight(), plainly(&text), "{piece}");
        }
    }

    proptest! {
        #[test]
        fn as_one_by_one(text in "([a-zA-Z]{0,30}|[0-9]{0,9}|[ \\t\\n\\r.,;]{0,9}|[aé日€α]{0,30}|\\PC{0,9}){0,9}", cut in 0..200_usize) {
            let cut = text.floor_char_boundary(cut);
            let mut scale = Scale::default();
            scale.push(&text[..cut]);
            scale.push(&text[cut..]);
            prop_assert_eq!(scale.weight(), plainly(&text), "{}", text);
            let mut scale = Scale::default();
            let json = serde_json::to_string(&text).unwrap();
            prop_assert!(scale.push_json(&json[1..json.len() - 1]).is_some());
            prop_assert_eq!(scale.weight(), plainly(&text), "{}", text);
            let mut scale = Scale::default();
            text.chars().for_each(|character| scale.character(character));
            prop_assert_eq!(scale.weight(), plainly(&text), "{}", text);
        }
    }
}
