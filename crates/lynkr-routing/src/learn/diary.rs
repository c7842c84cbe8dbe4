//! How well each kind of work went on each tier in the last days: what de-escalation and calibration go by. Sums by day,
//! so that what is old drops out and replicas can add theirs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::task::Task;
use super::{calibrate, deescalate};
use crate::tier::{Score, Tier};

/// So many days count, today's with them.
pub const DAYS: u64 = 7;

/// A finished request, as the diary notes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// The kind of work.
    pub task: Task,
    /// Its score.
    pub score: Score,
    /// The tier whose model served it.
    pub served: Tier,
    /// How good the answer was, from 0 to 1.
    pub quality: f64,
    /// Whether it failed.
    pub failed: bool,
    /// Whether its score is near the tier above: only then it says what that tier's work would come to here.
    pub near_above: bool,
}

/// The sums of the last days.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Diary {
    days: BTreeMap<u64, Day>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Day {
    scores: calibrate::Evidence,
    /// By tier and task, as `MEDIUM|code_edit`.
    work: BTreeMap<String, deescalate::Evidence>,
}

impl Diary {
    /// Notes a request that ended on a day, counted from any day on. What is older than the last days is left out.
    pub fn add(&mut self, day: u64, entry: &Entry) {
        self.forget(day);
        let page = self.days.entry(day).or_default();
        page.scores.add(entry.score, entry.served, entry.quality);
        if entry.near_above {
            let work = page.work.entry(key(entry.served, entry.task)).or_default();
            work.add(entry.quality, entry.failed);
        }
    }

    /// How a tier did at a kind of work that was nearly the next tier's.
    pub fn work(&self, day: u64, tier: Tier, task: Task) -> deescalate::Evidence {
        let key = key(tier, task);
        let mut sum = deescalate::Evidence::default();
        self.recent(day).filter_map(|page| page.work.get(&key)).for_each(|own| sum.merge(own));
        sum
    }

    /// How each tier did at which scores.
    pub fn scores(&self, day: u64) -> calibrate::Evidence {
        let mut sum = calibrate::Evidence::default();
        self.recent(day).for_each(|page| sum.merge(&page.scores));
        sum
    }

    /// Adds another one's sums.
    pub fn merge(&mut self, other: &Self) {
        for (day, theirs) in &other.days {
            let page = self.days.entry(*day).or_default();
            page.scores.merge(&theirs.scores);
            for (key, work) in &theirs.work {
                page.work.entry(key.clone()).or_default().merge(work);
            }
        }
        if let Some(newest) = self.days.keys().next_back().copied() {
            self.forget(newest);
        }
    }

    fn forget(&mut self, day: u64) {
        self.days.retain(|own, _| own.saturating_add(DAYS) > day);
    }

    fn recent(&self, day: u64) -> impl Iterator<Item = &Day> {
        self.days.iter().filter(move |(own, _)| own.saturating_add(DAYS) > day).map(|(_, page)| page)
    }
}

fn key(tier: Tier, task: Task) -> String {
    format!("{tier}|{task}")
}

#[cfg(test)]
mod tests {
    //! Days drop out, and two diaries add up.

    use super::*;

    fn entry(quality: f64) -> Entry {
        Entry {
            task: Task::CodeEdit,
            score: Score::new(48.0),
            served: Tier::Medium,
            quality,
            failed: quality < 0.3,
            near_above: true,
        }
    }

    #[test]
    fn days_drop_out() {
        let mut diary = Diary::default();
        (100..110).for_each(|day| diary.add(day, &entry(0.9)));
        assert_eq!(diary.work(109, Tier::Medium, Task::CodeEdit).rows(), 7);
        assert_eq!(diary.work(112, Tier::Medium, Task::CodeEdit).rows(), 4);
        assert_eq!(diary.scores(109).rows(), 7);
        assert_eq!(diary.work(109, Tier::Medium, Task::Chat).rows(), 0);
        diary.add(109, &Entry { near_above: false, ..entry(0.9) });
        let known = (diary.work(109, Tier::Medium, Task::CodeEdit).rows(), diary.scores(109).rows());
        assert_eq!(known, (7, 8), "what is far from the border says nothing of the tier above");
    }

    #[test]
    fn two_add_up_and_come_back_as_they_were_kept() {
        let (mut one, mut other) = (Diary::default(), Diary::default());
        (0..5).for_each(|_| one.add(200, &entry(0.9)));
        (0..3).for_each(|_| other.add(201, &entry(0.1)));
        one.merge(&other);
        assert_eq!(one.work(201, Tier::Medium, Task::CodeEdit).rows(), 8);
        let text = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<Diary>(&text).unwrap(), one);
        let hostile = text.replace("\"quality\":4.5", "\"quality\":-1e300");
        assert!(hostile != text && serde_json::from_str::<Diary>(&hostile).is_err());
    }
}
