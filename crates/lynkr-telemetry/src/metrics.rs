//! The numbers. One [`Metrics`] lives as long as the process; a request adds to it when it is over. Each lane counts for itself, and
//! whoever looks sums.
//!
//! Names follow the Prometheus conventions: base units (seconds, bytes, US dollars), `_total` for counters. Labels
//! are few and bounded: past [`MOST_SERIES`] of a family, further label values are counted as `other`, so that what
//! clients send can't grow the memory.

mod cells;
mod exposition;
mod figures;
mod numbers;
mod process;
mod series;
mod snapshot;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lynkr_types::lane::PerLane;

pub(crate) use figures::{FIGURES, Figure, Kind};
pub(crate) use numbers::Numbers;
pub use process::{Process, memory_limit, process, process_memory};
pub use snapshot::{LatencySummary, ProviderCounts, Snapshot};

/// A family of numbers keeps so many label values apart, on each lane.
pub(crate) const MOST_SERIES: usize = 512;

/// How many of each lane's last durations percentiles are taken of.
const WINDOW: usize = 1_024;

/// Upper bounds of the durations' buckets, in seconds: from what the gateway itself takes to a long answer.
const SECONDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];

/// How a model request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Answered to the end.
    Success,
    /// Not answered, or not to the end.
    Error,
    /// The client went away before the end.
    Cancelled,
}

impl Outcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One model request that is over.
#[derive(Debug, Clone)]
pub struct Sample<'a> {
    /// The provider that was asked last; `none` when none was.
    pub provider: &'a str,
    /// The model that was asked.
    pub model: &'a str,
    /// The client's dialect.
    pub surface: &'a str,
    /// How it ended.
    pub outcome: Outcome,
    /// The kind of failure, if it failed.
    pub error: Option<&'a str>,
    /// From the request's arrival to its last byte.
    pub duration: Duration,
    /// From the request's arrival to its first content; `None` when none came.
    pub first_byte: Option<Duration>,
    /// Tokens of the input, cached ones included.
    pub input_tokens: u64,
    /// Tokens of the output.
    pub output_tokens: u64,
    /// Tokens of the input that the provider read from its cache.
    pub cached_tokens: u64,
    /// What it cost, in billionths of a US dollar; `None` when no price is known.
    pub cost_nanos: Option<u64>,
    /// How often it was sent again.
    pub retries: u32,
}

/// One HTTP request of any route that is over.
#[derive(Debug, Clone, Copy)]
pub struct HttpSample<'a> {
    /// The method.
    pub method: &'a str,
    /// The route as it is declared, not the path that was asked for.
    pub route: &'a str,
    /// `http` or `https`, as the connection is.
    pub scheme: &'static str,
    /// The status of the answer.
    pub status: u16,
    /// From its arrival to the head of the answer, or its end where the body was whole.
    pub duration: Duration,
}

/// The state of a circuit breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Requests pass.
    Closed,
    /// One request at a time tries whether it works again.
    HalfOpen,
    /// Requests fail at once.
    Open,
}

/// One breaker, for the exposition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    /// What it guards: a provider, or `provider:model`.
    pub name: String,
    /// Its state.
    pub state: BreakerState,
}

/// Numbers that others keep and that are read when somebody looks.
#[derive(Debug, Clone, Default)]
pub struct Gauges {
    /// Requests under way.
    pub active: u64,
    /// Those of them whose answers are streamed.
    pub streams: u64,
    /// Requests that were refused because there was too much to do.
    pub shed: u64,
    /// Breakers that have been used.
    pub breakers: Vec<Breaker>,
    /// How the store's writer fares, where there is a store.
    pub writer: Option<WriterFigures>,
    /// The gateway's version.
    pub version: &'static str,
}

/// How the store's writer fares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriterFigures {
    /// Records that wait.
    pub queued: u64,
    /// About the bytes that they take.
    pub queued_bytes: u64,
    /// Batches that failed.
    pub failures: u64,
    /// Records that were written and that were lost, by kind.
    pub kinds: Vec<(&'static str, u64, u64)>,
}

/// All numbers.
#[derive(Debug)]
pub struct Metrics {
    began: Instant,
    lanes: PerLane<Mutex<Numbers>>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All numbers at zero.
    pub fn new() -> Self {
        Self { began: Instant::now(), lanes: PerLane::new() }
    }

    /// Counts an HTTP request of any route.
    pub fn http(&self, sample: &HttpSample<'_>) {
        self.own().http(sample);
    }

    /// Counts a model request.
    pub fn request(&self, sample: &Sample<'_>) {
        self.own().request(sample);
    }

    /// A request was refused by a rate limit.
    pub fn rate_limited(&self) {
        self.own().rate_limited += 1;
    }

    /// A request was refused by a budget.
    pub fn over_budget(&self) {
        self.own().over_budget += 1;
    }

    /// How long the process has been counting.
    pub fn uptime(&self) -> Duration {
        self.began.elapsed()
    }

    /// What all lanes have counted.
    pub(crate) fn numbers(&self) -> Numbers {
        let mut all = Numbers { uptime: self.uptime(), ..Numbers::default() };
        for lane in self.lanes.iter() {
            all.absorb(&lock(lane));
        }
        all
    }

    fn own(&self) -> MutexGuard<'_, Numbers> {
        lock(self.lanes.own())
    }
}

fn lock(numbers: &Mutex<Numbers>) -> MutexGuard<'_, Numbers> {
    numbers.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
