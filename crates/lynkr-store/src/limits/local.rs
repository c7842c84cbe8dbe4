//! Counting within one process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::{Counts, Place, RateRule, RateVerdict};
use crate::error::StoreError;

/// When there are more counters than this, those whose windows are over are dropped; when that doesn't help, the ones
/// that end first are.
const MOST_COUNTERS: usize = 100_000;

/// What was counted for one subject of one rule.
#[derive(Debug, Clone, Copy, Default)]
struct Counter {
    start: i64,
    length: i64,
    current: i64,
    previous: i64,
}

impl Counter {
    /// The counter as it is in the window that begins at `place.start`.
    fn moved(self, place: &Place) -> Self {
        let (current, previous) = match place.start {
            // A clock that went back a little: what was counted stays counted.
            start if start <= self.start => return self,
            start if start == self.start.saturating_add(place.length) => (0, self.current),
            _ => (0, 0),
        };
        Self { start: place.start, length: place.length, current, previous }
    }

    /// After this it says nothing any more.
    fn ends(&self) -> i64 {
        self.start.saturating_add(self.length.saturating_mul(2))
    }
}

/// Rate limits of one process, in bounded memory.
#[derive(Debug, Default)]
pub struct LocalLimits {
    counters: Mutex<HashMap<String, Counter>>,
}

impl LocalLimits {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Counts for LocalLimits {
    async fn count(&self, rule: &RateRule, place: Place) -> Result<RateVerdict, StoreError> {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= MOST_COUNTERS && !counters.contains_key(&place.name) {
            make_room(&mut counters, place.start);
        }
        let fresh = Counter { start: place.start, length: place.length, ..Counter::default() };
        let mut counter = counters.get(&place.name).copied().unwrap_or(fresh).moved(&place);
        let allowed = counter.current.saturating_add(place.weighed(counter.previous)) <= place.most_before;
        if allowed {
            counter.current = counter.current.saturating_add(place.cost);
        }
        let verdict = place.verdict(rule, allowed, counter.current, counter.previous);
        counters.insert(place.name, counter);
        Ok(verdict)
    }
}

fn make_room(counters: &mut HashMap<String, Counter>, now: i64) {
    counters.retain(|_, counter| counter.ends() > now);
    if counters.len() < MOST_COUNTERS {
        return;
    }
    let mut ends: Vec<i64> = counters.values().map(Counter::ends).collect();
    let middle = ends.len() / 2;
    let (_, median, _) = ends.select_nth_unstable(middle);
    let median = *median;
    counters.retain(|_, counter| counter.ends() > median);
}
