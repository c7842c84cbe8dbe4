//! Ridge regression that learns one value at a time, without inverting a matrix (Sherman–Morrison).

use super::super::state;
use super::{FEATURES, Features};
use serde::{Deserialize, Serialize};

type Vector = [f64; FEATURES];

/// A regression from features to a reward.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Saved", try_from = "Saved")]
pub struct Linear {
    /// The inverse of `I + Σ x·xᵀ`.
    inverse: [Vector; FEATURES],
    /// `Σ reward·x`.
    sums: Vector,
    seen: usize,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    inverse: String,
    sums: String,
    seen: usize,
}

impl From<Linear> for Saved {
    fn from(linear: Linear) -> Self {
        let inverse = state::numbers(linear.inverse.iter().flatten());
        Self { inverse, sums: state::numbers(&linear.sums), seen: linear.seen }
    }
}

impl TryFrom<Saved> for Linear {
    type Error = &'static str;

    fn try_from(saved: Saved) -> Result<Self, &'static str> {
        let flat = state::read_numbers::<{ FEATURES * FEATURES }>(&saved.inverse).ok_or("not a matrix")?;
        let inverse = std::array::from_fn(|row| std::array::from_fn(|column| flat[row * FEATURES + column]));
        let sums = state::read_numbers(&saved.sums).ok_or("not a vector")?;
        let linear = Self { inverse, sums, seen: saved.seen };
        if linear.is_sound() { Ok(linear) } else { Err("not a regression") }
    }
}

impl Default for Linear {
    fn default() -> Self {
        let mut inverse = [[0.0; FEATURES]; FEATURES];
        inverse.iter_mut().enumerate().for_each(|(at, row)| row[at] = 1.0);
        Self { inverse, sums: [0.0; FEATURES], seen: 0 }
    }
}

impl Linear {
    /// The expected reward, and how unsure that is: `√(xᵀ·A⁻¹·x)`.
    pub fn predict(&self, features: &Features) -> (f64, f64) {
        let image = self.image(features.values());
        (dot(&image, &self.sums), dot(&image, features.values()).max(0.0).sqrt())
    }

    /// Takes a reward in. Older ones then weigh `keep` of what they did. The ridge must not fade with them, or
    /// directions without news would blow up; so it is put back, one direction each time.
    pub fn learn(&mut self, features: &Features, reward: f64, keep: f64) {
        let usable = reward.is_finite() && keep > 0.0 && keep <= 1.0;
        if !usable {
            return;
        }
        if keep < 1.0 {
            self.inverse.iter_mut().flatten().for_each(|value| *value /= keep);
            self.sums.iter_mut().for_each(|value| *value *= keep);
            let mut direction = [0.0; FEATURES];
            direction[self.seen % FEATURES] = ((1.0 - keep) * super::count(FEATURES)).sqrt();
            self.add(&direction);
        }
        self.add(features.values());
        self.sums.iter_mut().zip(features.values()).for_each(|(sum, value)| *sum += reward * value);
        self.seen = self.seen.saturating_add(1);
    }

    /// Adds what another one has learned of the same: the sums of both, with one ridge. What can't be added, because
    /// one of them is damaged, leaves the one that has seen more.
    pub fn merge(&mut self, other: &Self) {
        let sum = inverted(&self.inverse).zip(inverted(&other.inverse)).and_then(|(mut sum, added)| {
            for (at, (row, added)) in sum.iter_mut().zip(added).enumerate() {
                row.iter_mut().zip(added).for_each(|(value, more)| *value += more);
                row[at] -= 1.0;
            }
            inverted(&sum)
        });
        let mut sums = self.sums;
        sums.iter_mut().zip(other.sums).for_each(|(value, more)| *value += more);
        let seen = self.seen.saturating_add(other.seen);
        let merged = sum.map(|inverse| Self { inverse, sums, seen }).filter(Self::is_sound);
        if let Some(merged) = merged {
            *self = merged;
        } else if other.seen > self.seen {
            self.clone_from(other);
        }
    }

    /// How many rewards were taken in.
    pub const fn seen(&self) -> usize {
        self.seen
    }

    /// Adds `x·xᵀ` to the matrix whose inverse is kept.
    fn add(&mut self, x: &Vector) {
        let image = self.image(x);
        let below = 1.0 + dot(&image, x);
        for (row, left) in self.inverse.iter_mut().zip(image) {
            row.iter_mut().zip(image).for_each(|(value, right)| *value -= left * right / below);
        }
    }

    fn image(&self, x: &Vector) -> Vector {
        std::array::from_fn(|row| dot(&self.inverse[row], x))
    }

    /// Whether this can be the work of this code, and not of a damaged file.
    fn is_sound(&self) -> bool {
        let finite = self.inverse.iter().flatten().chain(&self.sums).all(|value| value.is_finite());
        let upright = (0..FEATURES).all(|at| self.inverse[at][at] > 0.0);
        finite && upright
    }
}

/// The inverse of a symmetric matrix without zeros to divide by (Gauss and Jordan); `None` where it has none.
fn inverted(matrix: &[Vector; FEATURES]) -> Option<[Vector; FEATURES]> {
    let (mut left, mut right) = (*matrix, Linear::default().inverse);
    for at in 0..FEATURES {
        let pivot = left[at][at];
        if !pivot.is_finite() || pivot <= 1e-12 {
            return None;
        }
        left[at].iter_mut().chain(&mut right[at]).for_each(|value| *value /= pivot);
        let (own, image) = (left[at], right[at]);
        for row in (0..FEATURES).filter(|row| *row != at) {
            let share = left[row][at];
            left[row].iter_mut().zip(own).for_each(|(value, more)| *value -= share * more);
            right[row].iter_mut().zip(image).for_each(|(value, more)| *value -= share * more);
        }
    }
    Some(right)
}

fn dot(left: &Vector, right: &Vector) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}
