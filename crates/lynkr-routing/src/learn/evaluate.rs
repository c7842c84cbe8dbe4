//! What another policy would have earned, by what was logged of this one (off-policy evaluation).
//!
//! Four estimates: inverse propensities (IPS: no model, wide), self-normalised (SNIPS: less wide, a little biased), the
//! direct method (a model of rewards: narrow, and as wrong as the model), and doubly robust (the model, corrected by
//! propensities). Models of rewards are fitted on the other half of the rows, so that none judges what it has seen.

use super::bandit::{Features, Linear};
use super::bounds::TWO_SIDED_95;
use super::number::{count, unit};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far a sum of probabilities may be from 1.
const TOLERANCE: f64 = 1e-6;

/// A logged choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The request.
    pub features: Features,
    /// Among whom was chosen; names that mean the same in all rows, with the tier where that matters.
    pub candidates: Vec<String>,
    /// For each the probability with which it was chosen.
    pub propensities: Vec<f64>,
    /// The place of the chosen one, who served it.
    pub chosen: usize,
    /// What it earned, from 0 to 1.
    pub reward: f64,
}

/// An estimate of the mean reward.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The mean.
    pub value: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Estimate {
    /// The same with an interval for another, independent error of up to `half`.
    fn widened(self, half: f64) -> Self {
        let half = ((self.high - self.low) / 2.0).hypot(half);
        Self { value: self.value, low: self.value - half, high: self.value + half }
    }

    /// Whether the interval holds a value.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// Rows that couldn't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Rejected {
    /// The chosen candidate's propensity isn't above 0 and at most 1.
    pub propensity: usize,
    /// Lists of different lengths, propensities that don't sum to 1, or a choice that isn't among the candidates.
    pub shape: usize,
    /// A reward that isn't from 0 to 1.
    pub reward: usize,
    /// The target policy's probabilities aren't any.
    pub policy: usize,
}

impl Rejected {
    /// All of them.
    pub const fn total(&self) -> usize {
        self.propensity + self.shape + self.reward + self.policy
    }
}

/// What a policy would have earned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// How many rows were used.
    pub rows: usize,
    /// How many weren't.
    pub rejected: Rejected,
    /// What was earned in fact, with the policy that was logged.
    pub logged: Estimate,
    /// By inverse propensities.
    pub ips: Estimate,
    /// The same, self-normalised.
    pub snips: Estimate,
    /// By the model of rewards alone. Its interval counts on noise in what the model saw, but not on rewards that no
    /// such model can fit.
    pub direct: Estimate,
    /// Doubly robust: the one to go by.
    pub doubly_robust: Estimate,
    /// How many rows chosen by the target policy itself would say as much.
    pub effective_rows: f64,
    /// The greatest weight of a row; large ones make estimates unsteady.
    pub greatest_weight: f64,
}

/// A usable row, with what the target policy would do.
struct Usable<'a> {
    row: &'a Row,
    target: Vec<f64>,
    weight: f64,
    /// What the model expects of each candidate.
    expected: Vec<f64>,
    /// How unsure it is of each, in standard deviations of a reward.
    unsure: Vec<f64>,
}

/// Estimates what a policy would have earned; `policy` gives for each row the probabilities of its candidates. `None`
/// when no row is usable.
pub fn evaluate(rows: &[Row], policy: impl Fn(&Row) -> Vec<f64>) -> Option<Report> {
    let mut rejected = Rejected::default();
    let mut usable: Vec<Usable<'_>> = Vec::new();
    for row in rows {
        let problem = problem(row, &mut rejected);
        let target = policy(row);
        if let Some(problem) = problem {
            *problem += 1;
        } else if !is_distribution(&target, row.candidates.len()) {
            rejected.policy += 1;
        } else {
            let weight = target[row.chosen] / row.propensities[row.chosen];
            usable.push(Usable { row, target, weight, expected: Vec::new(), unsure: Vec::new() });
        }
    }
    if usable.is_empty() {
        return None;
    }
    expect_rewards(&mut usable);
    Some(report(&usable, rejected))
}

