//! How providers have fared in the last five minutes, in memory: what happened to each request that was sent,
//! how fast the answers began, and what is under way.
//!
//! Only model calls count, each attempt by itself. A refusal of what the client sent (any 4xx but 429) says
//! nothing about the provider, and being throttled is told apart from failing. Requests of the gateway's own,
//! such as model lists and token counts, leave no trace here.
//!
//! Each lane keeps records of its own, and whoever looks adds them up.
//!
//! *Invariant*: a lock is held for a few instructions and never across an await.

mod window;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lynkr_types::Blame;
use lynkr_types::lane::PerLane;
use tokio::time::Instant;

use crate::ambient::Ambient;
use crate::failure::Failure;
use window::Window;

/// How far back the figures reach.
pub const HEALTH_WINDOW: Duration = Duration::from_secs(300);

/// Clients choose the names of models: of more than this on a lane, only the provider's own figures are kept.
const MOST_MODELS: usize = 64;

/// Below this share of successes a provider is degraded.
const HEALTHY: f64 = 0.9;
/// Below this one it is unhealthy.
const DEGRADED: f64 = 0.5;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was answered.
    Success,
    /// The provider refused it for what it says: 4xx.
    Client,
    /// The provider wants fewer requests: 429.
    Throttled,
    /// The provider failed: 5xx, no connection, silence, a broken stream, nonsense.
    Upstream,
    /// It failed in this process.
    Gateway,
    /// The client went away before there was an answer.
    Abandoned,
}

impl Outcome {
    /// How a failure counts. The status decides, wherever the provider said it; without one, the blame does.
    fn of(failure: &Failure) -> Self {
        match (failure.blame, failure.error.status) {
            (Blame::Gateway, _) => Self::Gateway,
            // Whoever's quota it is.
            (_, 429) => Self::Throttled,
            (Blame::Client, _) => Self::Client,
            (Blame::Upstream, status) => Self::of_status(status),
        }
    }

    const fn of_status(status: u16) -> Self {
        match status {
            429 => Self::Throttled,
            400..=499 => Self::Client,
            _ => Self::Upstream,
        }
    }
}

/// How a provider, or one of its models, has fared.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Requests that came to an end within the window, of whatever kind.
    pub requests: u64,
    /// Those that were answered.
    pub successes: u64,
    /// Those that the provider refused for what they said.
    pub client_failures: u64,
    /// Those that the provider wanted to have later.
    pub throttled: u64,
    /// Those that the provider failed at.
    pub upstream_failures: u64,
    /// Those that failed in this process.
    pub gateway_failures: u64,
    /// Those that the client gave up.
    pub abandoned: u64,
    /// What is under way.
    pub in_flight: usize,
    /// How long the head of an answer takes, by the newest of them: half are faster.
    pub latency_p50: Option<Duration>,
    /// The same: 19 in 20 are faster.
    pub latency_p95: Option<Duration>,
    /// When the last request was answered, in seconds of Unix time; however long ago.
    pub last_success: Option<u64>,
    /// When the provider last failed; however long ago.
    pub last_failure: Option<u64>,
}

/// A verdict on a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It answers.
    Healthy,
    /// It fails more often than it should.
    Degraded,
    /// It fails more often than not.
    Unhealthy,
}

impl Figures {
    /// The share of answers among what the provider could have answered; `None` when nothing was asked of it.
    #[expect(clippy::cast_precision_loss, reason = "nobody sends so many requests in five minutes")]
    pub fn success_rate(&self) -> Option<f64> {
        let judged = self.successes + self.upstream_failures;
        (judged > 0).then(|| self.successes as f64 / judged as f64)
    }

    /// The verdict; `None` when nothing was asked of it.
    pub fn status(&self) -> Option<Status> {
        self.success_rate().map(|rate| match rate {
            rate if rate >= HEALTHY => Status::Healthy,
            rate if rate >= DEGRADED => Status::Degraded,
            _ => Status::Unhealthy,
        })
    }
}

/// One provider's or model's record.
#[derive(Debug, Default)]
struct Record {
    window: Mutex<Window>,
    in_flight: AtomicUsize,
    /// Unix seconds; 0 is never.
    last_success: AtomicU64,
    last_failure: AtomicU64,
}

impl Record {
    fn end(&self, outcome: Outcome, now: Duration, unix_seconds: u64) {
        lock(&self.window).count(outcome, now);
        match outcome {
            Outcome::Success => self.last_success.store(unix_seconds, Ordering::Relaxed),
            Outcome::Upstream => self.last_failure.store(unix_seconds, Ordering::Relaxed),
            Outcome::Client | Outcome::Throttled | Outcome::Gateway | Outcome::Abandoned => {}
        }
    }

    /// What the lanes' records of one provider or model say together.
    fn figures<'a>(records: impl IntoIterator<Item = &'a Arc<Self>>, now: Duration) -> Figures {
        let ever = |seconds: &AtomicU64| Some(seconds.load(Ordering::Relaxed)).filter(|seconds| *seconds > 0);
        let (mut all, mut window) = (Figures::default(), Window::default());
        for record in records {
            all.in_flight += record.in_flight.load(Ordering::Relaxed);
            all.last_success = all.last_success.max(ever(&record.last_success));
            all.last_failure = all.last_failure.max(ever(&record.last_failure));
            window.absorb(&mut lock(&record.window), now);
        }
        let Figures { in_flight, last_success, last_failure, .. } = all;
        Figures { in_flight, last_success, last_failure, ..window.figures(now) }
    }
}

