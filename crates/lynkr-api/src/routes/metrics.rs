//! The numbers: for people, for the older product's dashboards, and for Prometheus.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use lynkr_orchestrator::{BreakerReport, BreakerState};
use lynkr_protocol::ollama::rfc3339;
use lynkr_store::{Store, WriterStats};
use lynkr_telemetry::{Breaker, Gauges, Snapshot, WriterFigures, process};
use serde_json::{Map, Value, json};

use crate::VERSION;
use crate::context::Service;
use crate::routes::models::json_response;

/// The content type of Prometheus text.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /metrics`
pub(crate) async fn totals(State(service): State<Service>) -> Response {
    let snapshot = service.metrics.snapshot();
    json_response(&json!({
        "requestsTotal": snapshot.http_requests,
        "responses": {"success": snapshot.http_requests - snapshot.http_errors, "error": snapshot.http_errors},
        "streamingSessions": service.load.streams(),
        "timestamp": rfc3339(service.gateway.unix_seconds()),
    }))
}

/// `GET /metrics/observability`: the specification's nested keys, and the older product's flat ones.
pub(crate) async fn observability(State(service): State<Service>) -> Response {
    let snapshot = service.metrics.snapshot();
    let mut body = nested(&snapshot);
    body.extend(flat(&snapshot));
    body.insert("store".to_owned(), service.store.as_ref().map_or(Value::Null, store));
    body.insert("timestamp".to_owned(), rfc3339(service.gateway.unix_seconds()).into());
    json_response(&body.into())
}

