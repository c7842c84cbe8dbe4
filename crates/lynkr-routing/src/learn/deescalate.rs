//! May the next lower tier do this kind of work? Only where it has been seen to do it well.
//!
//! What is documented asks for 30 rows, a mean quality of 70 and less than 5 % errors. Here the *bounds* have to hold:
//! 30 lucky rows prove nothing. Without a single error it takes 52 rows until fewer than 5 % errors are proven.

use super::bounds::{ONE_SIDED_95, wilson};
use super::number::count;
use crate::tier::Tier;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What has to be seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// With fewer rows nothing is done.
    pub rows: usize,
    /// The lower bound of the mean quality has to reach this, from 0 to 1.
    pub quality: f64,
    /// The upper bound of the share of errors has to be below this.
    pub errors: f64,
    /// How sure the bounds are, as a quantile of the normal distribution.
    pub z: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { rows: 30, quality: 0.70, errors: 0.05, z: ONE_SIDED_95 }
    }
}

/// How the lower tier did at one kind of work, over the last days.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "Saved")]
pub struct Evidence {
    rows: usize,
    errors: usize,
    quality: f64,
}

#[derive(Deserialize)]
struct Saved {
    rows: usize,
    errors: usize,
    quality: f64,
}

impl TryFrom<Saved> for Evidence {
    type Error = &'static str;

    fn try_from(Saved { rows, errors, quality }: Saved) -> Result<Self, &'static str> {
        let good = errors <= rows && (0.0..=count(rows) + 1e-6).contains(&quality);
        if good { Ok(Self { rows, errors, quality }) } else { Err("not the sums of a tier") }
    }
}

impl Evidence {
    /// Takes in a request that this tier served. A quality that is no number counts as an error, as a failure does.
    pub fn add(&mut self, quality: f64, failed: bool) {
        let known = super::number::unit(quality);
        self.rows += 1;
        self.errors += usize::from(failed || known.is_none());
        self.quality += known.unwrap_or_default();
    }

    /// From sums that a store made: rows, errors among them, and the mean quality from 0 to 1.
    pub fn from_means(rows: usize, errors: usize, quality: f64) -> Self {
        let quality = super::number::unit(quality).unwrap_or_default();
        Self { rows, errors: errors.min(rows), quality: quality * count(rows) }
    }

    /// Adds another one's sums.
    pub fn merge(&mut self, other: &Self) {
        self.rows = self.rows.saturating_add(other.rows);
        self.errors = self.errors.saturating_add(other.errors);
        self.quality += other.quality;
    }

    /// How many requests there were.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    fn mean(&self, sum: f64) -> f64 {
        sum / count(self.rows.max(1))
    }
}

/// What a request forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holds {
    /// Its risk is high.
    pub risk: bool,
    /// Something raised its tier: a forced phrase, agentic work, an earlier turn.
    pub raised: bool,
}

/// Why a tier is lowered or kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decision {
    /// Take the tier below.
    Lower {
        /// That tier.
        to: Tier,
        /// What its quality is at least.
        quality: f64,
        /// What its share of errors is at most.
        errors: f64,
        /// How many rows say so.
        rows: usize,
    },
    /// There is none below.
    Lowest,
    /// The request's risk is high.
    Risky,
    /// Something raised its tier.
    Raised,
    /// Too few rows, of so many that are needed.
    Few(usize, usize),
    /// The quality may be as low as this.
    Poor(f64),
    /// The share of errors may be as high as this.
    Failing(f64),
}

impl Decision {
    /// The tier to take instead, if any.
    pub const fn tier(&self) -> Option<Tier> {
        if let Self::Lower { to, .. } = self { Some(*to) } else { None }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lower { to, quality, errors, rows } => {
                let errors = errors * 100.0;
                write!(
                    f,
                    "{to} does this well: quality at least {quality:.2}, errors at most {errors:.1} %, {rows} rows"
                )
            }
            Self::Lowest => f.write_str("no tier is lower"),
            Self::Risky => f.write_str("the risk is high"),
            Self::Raised => f.write_str("the tier was raised for a reason"),
            Self::Few(rows, least) => write!(f, "{rows} rows of {least}"),
            Self::Poor(quality) => write!(f, "the lower tier's quality may be {quality:.2} only"),
            Self::Failing(errors) => write!(f, "the lower tier may fail {:.1} % of the time", errors * 100.0),
        }
    }
}

/// Says whether `tier` may be lowered for a kind of work, by what the tier below did with it.
pub fn decide(tier: Tier, below: &Evidence, holds: Holds, thresholds: &Thresholds) -> Decision {
    let Some(to) = tier.below() else { return Decision::Lowest };
    if holds.risk {
        return Decision::Risky;
    }
    if holds.raised {
        return Decision::Raised;
    }
    if below.rows < thresholds.rows.max(1) {
        return Decision::Few(below.rows, thresholds.rows);
    }
    let quality = wilson(below.mean(below.quality), below.rows, thresholds.z).low;
    let failed = below.mean(count(below.errors));
    let errors = wilson(failed, below.rows, thresholds.z).high;
    if quality < thresholds.quality || thresholds.quality.is_nan() {
        return Decision::Poor(quality);
    }
    if errors < thresholds.errors {
        return Decision::Lower { to, quality, errors, rows: below.rows };
    }
    Decision::Failing(errors)
}

#[cfg(test)]
mod tests {
    //! A tier is lowered only when bounds hold, and never against a hold.

    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(rows: usize, errors: usize, quality: f64, expect: &str) {
        let evidence = Evidence::from_means(rows, errors, quality);
        let decision = decide(Tier::Complex, &evidence, Holds::default(), &Thresholds::default());
        assert_eq!(decision.to_string(), expect);
    }

    #[test]
    fn evidence_is_needed() {
        check(29, 0, 1.0, "29 rows of 30");
        // The documented rule would lower here.
        check(30, 0, 0.75, "the lower tier's quality may be 0.60 only");
        check(40, 0, 0.95, "the lower tier may fail 6.3 % of the time");
        check(100, 4, 0.9, "the lower tier may fail 8.6 % of the time");
        check(60, 0, 0.85, "MEDIUM does this well: quality at least 0.76, errors at most 4.3 %, 60 rows");
    }

    #[test]
    fn holds() {
        let good = Evidence::from_means(500, 0, 0.95);
        let decide = |tier, holds| super::decide(tier, &good, holds, &Thresholds::default());
        assert_eq!(decide(Tier::Medium, Holds::default()).tier(), Some(Tier::Simple));
        assert_eq!(decide(Tier::Simple, Holds::default()), Decision::Lowest);
        assert_eq!(decide(Tier::Complex, Holds { risk: true, raised: false }), Decision::Risky);
        assert_eq!(decide(Tier::Complex, Holds { risk: false, raised: true }), Decision::Raised);
    }

    proptest! {
        #[test]
        fn hostile_numbers(
            rows in prop::collection::vec(any::<(f64, bool)>(), 0..80), quality in any::<f64>(), errors in any::<f64>()
        ) {
            let mut evidence = Evidence::default();
            for (quality, failed) in rows {
                evidence.add(quality, failed);
            }
            let thresholds = Thresholds { quality, errors, ..Thresholds::default() };
            if let Decision::Lower { quality, errors, rows, .. } =
                decide(Tier::Medium, &evidence, Holds::default(), &thresholds)
            {
                prop_assert!(rows >= 30 && quality >= thresholds.quality && errors < thresholds.errors);
            }
        }
    }
}
