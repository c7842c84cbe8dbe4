//! Who may pass: rate limits, load shedding; and what is counted of it.

use divan::Bencher;
use futures_util::FutureExt as _;
use lynkr_api::{Load, LoadLimits, Memory};
use lynkr_store::{LocalLimits, RateLimits as _, RateRule, Timestamp, Window};
use lynkr_telemetry::{Gauges, HttpSample, Metrics, Outcome, Sample};
use std::time::Duration;

/// One request taken of a sliding window in this process.
#[divan::bench]
fn rate_limit(bencher: Bencher<'_, '_>) {
    let limits = LocalLimits::default();
    let rule = RateRule {
        name: "bench".to_owned(),
        limit: 1_000_000_000,
        length: Duration::from_secs(60),
        window: Window::Sliding,
    };
    let now = Timestamp::now();
    bencher.bench_local(|| limits.take(&rule, "key:bench", 1, now).now_or_never());
}

/// What load shedding looks at before it takes a request on: memory, limits, and how much is under way.
#[divan::bench]
fn load_shedding_check(bencher: Bencher<'_, '_>) {
    let gauge = || Memory { resident: Some(1 << 24), private: Some(1 << 22), limit: Some(1 << 34) };
    let load = Load::new(LoadLimits::default(), gauge);
    bencher.bench_local(|| {
        let (memory, limits) = (load.memory(), load.limits());
        let within = memory.resident_share() <= Some(limits.memory)
            && memory.private_share() <= Some(limits.heap)
            && load.active() < limits.active;
        within && !load.is_draining()
    });
}

fn metrics() -> Metrics {
    let metrics = Metrics::new();
    for _ in 0..1_000 {
        count(&metrics);
    }
    metrics
}

fn count(metrics: &Metrics) {
    metrics.request(&Sample {
        provider: "anthropic",
        model: "claude-sonnet-4-5",
        surface: "anthropic",
        outcome: Outcome::Success,
        error: None,
        duration: Duration::from_millis(800),
        first_byte: Some(Duration::from_millis(300)),
        input_tokens: 400,
        output_tokens: 120,
        cached_tokens: 0,
        cost_nanos: Some(3_000_000),
        retries: 0,
    });
    metrics.http(&HttpSample {
        method: "POST",
        route: "/v1/messages",
        scheme: "http",
        status: 200,
        duration: Duration::from_millis(800),
    });
}

/// All that is counted of one model request and of its HTTP request.
#[divan::bench]
fn metrics_of_a_request(bencher: Bencher<'_, '_>) {
    let metrics = metrics();
    bencher.bench_local(|| count(&metrics));
}

/// The numbers as `/metrics` gives them.
#[divan::bench]
fn metrics_snapshot(bencher: Bencher<'_, '_>) {
    let metrics = metrics();
    bencher.bench_local(|| metrics.snapshot());
}

/// The numbers as Prometheus reads them.
#[divan::bench]
fn metrics_prometheus(bencher: Bencher<'_, '_>) {
    let (metrics, gauges) = (metrics(), Gauges::default());
    bencher.bench_local(|| metrics.prometheus(&gauges));
}
