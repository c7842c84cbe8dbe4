//! A decision as JSON, and as lines for people.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::decide::Decision;
use crate::pin::Verdict;
use crate::signals::complexity::{Shape, dimensions, weighted};
use crate::turn::Ask;
use crate::words::Words;

impl Decision {
    /// The whole decision: what the endpoints that dry-run it answer.
    pub fn to_json(&self) -> Value {
        let model = |candidate: &crate::ladder::Candidate| json!({"provider": candidate.provider, "model": candidate.model});
        let first = self.first();
        json!({
            "tier": self.tier.name(),
            "base_tier": self.base.name(),
            "score": self.score.get().round(),
            "method": self.method,
            "reason": self.reason,
            "provider": first.map(|choice| choice.candidate.provider.as_str()),
            "model": first.map(|choice| choice.candidate.model.as_str()),
            "candidates": self.choices.iter().map(|choice| {
                json!({"provider": choice.candidate.provider, "model": choice.candidate.model, "tier": choice.tier.name()})
            }).collect::<Vec<_>>(),
            "passed_over": self.passed_over.iter().map(|(candidate, unfit)| {
                let mut entry = model(candidate);
                entry["why"] = unfit.name().into();
                entry
            }).collect::<Vec<_>>(),
            "risk": {"level": self.risk.level.name(), "hits": self.risk.hits},
            "agentic": {"kind": self.agentic.kind.name(), "score": self.agentic.points},
            "pinned": matches!(self.pinned, Some(Verdict::Stays(_))),
            "switch_reason": self.pinned.map(|verdict| match verdict {
                Verdict::Stays(why) | Verdict::Moves(why) => why,
            }),
            "propensities": self.propensities(),
            "learned": self.learned.as_ref().map(crate::decide::Learned::to_json),
            "steps": self.steps.iter().map(|step| {
                json!({"signal": step.name, "points": step.points, "says": step.says})
            }).collect::<Vec<_>>(),
        })
    }

    /// The decision in lines: the tier and why, each step, the models in order.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Some reasons begin with the method by themselves.
        let method = self.method.split('+').next().unwrap_or_default();
        let reason = self.reason.strip_prefix(method).and_then(|rest| rest.strip_prefix(": "));
        let reason = reason.unwrap_or(&self.reason);
        let _ = writeln!(text, "{} (score {}, {}: {reason})", self.tier, self.score, self.method);
        for step in &self.steps {
            let points = step.points.map(|points| format!("{points:>5.1}")).unwrap_or_default();
            let _ = writeln!(text, "  {:<12} {points:>5}  {}", step.name, step.says);
        }
        for (place, choice) in self.choices.iter().enumerate() {
            let _ = writeln!(text, "  {}. {} ({})", place + 1, choice.candidate, choice.tier);
        }
        text
    }
}

/// The documented complexity dimensions of an ask, as JSON.
pub fn weighted_json(ask: &Ask, shape: Shape<'_>) -> Value {
    let all = dimensions(&ask.words, &Words::of(&ask.words), shape);
    json!({
        "score": weighted(&all),
        "dimensions": all.iter().map(|own| json!({"name": own.name, "weight": own.weight, "value": own.value})).collect::<Vec<_>>(),
    })
}
