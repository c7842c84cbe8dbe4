//! The words that the tables of phrases name, each with a number: a text's words are looked up once, and all tables
//! then compare numbers.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::signals;

/// A word's number; 0 is every word that no table names.
pub(crate) type Number = u16;

/// Places of the table of words, as a power of two: several times as many as there are words, so that most words of a
/// text meet an empty one at once.
const BITS: u32 = 11;
const PLACES: usize = 1 << BITS;

/// The words of all tables.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    /// Each with its key; their order is that of their numbers, which begin with 1.
    words: Vec<(u64, &'static str)>,
    /// The numbers of words, each at the first free place from its key's on.
    places: Box<[Number; PLACES]>,
    /// How many words begin phrases: they have the lowest numbers.
    beginners: Number,
}

/// A phrase's words, place by place.
fn options(phrase: &'static str) -> impl Iterator<Item = std::str::Split<'static, char>> {
    phrase.split(' ').map(|part| part.split('|'))
}

impl Vocabulary {
    /// That of all tables there are.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::of(signals::TABLES));
        &SHARED
    }

    fn of(tables: &[&[&'static str]]) -> Self {
        let phrases = || tables.iter().copied().flatten().copied();
        let first: BTreeSet<&str> = phrases().filter_map(|phrase| options(phrase).next()).flatten().collect();
        let all: BTreeSet<&str> =
            phrases().flat_map(options).flatten().filter(|word| !matches!(*word, "*" | "_")).collect();
        let mut own = Self { words: Vec::new(), places: Box::new([0; PLACES]), beginners: 0 };
        for word in first.iter().chain(all.difference(&first)) {
            own.add(word);
        }
        own.beginners = Number::try_from(first.len()).unwrap_or_default();
        own
    }

    fn add(&mut self, word: &'static str) {
        let key = key(word.as_bytes());
        self.words.push((key, word));
        let number = Number::try_from(self.words.len()).unwrap_or_default();
        let mut at = place(key);
        while self.places.get(at).is_some_and(|taken| *taken != 0) {
            at = (at + 1) % PLACES;
        }
        if let Some(free) = self.places.get_mut(at) {
            *free = number;
        }
    }

    /// The number of a word in lower case.
    #[inline]
    pub(crate) fn number(&self, word: &[u8]) -> Number {
        let own = key(word);
        let mut at = place(own);
        loop {
            let number = self.places.get(at).copied().unwrap_or_default();
            let Some(known) = usize::from(number).checked_sub(1) else { return 0 };
            let is_same =
                |known: &str| known.len() == word.len() && (word.len() <= 8 || known.as_bytes() == word);
            if self.words.get(known).is_some_and(|(key, known)| *key == own && is_same(known)) {
                return number;
            }
            at = (at + 1) % PLACES;
        }
    }

    /// How many words there are.
    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether a word begins a phrase.
    #[inline]
    pub(crate) const fn begins(&self, number: Number) -> bool {
        number != 0 && number <= self.beginners
    }
}

/// The first eight bytes of a word, and zeros where it has fewer.
#[inline]
fn key(word: &[u8]) -> u64 {
    if let Some(eight) = word.first_chunk() {
        return u64::from_le_bytes(*eight);
    }
    // Two reads that may overlap cover every shorter word.
    let shift = |bytes: usize| 8 * (word.len() - bytes);
    match (word.first_chunk(), word.last_chunk()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << shift(4)
        }
        _ => match (word.first_chunk(), word.last_chunk()) {
            (Some(first), Some(last)) => {
                u64::from(u16::from_le_bytes(*first)) | u64::from(u16::from_le_bytes(*last)) << shift(2)
            }
            _ => word.first().copied().map_or(0, u64::from),
        },
    }
}

/// Where a key's word stands at the earliest.
#[inline]
const fn place(key: u64) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - BITS)) as usize
}

#[cfg(test)]
mod tests {
    //! Every word is found by its number, and no other.

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_word_has_a_number_of_its_own() {
        let own = Vocabulary::shared();
        let numbers: BTreeSet<Number> =
            own.words.iter().map(|(_, word)| own.number(word.as_bytes())).collect();
        assert_eq!(numbers.len(), own.len());
        assert!(!numbers.contains(&0) && own.len() * 4 < PLACES, "{}", own.len());
        assert!(
            own.begins(own.number(b"ultrathink")) && !own.begins(own.number(b"harder")) && !own.begins(0)
        );
    }

    proptest! {
        #[test]
        fn other_words_have_none(word in "[a-z']{0,12}|\\PC{0,6}") {
            let own = Vocabulary::shared();
            let listed = own.words.iter().position(|(_, known)| *known == word);
            prop_assert_eq!(usize::from(own.number(word.as_bytes())), listed.map_or(0, |at| at + 1));
        }

        #[test]
        fn keys_are_the_first_bytes(word in "\\PC{0,6}") {
            let mut padded = word.clone().into_bytes();
            padded.resize(8.max(word.len()), 0);
            prop_assert_eq!(key(word.as_bytes()), u64::from_le_bytes(padded[..8].try_into().unwrap()));
        }
    }
}
