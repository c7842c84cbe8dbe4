//! What an answer was worth, from 0 to 1, with the parts that it was made of.
//!
//! `reward = quality + what the next turn said − 0.3 × cost − 0.1 × latency`, brought into 0 to 1. Cost and latency
//! count by where they stand among recent ones ([`Quantiles`]), so that one extreme doesn't set the scale for good.

use super::feedback::Feedback;
use super::number::unit;
use super::quantiles::Quantiles;
use super::state::{self, StateError};
use serde::{Deserialize, Serialize};

const VERSION: u32 = 1;

/// What each part weighs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// The dearest answers lose this.
    pub cost: f64,
    /// The slowest answers lose this.
    pub latency: f64,
    /// For a complaint.
    pub complaint: f64,
    /// For the same ask again.
    pub repeated: f64,
    /// For work that was undone.
    pub reverted: f64,
    /// When all tool calls fail; in proportion when some do.
    pub tool_errors: f64,
    /// What a pleased user adds.
    pub praise: f64,
    /// What tests, builds and the like that ran after the answer add when all pass, and take when all fail.
    pub checks: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            cost: 0.3,
            latency: 0.1,
            complaint: 0.4,
            repeated: 0.3,
            reverted: 0.4,
            tool_errors: 0.2,
            praise: 0.15,
            checks: 0.15,
        }
    }
}

/// What is known of a finished turn.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outcome {
    /// The answer's quality from 0 to 1 ([`super::verify`]).
    pub quality: f64,
    /// What the next turn said, if there was one.
    pub feedback: Option<Feedback>,
    /// What it cost, in dollars, by the price of the model that *served* it; `None` where no price is known.
    pub cost: Option<f64>,
    /// How long it took, in milliseconds.
    pub latency: Option<f64>,
}

/// One part of a reward.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Part {
    /// What it is for: `quality`, `complaint`, `repeated`, `reverted`, `tool_errors`, `praise`, `checks`,
    /// `cost`, `latency`.
    pub name: &'static str,
    /// What it adds; negative for losses.
    pub value: f64,
}

/// A reward and why it is so.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reward {
    /// From 0 to 1.
    pub value: f64,
    /// Its parts; those that add nothing are missing.
    pub parts: Vec<Part>,
}

impl Reward {
    /// How good the answer was, whatever it cost and however long it took; from 0 to 1.
    pub fn quality(&self) -> f64 {
        let own = self.parts.iter().filter(|part| !matches!(part.name, "cost" | "latency"));
        unit(own.map(|part| part.value).sum()).unwrap_or_default()
    }
}

/// Gives rewards, and remembers what things usually cost.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rewarder {
    weights: Weights,
    scales: Scales,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Scales {
    cost: Quantiles,
    latency: Quantiles,
}

impl Rewarder {
    /// One that has seen nothing.
    pub fn new(weights: Weights) -> Self {
        Self { weights, scales: Scales::default() }
    }

    /// Takes cost and latency of a finished turn in; once for each, before or after its reward.
    pub fn observe(&mut self, cost: Option<f64>, latency: Option<f64>) {
        if let Some(cost) = cost {
            self.scales.cost.add(cost);
        }
        if let Some(latency) = latency {
            self.scales.latency.add(latency);
        }
    }

