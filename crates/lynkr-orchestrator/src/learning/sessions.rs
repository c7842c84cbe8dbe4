//! The sessions whose last answer waits to be judged, and what was earned in them before. Bounded: of what wasn't heard
//! of for longest, the older half is forgotten.

use std::collections::{HashMap, VecDeque};

use lynkr_routing::learn::bandit::Features;
use lynkr_routing::{Candidate, Tier};

use super::lessons::Judged;
use crate::routing::PinKey;

/// So many sessions are remembered, about.
const MOST: usize = 4_096;
/// So many requests of each.
const MOST_PAST: usize = 8;

/// A request of a session that was learned from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Past {
    pub(super) turns: usize,
    pub(super) tier: Tier,
    pub(super) served: Candidate,
    pub(super) features: Features,
    pub(super) reward: f64,
}

/// One session.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// The answer that waits for what the next request says of it.
    pub(super) waiting: Option<Box<Judged>>,
    past: VecDeque<Past>,
}

impl Session {
    /// Remembers a request that was learned from.
    pub(super) fn remember(&mut self, past: Past) {
        if self.past.len() >= MOST_PAST {
            self.past.pop_front();
        }
        self.past.push_back(past);
    }

    /// The request whose answer has the turn at this place: the last one that had no more turns than that.
    pub(super) fn of_turn(&self, place: usize) -> Option<&Past> {
        self.past.iter().rev().find(|past| past.turns <= place)
    }
}

/// All sessions, in two generations.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    young: HashMap<PinKey, Session>,
    old: HashMap<PinKey, Session>,
}

impl Sessions {
    /// A session, which may be a new one. What had to be forgotten for it comes with it, if it waited.
    pub(super) fn enter(&mut self, key: PinKey) -> (&mut Session, Vec<Judged>) {
        let mut forgotten = Vec::new();
        if !self.young.contains_key(&key) {
            let known = self.old.remove(&key).unwrap_or_default();
            if self.young.len() >= MOST / 2 {
                let old = std::mem::replace(&mut self.old, std::mem::take(&mut self.young));
                forgotten =
                    old.into_values().filter_map(|session| session.waiting.map(|judged| *judged)).collect();
            }
            self.young.insert(key, known);
        }
        (self.young.entry(key).or_default(), forgotten)
    }

    /// What has waited since before a time.
    pub(super) fn give_up_before(&mut self, at: u64) -> Vec<(PinKey, Box<Judged>)> {
        let all = self.young.iter_mut().chain(&mut self.old);
        let late = all.filter_map(|(key, session)| {
            let is_late = session.waiting.as_ref().is_some_and(|judged| judged.at < at);
            Some((*key, if is_late { session.waiting.take() } else { None }?))
        });
        late.collect()
    }

    /// How many answers wait.
    pub(super) fn waiting(&self) -> usize {
        self.young.values().chain(self.old.values()).filter(|session| session.waiting.is_some()).count()
    }
}
