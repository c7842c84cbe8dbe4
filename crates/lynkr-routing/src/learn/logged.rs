//! Logged decisions with what they earned, and what other policies would have earned on the same requests.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::bandit::{Choice, Features};
use super::evaluate::{self, Report, Row};
use super::learner::{Learner, Rules};
use crate::ladder::Candidate;
use crate::tier::Tier;

/// With fewer usable decisions nothing is estimated.
pub const LEAST_ROWS: usize = 50;
/// With fewer decisions than this that say something of a policy, its estimate is refused.
pub const LEAST_EFFECTIVE: f64 = 20.0;
/// A policy that goes elsewhere than any logged choice could have more frequently than this is refused.
const MOST_UNSUPPORTED: f64 = 0.05;

/// A logged decision that can be learned from.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged {
    tier: Tier,
    candidates: Vec<Candidate>,
    features: Features,
    propensities: Vec<f64>,
    chosen: usize,
    reward: f64,
    /// The place of the model that the operator prefers.
    preferred: usize,
    /// What the learner would have chosen in the shadow.
    shadow: Option<usize>,
}

/// Why a logged decision can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unusable {
    /// Nothing was learned at the time.
    NotLearning,
    /// A pin, or an exchange of tools, left no choice.
    Held,
    /// There was one model only.
    NoChoice,
    /// What it earned isn't known, or not yet.
    NoReward,
    /// The record can't be read.
    Unreadable,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotLearning => "nothing was learned at the time",
            Self::Held => "a pin left no choice",
            Self::NoChoice => "there was one model only",
            Self::NoReward => "what they earned isn't known",
            Self::Unreadable => "they can't be read",
        })
    }
}

impl Logged {
    /// Reads a decision's record and that of its outcome. Where another model had to step in, the chosen one earned
    /// nothing.
    pub fn read(tier: &str, decision: &Value, outcome: Option<&Value>) -> Result<Self, Unusable> {
        let learned = decision.get("learned").filter(|own| own.is_object()).ok_or(Unusable::NotLearning)?;
        if learned.get("held").is_some_and(|held| !held.is_null()) {
            return Err(Unusable::Held);
        }
        let tier: Tier = tier.parse().map_err(|_| Unusable::Unreadable)?;
        let names = texts(decision.get("candidates"));
        let shares: Vec<f64> = numbers(decision.get("propensities"));
        let arms = decision.get("arms").and_then(Value::as_u64).unwrap_or(0);
        let arms = usize::try_from(arms).unwrap_or(usize::MAX).min(names.len());
        if arms < 2 {
            return Err(Unusable::NoChoice);
        }
        let reward = outcome.and_then(|own| own.get("reward")?.as_f64()).ok_or(Unusable::NoReward)?;
        let features = learned.get("features").map(|values| numbers(Some(values)));
        let features = features.and_then(|values| values.try_into().ok()).map(Features::new);
        let candidates: Option<Vec<Candidate>> =
            names.iter().take(arms).map(|name| candidate(name)).collect();
        let (Some(features), Some(candidates)) = (features, candidates) else {
            return Err(Unusable::Unreadable);
        };
        let place = |name: Option<&Value>| {
            let name = name.and_then(Value::as_str)?;
            names.iter().take(arms).position(|own| own == name)
        };
        let is_shadow = learned.get("mode").is_some_and(|mode| mode == "shadow");
        let stepped_in = decision.get("fallback").is_some_and(|own| own == true);
        Ok(Self {
            tier,
            candidates,
            features,
            propensities: shares.into_iter().take(arms).collect(),
            chosen: 0,
            reward: if stepped_in { 0.0 } else { reward },
            preferred: place(learned.get("preferred")).unwrap_or(0),
            shadow: place(learned.get("chosen")).filter(|_| is_shadow),
        })
    }

    fn row(&self) -> Row {
        let name = |own: &Candidate| format!("{}|{own}", self.tier);
        Row {
            features: self.features,
            candidates: self.candidates.iter().map(name).collect(),
            propensities: self.propensities.clone(),
            chosen: self.chosen,
            reward: self.reward,
        }
    }
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn numbers(list: Option<&Value>) -> Vec<f64> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_f64).collect()
}

