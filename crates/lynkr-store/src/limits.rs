//! Rate limits: how often, or for how much, a subject may ask within a window.
//!
//! Three places count alike behind [`RateLimits`]: [`LocalLimits`] within one process, [`StoreLimits`] in the
//! database, and [`SharedCache`](crate::SharedCache) in Redis. Whoever has several replicas and no Redis counts in
//! Postgres.
//!
//! A fixed window begins anew at each multiple of its length since 1970. A sliding window weighs what was counted in
//! the window before by how much of it still lies within one length of now; it takes no more than the limit in any
//! window when requests come evenly, and needs two numbers instead of a list.

mod local;
mod stored;

use std::time::Duration;

use async_trait::async_trait;

pub use local::LocalLimits;
pub use stored::StoreLimits;

use crate::error::StoreError;
use crate::ids::bounded;
use crate::time::{Timestamp, millis};

/// How a window moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// In jumps.
    Fixed,
    /// With time.
    Sliding,
}

/// A limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateRule {
    /// Its name: limits of different names count apart.
    pub name: String,
    /// How much may be taken in a window.
    pub limit: u64,
    /// The window's length; at least a millisecond.
    pub length: Duration,
    /// How the window moves.
    pub window: Window,
}

/// Whether a request may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateVerdict {
    /// Whether it may.
    pub allowed: bool,
    /// The limit.
    pub limit: u64,
    /// What is left in this window.
    pub remaining: u64,
    /// When the window is over.
    pub resets_in: Duration,
}

/// Somewhere that counts.
#[async_trait]
pub trait RateLimits: std::fmt::Debug + Send + Sync {
    /// Takes `cost`, if it fits; what doesn't fit isn't counted. With a cost of zero it only says whether one would
    /// fit.
    async fn take(
        &self,
        rule: &RateRule,
        subject: &str,
        cost: u64,
        now: Timestamp,
    ) -> Result<RateVerdict, StoreError>;

    /// Counts `cost` whether it fits or not: for what is known only afterwards, such as tokens.
    async fn add(
        &self,
        rule: &RateRule,
        subject: &str,
        cost: u64,
        now: Timestamp,
    ) -> Result<RateVerdict, StoreError>;
}

/// What the places differ in; both ways of counting are made of it.
#[async_trait]
pub(crate) trait Counts: std::fmt::Debug + Send + Sync {
    async fn count(&self, rule: &RateRule, place: Place) -> Result<RateVerdict, StoreError>;
}

#[async_trait]
impl<T: Counts> RateLimits for T {
    async fn take(
        &self,
        rule: &RateRule,
        subject: &str,
        cost: u64,
        now: Timestamp,
    ) -> Result<RateVerdict, StoreError> {
        self.count(rule, Place::new(rule, subject, cost, now, true)).await
    }

    async fn add(
        &self,
        rule: &RateRule,
        subject: &str,
        cost: u64,
        now: Timestamp,
    ) -> Result<RateVerdict, StoreError> {
        self.count(rule, Place::new(rule, subject, cost, now, false)).await
    }
}

/// Where a request lies in the windows of its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Rule and subject.
    pub(crate) name: String,
    /// When this window began.
    pub(crate) start: i64,
    /// When the window before began.
    pub(crate) before: i64,
    /// How many thousandths of the window before still count.
    pub(crate) weight: i64,
    /// The window's length in milliseconds.
    pub(crate) length: i64,
    /// How much of this window is left.
    pub(crate) left: Duration,
    /// The most that may have been counted before so that the cost fits.
    pub(crate) most_before: i64,
    /// The cost.
    pub(crate) cost: i64,
}

/// No single cost is larger, so that sums fit.
const MOST: u64 = 1_000_000_000_000;

impl Place {
    /// `enforced` is whether what doesn't fit is left out.
    pub(crate) fn new(rule: &RateRule, subject: &str, cost: u64, now: Timestamp, enforced: bool) -> Self {
        let length = millis(rule.length).max(1);
        let now = now.as_millis();
        let passed = now.rem_euclid(length);
        let start = now.saturating_sub(passed);
        let weight = match rule.window {
            Window::Fixed => 0,
            Window::Sliding => 1000 - passed.saturating_mul(1000) / length,
        };
        let cost = i64::try_from(cost.min(MOST)).unwrap_or(i64::MAX);
        let limit = i64::try_from(rule.limit.min(MOST * 1000)).unwrap_or(i64::MAX);
        Self {
            name: format!("{}|{length}|{}", rule.name, bounded(subject)),
            start,
            before: start.saturating_sub(length),
            weight,
            length,
            left: Duration::from_millis(u64::try_from(length - passed).unwrap_or(0)),
            most_before: if enforced { limit.saturating_sub(cost.max(1)) } else { i64::MAX / 2 },
            cost,
        }
    }

    /// The verdict, from what both windows hold by now.
    pub(crate) fn verdict(&self, rule: &RateRule, allowed: bool, current: i64, previous: i64) -> RateVerdict {
        let spent = current.saturating_add(self.weighed(previous));
        RateVerdict {
            allowed,
            limit: rule.limit,
            remaining: rule.limit.saturating_sub(u64::try_from(spent).unwrap_or(0)),
            resets_in: self.left,
        }
    }

    /// What the window before still counts for, rounded up: in doubt a limit is kept.
    pub(crate) fn weighed(&self, previous: i64) -> i64 {
        (previous.saturating_mul(self.weight).saturating_add(999)) / 1000
    }
}

#[cfg(test)]
mod tests;
