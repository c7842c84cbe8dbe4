//! Where tiers should begin, by how well each tier's models did at which scores.
//!
//! A boundary goes down to *below* the lowest scores at which the easier tier certainly fails, and goes up where the
//! easier tier certainly does well beyond it. The result is a new value; nothing that others share is changed.

use super::bounds::{ONE_SIDED_99, Range, wilson};
use super::number::{count, place, unit};
use crate::tier::{Score, Tier, TierBounds};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The width of a bucket of scores.
pub const WIDTH: u8 = 5;
const BUCKETS: usize = 20;

/// What has to be seen, and how far boundaries may go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// With fewer rows in all nothing is done.
    pub rows: usize,
    /// Buckets with fewer rows say nothing.
    pub bucket: usize,
    /// The quality that each tier owes, from 0 to 1, the easiest first.
    pub floors: [f64; 4],
    /// How sure one has to be, as a quantile of the normal distribution. 99 %, as many buckets are looked at.
    pub z: f64,
    /// How far a boundary moves at once, in points of the score.
    pub step: f32,
    /// How many points each tier keeps.
    pub least: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            rows: 100,
            bucket: 5,
            floors: [0.55, 0.60, 0.65, 0.70],
            z: ONE_SIDED_99,
            step: 10.0,
            least: 5.0,
        }
    }
}

/// How good answers were, by the tier that *served* them and by score.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "Saved", try_from = "Saved")]
pub struct Evidence {
    rows: usize,
    buckets: [[Bucket; BUCKETS]; 4],
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Bucket {
    rows: usize,
    quality: f64,
}

/// What is kept: the buckets with rows in them, as tier, bucket, rows and the sum of their quality.
#[derive(Serialize, Deserialize)]
struct Saved(Vec<(usize, usize, usize, f64)>);

impl From<Evidence> for Saved {
    fn from(evidence: Evidence) -> Self {
        let each = evidence.buckets.iter().enumerate().flat_map(|(tier, row)| {
            row.iter().enumerate().map(move |(at, bucket)| (tier, at, bucket.rows, bucket.quality))
        });
        Self(each.filter(|(_, _, rows, _)| *rows > 0).collect())
    }
}

impl TryFrom<Saved> for Evidence {
    type Error = &'static str;

    fn try_from(Saved(saved): Saved) -> Result<Self, &'static str> {
        let mut evidence = Self::default();
        for (tier, at, rows, quality) in saved {
            let bucket = evidence.buckets.get_mut(tier).and_then(|row| row.get_mut(at)).ok_or("no bucket")?;
            if !(0.0..=count(rows) + 1e-6).contains(&quality) {
                return Err("not the sums of a bucket");
            }
            *bucket = Bucket { rows, quality };
            evidence.rows = evidence.rows.saturating_add(rows);
        }
        Ok(evidence)
    }
}

impl Evidence {
    /// Adds another one's rows.
    pub fn merge(&mut self, other: &Self) {
        let theirs = other.buckets.iter().flatten();
        for (own, more) in self.buckets.iter_mut().flatten().zip(theirs) {
            own.rows = own.rows.saturating_add(more.rows);
            own.quality += more.quality;
        }
        self.rows = self.rows.saturating_add(other.rows);
    }

    /// Takes in a request: its score, the tier whose model served it, and the quality of the answer from 0 to 1. What
    /// is no number is left out.
    pub fn add(&mut self, score: Score, served: Tier, quality: f64) {
        let Some(quality) = unit(quality) else { return };
        let bucket = &mut self.buckets[served.index()][place(f64::from(score.get()) / 100.0, BUCKETS)];
        bucket.rows += 1;
        bucket.quality += quality;
        self.rows += 1;
    }

    /// How many requests there were.
    pub const fn rows(&self) -> usize {
        self.rows
    }
}

