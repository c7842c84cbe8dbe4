//! Circuit breakers: after some failures in a row requests fail at once, until a few tries have shown that it works
//! again.
//!
//! There is one per provider and one per model of it, so that one model's outage doesn't take the others with it. A
//! breaker closes again after as many successes in a row as it is told to ask for, and tries one request at a time
//! until then.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use foldhash::fast::RandomState;
use tokio::time::Instant;

/// When breakers open and close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerRules {
    /// Failures in a row that open one.
    pub failures: u32,
    /// Successes in a row that close one again.
    pub successes: u32,
    /// How long an open one refuses before it tries.
    pub rest: Duration,
}

impl Default for BreakerRules {
    fn default() -> Self {
        Self { failures: 5, successes: 2, rest: Duration::from_secs(60) }
    }
}

/// The state of a breaker, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Requests pass.
    Closed,
    /// One request at a time tries whether it works again.
    HalfOpen,
    /// Requests fail at once.
    Open,
}

impl BreakerState {
    /// The name used in answers and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "CLOSED",
            Self::HalfOpen => "HALF_OPEN",
            Self::Open => "OPEN",
        }
    }
}

/// What a breaker has seen, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakerReport {
    /// What it guards: a provider, or `provider:model`.
    pub name: String,
    /// Its state.
    pub state: BreakerState,
    /// Failures in a row.
    pub failures: u32,
    /// Successes in a row since it began to try.
    pub successes: u32,
    /// How long ago the last failure was.
    pub last_failure: Option<Duration>,
    /// How long ago the state last changed.
    pub last_change: Option<Duration>,
    /// How long until it tries again, if it is open.
    pub next_try: Option<Duration>,
    /// Requests that were let through since the start.
    pub passed: u64,
    /// Requests that were let through and failed.
    pub failed: u64,
    /// Requests that were refused.
    pub refused: u64,
}

/// A request that a breaker refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Which breaker.
    pub(crate) name: String,
    /// How long until it tries again.
    pub(crate) retry_after: Duration,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Closed,
    Open {
        until: Instant,
    },
    HalfOpen {
        /// Whether a request is trying at this moment.
        trying: bool,
    },
}

#[derive(Debug, Default)]
struct Breaker {
    mode: Mode,
    failures: u32,
    successes: u32,
    last_failure: Option<Instant>,
    last_change: Option<Instant>,
    passed: u64,
    failed: u64,
    refused: u64,
}

impl Breaker {
    fn turn(&mut self, mode: Mode) {
        self.mode = mode;
        self.last_change = Some(Instant::now());
    }

    /// Whether it makes a difference that it is there: it refuses now, or tries. One whose rest is over lets the next
    /// request through, as one that never was would.
    fn is_needed(&self, now: Instant) -> bool {
        match self.mode {
            Mode::Closed => false,
            Mode::Open { until } => now < until,
            Mode::HalfOpen { trying } => trying,
        }
    }

    /// Whether a request may pass now; how long to wait, if not.
    fn ask(&mut self) -> Result<(), Duration> {
        match self.mode {
            Mode::Open { until } if Instant::now() >= until => {
                self.successes = 0;
                self.turn(Mode::HalfOpen { trying: true });
            }
            Mode::HalfOpen { trying: false } => self.mode = Mode::HalfOpen { trying: true },
            Mode::Closed => {}
            Mode::Open { until } => {
                self.refused += 1;
                return Err(until.saturating_duration_since(Instant::now()));
            }
            Mode::HalfOpen { trying: true } => {
                self.refused += 1;
                return Err(Duration::from_secs(1));
            }
        }
        self.passed += 1;
        Ok(())
    }

    /// The request that was let through won't be sent: another breaker has refused it.
    fn take_back(&mut self) {
        self.passed -= 1;
        self.release();
    }

    fn succeed(&mut self, rules: &BreakerRules) {
        self.failures = 0;
        if let Mode::HalfOpen { .. } = self.mode {
            self.successes += 1;
            if self.successes >= rules.successes {
                self.turn(Mode::Closed);
            } else {
                self.mode = Mode::HalfOpen { trying: false };
            }
        }
    }

    fn fail(&mut self, rules: &BreakerRules) {
        let now = Instant::now();
        self.failed += 1;
        self.failures = self.failures.saturating_add(1);
        self.last_failure = Some(now);
        let opens = match self.mode {
            Mode::Closed => self.failures >= rules.failures,
            Mode::HalfOpen { .. } => true,
            // A request that was under way when it opened tells nothing new.
            Mode::Open { .. } => false,
        };
        if opens {
            self.turn(Mode::Open { until: now + rules.rest });
        }
    }

    /// The request ended without telling anything: the client went away, or was at fault itself.
    fn release(&mut self) {
        if let Mode::HalfOpen { trying: true } = self.mode {
            self.mode = Mode::HalfOpen { trying: false };
        }
    }

