//! Degeneration: a model that says the same again and again.

use super::super::number::count;
use super::Excerpt;
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
    let mut counts: HashMap<[&str; GRAM], usize> = HashMap::new();
    for words in &parts {
        for gram in words.windows(GRAM).filter_map(|window| <[&str; GRAM]>::try_from(window).ok()) {
            *counts.entry(gram).or_default() += 1;
        }
    }
    let all: usize = counts.values().sum();
    // Rulers and the lines of tables repeat in good texts.
    let wordy =
        |gram: &[&str; GRAM]| gram.iter().filter(|word| word.chars().any(char::is_alphabetic)).count() > 2;
    let often =
        counts.iter().filter(|(gram, times)| **times >= TIMES && wordy(gram)).map(|(_, times)| *times);
    let (most, together) = often.fold((0, 0), |(most, sum), times| (most.max(times), sum + times));
    let (single, share) = (count(most) / count(all.max(1)), count(together) / count(all.max(1)));
    (most >= TIMES && (single > SHARE || share > SHARE_TOGETHER)).then_some(Found { times: most, share })
}

/// The words; in scripts without spaces, each character is one.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for chunk in text.split_whitespace() {
        let mut start = 0;
        for (at, letter) in chunk.char_indices().filter(|(_, letter)| is_ideographic(*letter)) {
            let end = at + letter.len_utf8();
            words.extend([&chunk[start..at], &chunk[at..end]].into_iter().filter(|word| !word.is_empty()));
            start = end;
        }
        words.extend(Some(&chunk[start..]).filter(|word| !word.is_empty()));
    }
    words
}

fn is_ideographic(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}
