//! How hard a request's words are: a small model compiled into the binary. Hashed words and parts of words, groups of
//! words and the form of the text are added up to one number; three thresholds cut it into tiers.
//!
//! The model is trained by `cargo xtask train-router` from `data/prompts.tsv`; `docs/routing.md` tells how, and how well
//! it does on prompts that it hasn't seen. The same text gives the same score on every machine.

mod counts;
mod features;
mod groups;
mod hash;
mod letters;
mod lexicon;
mod math;
mod model;
mod pieces;
mod reader;
mod tokens;
mod vector;

use crate::text::own_words;
use crate::tier::Score;
use features::{PAIRS, Sink};
pub(crate) use math::exp;
pub use math::logistic;
pub use model::Model;
use model::{PARTS, WORDS};
use std::sync::LazyLock;
pub use vector::vector;

/// The trained model.
static ASSET: &[u8] = include_bytes!("../assets/scorer.bin");

/// The scores between two tiers: halfway between the last of one and the first of the next.
const BORDERS: [f32; 3] = [19.5, 50.5, 75.5];

/// How hard a text is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// From 0 to 100, on the scale of the documented tiers.
    pub score: Score,
    /// How likely each tier is, from SIMPLE to REASONING; their sum is 1.
    pub probabilities: [f32; 4],
    /// The greatest of the probabilities.
    pub confidence: f32,
    /// Words that were read. None: the text was empty or all of it a coding tool's, and the score says nothing.
    pub words: usize,
}

/// What speaks for or against a hard text.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// A word, or what is true of the text.
    pub what: String,
    /// How many points of the score it made, about: the sum is bent at both ends.
    pub points: f32,
}

impl Model {
    /// The compiled-in one.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Model> = LazyLock::new(|| Model::decode(ASSET).unwrap_or_default());
        &SHARED
    }

    /// Scores the user's own words in a text.
    pub fn score(&self, text: &str) -> Scored {
        self.score_words(&own_words(text))
    }

    /// Scores words that no coding tool has put anything around.
    pub fn score_words(&self, words: &str) -> Scored {
        let mut sums = Sums::of(self);
        reader::read(words, &mut sums);
        match sums.words.count {
            0 => {
                Scored { score: Score::LEAST, probabilities: [1.0, 0.0, 0.0, 0.0], confidence: 1.0, words: 0 }
            }
            count => self.scored(sums.total(self.scales), count),
        }
    }

    fn scored(&self, sum: f32, words: usize) -> Scored {
        #[expect(clippy::cast_possible_truncation, reason = "from f64 between 0 and 1")]
        let at_least = self.thresholds.map(|threshold| logistic(f64::from(sum - threshold)) as f32);
        let [medium, complex, reasoning] = at_least;
        let probabilities = [1.0 - medium, medium - complex, complex - reasoning, reasoning];
        let confidence = probabilities.into_iter().fold(0.0, f32::max);
        Scored { score: self.on_the_scale(sum, medium, reasoning), probabilities, confidence, words }
    }

    /// Bends a sum onto the scale of 0 to 100, so that the thresholds come to lie on the borders of the tiers.
    fn on_the_scale(&self, sum: f32, medium: f32, reasoning: f32) -> Score {
        let ([first, second, third], [low, middle, high]) = (self.thresholds, BORDERS);
        let between =
            |from: f32, to: f32, least: f32, most: f32| least + (most - least) * (sum - from) / (to - from);
        Score::new(if sum < first {
            low * 2.0 * medium
        } else if sum < second {
            between(first, second, low, middle)
        } else if sum < third {
            between(second, third, middle, high)
        } else {
            high + (100.0 - high) * (2.0 * reasoning - 1.0)
        })
    }
}

/// Scores a text of a user's turn with the compiled-in model: [`own_words`] of it, in microseconds, whatever its length.
pub fn score(text: &str) -> Scored {
    Model::shared().score(text)
}

/// What made the score of a text, the weightiest first.
pub fn explain(text: &str) -> Vec<Contribution> {
    vector::contributions(Model::shared(), &own_words(text))
}

/// Adds up what the features weigh.
struct Sums<'a> {
    words: Family<'a, WORDS>,
    parts: Family<'a, PARTS>,
    pairs: Family<'a, PAIRS>,
    named_weights: &'a [f32],
    named: f32,
}

/// Of hashed features the weights, the sum, and how many there are.
struct Family<'a, const N: usize> {
    weights: &'a [u8; N],
    sum: i32,
    count: usize,
}

impl<'a, const N: usize> Family<'a, N> {
    /// Where a model has none they are all 0.
    fn of(weights: &'a [u8]) -> Self {
        Self { weights: weights.first_chunk().unwrap_or(&[0; N]), sum: 0, count: 0 }
    }

    #[inline]
    fn add(&mut self, place: usize) {
        self.sum += i32::from(self.weights.get(place).copied().unwrap_or_default().cast_signed());
        self.count += 1;
    }

    fn weigh(&self, scale: f32) -> f32 {
        to_f32(self.sum) * scale * share(self.count)
    }
}

impl Sink for Sums<'_> {
    #[inline]
    fn word(&mut self, place: usize, _: &[u8]) {
        self.words.add(place);
    }

    #[inline]
    fn part(&mut self, place: usize, _: &[u8]) {
        self.parts.add(place);
    }

    #[inline]
    fn pair(&mut self, index: usize) {
        self.pairs.add(index);
    }

    #[inline]
    fn named(&mut self, index: usize) {
        self.named += self.named_weights.get(index).copied().unwrap_or_default();
    }
}

impl<'a> Sums<'a> {
    fn of(model: &'a Model) -> Self {
        let (words, parts, pairs) =
            (Family::of(&model.words), Family::of(&model.parts), Family::of(&model.pairs));
        Self { words, parts, pairs, named_weights: &model.named, named: 0.0 }
    }

    fn total(&self, [words, parts, pairs]: [f32; 3]) -> f32 {
        let mut total = self.named;
        total += self.words.weigh(words);
        total += self.parts.weigh(parts);
        total += self.pairs.weigh(pairs);
        total
    }
}

/// A feature's value where there are so many of its family: long texts don't outweigh by their length alone.
fn share(count: usize) -> f32 {
    1.0 / to_f32(i32::try_from(count.max(1)).unwrap_or(i32::MAX)).sqrt()
}

#[expect(clippy::cast_precision_loss, reason = "sums of some thousand bytes are exact")]
fn to_f32(sum: i32) -> f32 {
    sum as f32
}

#[cfg(test)]
pub(crate) mod tests;
