//! Whether requests went to a tier that was too easy or too hard for them, by what became of them.
//!
//! A tier was too easy where its answer's quality is below what the tier owes, and a harder one is there. It was too hard
//! where COMPLEX or REASONING answered well in a few words and without a tool: SIMPLE would have done that too, most
//! likely. Both are estimates; where nothing is known they are null.

use serde::Deserialize;
use serde_json::{Value, json};

use super::bounds::{TWO_SIDED_95, wilson};
use super::calibrate;
use super::number::count;
use crate::tier::Tier;

/// From this quality on an answer is a good one.
const GOOD: f64 = 0.8;
/// A text of fewer bytes is short.
const SHORT: u64 = 200;

/// What of an outcome's record counts here.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Outcome {
    quality: Option<f64>,
    bytes: Option<u64>,
    calls: Option<u64>,
    failed: Option<bool>,
}

/// The figures of one tier.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Figures {
    rows: usize,
    quality: f64,
    failed: usize,
    under: usize,
    over: usize,
}

/// Adds up outcomes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Accuracy {
    tiers: [Figures; 4],
}

impl Accuracy {
    /// Takes an outcome's record in, of a request that a model of this tier served. Records without a quality say
    /// nothing.
    pub fn add(&mut self, tier: &str, outcome: &Value) {
        let number = |name: &str| outcome.get(name).and_then(Value::as_u64);
        self.take(
            tier,
            &Outcome {
                quality: outcome.get("quality").and_then(Value::as_f64),
                bytes: number("bytes"),
                calls: number("calls"),
                failed: outcome.get("failed").and_then(Value::as_bool),
            },
        );
    }

    /// The same for a record's text, of which no more is read than is needed; one that can't be read says nothing.
    pub fn read(&mut self, tier: &str, text: &str) {
        if let Ok(outcome) = serde_json::from_str(text) {
            self.take(tier, &outcome);
        }
    }

    fn take(&mut self, tier: &str, outcome: &Outcome) {
        let quality = outcome.quality.filter(|own| (0.0..=1.0).contains(own));
        let (Ok(tier), Some(quality)) = (tier.parse::<Tier>(), quality) else { return };
        let Some(figures) = self.tiers.get_mut(tier.index()) else { return };
        let owed = calibrate::Thresholds::default().floors.get(tier.index()).copied().unwrap_or(1.0);
        let is_short = outcome.calls == Some(0) && outcome.bytes.is_some_and(|bytes| bytes < SHORT);
        figures.rows += 1;
        figures.quality += quality;
        figures.failed += usize::from(outcome.failed == Some(true));
        figures.under += usize::from(quality < owed && tier < Tier::Reasoning);
        figures.over += usize::from(quality > GOOD && is_short && tier >= Tier::Complex);
    }

    /// How many outcomes there were.
    pub fn rows(&self) -> usize {
        self.tiers.iter().map(|own| own.rows).sum()
    }

    /// For endpoints and commands.
    pub fn to_json(&self) -> Value {
        let tiers: Vec<Value> = Tier::ALL
            .into_iter()
            .zip(&self.tiers)
            .map(|(tier, own)| {
                json!({
                    "tier": tier.name(), "outcomes": own.rows,
                    "quality": (own.rows > 0).then(|| own.quality / count(own.rows.max(1))),
                    "failed": share(own.failed, own.rows),
                    "under_provisioned": if tier < Tier::Reasoning { share(own.under, own.rows) } else { Value::Null },
                    "over_provisioned": if tier >= Tier::Complex { share(own.over, own.rows) } else { Value::Null },
                })
            })
            .collect();
        let sum = |of: fn(&Figures) -> usize, which: &dyn Fn(Tier) -> bool| -> usize {
            Tier::ALL
                .into_iter()
                .zip(&self.tiers)
                .filter(|(tier, _)| which(*tier))
                .map(|(_, own)| of(own))
                .sum()
        };
        let (easy, hard) = (|tier: Tier| tier < Tier::Reasoning, |tier: Tier| tier >= Tier::Complex);
        json!({
            "outcomes": self.rows(), "tiers": tiers,
            "under_provisioned": share(sum(|own| own.under, &easy), sum(|own| own.rows, &easy)),
            "over_provisioned": share(sum(|own| own.over, &hard), sum(|own| own.rows, &hard)),
        })
    }
}

/// A share with its 95 % interval; null where there is nothing to be a share of.
fn share(some: usize, all: usize) -> Value {
    if all == 0 {
        return Value::Null;
    }
    let mean = count(some) / count(all);
    let range = wilson(mean, all, TWO_SIDED_95);
    json!({"share": mean, "low": range.low, "high": range.high, "count": some})
}

#[cfg(test)]
mod tests {
    //! What counts as too easy and too hard, and nulls where nothing is known.

    use super::*;

    #[test]
    fn too_easy_too_hard_and_unknown() {
        let mut accuracy = Accuracy::default();
        assert_eq!(accuracy.to_json()["under_provisioned"], Value::Null);
        let outcome = |quality: f64, bytes: u64| json!({"quality": quality, "bytes": bytes, "calls": 0, "failed": false});
        accuracy.add("SIMPLE", &outcome(0.3, 50));
        accuracy.add("SIMPLE", &outcome(0.9, 50));
        accuracy.add("REASONING", &outcome(0.9, 50));
        accuracy.add("REASONING", &outcome(0.9, 5_000));
        accuracy.add("REASONING", &outcome(0.1, 50));
        accuracy.add("REASONING", &json!({"quality": 0.9, "bytes": 5, "calls": 2}));
        accuracy.add("HARD", &outcome(0.1, 50));
        accuracy.add("SIMPLE", &json!({"quality": 7}));
        accuracy.add("SIMPLE", &Value::Null);
        let mut of_texts = Accuracy::default();
        of_texts.read("SIMPLE", &outcome(0.3, 50).to_string());
        for text in ["", "7", r#"{"quality": "high"}"#, r#"{"quality": null, "findings": [1, {"a": 2}]}"#] {
            of_texts.read("SIMPLE", text);
        }
        assert_eq!((of_texts.rows(), &of_texts.to_json()["under_provisioned"]["count"]), (1, &json!(1)));
        let all = accuracy.to_json();
        assert_eq!((&all["outcomes"], &all["under_provisioned"]["share"]), (&json!(6), &json!(0.5)), "{all}");
        assert_eq!(all["over_provisioned"]["share"], 0.25, "{all}");
        assert_eq!(all["tiers"][1]["quality"], Value::Null);
        assert_eq!(all["tiers"][3]["under_provisioned"], Value::Null, "nothing is harder");
    }
}
