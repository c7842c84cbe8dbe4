//! What a text says about itself, as numbered features: hashed words, pairs of words and parts of words, groups of the
//! lexicon and pairs of those, and its form.

use super::lexicon::{FORMS, GROUPS, TRAITS};

/// Places for words and pairs of words, as a power of two.
pub(super) const WORD_BITS: u32 = 16;
/// Places for parts of words, as a power of two.
pub(super) const PART_BITS: u32 = 15;
/// Features that are pairs of traits.
pub(super) const PAIRS: usize = TRAITS * (TRAITS - 1) / 2;
/// Counts of a text's form, each with the values from which another feature holds.
pub(super) const STEPS: [(&str, &[u32]); 12] = [
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
    fn word(&mut self, place: usize, source: &[u8]);
    /// Four letters of a word.
    fn part(&mut self, place: usize, source: &[u8]);
    /// Two traits that hold both.
    fn pair(&mut self, index: usize);
    /// A feature with a name.
    fn named(&mut self, index: usize);
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
