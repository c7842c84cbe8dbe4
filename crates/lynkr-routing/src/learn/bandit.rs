//! A disjoint LinUCB bandit over all candidates of a tier: for each (tier, candidate) a ridge regression from a
//! request's features to the reward, and the choice of the candidate that may be best.
//!
//! Each choice comes with the probability of every candidate, which off-policy evaluation needs.

mod features;
mod linear;

pub use features::{FEATURES, Features, NAMES, Situation};
pub use linear::Linear;

use super::number::{count, place, unit};
use super::state::{self, StateError};
use crate::ladder::Candidate;
use crate::tier::Tier;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const VERSION: u32 = 1;

/// How the bandit behaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// How much being unsure of a candidate speaks for trying it.
    pub alpha: f64,
    /// The share of choices left to chance, from 0 to 1.
    pub epsilon: f64,
    /// What an old reward weighs after one more of the same candidate, above 0 to 1; 1 never forgets.
    pub keep: f64,
    /// How many (tier, candidate) pairs are remembered; the one not seen for longest goes.
    pub most: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { alpha: 1.5, epsilon: 0.05, keep: 1.0, most: 256 }
    }
}

impl Settings {
    /// The same, with values out of range brought into it, and the default for what is no number.
    fn sane(self) -> Self {
        let default = Self::default();
        let finite = |value: f64, default: f64| if value.is_finite() { value } else { default };
        Self {
            alpha: finite(self.alpha, default.alpha).clamp(0.0, 100.0),
            epsilon: unit(self.epsilon).unwrap_or(default.epsilon),
            keep: finite(self.keep, default.keep).clamp(0.5, 1.0),
            most: self.most.clamp(1, 4096),
        }
    }
}

/// What is expected of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The expected reward.
    pub mean: f64,
    /// What being unsure adds.
    pub bonus: f64,
    /// How many rewards it rests on.
    pub seen: usize,
}

/// A choice among candidates.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// The place of the chosen one in the list.
    pub chosen: usize,
    /// The place of the one with the best prospects; differs from the chosen one after a draw of chance.
    pub greedy: usize,
    /// Whether chance chose.
    pub explored: bool,
    /// For each candidate the probability with which it would be chosen; their sum is 1.
    pub propensities: Vec<f64>,
    /// What is expected of each.
    pub estimates: Vec<Estimate>,
}

impl Choice {
    /// A choice that nothing was left to: the first of so many.
    pub fn certain(candidates: usize) -> Self {
        let mut propensities = vec![0.0; candidates];
        propensities.iter_mut().take(1).for_each(|share| *share = 1.0);
        Self { chosen: 0, greedy: 0, explored: false, propensities, estimates: Vec::new() }
    }
}

