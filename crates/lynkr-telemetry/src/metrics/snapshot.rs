//! The numbers as plain values, for the JSON endpoints.

use std::collections::BTreeMap;

use super::{Metrics, Numbers, Outcome};

/// Percentiles of the last requests, in milliseconds; `None` when there was none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LatencySummary {
    /// The shortest.
    pub min: Option<f64>,
    /// The longest.
    pub max: Option<f64>,
    /// The mean.
    pub mean: Option<f64>,
    /// Half were shorter.
    pub p50: Option<f64>,
    /// 95 % were shorter.
    pub p95: Option<f64>,
    /// 99 % were shorter.
    pub p99: Option<f64>,
    /// How many there were since the start.
    pub count: u64,
}

/// What one provider's model requests came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProviderCounts {
    /// All that are over.
    pub requests: u64,
    /// Answered to the end.
    pub successes: u64,
    /// Not answered, or not to the end.
    pub failures: u64,
    /// Left by the client.
    pub cancelled: u64,
    /// Sent again.
    pub retries: u64,
}

/// The numbers at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    /// HTTP requests of every route.
    pub http_requests: u64,
    /// Those that were answered with 400 or above.
    pub http_errors: u64,
    /// How long HTTP requests took.
    pub latency: LatencySummary,
    /// Answers by status.
    pub statuses: BTreeMap<String, u64>,
    /// Requests by method and route.
    pub endpoints: BTreeMap<String, u64>,
    /// Model requests by provider.
    pub providers: BTreeMap<String, ProviderCounts>,
    /// Tokens of all inputs, cached ones included.
    pub input_tokens: u64,
    /// Tokens of all outputs.
    pub output_tokens: u64,
    /// Tokens that providers read from their caches.
    pub cached_tokens: u64,
    /// What all requests with a known price cost, in billionths of a US dollar.
    pub cost_nanos: u64,
    /// Refused by a rate limit.
    pub rate_limited: u64,
    /// Refused by a budget.
    pub over_budget: u64,
    /// Seconds since the start.
    pub uptime_seconds: f64,
}

impl Metrics {
    /// The numbers as they are now.
    pub fn snapshot(&self) -> Snapshot {
        let all = self.numbers();
        let mut snapshot = Snapshot {
            http_errors: all.http_errors,
            latency: all.latency(),
            providers: all.providers(),
            input_tokens: all.input.sum(),
            output_tokens: all.output.sum(),
            cached_tokens: all.cached.sum(),
            cost_nanos: all.cost_nanos.sum(),
            rate_limited: all.rate_limited,
            over_budget: all.over_budget,
            uptime_seconds: self.uptime().as_secs_f64(),
            ..Snapshot::default()
        };
        for (labels, count) in all.http.all() {
            let [method, route, status] = labels else { continue };
            snapshot.http_requests += count;
            *snapshot.statuses.entry(status.clone()).or_default() += count;
            *snapshot.endpoints.entry(format!("{method} {route}")).or_default() += count;
        }
        snapshot
    }

    /// Percentiles of the last requests.
    pub fn latency(&self) -> LatencySummary {
        self.numbers().latency()
    }
}

impl Numbers {
    pub(super) fn latency(&self) -> LatencySummary {
        let mut micros = self.recent.micros.clone();
        micros.sort_unstable();
        let count = self.http_seconds.counted().count;
        let (Some(first), Some(last)) = (micros.first(), micros.last()) else {
            return LatencySummary { count, ..LatencySummary::default() };
        };
        let sum: u64 = micros.iter().sum();
        LatencySummary {
            min: Some(millis(*first)),
            max: Some(millis(*last)),
            mean: Some(millis(sum / micros.len() as u64)),
            p50: percentile(&micros, 50),
            p95: percentile(&micros, 95),
            p99: percentile(&micros, 99),
            count,
        }
    }

    fn providers(&self) -> BTreeMap<String, ProviderCounts> {
        let mut providers: BTreeMap<String, ProviderCounts> = BTreeMap::new();
        for (labels, count) in self.requests.all() {
            let [provider, _, _, outcome] = labels else { continue };
            let counts = providers.entry(provider.clone()).or_default();
            counts.requests += count;
            match outcome.as_str() {
                name if name == Outcome::Success.name() => counts.successes += count,
                name if name == Outcome::Cancelled.name() => counts.cancelled += count,
                _ => counts.failures += count,
            }
        }
        for (labels, count) in self.retries.all() {
            if let Some(provider) = labels.first() {
                providers.entry(provider.clone()).or_default().retries += count;
            }
        }
        providers
    }
}

/// The nearest-rank percentile of sorted values.
fn percentile(sorted: &[u64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map(|micros| millis(*micros))
}

#[expect(clippy::cast_precision_loss, reason = "a duration for people")]
fn millis(micros: u64) -> f64 {
    micros as f64 / 1_000.0
}