/// The records of one provider.
#[derive(Debug, Default)]
struct Records {
    total: Arc<Record>,
    models: BTreeMap<String, Arc<Record>>,
}

impl Records {
    /// The record of a model. Where there are too many, the ones that nobody asks for any more make room.
    fn model(&mut self, model: &str, now: Duration) -> Option<Arc<Record>> {
        if let Some(record) = self.models.get(model) {
            return Some(Arc::clone(record));
        }
        if self.models.len() >= MOST_MODELS {
            self.models.retain(|_, record| {
                let figures = Record::figures([&*record], now);
                figures.in_flight > 0 || figures.requests > 0
            });
        }
        if self.models.len() >= MOST_MODELS {
            return None;
        }
        let record = Arc::<Record>::default();
        self.models.insert(model.to_owned(), Arc::clone(&record));
        Some(record)
    }
}

/// The records of all providers.
#[derive(Debug)]
pub(crate) struct Health {
    clock: Clock,
    lanes: PerLane<Mutex<BTreeMap<&'static str, Records>>>,
}

/// The two clocks: durations by Tokio's, which tests pause, and the wall's for people.
#[derive(Debug, Clone)]
struct Clock {
    began: Instant,
    ambient: Arc<dyn Ambient>,
}

impl Health {
    pub(crate) fn new(ambient: Arc<dyn Ambient>) -> Self {
        Self { clock: Clock { began: Instant::now(), ambient }, lanes: PerLane::new() }
    }

    /// A request is about to be sent.
    pub(crate) fn watch(&self, provider: &'static str, model: &str) -> Watch {
        let now = self.clock.began.elapsed();
        let mut providers = lock(self.lanes.own());
        let records = providers.entry(provider).or_default();
        let model = records.model(model, now);
        let watched: Vec<Arc<Record>> = std::iter::once(Arc::clone(&records.total)).chain(model).collect();
        drop(providers);
        for record in &watched {
            record.in_flight.fetch_add(1, Ordering::Relaxed);
        }
        Watch {
            records: watched,
            clock: self.clock.clone(),
            sent: Instant::now(),
            begun: false,
            ended: false,
        }
    }

    /// How a provider has fared; all nothing when it was never asked.
    pub(crate) fn of(&self, provider: &str) -> Figures {
        let totals: Vec<Arc<Record>> =
            self.of_lanes(provider, |records| Arc::clone(&records.total)).collect();
        Record::figures(&totals, self.clock.began.elapsed())
    }

    /// How the models of a provider have fared that were asked for within the window, by name.
    pub(crate) fn of_models(&self, provider: &str) -> Vec<(String, Figures)> {
        let now = self.clock.began.elapsed();
        let mut models: BTreeMap<String, Vec<Arc<Record>>> = BTreeMap::new();
        for (name, record) in self.of_lanes(provider, |records| records.models.clone()).flatten() {
            models.entry(name).or_default().push(record);
        }
        let figures = models.into_iter().map(|(name, records)| (name, Record::figures(&records, now)));
        figures.filter(|(_, figures)| figures.requests > 0 || figures.in_flight > 0).collect()
    }

    fn of_lanes<T>(&self, provider: &str, pick: impl Fn(&Records) -> T) -> impl Iterator<Item = T> {
        self.lanes.iter().filter_map(move |lane| lock(lane).get(provider).map(&pick))
    }
}

/// One request under way. Dropped without a word, it counts as abandoned, unless its answer had begun.
#[derive(Debug)]
pub(crate) struct Watch {
    records: Vec<Arc<Record>>,
    clock: Clock,
    sent: Instant,
    begun: bool,
    ended: bool,
}

impl Watch {
    /// The head of the answer is there.
    pub(crate) fn first_byte(&mut self) {
        let (took, now) = (self.sent.elapsed(), self.clock.began.elapsed());
        if !std::mem::replace(&mut self.begun, true) {
            for record in &self.records {
                lock(&record.window).began(took, now);
            }
        }
    }

    /// The answer is complete.
    pub(crate) fn succeeded(&mut self) {
        self.end(Outcome::Success);
    }

    /// There is none.
    pub(crate) fn failed(&mut self, failure: &Failure) {
        self.end(Outcome::of(failure));
    }

    /// A stream ended with an error that has this status.
    pub(crate) fn broke(&mut self, status: u16) {
        self.end(Outcome::of_status(status));
    }

    fn end(&mut self, outcome: Outcome) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let (now, unix_seconds) = (self.clock.began.elapsed(), self.clock.ambient.unix_seconds());
        for record in &self.records {
            record.in_flight.fetch_sub(1, Ordering::Relaxed);
            record.end(outcome, now, unix_seconds);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end(if self.begun { Outcome::Success } else { Outcome::Abandoned });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
