//! Everything that is learned, as one: the bandit, the index of past outcomes, the diary of tiers and the scales of
//! rewards. What it advises is in [`advice`]; what it is told of a finished request is a [`Lesson`].

pub mod advice;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::bandit::{self, Bandit, Features};
use super::diary::{Diary, Entry};
use super::knn::{self, Index};
use super::reward::{Outcome, Reward, Rewarder, Weights};
use super::state::{self, StateError};
use super::task::Task;
use super::{calibrate, deescalate};
use crate::ladder::Candidate;
use crate::tier::{Score, Tier, TierBounds};

const VERSION: u32 = 1;

/// A score is near the border of a tier within so many points.
pub const NEAR: f32 = 12.0;

/// Which parts are asked, and how they behave. All of them learn, so that one that is asked later knows something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// How the bandit behaves.
    pub bandit: bandit::Settings,
    /// How the index of past outcomes behaves.
    pub knn: knn::Settings,
    /// What part each has in decisions.
    pub asked: Asked,
    /// What has to be seen before a tier is lowered.
    pub deescalation: deescalate::Thresholds,
    /// What has to be seen before a tier begins elsewhere.
    pub calibration: calibrate::Thresholds,
}

/// The parts that are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four switches of the operator's")]
pub struct Asked {
    /// The bandit: which of a tier's models.
    pub bandit: bool,
    /// Past outcomes: which model, and whether the tier is enough.
    pub knn: bool,
    /// Whether a tier is lowered.
    pub deescalation: bool,
    /// Whether a tier begins elsewhere.
    pub calibration: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            bandit: bandit::Settings::default(),
            knn: knn::Settings { most: 5_000, ..knn::Settings::default() },
            asked: Asked { bandit: true, knn: true, deescalation: true, calibration: true },
            deescalation: deescalate::Thresholds::default(),
            calibration: calibrate::Thresholds::default(),
        }
    }
}

/// A request that is over, with what came of it.
#[derive(Debug, Clone, Copy)]
pub struct Lesson<'a> {
    /// The day on which it ended, counted from 1970.
    pub day: u64,
    /// The tier whose model served it.
    pub tier: Tier,
    /// Who served it.
    pub served: &'a Candidate,
    /// What was known of it.
    pub features: &'a Features,
    /// The kind of work.
    pub task: Task,
    /// Its score.
    pub score: Score,
    /// Where tiers begin.
    pub bounds: &'a TierBounds,
    /// Its words as a vector; empty where there are none.
    pub vector: &'a [f32],
    /// What came of it.
    pub outcome: Outcome,
    /// Whether it failed: an error, or an answer with something wrong about it.
    pub failed: bool,
}

/// What is learned.
#[derive(Debug, Clone, PartialEq)]
pub struct Learner {
    bandit: Bandit,
    index: Index,
    diary: Diary,
    rewarder: Rewarder,
    /// How many lessons there were.
    lessons: u64,
}

impl Learner {
    /// One that has learned nothing.
    pub fn new(rules: &Rules) -> Self {
        Self {
            bandit: Bandit::new(rules.bandit),
            index: Index::new(rules.knn),
            diary: Diary::default(),
            rewarder: Rewarder::new(Weights::default()),
            lessons: 0,
        }
    }

    /// Behaves otherwise from now on, and knows what it knew.
    pub fn configure(&mut self, rules: &Rules) {
        self.bandit.configure(rules.bandit);
        self.index.configure(rules.knn);
    }

    /// What an outcome is worth, by what requests usually cost and take.
    pub fn judge(&self, outcome: &Outcome) -> Reward {
        self.rewarder.reward(outcome)
    }

    /// Takes a finished request in, with its reward.
    pub fn learn(&mut self, lesson: &Lesson<'_>, reward: &Reward) {
        let quality = reward.quality();
        self.lessons = self.lessons.saturating_add(1);
        self.rewarder.observe(lesson.outcome.cost, lesson.outcome.latency);
        self.bandit.learn(lesson.tier, lesson.served, lesson.features, reward.value);
        let near_above = lesson.score.get() >= lesson.bounds.ceiling(lesson.tier).get() - NEAR;
        let (task, score, served) = (lesson.task, lesson.score, lesson.tier);
        let entry = Entry { task, score, served, quality, failed: lesson.failed, near_above };
        self.diary.add(lesson.day, &entry);
        let model = lesson.served.to_string();
        let Outcome { cost, latency, .. } = lesson.outcome;
        self.index.add(lesson.vector, &knn::Outcome { model: &model, quality, cost, latency });
    }

    /// What turned out later about a request that was learned from: its candidate earns this as well.
    pub fn correct(&mut self, tier: Tier, served: &Candidate, features: &Features, reward: f64) {
        self.bandit.learn(tier, served, features, reward);
    }

    /// Adds what another one has learned, a replica of this gateway say.
    pub fn merge(&mut self, other: &Self) {
        self.bandit.merge(&other.bandit);
        self.index.merge(&other.index);
        self.diary.merge(&other.diary);
        self.rewarder.merge(&other.rewarder);
        self.lessons = self.lessons.saturating_add(other.lessons);
    }

    /// How many requests it has learned from.
    pub const fn lessons(&self) -> u64 {
        self.lessons
    }

    /// How many past outcomes it can compare with.
    pub fn points(&self) -> usize {
        self.index.len()
    }

    /// The bandit.
    pub const fn bandit(&self) -> &Bandit {
        &self.bandit
    }

    /// Where tiers should begin, by the last days.
    pub fn calibrated(&self, rules: &Rules, bounds: &TierBounds, day: u64) -> Option<calibrate::Calibrated> {
        calibrate::calibrate(bounds, &self.diary.scores(day), &rules.calibration)
    }

    /// Everything as bytes; the rules stay out.
    pub fn save(&self) -> Vec<u8> {
        state::save(
            VERSION,
            &Saved {
                bandit: raw(self.bandit.save()),
                index: raw(self.index.save()),
                rewarder: raw(self.rewarder.save()),
                diary: self.diary.clone(),
                lessons: self.lessons,
            },
        )
    }

    /// One that knows what was kept. A part that another version wrote begins anew, and the others don't.
    pub fn load(rules: &Rules, bytes: &[u8]) -> Result<Self, StateError> {
        let saved: Saved = state::load(VERSION, bytes)?;
        let part = |part: &Option<Box<RawValue>>| part.as_ref().map(|raw| raw.get().as_bytes().to_vec());
        let empty = Self::new(rules);
        let read = |bytes: Option<Vec<u8>>| bytes.unwrap_or_default();
        Ok(Self {
            bandit: Bandit::load(rules.bandit, &read(part(&saved.bandit))).unwrap_or(empty.bandit),
            index: Index::load(rules.knn, &read(part(&saved.index))).unwrap_or(empty.index),
            rewarder: Rewarder::load(Weights::default(), &read(part(&saved.rewarder)))
                .unwrap_or(empty.rewarder),
            diary: saved.diary,
            lessons: saved.lessons,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Saved {
    bandit: Option<Box<RawValue>>,
    index: Option<Box<RawValue>>,
    rewarder: Option<Box<RawValue>>,
    diary: Diary,
    lessons: u64,
}

/// The bytes of a part, which are JSON.
fn raw(bytes: Vec<u8>) -> Option<Box<RawValue>> {
    String::from_utf8(bytes).ok().and_then(|text| RawValue::from_string(text).ok())
}

#[cfg(test)]
mod tests;
