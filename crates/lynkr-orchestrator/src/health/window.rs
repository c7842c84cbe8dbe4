//! Five minutes in slots of ten seconds: counts of every request, and the latencies of the newest.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Figures, HEALTH_WINDOW, Outcome};

/// How long a slot is.
const SLOT: Duration = Duration::from_secs(10);

/// More latencies don't make percentiles better.
const MOST_LATENCIES: usize = 512;

/// The counts of one slot.
#[derive(Debug, Clone, Default)]
struct Slot {
    number: u64,
    counts: Counts,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    success: u64,
    client: u64,
    throttled: u64,
    upstream: u64,
    gateway: u64,
    abandoned: u64,
}

/// What happened of late, the oldest first. Times are since the process began to count.
#[derive(Debug, Default)]
pub(super) struct Window {
    slots: VecDeque<Slot>,
    latencies: VecDeque<(u64, Duration)>,
}

impl Window {
    pub(super) fn count(&mut self, outcome: Outcome, now: Duration) {
        self.forget(now);
        let number = slot(now);
        if self.slots.back().is_none_or(|last| last.number != number) {
            self.slots.push_back(Slot { number, counts: Counts::default() });
        }
        let Some(Slot { counts, .. }) = self.slots.back_mut() else { return };
        *match outcome {
            Outcome::Success => &mut counts.success,
            Outcome::Client => &mut counts.client,
            Outcome::Throttled => &mut counts.throttled,
            Outcome::Upstream => &mut counts.upstream,
            Outcome::Gateway => &mut counts.gateway,
            Outcome::Abandoned => &mut counts.abandoned,
        } += 1;
    }

    /// An answer began after this time.
    pub(super) fn began(&mut self, took: Duration, now: Duration) {
        self.forget(now);
        if self.latencies.len() >= MOST_LATENCIES {
            self.latencies.pop_front();
        }
        self.latencies.push_back((slot(now), took));
    }

    /// Adds what another lane has seen. The slots aren't in their order afterwards: this is for figures alone.
    pub(super) fn absorb(&mut self, other: &mut Self, now: Duration) {
        other.forget(now);
        self.slots.extend(other.slots.iter().cloned());
        self.latencies.extend(&other.latencies);
    }

    pub(super) fn figures(&mut self, now: Duration) -> Figures {
        self.forget(now);
        let sum = |count: fn(&Counts) -> u64| self.slots.iter().map(|slot| count(&slot.counts)).sum::<u64>();
        let mut sorted: Vec<Duration> = self.latencies.iter().map(|(_, took)| *took).collect();
        sorted.sort_unstable();
        let figures = Figures {
            successes: sum(|counts| counts.success),
            client_failures: sum(|counts| counts.client),
            throttled: sum(|counts| counts.throttled),
            upstream_failures: sum(|counts| counts.upstream),
            gateway_failures: sum(|counts| counts.gateway),
            abandoned: sum(|counts| counts.abandoned),
            latency_p50: percentile(&sorted, 50),
            latency_p95: percentile(&sorted, 95),
            ..Figures::default()
        };
        let failures = figures.client_failures + figures.upstream_failures + figures.gateway_failures;
        Figures { requests: figures.successes + failures + figures.throttled + figures.abandoned, ..figures }
    }

    fn forget(&mut self, now: Duration) {
        let kept = HEALTH_WINDOW.as_secs() / SLOT.as_secs();
        let is_old = |number: u64| number + kept <= slot(now);
        while self.slots.front().is_some_and(|slot| is_old(slot.number)) {
            self.slots.pop_front();
        }
        while self.latencies.front().is_some_and(|(number, _)| is_old(*number)) {
            self.latencies.pop_front();
        }
    }
}

fn slot(now: Duration) -> u64 {
    now.as_secs() / SLOT.as_secs()
}

/// The nearest rank: the smallest value that so many in a hundred don't exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}