    fn report(&self, name: &str) -> BreakerReport {
        let now = Instant::now();
        let (state, next_try) = match self.mode {
            Mode::Closed => (BreakerState::Closed, None),
            Mode::HalfOpen { .. } => (BreakerState::HalfOpen, None),
            Mode::Open { until } => (BreakerState::Open, Some(until.saturating_duration_since(now))),
        };
        BreakerReport {
            name: name.to_owned(),
            state,
            failures: self.failures,
            successes: self.successes,
            last_failure: self.last_failure.map(|at| now.saturating_duration_since(at)),
            last_change: self.last_change.map(|at| now.saturating_duration_since(at)),
            next_try,
            passed: self.passed,
            failed: self.failed,
            refused: self.refused,
        }
    }
}

/// How far a failure reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The model only.
    Model,
    /// Everything that the provider serves.
    Provider,
}

/// The most breakers that there are: model names come from clients.
const MOST: usize = 1_024;

/// All breakers.
#[derive(Debug)]
pub(crate) struct Breakers {
    rules: BreakerRules,
    all: Mutex<HashMap<String, Breaker, RandomState>>,
}

impl Breakers {
    pub(crate) fn new(rules: BreakerRules) -> Arc<Self> {
        Arc::new(Self { rules, all: Mutex::default() })
    }

    /// Lets a request through to a model, or says which breaker is open. The pass must be told what came of it;
    /// dropped untold, it counts as neither. A model for which there is no room has none of its own.
    pub(crate) fn enter(self: &Arc<Self>, provider: &str, model: &str) -> Result<Pass, Refused> {
        let mut names = vec![provider.to_owned(), format!("{provider}:{model}")];
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST && names.last().is_some_and(|own| !all.contains_key(own)) {
            make_room(&mut all);
            // The provider's own are few, and stay.
            names.truncate(if all.len() < MOST { 2 } else { 1 });
        }
        for (at, name) in names.iter().enumerate() {
            let asked = match all.get_mut(name) {
                Some(breaker) => breaker.ask(),
                // Made at its first use.
                None => all.entry(name.clone()).or_default().ask(),
            };
            if let Err(retry_after) = asked {
                for before in names.iter().take(at) {
                    all.entry(before.clone()).or_default().take_back();
                }
                return Err(Refused { name: name.clone(), retry_after });
            }
        }
        drop(all);
        Ok(Pass { breakers: Arc::clone(self), names, told: false })
    }

    /// The state of one; closed if it was never used.
    pub(crate) fn state(&self, name: &str) -> BreakerState {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(name).map_or(BreakerState::Closed, |breaker| breaker.report(name).state)
    }

    /// What the breakers have seen, by name.
    pub(crate) fn reports(&self) -> Vec<BreakerReport> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reports: Vec<_> = all.iter().map(|(name, breaker)| breaker.report(name)).collect();
        drop(all);
        reports.sort_by(|one, other| one.name.cmp(&other.name));
        reports
    }

    /// Closes all breakers of a provider, or all there are. Tells how many were not at rest.
    pub(crate) fn reset(&self, provider: Option<&str>) -> usize {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let of_provider = |name: &str| {
            provider.is_none_or(|own| {
                name.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
            })
        };
        let mut reset = 0;
        for (_, breaker) in all.iter_mut().filter(|(name, _)| of_provider(name)) {
            reset += usize::from(breaker.mode != Mode::Closed || breaker.failures > 0);
            breaker.failures = 0;
            breaker.successes = 0;
            if breaker.mode != Mode::Closed {
                breaker.turn(Mode::Closed);
            }
        }
        reset
    }
}

/// Forgets breakers of models: those at rest, and where that isn't enough, those that change nothing now.
fn make_room(all: &mut HashMap<String, Breaker, RandomState>) {
    let now = Instant::now();
    let is_providers = |name: &str| !name.contains(':');
    all.retain(|name, breaker| is_providers(name) || breaker.is_needed(now) || breaker.failures > 0);
    if all.len() >= MOST {
        all.retain(|name, breaker| is_providers(name) || breaker.is_needed(now));
    }
}

/// A request that was let through.
#[derive(Debug)]
pub(crate) struct Pass {
    breakers: Arc<Breakers>,
    /// The provider's breaker, and the model's if it has one.
    names: Vec<String>,
    told: bool,
}

impl Pass {
    /// It worked.
    pub(crate) fn succeed(mut self) {
        self.tell(|breaker, rules, _| breaker.succeed(rules));
    }

    /// It didn't, and this is how far that reaches.
    pub(crate) fn fail(mut self, reach: Reach) {
        self.tell(|breaker, rules, is_provider| match (reach, is_provider) {
            (Reach::Provider, _) | (Reach::Model, false) => breaker.fail(rules),
            // The provider answers, if not for this model.
            (Reach::Model, true) => breaker.succeed(rules),
        });
    }

    fn tell(&mut self, mut change: impl FnMut(&mut Breaker, &BreakerRules, bool)) {
        self.told = true;
        let mut all = self.breakers.all.lock().unwrap_or_else(PoisonError::into_inner);
        for (at, name) in self.names.iter().enumerate() {
            if let Some(breaker) = all.get_mut(name) {
                change(breaker, &self.breakers.rules, at == 0);
            }
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if !self.told {
            self.tell(|breaker, _, _| breaker.release());
        }
    }
}

#[cfg(test)]
mod tests;
