//! Degeneration: a model that says the same again and again.

use super::super::number::count;
use super::Excerpt;
use crate::runs::{Visible, runs};
use std::collections::HashMap;

/// How many words are compared.
const GRAM: usize = 5;
/// Texts with fewer bytes or words say nothing.
const LEAST_BYTES: usize = 200;
const LEAST_WORDS: usize = 40;
/// How often the same five words are suspicious.
const TIMES: usize = 5;
/// From which share of the text on the same five words are a failure.
const SHARE: f64 = 0.08;
/// From which share on all suspicious fives together are one: a longer sentence in a loop.
const SHARE_TOGETHER: f64 = 0.4;

/// A repetition.
pub(super) struct Found {
    /// How often the most frequent five words stand there.
    pub(super) times: usize,
    /// The share of the text that repeats.
    pub(super) share: f64,
}

/// Looks for repetitions in the beginning and the end together.
pub(super) fn find(text: &Excerpt) -> Option<Found> {
    if text.len() < LEAST_BYTES {
        return None;
    }
    let parts = text.parts().map(words);
    if parts.iter().map(Vec::len).sum::<usize>() < LEAST_WORDS {
        return None;
    }
    let all: usize = parts.iter().map(|words| words.len().saturating_sub(GRAM - 1)).sum();
    let counts = frequent(&parts);
    // Rulers and the lines of tables repeat in good texts.
    let wordy =
        |gram: &[&str; GRAM]| gram.iter().filter(|word| word.chars().any(char::is_alphabetic)).count() > 2;
    let often =
        counts.iter().filter(|(gram, times)| **times >= TIMES && wordy(gram)).map(|(_, times)| *times);
    let (most, together) = often.fold((0, 0), |(most, sum), times| (most.max(times), sum + times));
    let (single, share) = (count(most) / count(all.max(1)), count(together) / count(all.max(1)));
    (most >= TIMES && (single > SHARE || share > SHARE_TOGETHER)).then_some(Found { times: most, share })
}

/// How often the same words stand one after the other. Those with a word among them that isn't frequent itself aren't
/// counted: of most texts nothing is left then.
fn frequent<'a>(parts: &[Vec<&'a str>]) -> HashMap<[&'a str; GRAM], usize> {
    // Words that share a place are taken for one here, which leaves more than there is, and never less.
    let mut times = [0_u16; PLACES];
    for word in parts.iter().flatten() {
        let times = &mut times[place(word)];
        *times = times.saturating_add(1);
    }
    let mut counts = HashMap::new();
    for words in parts {
        // How many frequent words there are in a row.
        let mut row = 0;
        for (at, word) in words.iter().enumerate() {
            row = if usize::from(times[place(word)]) >= TIMES { row + 1 } else { 0 };
            if row >= GRAM
                && let Some(gram) = words.get(..=at).and_then(|words| words.last_chunk::<GRAM>())
            {
                *counts.entry(*gram).or_default() += 1;
            }
        }
    }
    counts
}

/// Several times as many places as most texts have different words.
const PLACES: usize = 1 << BITS;
const BITS: u32 = 11;

/// A word's place, by its length and its first and last letters.
#[inline]
fn place(word: &str) -> usize {
    let bytes = word.as_bytes();
    let key = match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
        }
        _ => bytes.iter().fold(0, |key, byte| key << 8 | u64::from(*byte)),
    };
    let mixed = (key ^ (bytes.len() as u64) << 56).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> (u64::BITS - BITS)) as usize
}

/// The words; in scripts without spaces, each character is one.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::with_capacity(text.len() / 5);
    runs::<Visible>(text, |start, end| {
        if let Some(chunk) = text.get(start..end) {
            if chunk.is_ascii() { words.push(chunk) } else { of_any_script(chunk, &mut words) }
        }
        true
    });
    words
}

fn of_any_script<'a>(chunk: &'a str, words: &mut Vec<&'a str>) {
    let mut start = 0;
    for (at, letter) in chunk.char_indices().filter(|(_, letter)| is_ideographic(*letter)) {
        let end = at + letter.len_utf8();
        words.extend([&chunk[start..at], &chunk[at..end]].into_iter().filter(|word| !word.is_empty()));
        start = end;
    }
    words.extend(Some(&chunk[start..]).filter(|word| !word.is_empty()));
}

fn is_ideographic(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    //! Every repetition that counting all of them would find.

    use proptest::prelude::*;

    use super::*;

    /// Five words in a row that stand often enough, found by counting all.
    fn plainly(parts: &[Vec<&str>]) -> Vec<(Vec<String>, usize)> {
        let mut counts: HashMap<&[&str], usize> = HashMap::new();
        parts
            .iter()
            .flat_map(|words| words.windows(GRAM))
            .for_each(|gram| *counts.entry(gram).or_default() += 1);
        listed(counts.into_iter().map(|(gram, times)| (gram.to_vec(), times)))
    }

    fn listed<'a>(counts: impl Iterator<Item = (Vec<&'a str>, usize)>) -> Vec<(Vec<String>, usize)> {
        let often = counts.filter(|(_, times)| *times >= TIMES);
        let mut often: Vec<_> = often
            .map(|(gram, times)| (gram.into_iter().map(str::to_owned).collect::<Vec<_>>(), times))
            .collect();
        often.sort();
        often
    }

    proptest! {
        #[test]
        fn as_counted_plainly(head in "([ab] ){0,80}|(it is as it is ){0,30}|([a-e] ){0,200}", tail in "([ab漢] ?){0,60}") {
            let parts = [head.as_str(), tail.as_str()].map(words);
            let found = listed(frequent(&parts).into_iter().map(|(gram, times)| (gram.to_vec(), times)));
            prop_assert_eq!(found, plainly(&parts));
        }
    }
}