/// The count that a row adds to if it can't be used.
fn problem<'a>(row: &Row, rejected: &'a mut Rejected) -> Option<&'a mut usize> {
    let (Some(propensity), true) =
        (row.propensities.get(row.chosen), row.propensities.len() == row.candidates.len())
    else {
        return Some(&mut rejected.shape);
    };
    if !(*propensity > 0.0 && *propensity <= 1.0 + TOLERANCE) {
        return Some(&mut rejected.propensity);
    }
    if !is_distribution(&row.propensities, row.candidates.len()) {
        return Some(&mut rejected.shape);
    }
    (!(0.0..=1.0).contains(&row.reward)).then_some(&mut rejected.reward)
}

fn is_distribution(shares: &[f64], len: usize) -> bool {
    let inside = shares.iter().all(|share| (0.0..=1.0 + TOLERANCE).contains(share));
    shares.len() == len && inside && (shares.iter().sum::<f64>() - 1.0).abs() < TOLERANCE
}

/// Fits a model to each half of the rows, and asks the other's about each.
fn expect_rewards(usable: &mut [Usable<'_>]) {
    let mut models: [BTreeMap<&str, Linear>; 2] = [BTreeMap::new(), BTreeMap::new()];
    for (at, one) in usable.iter().enumerate() {
        let name = one.row.candidates[one.row.chosen].as_str();
        models[at % 2].entry(name).or_default().learn(&one.row.features, one.row.reward, 1.0);
    }
    for (at, one) in usable.iter_mut().enumerate() {
        let others = &models[(at + 1) % 2];
        let expect = |name: &String| {
            let known = others.get(name.as_str()).map(|model| model.predict(&one.row.features));
            let (mean, spread) = known.unwrap_or_else(|| Linear::default().predict(&one.row.features));
            (unit(mean).unwrap_or(0.5), spread)
        };
        (one.expected, one.unsure) = one.row.candidates.iter().map(expect).unzip();
    }
}

fn report(usable: &[Usable<'_>], rejected: Rejected) -> Report {
    let each = |value: &dyn Fn(&Usable<'_>) -> f64| mean(&usable.iter().map(value).collect::<Vec<f64>>());
    let direct =
        |one: &Usable<'_>| one.target.iter().zip(&one.expected).map(|(share, reward)| share * reward).sum();
    let residual = |one: &Usable<'_>| one.weight * (one.row.reward - one.expected[one.row.chosen]);
    let misfit =
        usable.iter().map(|one| (one.row.reward - one.expected[one.row.chosen]).powi(2)).sum::<f64>();
    let noise = (misfit / count(usable.len())).sqrt();
    let unsure =
        |one: &Usable<'_>| one.target.iter().zip(&one.unsure).map(|(share, spread)| share * spread).sum();
    let weights: f64 = usable.iter().map(|one| one.weight).sum();
    let squares: f64 = usable.iter().map(|one| one.weight * one.weight).sum();
    let earned: f64 = usable.iter().map(|one| one.weight * one.row.reward).sum();
    let snips = if weights > 0.0 { earned / weights } else { 0.0 };
    let mean_weight = weights / count(usable.len());
    // The delta method: how the ratio of two means varies.
    let around = each(&|one| {
        if mean_weight > 0.0 { one.weight * (one.row.reward - snips) / mean_weight } else { 0.0 }
    });
    let half = (around.high - around.low) / 2.0;
    Report {
        rows: usable.len(),
        rejected,
        logged: each(&|one| one.row.reward),
        ips: each(&|one| one.weight * one.row.reward),
        snips: Estimate { value: snips, low: snips - half, high: snips + half },
        // The model's errors at different rows go together in the worst case.
        direct: each(&direct).widened(TWO_SIDED_95 * noise * each(&unsure).value),
        doubly_robust: each(&|one| direct(one) + residual(one)),
        effective_rows: if squares > 0.0 { weights * weights / squares } else { 0.0 },
        greatest_weight: usable.iter().map(|one| one.weight).fold(0.0, f64::max),
    }
}

/// The mean, and its 95 % interval by the normal distribution.
fn mean(values: &[f64]) -> Estimate {
    let n = count(values.len().max(1));
    let value = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|one| (one - value) * (one - value)).sum();
    // One row says nothing of how rows vary.
    let half = if values.len() < 2 { f64::INFINITY } else { TWO_SIDED_95 * (squares / (n - 1.0) / n).sqrt() };
    Estimate { value, low: value - half, high: value + half }
}

#[cfg(test)]
mod tests;
