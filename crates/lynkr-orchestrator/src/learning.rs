//! What is learned from requests that are over. Decisions only read; what a request came to is put in a queue, and
//! somebody off the requests' path takes it out, judges it and learns from it ([`lessons`]).
//!
//! Two states are kept: what this process has learned itself, which is saved, and the sum of that and of what the other
//! replicas have saved, which decisions go by.

mod lessons;
mod news;
mod sample;
mod sessions;
mod witness;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Duration;

use lynkr_routing::LearningMode;
use lynkr_routing::learn::learner::{Learner, Rules};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::routing::PinKey;

use lessons::Classroom;
pub use lessons::Earned;
pub(crate) use lessons::day_of;
use news::News;
pub(crate) use news::{Begun, End, Followed, Lesson};
use sample::Sample;

/// So much news may wait; what comes beyond that is counted and lost.
const MOST_NEWS: usize = 4_096;

/// What the configuration says about learning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LearningRules {
    /// Whether the learner decides, or its word is only put on record.
    pub mode: LearningMode,
    /// Which parts are asked, and how they behave.
    pub rules: Rules,
    /// How long a request waits for what the next one of its session says of it.
    pub wait: Duration,
}

/// What is learned.
#[derive(Debug)]
pub struct Learning {
    /// What decisions go by.
    view: RwLock<Learner>,
    queue: Mutex<VecDeque<News>>,
    lost: AtomicU64,
    arrived: Notify,
    classroom: Mutex<Classroom>,
    sample: Sample,
}

impl Default for Learning {
    fn default() -> Self {
        let rules = Rules::default();
        Self {
            view: RwLock::new(Learner::new(&rules)),
            queue: Mutex::default(),
            lost: AtomicU64::new(0),
            arrived: Notify::new(),
            classroom: Mutex::new(Classroom::new(&rules)),
            sample: Sample::default(),
        }
    }
}

impl Learning {
    /// Behaves as the configuration says from now on, and knows what it knew.
    pub(crate) fn configure(&self, rules: &Rules) {
        self.view.write().unwrap_or_else(PoisonError::into_inner).configure(rules);
        self.classroom.lock().unwrap_or_else(PoisonError::into_inner).configure(rules);
    }

    /// Asks what is learned. What is asked holds up whoever learns: it has to be short.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Learner) -> T) -> T {
        question(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether a request of a session is learned from that comes now, in seconds of Unix time. `draw` is for one without a
    /// session.
    pub(crate) fn takes(&self, session: Option<PinKey>, now: u64, draw: impl FnOnce() -> u32) -> bool {
        self.sample.takes(now, session.map_or_else(draw, |session| sample::draw(session, now)))
    }

    /// Puts news in the queue.
    fn tell(&self, news: News) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.len() >= MOST_NEWS {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        queue.push_back(news);
        drop(queue);
        self.arrived.notify_one();
    }

    /// Comes back when there is something to learn from.
    pub async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// Learns from what has come, and from what has waited for long enough. `now` is in seconds of Unix time. Says what
    /// the requests have earned.
    pub fn study(&self, rules: &LearningRules, now: u64) -> Vec<Earned> {
        let news = std::mem::take(&mut *self.queue.lock().unwrap_or_else(PoisonError::into_inner));
        let mut classroom = self.classroom.lock().unwrap_or_else(PoisonError::into_inner);
        let mut earned = Vec::new();
        for one in news {
            classroom.take(one, &self.view, now, &mut earned);
        }
        classroom.give_up_before(now.saturating_sub(rules.wait.as_secs()), &self.view, now, &mut earned);
        earned
    }

    /// Learns from everything, as nothing more will come.
    pub fn study_all(&self, rules: &LearningRules, now: u64) -> Vec<Earned> {
        let mut earned = self.study(rules, now);
        earned.extend(self.study(&LearningRules { wait: Duration::ZERO, ..*rules }, now.saturating_add(1)));
        earned
    }

    /// Whether this process has learned something that wasn't taken for saving.
    pub fn has_news(&self) -> bool {
        self.classroom.lock().unwrap_or_else(PoisonError::into_inner).has_news()
    }

    /// What this process has learned itself, with what others have left, as bytes to be saved.
    pub fn save_with<'a>(&self, left: impl IntoIterator<Item = &'a Learner>) -> Vec<u8> {
        self.classroom.lock().unwrap_or_else(PoisonError::into_inner).save_with(left)
    }

    /// What was taken for saving wasn't saved.
    pub fn not_saved(&self) {
        self.classroom.lock().unwrap_or_else(PoisonError::into_inner).not_saved();
    }

    /// What another process has left, and what was saved with this one's, is this one's from now on.
    pub fn adopt(&self, left: &Learner) {
        self.classroom.lock().unwrap_or_else(PoisonError::into_inner).adopt(left);
    }

    /// What this process has learned was taken over by another one: it begins anew.
    pub fn disown(&self, rules: &Rules) {
        self.classroom.lock().unwrap_or_else(PoisonError::into_inner).disown(rules);
    }

    /// What decisions go by from now on: what this process has learned, and what these have.
    pub fn together_with<'a>(&self, others: impl IntoIterator<Item = &'a Learner>) {
        let classroom = self.classroom.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sum = classroom.own().clone();
        others.into_iter().for_each(|other| sum.merge(other));
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = sum;
    }

    /// What is known, for people.
    pub fn report(&self, rules: &LearningRules) -> Value {
        let waiting = self.classroom.lock().unwrap_or_else(PoisonError::into_inner).waiting();
        let queued = self.queue.lock().unwrap_or_else(PoisonError::into_inner).len();
        self.ask(|learner| {
            let arms: Vec<Value> = learner
                .bandit()
                .arms()
                .map(|(name, seen)| {
                    let (tier, model) = name.split_once('|').unwrap_or_default();
                    json!({"tier": tier, "model": model, "rewards": seen})
                })
                .collect();
            json!({
                "mode": rules.mode.name(), "lessons": learner.lessons(), "outcomes": learner.points(),
                "waiting": waiting, "queued": queued, "lost": self.lost.load(Ordering::Relaxed),
                "left_out": self.sample.left_out(),
                "models": arms,
            })
        })
    }
}

#[cfg(test)]
mod tests;