/// A boundary that moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Move {
    /// The tier that begins elsewhere now.
    pub tier: Tier,
    /// Where it began.
    pub from: f32,
    /// Where it begins.
    pub to: f32,
    /// The scores that say so begin here.
    pub bucket: f32,
    /// The quality of the tier below at these scores lies in here.
    pub quality: Range,
    /// The quality that the tier below owes.
    pub floor: f64,
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tier, from, to, bucket, quality: Range { low, high }, floor } = self;
        let easier = tier.below().unwrap_or(*tier);
        let end = bucket + f32::from(WIDTH) - 1.0;
        let word = if to < from { "fails" } else { "does well" };
        write!(
            f,
            "{tier} begins at {to:.0} instead of {from:.0}: {easier} {word} at {bucket:.0} to {end:.0}"
        )?;
        write!(f, " (quality {low:.2} to {high:.2}, owed {floor:.2})")
    }
}

/// New bounds, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrated {
    /// The bounds.
    pub bounds: TierBounds,
    /// What moved; never empty.
    pub moves: Vec<Move>,
}

/// New bounds, if the evidence asks for any.
pub fn calibrate(bounds: &TierBounds, evidence: &Evidence, thresholds: &Thresholds) -> Option<Calibrated> {
    if evidence.rows < thresholds.rows {
        return None;
    }
    let mut moves: Vec<Move> = Vec::new();
    let mut starts = [Tier::Medium, Tier::Complex, Tier::Reasoning].map(|tier| bounds.floor(tier).get());
    for (at, tier) in [Tier::Medium, Tier::Complex, Tier::Reasoning].into_iter().enumerate() {
        let from = starts[at];
        // Between its neighbours, and with room for both tiers at its sides.
        let lowest = at.checked_sub(1).map_or(0.0, |before| starts[before]) + thresholds.least;
        let highest = starts.get(at + 1).copied().unwrap_or(100.0) - thresholds.least;
        let Some(found) = wish(tier, from, evidence, thresholds) else { continue };
        let to = found.to.max(from - thresholds.step).min(from + thresholds.step).max(lowest).min(highest);
        // A boundary goes where the wish points, or stays.
        if (to - from).abs() >= 1.0 && (to < from) == (found.to < from) {
            starts[at] = to;
            moves.push(Move { to, ..found });
        }
    }
    let [medium, complex, reasoning] = starts;
    let bounds = TierBounds::new(medium, complex, reasoning).filter(|_| !moves.is_empty())?;
    Some(Calibrated { bounds, moves })
}

/// Where a tier should begin, by how the tier below it does on either side of where it begins now.
fn wish(tier: Tier, from: f32, evidence: &Evidence, thresholds: &Thresholds) -> Option<Move> {
    let easier = tier.below()?;
    let floor = thresholds.floors[easier.index()];
    let begins = evidence.buckets[easier.index()].iter().zip((0_u8..).map(|at| f32::from(at * WIDTH)));
    let known =
        begins.filter(|(bucket, _)| bucket.rows >= thresholds.bucket.max(1)).map(|(bucket, start)| {
            (start, wilson(bucket.quality / count(bucket.rows), bucket.rows, thresholds.z))
        });
    let moved = |to: f32, bucket: f32, quality: Range| Move { tier, from, to, bucket, quality, floor };
    let mut beyond = None;
    let mut end = from;
    for (start, quality) in known {
        if quality.high < floor {
            // The lowest scores at which it fails: the harder tier begins with them, or stays where it is.
            return if start < from { Some(moved(start, start, quality)) } else { beyond };
        }
        let joins = start < end + f32::from(WIDTH) && start + f32::from(WIDTH) > from;
        if joins && quality.low >= floor {
            end = start + f32::from(WIDTH);
            beyond = (end > from).then(|| moved(end, start, quality));
        }
    }
    beyond
}

#[cfg(test)]
mod tests {
    //! Boundaries move below what fails and beyond what works, and only on evidence.

    use super::*;
    use proptest::prelude::*;

    /// Rows of (score, served tier, quality), 40 each.
    fn evidence(rows: &[(f32, Tier, f64)]) -> Evidence {
        let mut evidence = Evidence::default();
        for (score, tier, quality) in rows {
            (0..40).for_each(|_| evidence.add(Score::new(*score), *tier, *quality));
        }
        evidence
    }

