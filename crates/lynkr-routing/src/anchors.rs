//! Anchors: sentences of known difficulty that the embedding of an ask is compared with. Vectors come in as plain values;
//! what they have to have in common is the model that made them.

use std::sync::LazyLock;

use crate::scorer::exp;
use crate::tier::{Score, Tier, TierBounds};

static FILE: &str = include_str!("../data/anchors.tsv");

/// What differences of similarities are divided by: the smaller it is, the more the nearest tier counts.
const TEMPERATURE: f64 = 0.05;
/// The longest vector that is looked at.
const MOST_DIMENSIONS: usize = 16_384;

/// A sentence of known difficulty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// How hard what it asks for is.
    pub tier: Tier,
    /// The sentence.
    pub text: &'static str,
}

/// All of them, as many of each tier.
pub fn anchors() -> &'static [Anchor] {
    static ALL: LazyLock<Vec<Anchor>> = LazyLock::new(|| {
        let read = |line: &'static str| {
            let (tier, text) = line.split_once('\t')?;
            Some(Anchor { tier: tier.parse().ok()?, text })
        };
        FILE.lines().filter_map(read).collect()
    });
    &ALL
}

/// Why vectors of the anchors are of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// There are too few or too many, or some are empty, of another length, or hold what is no number.
    #[error("what came is not one vector for each anchor, all of one length")]
    Vectors,
    /// A text's difficulty can't be seen by them: of the anchors themselves fewer than half are found.
    #[error("by its vectors only {right} of {all} anchors are nearest to others of their tier")]
    Alike {
        /// The anchors that are nearest to the others of their own tier.
        right: usize,
        /// How many anchors there are.
        all: usize,
    },
}

/// Where each tier's anchors lie, by one model.
#[derive(Debug, Clone, PartialEq)]
pub struct Centroids {
    /// From SIMPLE to REASONING; each is the sum of its anchors' unit vectors, as only its direction counts.
    sums: [Vec<f64>; 4],
    right: usize,
}

impl Centroids {
    /// By the vectors of all [`anchors`], in their order.
    ///
    /// # Errors
    ///
    /// Where the vectors can't be used, and where the model that made them can't tell the tiers apart: half of the anchors must
    /// be nearer to the others of their tier than to those of any other. Chance finds a quarter.
    pub fn of(vectors: &[Vec<f32>]) -> Result<Self, AnchorError> {
        let units: Option<Vec<Vec<f64>>> = vectors.iter().map(|vector| unit(vector)).collect();
        let units = units.ok_or(AnchorError::Vectors)?;
        let length = units.first().map_or(0, Vec::len);
        let all = anchors().len();
        if units.len() != all || units.iter().any(|own| own.len() != length) {
            return Err(AnchorError::Vectors);
        }
        let sums = Tier::ALL.map(|tier| {
            let mut sum = vec![0.0; length];
            let own = anchors().iter().zip(&units).filter(|(anchor, _)| anchor.tier == tier);
            own.for_each(|(_, unit)| add(&mut sum, unit, 1.0));
            sum
        });
        let mut centroids = Self { sums, right: 0 };
        let found =
            |(anchor, unit): &(&Anchor, &Vec<f64>)| centroids.without(anchor.tier, unit) == anchor.tier;
        let right = anchors().iter().zip(&units).filter(found).count();
        if right * 2 < all {
            return Err(AnchorError::Alike { right, all });
        }
        centroids.right = right;
        Ok(centroids)
    }

    /// How many anchors are nearest to the others of their tier.
    pub const fn right(&self) -> usize {
        self.right
    }

    /// The score of a text by its vector: the tiers' middles, weighted by the softmax of their similarities (cosine), within
    /// the range of the nearest tier. `None` for what is no vector of the same length.
    pub fn score(&self, vector: &[f32], bounds: &TierBounds) -> Option<Score> {
        let own = unit(vector).filter(|own| self.sums.iter().all(|sum| sum.len() == own.len()))?;
        let like = self.sums.each_ref().map(|sum| cosine(sum, &own));
        let nearest = nearest(like);
        let most = like.into_iter().fold(f64::MIN, f64::max);
        let (mut all, mut sum) = (0.0, 0.0);
        for (tier, like) in Tier::ALL.into_iter().zip(like) {
            let weight = exp((like - most) / TEMPERATURE);
            all += weight;
            sum += weight * f64::from(bounds.middle(tier).get());
        }
        #[expect(clippy::cast_possible_truncation, reason = "a mean of scores up to 100")]
        let score = (sum / all) as f32;
        Some(Score::new(score.max(bounds.floor(nearest).get()).min(bounds.ceiling(nearest).get())))
    }

    /// The tier that is nearest to one of its own anchors if that one were none.
    fn without(&self, tier: Tier, anchor: &[f64]) -> Tier {
        let mut like = self.sums.each_ref().map(|sum| cosine(sum, anchor));
        if let (Some(own), Some(sum)) = (like.get_mut(tier.index()), self.sums.get(tier.index())) {
            let mut others = sum.clone();
            add(&mut others, anchor, -1.0);
            *own = cosine(&others, anchor);
        }
        nearest(like)
    }
}

/// The tier of the greatest similarity.
fn nearest(like: [f64; 4]) -> Tier {
    let best = Tier::ALL.into_iter().zip(like).max_by(|(_, one), (_, other)| one.total_cmp(other));
    best.map_or(Tier::Simple, |(tier, _)| tier)
}

/// The vector at length one; `None` where it has no direction, or is too long.
fn unit(vector: &[f32]) -> Option<Vec<f64>> {
    if vector.is_empty() || vector.len() > MOST_DIMENSIONS {
        return None;
    }
    let vector: Vec<f64> = vector.iter().copied().map(f64::from).collect();
    let length = length(&vector);
    (length.is_finite() && length > 0.0).then(|| vector.iter().map(|own| own / length).collect())
}

fn length(vector: &[f64]) -> f64 {
    vector.iter().map(|own| own * own).sum::<f64>().sqrt()
}

fn add(sum: &mut [f64], vector: &[f64], times: f64) {
    sum.iter_mut().zip(vector).for_each(|(sum, own)| *sum += own * times);
}

/// The cosine of two vectors, the second at length one; 0 where the first has no direction.
fn cosine(one: &[f64], unit: &[f64]) -> f64 {
    let length = length(one);
    let dot: f64 = one.iter().zip(unit).map(|(one, other)| one * other).sum();
    if length > 0.0 { dot / length } else { 0.0 }
}

#[cfg(test)]
mod tests;
