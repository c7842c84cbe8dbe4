//! The numbers. One [`Metrics`] lives as long as the process; a request adds to it when it is over.
//!
//! Names follow the Prometheus conventions: base units (seconds, bytes, US dollars), `_total` for counters. Labels
//! are few and bounded: past [`MOST_SERIES`] of a family, further label values are counted as `other`, so that what
//! clients send can't grow the memory.

mod cells;
mod exposition;
mod figures;
mod process;
mod series;
mod snapshot;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use cells::{Counter, Histogram};
use http::StatusCode;
use series::Series;

pub(crate) use figures::{FIGURES, Figure, Kind};
pub use process::{Process, memory_limit, process, process_memory};
pub use snapshot::{LatencySummary, ProviderCounts, Snapshot};

/// A family of numbers keeps so many label values apart.
pub(crate) const MOST_SERIES: usize = 512;

/// How many of the last durations percentiles are taken of.
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
    http: Series<Counter>,
    http_errors: Counter,
    http_seconds: Histogram,
    requests: Series<Counter>,
    seconds: Series<Histogram>,
    first_byte: Series<Histogram>,
    errors: Series<Counter>,
    input: Series<Counter>,
    output: Series<Counter>,
    cached: Series<Counter>,
    cost_nanos: Series<Counter>,
    retries: Series<Counter>,
    rate_limited: Counter,
    over_budget: Counter,
    recent: Mutex<Recent>,
}

/// The last durations, in microseconds, oldest overwritten first.
#[derive(Debug, Default)]
struct Recent {
    micros: Vec<u64>,
    next: usize,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All numbers at zero.
    pub fn new() -> Self {
        let counters = Series::<Counter>::new;
        Self {
            began: Instant::now(),
            http: counters(&["method", "route", "status"]),
            http_errors: Counter::default(),
            http_seconds: Histogram::new(SECONDS),
            requests: counters(&["provider", "model", "surface", "outcome"]),
            seconds: Series::of_histograms(&["provider"], SECONDS),
            first_byte: Series::of_histograms(&["provider"], SECONDS),
            errors: counters(&["provider", "kind"]),
            input: counters(&["provider", "model"]),
            output: counters(&["provider", "model"]),
            cached: counters(&["provider", "model"]),
            cost_nanos: counters(&["provider", "model"]),
            retries: counters(&["provider"]),
            rate_limited: Counter::default(),
            over_budget: Counter::default(),
            recent: Mutex::default(),
        }
    }

    /// Counts an HTTP request of any route.
    pub fn http(&self, sample: &HttpSample<'_>) {
        let status = StatusCode::from_u16(sample.status);
        let status = status.as_ref().map_or("other", StatusCode::as_str);
        self.http.at(&[sample.method, sample.route, status], |counter| counter.add(1));
        if sample.status >= 400 {
            self.http_errors.add(1);
        }
        self.http_seconds.observe(sample.duration.as_secs_f64());
        let micros = u64::try_from(sample.duration.as_micros()).unwrap_or(u64::MAX);
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).push(micros);
    }

    /// Counts a model request.
    pub fn request(&self, sample: &Sample<'_>) {
        let Sample { provider, model, surface, outcome, .. } = *sample;
        self.requests.at(&[provider, model, surface, outcome.name()], |counter| counter.add(1));
        self.seconds.at(&[provider], |histogram| histogram.observe(sample.duration.as_secs_f64()));
        if let Some(first) = sample.first_byte {
            self.first_byte.at(&[provider], |histogram| histogram.observe(first.as_secs_f64()));
        }
        if let Some(kind) = sample.error {
            self.errors.at(&[provider, kind], |counter| counter.add(1));
        }
        let add = |series: &Series<Counter>, count: u64| {
            if count > 0 {
                series.at(&[provider, model], |counter| counter.add(count));
            }
        };
        add(&self.input, sample.input_tokens);
        add(&self.output, sample.output_tokens);
        add(&self.cached, sample.cached_tokens);
        add(&self.cost_nanos, sample.cost_nanos.unwrap_or(0));
        if sample.retries > 0 {
            self.retries.at(&[provider], |counter| counter.add(u64::from(sample.retries)));
        }
    }

    /// A request was refused by a rate limit.
    pub fn rate_limited(&self) {
        self.rate_limited.add(1);
    }

    /// A request was refused by a budget.
    pub fn over_budget(&self) {
        self.over_budget.add(1);
    }

    /// How long the process has been counting.
    pub fn uptime(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Recent {
    fn push(&mut self, micros: u64) {
        match self.micros.get_mut(self.next) {
            Some(slot) => *slot = micros,
            None => self.micros.push(micros),
        }
        self.next = (self.next + 1) % WINDOW;
    }
}

#[cfg(test)]
mod tests;
