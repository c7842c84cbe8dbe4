//! What is counted comes out, once, in a form that scrapers read.

use std::time::Duration;

use super::*;

fn sample(provider: &str) -> Sample<'_> {
    Sample {
        provider,
        model: "gpt-4o",
        surface: "anthropic",
        outcome: Outcome::Success,
        error: None,
        duration: Duration::from_millis(1_500),
        first_byte: Some(Duration::from_millis(300)),
        input_tokens: 1_000,
        output_tokens: 200,
        cached_tokens: 700,
        cost_nanos: Some(4_500_000),
        retries: 1,
    }
}

fn filled() -> Metrics {
    let metrics = Metrics::new();
    metrics.request(&sample("openai"));
    let failed =
        Sample { outcome: Outcome::Error, error: Some("rate_limit"), first_byte: None, ..sample("openai") };
    metrics.request(&failed);
    metrics.request(&Sample {
        outcome: Outcome::Cancelled,
        cost_nanos: None,
        retries: 0,
        ..sample("databricks")
    });
    for (status, millis) in [(200, 10), (200, 20), (429, 30), (503, 40)] {
        let duration = Duration::from_millis(millis);
        metrics.http(&HttpSample { method: "POST", route: "/v1/messages", scheme: "http", status, duration });
    }
    metrics.rate_limited();
    metrics
}

#[test]
fn what_is_counted_comes_out() {
    let snapshot = filled().snapshot();
    assert_eq!((snapshot.http_requests, snapshot.http_errors), (4, 2));
    assert_eq!(snapshot.statuses["200"], 2);
    assert_eq!(snapshot.endpoints["POST /v1/messages"], 4);
    let openai = ProviderCounts { requests: 2, successes: 1, failures: 1, cancelled: 0, retries: 2 };
    assert_eq!(snapshot.providers["openai"], openai);
    assert_eq!(snapshot.providers["databricks"].cancelled, 1);
    assert_eq!((snapshot.input_tokens, snapshot.output_tokens, snapshot.cached_tokens), (3_000, 600, 2_100));
    assert_eq!(snapshot.cost_nanos, 9_000_000);
    assert_eq!((snapshot.rate_limited, snapshot.over_budget), (1, 0));
    let latency = snapshot.latency;
    assert_eq!(
        (latency.min, latency.p50, latency.p95, latency.max),
        (Some(10.0), Some(20.0), Some(40.0), Some(40.0))
    );
    assert_eq!((latency.mean, latency.count), (Some(25.0), 4));
}

#[test]
fn nothing_measured_is_not_zero() {
    let latency = Metrics::new().snapshot().latency;
    assert_eq!((latency.p50, latency.p99, latency.mean, latency.count), (None, None, None, 0));
}

#[test]
fn percentiles_are_of_the_last_requests() {
    let metrics = Metrics::new();
    for at in 0..(WINDOW + 10) {
        let duration = Duration::from_millis(if at < 10 { 100_000 } else { 5 });
        metrics.http(&HttpSample { method: "GET", route: "/health", scheme: "http", status: 200, duration });
    }
    assert_eq!(metrics.latency().max, Some(5.0));
    assert_eq!(metrics.latency().count, (WINDOW + 10) as u64);
}

#[test]
fn label_values_are_bounded() {
    let metrics = Metrics::new();
    for number in 0..(MOST_SERIES + 50) {
        metrics.request(&Sample { model: &format!("model-{number}"), ..sample("openai") });
    }
    let numbers = metrics.numbers();
    assert_eq!(numbers.input.all().len(), MOST_SERIES + 1);
    let others = numbers.input.all().into_iter().find(|(values, _)| values[0] == "other").unwrap();
    assert_eq!(*others.1, 50_000);
}

#[test]
fn what_lanes_count_is_summed() {
    let metrics = filled();
    for lane in 0..2 {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                lynkr_types::lane::be(lane);
                metrics.request(&sample("openai"));
                let duration = Duration::from_millis(50);
                metrics.http(&HttpSample {
                    method: "GET",
                    route: "/",
                    scheme: "http",
                    status: 500,
                    duration,
                });
                metrics.over_budget();
            });
        });
    }
    let snapshot = metrics.snapshot();
    assert_eq!((snapshot.http_requests, snapshot.http_errors, snapshot.over_budget), (6, 4, 2));
    assert_eq!((snapshot.input_tokens, snapshot.latency.max), (5_000, Some(50.0)));
    assert_eq!(snapshot.providers["openai"].requests, 4);
    let text = metrics.prometheus(&gauges());
    assert!(text.contains("\nlynkr_request_duration_seconds_bucket{provider=\"openai\",le=\"2.5\"} 4\n"));
    assert!(text.contains("\nhttp_request_duration_seconds_count 6\n"));
}

