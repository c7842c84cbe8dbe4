//! The window of the user's last asks: which of them decides.

use super::{Facts, Policy};
use crate::tier::{Score, Tier, TierBounds};
use crate::turn::Ask;

/// The window's winner.
pub(super) struct Winner<'a> {
    pub(super) ask: Option<&'a Ask>,
    pub(super) score: Score,
    pub(super) age: usize,
}

/// Max-pool over the asks of the window, each worth less with its age. The score is the winner's own.
pub(super) fn winner<'a>(facts: &Facts<'a>, policy: &Policy) -> Winner<'a> {
    let weighted = |age: usize, ask: &Ask| {
        let age = i32::try_from(age).unwrap_or(i32::MAX);
        effective(ask).get() * policy.decay.powi(age)
    };
    let asks = facts.asks.iter().copied().take(policy.window.max(1)).enumerate();
    let best = asks.max_by(|(one_age, one), (other_age, other)| {
        let by_weight = weighted(*one_age, one).total_cmp(&weighted(*other_age, other));
        by_weight.then(other_age.cmp(one_age))
    });
    match best {
        Some((age, ask)) => Winner { ask: Some(ask), score: effective(ask), age },
        None => Winner { ask: None, score: Score::LEAST, age: 0 },
    }
}

/// The score of an ask with what its words decide by themselves.
fn effective(ask: &Ask) -> Score {
    match ask.force.map(|force| force.tier) {
        Some(Tier::Simple) => Score::LEAST,
        Some(Tier::Reasoning) => Score::MOST,
        Some(tier) => Score::new(ask.score.get().max(TierBounds::default().middle(tier).get())),
        None => ask.score,
    }
}
