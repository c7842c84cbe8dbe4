//! What one lane has counted, or all of them together.

use std::time::Duration;

use http::StatusCode;

use super::cells::Histogram;
use super::series::Series;
use super::{HttpSample, SECONDS, Sample, WINDOW};

/// The numbers, behind a lock that only its own lane and whoever reads take.
#[derive(Debug)]
pub(crate) struct Numbers {
    pub(super) http: Series<u64>,
    pub(super) http_errors: u64,
    pub(super) http_seconds: Histogram,
    pub(super) requests: Series<u64>,
    pub(super) seconds: Series<Histogram>,
    pub(super) first_byte: Series<Histogram>,
    pub(super) errors: Series<u64>,
    pub(super) input: Series<u64>,
    pub(super) output: Series<u64>,
    pub(super) cached: Series<u64>,
    pub(super) cost_nanos: Series<u64>,
    pub(super) retries: Series<u64>,
    pub(super) rate_limited: u64,
    pub(super) over_budget: u64,
    pub(super) recent: Recent,
    /// How long all has been counted; of no lane.
    pub(super) uptime: Duration,
}

impl Default for Numbers {
    /// All at zero.
    fn default() -> Self {
        let by_model = || Series::new(&["provider", "model"]);
        Self {
            http: Series::new(&["method", "route", "status"]),
            http_errors: 0,
            http_seconds: Histogram::new(SECONDS),
            requests: Series::new(&["provider", "model", "surface", "outcome"]),
            seconds: Series::of_histograms(&["provider"], SECONDS),
            first_byte: Series::of_histograms(&["provider"], SECONDS),
            errors: Series::new(&["provider", "kind"]),
            input: by_model(),
            output: by_model(),
            cached: by_model(),
            cost_nanos: by_model(),
            retries: Series::new(&["provider"]),
            rate_limited: 0,
            over_budget: 0,
            recent: Recent::default(),
            uptime: Duration::ZERO,
        }
    }
}

impl Numbers {
    pub(super) fn http(&mut self, sample: &HttpSample<'_>) {
        let status = StatusCode::from_u16(sample.status);
        let status = status.as_ref().map_or("other", StatusCode::as_str);
        *self.http.at(&[sample.method, sample.route, status]) += 1;
        self.http_errors += u64::from(sample.status >= 400);
        self.http_seconds.observe(sample.duration.as_secs_f64());
        self.recent.push(sample.duration);
    }

    pub(super) fn request(&mut self, sample: &Sample<'_>) {
        let Sample { provider, model, surface, outcome, .. } = *sample;
        *self.requests.at(&[provider, model, surface, outcome.name()]) += 1;
        self.seconds.at(&[provider]).observe(sample.duration.as_secs_f64());
        if let Some(first) = sample.first_byte {
            self.first_byte.at(&[provider]).observe(first.as_secs_f64());
        }
        if let Some(kind) = sample.error {
            *self.errors.at(&[provider, kind]) += 1;
        }
        for (series, count) in [
            (&mut self.input, sample.input_tokens),
            (&mut self.output, sample.output_tokens),
            (&mut self.cached, sample.cached_tokens),
            (&mut self.cost_nanos, sample.cost_nanos.unwrap_or(0)),
        ] {
            if count > 0 {
                *series.at(&[provider, model]) += count;
            }
        }
        if sample.retries > 0 {
            *self.retries.at(&[provider]) += u64::from(sample.retries);
        }
    }

    /// Adds what another lane has counted.
    pub(super) fn absorb(&mut self, other: &Self) {
        for (own, more) in [
            (&mut self.http, &other.http),
            (&mut self.requests, &other.requests),
            (&mut self.errors, &other.errors),
            (&mut self.input, &other.input),
            (&mut self.output, &other.output),
            (&mut self.cached, &other.cached),
            (&mut self.cost_nanos, &other.cost_nanos),
            (&mut self.retries, &other.retries),
        ] {
            own.absorb(more);
        }
        self.seconds.absorb(&other.seconds);
        self.first_byte.absorb(&other.first_byte);
        self.http_seconds += &other.http_seconds;
        self.http_errors += other.http_errors;
        self.rate_limited += other.rate_limited;
        self.over_budget += other.over_budget;
        self.recent.micros.extend(&other.recent.micros);
    }
}

/// The last durations, in microseconds, oldest overwritten first.
#[derive(Debug, Default)]
pub(super) struct Recent {
    pub(super) micros: Vec<u64>,
    next: usize,
}

impl Recent {
    fn push(&mut self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        match self.micros.get_mut(self.next) {
            Some(slot) => *slot = micros,
            None => self.micros.push(micros),
        }
        self.next = (self.next + 1) % WINDOW;
    }
}
