//! A score of words by their documented dimensions, until the trained one is there.

use std::borrow::Cow;

use crate::signals::complexity::{Shape, dimensions, weighted};
use crate::tier::Score;
use crate::words::Words;

/// A score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// From 0 to 100.
    pub score: Score,
}

/// The user's own words in a text.
pub fn own_words(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

/// How hard words are.
pub fn score(text: &str) -> Scored {
    Scored { score: Score::new(weighted(&dimensions(text, &Words::of(text), Shape::default()))) }
}