    /// What a turn was worth.
    pub fn reward(&self, outcome: &Outcome) -> Reward {
        let weights = &self.weights;
        let said = outcome.feedback.unwrap_or_default();
        let flag = |set: bool| if set { 1.0 } else { 0.0 };
        let all = [
            ("quality", 1.0, unit(outcome.quality).unwrap_or_default()),
            ("complaint", -weights.complaint, flag(said.complaint)),
            ("repeated", -weights.repeated, flag(said.repeated)),
            ("reverted", -weights.reverted, flag(said.reverted)),
            ("tool_errors", -weights.tool_errors, unit(said.tool_errors).unwrap_or_default()),
            ("praise", weights.praise, flag(said.praise)),
            ("checks", weights.checks, if said.checks.is_nan() { 0.0 } else { said.checks.clamp(-1.0, 1.0) }),
            ("cost", -weights.cost, standing(&self.scales.cost, outcome.cost)),
            ("latency", -weights.latency, standing(&self.scales.latency, outcome.latency)),
        ];
        let worth = |(name, weight, share): (&'static str, f64, f64)| Part { name, value: weight * share };
        let parts: Vec<Part> = all.into_iter().map(worth).filter(|part| part.value.abs() > 1e-12).collect();
        let sum = parts.iter().map(|part| part.value).sum();
        Reward { value: unit(sum).unwrap_or_default(), parts }
    }

    /// Adds what another one has seen.
    pub fn merge(&mut self, other: &Self) {
        self.scales.cost.merge(&other.scales.cost);
        self.scales.latency.merge(&other.scales.latency);
    }

    /// Its memory as bytes; the weights are settings and stay out.
    pub fn save(&self) -> Vec<u8> {
        state::save(VERSION, &self.scales)
    }

    /// One that remembers what was kept.
    pub fn load(weights: Weights, bytes: &[u8]) -> Result<Self, StateError> {
        Ok(Self { weights, scales: state::load(VERSION, bytes)? })
    }
}

/// Where a value stands among recent ones. What is unknown is in the middle: no price isn't a price of nothing.
fn standing(scale: &Quantiles, value: Option<f64>) -> f64 {
    value.and_then(|value| scale.standing(value)).unwrap_or(0.5)
}

#[cfg(test)]
mod tests {
    //! Each part moves the reward the right way, and hostile numbers don't move it out of its range.

    use super::*;
    use proptest::prelude::*;

    fn experienced() -> Rewarder {
        let mut rewarder = Rewarder::default();
        (1..=100_u32).for_each(|n| rewarder.observe(Some(f64::from(n) / 1000.0), Some(f64::from(n) * 100.0)));
        rewarder
    }

    fn outcome() -> Outcome {
        Outcome { quality: 0.8, feedback: None, cost: Some(0.05), latency: Some(5_000.0) }
    }

    #[test]
    fn each_part_counts() {
        let rewarder = experienced();
        let value = |outcome: Outcome| rewarder.reward(&outcome).value;
        let base = value(outcome());
        let said = |feedback| value(Outcome { feedback: Some(feedback), ..outcome() });
        assert!(said(Feedback { complaint: true, ..Feedback::default() }) < base);
        assert!(said(Feedback { repeated: true, ..Feedback::default() }) < base);
        assert!(said(Feedback { reverted: true, ..Feedback::default() }) < base);
        assert!(said(Feedback { tool_errors: 0.5, ..Feedback::default() }) < base);
        assert!(said(Feedback { praise: true, ..Feedback::default() }) > base);
        assert!(value(Outcome { cost: Some(0.001), ..outcome() }) > base);
        assert!(value(Outcome { latency: Some(50_000.0), ..outcome() }) < base);
        let unpriced = value(Outcome { cost: None, ..outcome() });
        assert!(value(Outcome { cost: Some(0.0), ..outcome() }) > unpriced);
    }

    #[test]
    fn the_parts_explain_the_value() {
        let reward = experienced().reward(&Outcome { cost: Some(10.0), latency: Some(0.0), ..outcome() });
        let expect = [Part { name: "quality", value: 0.8 }, Part { name: "cost", value: -0.3 }];
        assert_eq!(reward.parts, expect);
        assert!((reward.value - 0.5).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn hostile_numbers(
            quality in any::<f64>(), cost in any::<Option<f64>>(), latency in any::<Option<f64>>(), errors in any::<f64>()
        ) {
            let mut rewarder = experienced();
            let feedback = Some(Feedback { tool_errors: errors, ..Feedback::default() });
            let value = rewarder.reward(&Outcome { quality, feedback, cost, latency }).value;
            prop_assert!((0.0..=1.0).contains(&value));
            rewarder.observe(cost, latency);
            prop_assert_eq!(Rewarder::load(Weights::default(), &rewarder.save()), Ok(rewarder));
        }
    }
}