fn gauges() -> Gauges {
    Gauges {
        active: 3,
        streams: 1,
        shed: 2,
        breakers: vec![Breaker { name: "open\"ai\\:x\n".to_owned(), state: BreakerState::Open }],
        writer: Some(WriterFigures {
            queued: 4,
            queued_bytes: 512,
            failures: 1,
            kinds: vec![("usage", 7, 2), ("turns", 0, 3)],
        }),
        version: "1.2.3",
    }
}

/// Families that OpenTelemetry has under a name of its conventions, with all that they say.
const BY_CONVENTION: [(&str, &str); 9] = [
    ("http_requests_total", "http.server.request.duration"),
    ("http_request_errors_total", "http.server.request.duration"),
    ("http_request_duration_seconds", "http.server.request.duration"),
    ("lynkr_http_requests_total", "http.server.request.duration"),
    ("lynkr_http_request_duration_seconds", "http.server.request.duration"),
    ("lynkr_request_duration_seconds", "gen_ai.client.operation.duration"),
    ("lynkr_time_to_first_token_seconds", "gen_ai.server.time_to_first_token"),
    ("lynkr_build_info", "service.version of the resource"),
    ("tokens_total", "the sum of two others"),
];

/// How a collector writes one of our names for Prometheus.
fn translated(figure: &Figure) -> String {
    let renamed = [
        ("process.uptime", "uptime_seconds"),
        ("process.memory.usage", "process_resident_memory_bytes"),
        ("process.cpu.time", "process_cpu_seconds_total"),
        ("process.unix.file_descriptor.count", "process_open_fds"),
    ];
    if let Some((_, name)) = renamed.iter().find(|(own, _)| *own == figure.name) {
        return (*name).to_owned();
    }
    let total = if figure.kind == Kind::Counter { "_total" } else { "" };
    format!("{}{total}", figure.name.replace('.', "_"))
}

#[test]
fn opentelemetry_has_all_that_prometheus_has() {
    let names: Vec<String> = FIGURES.iter().map(translated).collect();
    for line in filled().prometheus(&gauges()).lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().unwrap();
        let has = |name: &str| names.iter().any(|own| own == name);
        let by_convention = BY_CONVENTION.iter().any(|(own, _)| *own == name);
        // The older product's totals are sums over labels.
        let known = has(name) || by_convention || has(&format!("lynkr_{name}"));
        assert!(known, "{name} isn't sent to collectors");
    }
    for figure in FIGURES {
        assert!(!(figure.read)(&filled().numbers(), &gauges()).is_empty(), "{} has no value", figure.name);
    }
}

#[test]
fn the_exposition_is_valid() {
    let gauges = gauges();
    let text = filled().prometheus(&gauges);
    assert!(text.ends_with('\n'));
    assert!(text.contains("\nhttp_request_duration_seconds{quantile=\"0.95\"} 0.04\n"));
    assert!(text.contains("\nlynkr_circuit_breaker_state{name=\"open\\\"ai\\\\:x\\n\"} 2\n"));
    assert!(text.contains("\nlynkr_request_duration_seconds_bucket{provider=\"openai\",le=\"2.5\"} 2\n"));
    assert!(text.contains("\nlynkr_cost_usd_total{provider=\"openai\",model=\"gpt-4o\"} 0.009\n"));
    assert!(text.contains("\nlynkr_store_dropped_total{kind=\"usage\"} 2\n"));
    let mut families: Vec<&str> = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let name = rest.split(' ').next().unwrap();
            assert!(!families.contains(&name), "{name} is declared twice");
            families.push(name);
        } else if !line.starts_with('#') {
            let name = line.split(['{', ' ']).next().unwrap();
            let family = families.last().unwrap();
            assert!(name.starts_with(family), "{name} stands below {family}");
            assert!(line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(), "{line}");
        }
    }
}