fn candidate(name: &str) -> Option<Candidate> {
    let (provider, model) = name.split_once(':')?;
    Some(Candidate { provider: provider.to_owned(), model: model.to_owned() })
}

/// A policy whose earnings are estimated.
#[derive(Debug, Clone, Copy)]
pub enum Policy<'a> {
    /// What was done.
    Logged,
    /// The model that the operator lists first.
    Static,
    /// Any, with equal chances.
    Uniform,
    /// What the learner would have chosen in the shadow.
    Shadow,
    /// What the learner would choose now. It has learned from the same requests: its estimate is too good.
    Learner(&'a Learner, &'a Rules),
    /// This model, as `provider:model`, wherever it is among the candidates; elsewhere the first listed.
    Model(&'a str),
}

impl Policy<'_> {
    /// Its name.
    pub fn name(&self) -> String {
        match self {
            Self::Logged => "logged".to_owned(),
            Self::Static => "static".to_owned(),
            Self::Uniform => "uniform".to_owned(),
            Self::Shadow => "shadow".to_owned(),
            Self::Learner(..) => "learner".to_owned(),
            Self::Model(name) => (*name).to_owned(),
        }
    }

    fn shares(&self, logged: &Logged) -> Vec<f64> {
        let len = logged.candidates.len();
        let only = |place: usize| (0..len).map(|at| if at == place { 1.0 } else { 0.0 }).collect();
        match self {
            Self::Logged => logged.propensities.clone(),
            Self::Static => only(logged.preferred),
            Self::Uniform => vec![1.0 / super::number::count(len); len],
            Self::Shadow => logged.shadow.map_or_else(|| logged.propensities.clone(), only),
            Self::Learner(learner, rules) => {
                let among = (logged.tier, logged.candidates.as_slice());
                let ordered = learner.order(rules, among, &logged.features, None, 1.0);
                ordered.map_or_else(|| Choice::certain(len), |ordered| ordered.choice).propensities
            }
            Self::Model(name) => {
                let found = logged.candidates.iter().position(|own| own.to_string() == **name);
                only(found.unwrap_or(logged.preferred))
            }
        }
    }
}

/// What is estimated of a policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judged {
    /// Its name.
    pub policy: String,
    /// The estimates; `None` where no row can be used.
    pub report: Option<Report>,
    /// The share of its choices that the logged policy never makes.
    pub unsupported: f64,
    /// Why the estimates say too little to go by, if so.
    pub refused: Option<String>,
}

/// Estimates what a policy would have earned.
pub fn judge(logged: &[Logged], policy: &Policy<'_>) -> Judged {
    let rows: Vec<Row> = logged.iter().map(Logged::row).collect();
    let targets: Vec<Vec<f64>> = logged.iter().map(|own| policy.shares(own)).collect();
    let pairs = logged.iter().zip(&targets);
    let missed = |(own, target): (&Logged, &Vec<f64>)| -> f64 {
        let each = own.propensities.iter().zip(target);
        each.filter(|(logged, _)| **logged <= 0.0).map(|(_, share)| share).sum()
    };
    let unsupported = pairs.map(missed).sum::<f64>() / super::number::count(logged.len().max(1));
    // Rows are asked for one after the other.
    let next = RefCell::new(targets.into_iter());
    let report = evaluate::evaluate(&rows, |_| next.borrow_mut().next().unwrap_or_default());
    let used = report.as_ref().map_or(0, |report| report.rows);
    let effective = report.as_ref().map_or(0.0, |report| report.effective_rows);
    let refused = if used < LEAST_ROWS {
        Some(format!("{used} decisions can be used, and {LEAST_ROWS} are needed"))
    } else if unsupported > MOST_UNSUPPORTED {
        Some(format!("{:.0} % of its choices were never left to chance", unsupported * 100.0))
    } else if effective < LEAST_EFFECTIVE {
        Some(format!(
            "only {effective:.0} decisions say something of it, and {LEAST_EFFECTIVE:.0} are needed"
        ))
    } else {
        None
    };
    Judged { policy: policy.name(), report, unsupported, refused }
}

/// How many decisions can't be used, by reason.
pub type Left = BTreeMap<Unusable, usize>;

#[cfg(test)]
mod tests;