/// The bandit and what it has learned.
#[derive(Debug, Clone, PartialEq)]
pub struct Bandit {
    settings: Settings,
    memory: Memory,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Memory {
    /// Counts the rewards, to know which pair was not seen for longest.
    clock: u64,
    arms: BTreeMap<String, Arm>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Arm {
    last: u64,
    model: Linear,
}

impl Bandit {
    /// One that has learned nothing.
    pub fn new(settings: Settings) -> Self {
        Self { settings: settings.sane(), memory: Memory::default() }
    }

    /// Behaves otherwise from now on, and knows what it knew.
    pub fn configure(&mut self, settings: Settings) {
        self.settings = settings.sane();
        self.forget_surplus();
    }

    /// Chooses among the candidates of a tier; `draw` is a number from 0 to below 1 that chance gives. Among equals the
    /// first is chosen. `None` without candidates.
    pub fn choose(
        &self,
        tier: Tier,
        candidates: &[Candidate],
        features: &Features,
        draw: f64,
    ) -> Option<Choice> {
        self.choose_favouring(tier, candidates, features, draw, None)
    }

    /// The same, but where chance doesn't choose, the candidate at a place that somebody else is sure of is chosen. A
    /// place that isn't in the list favours nobody.
    pub fn choose_favouring(
        &self,
        tier: Tier,
        candidates: &[Candidate],
        features: &Features,
        draw: f64,
        favoured: Option<usize>,
    ) -> Option<Choice> {
        let estimates: Vec<Estimate> =
            candidates.iter().map(|one| self.estimate(tier, one, features)).collect();
        let prospect = |estimate: &Estimate| estimate.mean + estimate.bonus;
        let better = |best: usize, at: usize| {
            if prospect(&estimates[at]) > prospect(&estimates[best]) { at } else { best }
        };
        let best = (0..estimates.len()).reduce(better)?;
        let greedy = favoured.filter(|place| *place < estimates.len()).unwrap_or(best);
        let share = self.settings.epsilon / count(estimates.len());
        let mut propensities = vec![share; estimates.len()];
        propensities[greedy] += 1.0 - self.settings.epsilon;
        let draw = unit(draw).unwrap_or(1.0);
        let explored = draw < self.settings.epsilon;
        let chosen = if explored { place(draw / self.settings.epsilon, estimates.len()) } else { greedy };
        Some(Choice { chosen, greedy, explored, propensities, estimates })
    }

    /// What is expected of one candidate.
    pub fn estimate(&self, tier: Tier, candidate: &Candidate, features: &Features) -> Estimate {
        let arm = self.memory.arms.get(&key(tier, candidate));
        let (mean, spread) =
            arm.map_or_else(|| Linear::default().predict(features), |arm| arm.model.predict(features));
        Estimate { mean, bonus: self.settings.alpha * spread, seen: arm.map_or(0, |arm| arm.model.seen()) }
    }

    /// Takes the reward of a served request in, from 0 to 1, for the candidate that *served* it. What is no number is
    /// left out; says whether it was taken.
    pub fn learn(&mut self, tier: Tier, served: &Candidate, features: &Features, reward: f64) -> bool {
        let Some(reward) = unit(reward) else { return false };
        self.memory.clock = self.memory.clock.saturating_add(1);
        let last = self.memory.clock;
        let fresh = || Arm { last, model: Linear::default() };
        let arm = self.memory.arms.entry(key(tier, served)).or_insert_with(fresh);
        arm.last = last;
        arm.model.learn(features, reward, self.settings.keep);
        self.forget_surplus();
        true
    }

    /// Adds what another one has learned, a replica of this gateway say.
    pub fn merge(&mut self, other: &Self) {
        for (key, theirs) in &other.memory.arms {
            match self.memory.arms.get_mut(key) {
                Some(own) => {
                    own.model.merge(&theirs.model);
                    own.last = own.last.max(theirs.last);
                }
                None => drop(self.memory.arms.insert(key.clone(), theirs.clone())),
            }
        }
        self.memory.clock = self.memory.clock.saturating_add(other.memory.clock);
        self.forget_surplus();
    }

    /// Every pair that it knows, as `TIER|provider:model`, with how many rewards it rests on.
    pub fn arms(&self) -> impl Iterator<Item = (&str, usize)> {
        self.memory.arms.iter().map(|(key, arm)| (key.as_str(), arm.model.seen()))
    }

    /// How many (tier, candidate) pairs it knows.
    pub fn len(&self) -> usize {
        self.memory.arms.len()
    }

    /// Whether it has learned nothing.
    pub fn is_empty(&self) -> bool {
        self.memory.arms.is_empty()
    }

    fn forget_surplus(&mut self) {
        while self.memory.arms.len() > self.settings.most {
            let oldest = self.memory.arms.iter().min_by_key(|(_, arm)| arm.last).map(|(key, _)| key.clone());
            oldest.and_then(|key| self.memory.arms.remove(&key));
        }
    }

    /// What it has learned, as bytes; the settings stay out.
    pub fn save(&self) -> Vec<u8> {
        state::save(VERSION, &self.memory)
    }

    /// One that knows what was kept.
    pub fn load(settings: Settings, bytes: &[u8]) -> Result<Self, StateError> {
        let mut bandit = Self { settings: settings.sane(), memory: state::load(VERSION, bytes)? };
        bandit.forget_surplus();
        Ok(bandit)
    }
}

fn key(tier: Tier, candidate: &Candidate) -> String {
    format!("{tier}|{candidate}")
}

#[cfg(test)]
mod tests;
