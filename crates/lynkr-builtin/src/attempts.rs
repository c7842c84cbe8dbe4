//! Counts how often a failure was shown, so that "fail twice, then answer" can be scripted.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Past so many different requests the counting starts again, so that a long run can't fill memory.
const MOST: usize = 4_096;

/// The counts, shared by all requests.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<HashMap<u64, u64>>);

impl Attempts {
    /// How often `key` was asked for before; this time counts from now on.
    pub fn count(&self, key: u64) -> u64 {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST && !counts.contains_key(&key) {
            counts.clear();
        }
        let count = counts.entry(key).or_insert(0);
        let before = *count;
        *count = before.saturating_add(1);
        before
    }
}