    #[track_caller]
    fn check(rows: &[(f32, Tier, f64)], expect: [f32; 3]) -> Vec<String> {
        let default = TierBounds::default();
        let found = calibrate(&default, &evidence(rows), &Thresholds::default());
        let bounds = found.as_ref().map_or(default, |found| found.bounds);
        let starts =
            [Tier::Medium, Tier::Complex, Tier::Reasoning].map(|tier| bounds.floor(tier).get().round());
        assert!(starts.iter().zip(expect).all(|(found, expect)| (found - expect).abs() < 0.1), "{found:?}");
        assert_eq!(default, TierBounds::default());
        found.map(|found| found.moves.iter().map(ToString::to_string).collect()).unwrap_or_default()
    }

    #[test]
    fn below_what_fails() {
        let good = (2.0, Tier::Simple, 0.9);
        let said = check(&[good, (12.0, Tier::Simple, 0.8), (17.0, Tier::Simple, 0.2)], [15.0, 51.0, 76.0]);
        let expect =
            "MEDIUM begins at 15 instead of 20: SIMPLE fails at 15 to 19 (quality 0.09 to 0.38, owed 0.55)";
        assert_eq!(said, [expect]);
        // At most ten points at once, even where it fails from the start.
        check(&[(2.0, Tier::Simple, 0.1), (7.0, Tier::Simple, 0.1), good], [10.0, 51.0, 76.0]);
        check(&[good, (62.0, Tier::Complex, 0.1), (72.0, Tier::Complex, 0.1)], [20.0, 51.0, 66.0]);
    }

    #[test]
    fn beyond_what_works() {
        let said = check(
            &[(17.0, Tier::Simple, 0.9), (22.0, Tier::Simple, 0.9), (2.0, Tier::Simple, 0.9)],
            [25.0, 51.0, 76.0],
        );
        assert!(said[0].contains("SIMPLE does well at 20 to 24"), "{said:?}");
        // A gap, and a failure right behind the boundary, keep it.
        check(
            &[(2.0, Tier::Simple, 0.9), (17.0, Tier::Simple, 0.9), (42.0, Tier::Simple, 0.9)],
            [20.0, 51.0, 76.0],
        );
        check(
            &[(2.0, Tier::Simple, 0.9), (17.0, Tier::Simple, 0.9), (22.0, Tier::Simple, 0.1)],
            [20.0, 51.0, 76.0],
        );
    }

    #[test]
    fn nothing_without_evidence() {
        let mut few = Evidence::default();
        (0..99).for_each(|_| few.add(Score::new(17.0), Tier::Simple, 0.0));
        assert_eq!(calibrate(&TierBounds::default(), &few, &Thresholds::default()), None);
        few.add(Score::new(17.0), Tier::Simple, f64::NAN);
        assert_eq!(few.rows(), 99);
        // Bad, but not certainly: five rows at 0.4 where 0.55 are owed.
        let mut unsure =
            evidence(&[(2.0, Tier::Simple, 0.9), (30.0, Tier::Medium, 0.9), (60.0, Tier::Complex, 0.9)]);
        (0..5).for_each(|_| unsure.add(Score::new(17.0), Tier::Simple, 0.4));
        assert_eq!(calibrate(&TierBounds::default(), &unsure, &Thresholds::default()), None);
    }

    proptest! {
        #[test]
        fn bounds_stay_bounds(rows in prop::collection::vec((0.0..=100.0_f32, 0..4_usize, 0.0..=1.0_f64), 0..12)) {
            let rows: Vec<_> = rows.into_iter().map(|(score, tier, quality)| (score, Tier::at(tier), quality)).collect();
            let (evidence, mut bounds) = (evidence(&rows), TierBounds::default());
            for _ in 0..20 {
                let Some(found) = calibrate(&bounds, &evidence, &Thresholds::default()) else { break };
                prop_assert!(!found.moves.is_empty() && found.bounds != bounds);
                bounds = found.bounds;
                let starts = [Tier::Medium, Tier::Complex, Tier::Reasoning].map(|tier| bounds.floor(tier).get());
                let [medium, complex, reasoning] = starts;
                prop_assert!(medium >= 5.0 && complex - medium >= 4.9 && reasoning - complex >= 4.9 && reasoning <= 95.0);
            }
        }
    }
}