/// How the store's writer fares.
fn store(store: &Store) -> Value {
    let figures = writer(store);
    let by = |pick: fn(&(&'static str, u64, u64)) -> u64| -> Value {
        Value::Object(figures.kinds.iter().map(|kind| (kind.0.to_owned(), pick(kind).into())).collect())
    };
    json!({
        "kind": store.kind(), "queued": figures.queued, "queued_bytes": figures.queued_bytes,
        "failures": figures.failures, "written": by(|kind| kind.1), "dropped": by(|kind| kind.2),
    })
}

fn writer(store: &Store) -> WriterFigures {
    let WriterStats { queued, queued_bytes, written, dropped, failures, .. } = store.writer().stats();
    WriterFigures {
        queued: queued as u64,
        queued_bytes: queued_bytes as u64,
        failures,
        kinds: vec![
            ("usage", written.usage, dropped.usage),
            ("turns", written.turns, dropped.turns),
            ("telemetry", written.telemetry, dropped.telemetry),
            ("audit", written.audit, dropped.audit),
            ("settlements", written.settlements, dropped.settlements),
            ("key_uses", written.key_uses, dropped.key_uses),
            ("session_pins", written.pins, dropped.pins),
        ],
    }
}

fn nested(snapshot: &Snapshot) -> Map<String, Value> {
    let latency = &snapshot.latency;
    let databricks = snapshot.providers.get("databricks").copied().unwrap_or_default();
    object(json!({
        "requests": {
            "total": snapshot.http_requests,
            "errors": snapshot.http_errors,
            "errorRate": share(snapshot.http_errors, snapshot.http_requests),
        },
        "latency": {"p50": latency.p50, "p95": latency.p95, "p99": latency.p99, "count": latency.count},
        "tokens": {
            "input": snapshot.input_tokens,
            "output": snapshot.output_tokens,
            "cached": snapshot.cached_tokens,
            "total": snapshot.input_tokens + snapshot.output_tokens,
        },
        "cost": {"total": dollars(snapshot.cost_nanos), "currency": "USD"},
        "databricks": {
            "requests": databricks.requests,
            "successes": databricks.successes,
            "failures": databricks.failures,
            "successRate": share(databricks.successes, databricks.requests),
            "retries": databricks.retries,
        },
    }))
}

fn flat(snapshot: &Snapshot) -> Map<String, Value> {
    let latency = &snapshot.latency;
    let databricks = snapshot.providers.get("databricks").copied().unwrap_or_default();
    let by = |pick: fn(&lynkr_telemetry::ProviderCounts) -> u64| -> Value {
        let counts = snapshot.providers.iter().map(|(name, counts)| (name.clone(), pick(counts).into()));
        Value::Object(counts.collect())
    };
    let process = process();
    object(json!({
        "requests_total": snapshot.http_requests,
        "requests_errors_total": snapshot.http_errors,
        "requests_per_second": per_second(snapshot.http_requests, snapshot.uptime_seconds),
        "latency_ms": {
            "min": latency.min, "max": latency.max, "mean": latency.mean, "median": latency.p50,
            "p95": latency.p95, "p99": latency.p99,
        },
        "tokens_input_total": snapshot.input_tokens,
        "tokens_output_total": snapshot.output_tokens,
        "tokens_total": snapshot.input_tokens + snapshot.output_tokens,
        "cost_usd_total": dollars(snapshot.cost_nanos),
        "budget_blocks_total": snapshot.over_budget,
        "rate_limit_blocks_total": snapshot.rate_limited,
        "panics_total": lynkr_telemetry::panics(),
        "databricks_requests_total": databricks.requests,
        "databricks_errors_total": databricks.failures,
        "databricks_retries_total": databricks.retries,
        "status_codes": snapshot.statuses,
        "endpoints": snapshot.endpoints,
        "uptime_seconds": snapshot.uptime_seconds,
        "memory_usage": {"rss": process.resident_bytes, "heapUsed": process.private_bytes},
        "cpu_usage": {"seconds": process.cpu_seconds},
        "routing": {
            "by_provider": by(|counts| counts.requests),
            "successes_by_provider": by(|counts| counts.successes),
            "failures_by_provider": by(|counts| counts.failures),
        },
    }))
}

/// `GET /metrics/prometheus`
pub(crate) async fn prometheus(State(service): State<Service>) -> Response {
    let text = service.metrics.prometheus(&gauges(&service));
    ([(CONTENT_TYPE, EXPOSITION)], text).into_response()
}

/// The numbers that a service keeps besides its metrics, as they are now.
pub fn gauges(service: &Service) -> Gauges {
    let breakers = service.gateway.breaker_reports().into_iter().map(|report| Breaker {
        name: report.name,
        state: match report.state {
            BreakerState::Closed => lynkr_telemetry::BreakerState::Closed,
            BreakerState::HalfOpen => lynkr_telemetry::BreakerState::HalfOpen,
            BreakerState::Open => lynkr_telemetry::BreakerState::Open,
        },
    });
    Gauges {
        active: service.load.active(),
        streams: service.load.streams(),
        shed: service.load.shed(),
        breakers: breakers.collect(),
        writer: service.store.as_ref().map(writer),
        version: VERSION,
    }
}

/// `GET /metrics/circuit-breakers`: an object by name.
pub(crate) async fn breakers(State(service): State<Service>) -> Response {
    let now = service.gateway.unix_seconds();
    let reports = service.gateway.breaker_reports();
    let all: Map<String, Value> =
        reports.iter().map(|report| (report.name.clone(), breaker(report, now))).collect();
    json_response(&all.into())
}

fn breaker(report: &BreakerReport, now: u64) -> Value {
    let ago = |ago: Option<std::time::Duration>| ago.map(|ago| rfc3339(now.saturating_sub(ago.as_secs())));
    json!({
        "state": report.state.name(),
        "failureCount": report.failures,
        "successCount": report.successes,
        "lastFailure": ago(report.last_failure),
        "nextAttempt": report.next_try.map(|wait| rfc3339(now + wait.as_secs())),
        "lastStateChange": ago(report.last_change),
        "stats": {
            "totalRequests": report.passed,
            "totalFailures": report.failed,
            "totalRejected": report.refused,
        },
    })
}

/// `GET /metrics/load-shedding`
pub(crate) async fn load_shedding(State(service): State<Service>) -> Response {
    let (load, limits) = (&service.load, service.load.limits());
    let memory = load.memory();
    json_response(&json!({
        "activeRequests": load.active(),
        "activeStreams": load.streams(),
        "totalShed": load.shed(),
        "draining": load.is_draining(),
        "memory": {
            "residentBytes": memory.resident, "privateBytes": memory.private, "limitBytes": memory.limit,
            "residentShare": memory.resident_share(), "privateShare": memory.private_share(),
        },
        "thresholds": {
            "memoryThreshold": finite(limits.memory),
            "heapThreshold": finite(limits.heap),
            "activeRequestsThreshold": (limits.active < u64::MAX).then_some(limits.active),
        },
    }))
}

/// A limit that doesn't act is null.
fn finite(limit: f64) -> Option<f64> {
    limit.is_finite().then_some(limit)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// A share of nothing is null, not zero.
#[expect(clippy::cast_precision_loss, reason = "a share for people")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn per_second(count: u64, seconds: f64) -> Option<f64> {
    (seconds > 0.0).then(|| count as f64 / seconds)
}

#[expect(clippy::cast_precision_loss, reason = "a sum for people")]
fn dollars(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}
