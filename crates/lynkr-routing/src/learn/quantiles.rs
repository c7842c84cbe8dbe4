//! Running quantiles of costs and times: a histogram with buckets that widen with the value, in which old values fade.

use super::number::count;
use super::state::{self, StateError};
use serde::{Deserialize, Serialize};

const VERSION: u32 = 1;
/// Buckets per doubling of the value.
const FINENESS: f64 = 4.0;
const BUCKETS: usize = 160;
/// The value at which the first bucket ends.
const LEAST: f64 = 1e-6;
/// With this many values in it, all counts are halved.
const FADES_AT: f64 = 4096.0;
/// From this many values on the quantiles say something.
const ENOUGH: f64 = 20.0;
/// The least span between cheap and dear, as a factor: where all values are alike, small differences stay small.
const LEAST_SPAN: f64 = 4.0;

/// Quantiles of positive values from 10⁻⁶ to 10⁶, within some 10 %.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Quantiles {
    buckets: [f64; BUCKETS],
}

impl From<Quantiles> for String {
    fn from(quantiles: Quantiles) -> Self {
        state::numbers(&quantiles.buckets)
    }
}

impl TryFrom<String> for Quantiles {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let buckets = state::read_numbers(&text).ok_or("not a histogram")?;
        let good = buckets.iter().all(|n| (0.0..=FADES_AT).contains(n));
        if good { Ok(Self { buckets }) } else { Err("not the counts of a histogram") }
    }
}

impl Default for Quantiles {
    fn default() -> Self {
        Self { buckets: [0.0; BUCKETS] }
    }
}

impl Quantiles {
    /// Takes a value in; what is negative or no number is left out.
    pub fn add(&mut self, value: f64) {
        let Some(bucket) = bucket(value).and_then(|bucket| self.buckets.get_mut(bucket)) else { return };
        *bucket += 1.0;
        if self.total() >= FADES_AT {
            self.buckets.iter_mut().for_each(|bucket| *bucket /= 2.0);
        }
    }

    /// Adds another one's values.
    pub fn merge(&mut self, other: &Self) {
        self.buckets.iter_mut().zip(other.buckets).for_each(|(own, more)| *own += more);
        while self.total() >= FADES_AT {
            self.buckets.iter_mut().for_each(|bucket| *bucket /= 2.0);
        }
    }

    /// The value below which a fraction of the recent ones lies; `None` with too few of them.
    pub fn at(&self, fraction: f64) -> Option<f64> {
        let total = self.total();
        if total < ENOUGH || fraction.is_nan() {
            return None;
        }
        let wanted = fraction.clamp(0.0, 1.0) * total;
        let mut seen = 0.0;
        let found = self.buckets.iter().position(|bucket| {
            seen += bucket;
            *bucket > 0.0 && seen >= wanted
        });
        Some(found.map_or(0.0, middle))
    }

    /// Where a value stands between the tenth (0) and the ninetieth (1) of the recent hundred, by ratio; `None` while
    /// too few are known, and for what is no value.
    pub fn standing(&self, value: f64) -> Option<f64> {
        bucket(value)?;
        let low = self.at(0.1)?.max(LEAST);
        let high = self.at(0.9)?.max(low * LEAST_SPAN);
        Some(((value.max(LEAST) / low).ln() / (high / low).ln()).clamp(0.0, 1.0))
    }

    fn total(&self) -> f64 {
        self.buckets.iter().sum()
    }

    /// Its bytes, to be kept.
    pub fn save(&self) -> Vec<u8> {
        state::save(VERSION, self)
    }

    /// What was kept.
    pub fn load(bytes: &[u8]) -> Result<Self, StateError> {
        state::load(VERSION, bytes)
    }
}

fn bucket(value: f64) -> Option<usize> {
    if value.is_nan() || value < 0.0 {
        return None;
    }
    let place = ((value.max(LEAST) / LEAST).log2() * FINENESS).clamp(0.0, count(BUCKETS - 1));
    Some(super::number::place(place / count(BUCKETS), BUCKETS))
}

fn middle(bucket: usize) -> f64 {
    if bucket == 0 { 0.0 } else { LEAST * ((count(bucket) + 0.5) / FINENESS).exp2() }
}

#[cfg(test)]
mod tests {
    //! Quantiles are near the truth, fade, and survive hostile numbers.

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn near_the_truth() {
        let mut quantiles = Quantiles::default();
        assert_eq!((quantiles.at(0.5), quantiles.standing(1.0)), (None, None));
        (1..=1000).for_each(|n| quantiles.add(count(n) / 1000.0));
        for fraction in [0.1, 0.5, 0.9] {
            let found = quantiles.at(fraction).unwrap();
            assert!((found / fraction - 1.0).abs() < 0.2, "{fraction}: {found}");
        }
        let [low, middle, high] = [0.05, 0.3, 2.0].map(|value| quantiles.standing(value).unwrap());
        assert!(low.abs() < 1e-9 && (0.2..0.8).contains(&middle) && (high - 1.0).abs() < 1e-9);
        assert!(quantiles.standing(0.0).unwrap().abs() < 1e-9, "free is cheapest");
    }

    #[test]
    fn equal_values_stay_near_each_other() {
        let mut quantiles = Quantiles::default();
        (0..100).for_each(|_| quantiles.add(0.01));
        let spread = quantiles.standing(0.011).unwrap() - quantiles.standing(0.01).unwrap();
        assert!(spread < 0.1, "{spread}");
    }

    #[test]
    fn old_values_fade() {
        let mut quantiles = Quantiles::default();
        (0..20_000).for_each(|_| quantiles.add(1.0));
        (0..20_000).for_each(|_| quantiles.add(100.0));
        assert!(quantiles.at(0.1).unwrap() > 50.0);
    }

    proptest! {
        #[test]
        fn hostile_numbers(values in prop::collection::vec(any::<f64>(), 0..200), asked in any::<f64>()) {
            let mut quantiles = Quantiles::default();
            for value in values {
                quantiles.add(value);
            }
            if let Some(standing) = quantiles.standing(asked) {
                prop_assert!((0.0..=1.0).contains(&standing));
            }
            prop_assert!(quantiles.at(asked).is_none_or(f64::is_finite));
            prop_assert_eq!(Quantiles::load(&quantiles.save()), Ok(quantiles));
        }
    }
}
