//! How far a mean of a few values from 0 to 1 can be from the truth.

use super::number::{count, unit};

/// The quantile of the normal distribution that leaves 5 % on one side.
pub const ONE_SIDED_95: f64 = 1.645;
/// The one that leaves 1 % on one side.
pub const ONE_SIDED_99: f64 = 2.326;
/// The one that leaves 5 % on both sides together.
pub const TWO_SIDED_95: f64 = 1.96;

/// Wider than this says nothing at all.
const MOST_Z: f64 = 1e6;

/// Values between which a truth lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The least.
    pub low: f64,
    /// The greatest.
    pub high: f64,
}

impl Range {
    /// What is known without any evidence.
    const ANYTHING: Self = Self { low: 0.0, high: 1.0 };

    /// Whether a value lies in it.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// Wilson's interval for the mean of `n` values from 0 to 1. It is meant for shares; for other values between 0 and 1 it
/// is wider than need be, as no distribution on that range varies more than yes and no do.
pub fn wilson(mean: f64, n: usize, z: f64) -> Range {
    let (Some(mean), true, true) = (unit(mean), n > 0, z.abs() < MOST_Z) else { return Range::ANYTHING };
    let (n, z2) = (count(n), z * z);
    let center = (mean + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z.abs() / (1.0 + z2 / n) * (mean * (1.0 - mean) / n + z2 / (4.0 * n * n)).sqrt();
    Range { low: (center - half).clamp(0.0, 1.0), high: (center + half).clamp(0.0, 1.0) }
}

/// Hoeffding's interval for the mean of `n` values from 0 to 1, each side wrong with probability `risk` at most, whatever
/// their distribution.
pub fn hoeffding(mean: f64, n: usize, risk: f64) -> Range {
    let (Some(mean), true, true) = (unit(mean), n > 0, risk > 0.0 && risk < 1.0) else {
        return Range::ANYTHING;
    };
    let half = ((1.0 / risk).ln() / (2.0 * count(n))).sqrt();
    Range { low: (mean - half).max(0.0), high: (mean + half).min(1.0) }
}

#[cfg(test)]
mod tests {
    //! Known values, and ranges that hold the mean.

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_values() {
        let range = wilson(0.5, 10, TWO_SIDED_95);
        assert!((range.low - 0.2366).abs() < 1e-3 && (range.high - 0.7634).abs() < 1e-3, "{range:?}");
        let none = wilson(0.0, 52, ONE_SIDED_95);
        assert!(none.high < 0.05 && wilson(0.0, 50, ONE_SIDED_95).high > 0.05, "{none:?}");
        let range = hoeffding(0.5, 200, 0.05);
        assert!((range.high - 0.5 - 0.0865).abs() < 1e-3, "{range:?}");
    }

    proptest! {
        #[test]
        fn ranges_hold_the_mean(mean in any::<f64>(), n in any::<usize>(), z in any::<f64>()) {
            for range in [wilson(mean, n, z), hoeffding(mean, n, z)] {
                prop_assert!(0.0 <= range.low && range.low <= range.high && range.high <= 1.0, "{:?}", range);
                prop_assert!(!(0.01..0.99).contains(&mean) || n > 1 << 40 || range.contains(mean), "{:?}", range);
            }
        }
    }
}
