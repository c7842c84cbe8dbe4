//! Whether the process lives, and whether it may be sent requests.

use std::time::{Duration, Instant};

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use lynkr_orchestrator::Reached;
use lynkr_protocol::ollama::rfc3339;
use serde_json::{Map, Value, json};

use crate::context::Service;
use crate::overload::Memory;

/// The share of its memory past which the process wants no more requests.
const MOST_MEMORY: f64 = 0.90;

/// How long the store may take to say that it is there.
const STORE: Duration = Duration::from_secs(2);

/// `GET /health/live`: that something answers is the answer.
pub(crate) async fn live(State(service): State<Service>) -> Response {
    let body = json!({
        "status": "alive", "timestamp": rfc3339(service.gateway.unix_seconds()), "uptime": service.load.uptime().as_secs_f64(),
    });
    answer(StatusCode::OK, &body)
}

/// `GET /health/ready[?deep]`: 503 while shutting down and while something that requests need is missing.
pub(crate) async fn ready(State(service): State<Service>, RawQuery(query): RawQuery) -> Response {
    let timestamp = rfc3339(service.gateway.unix_seconds());
    if service.load.is_draining() {
        let body = json!({"status": "not_ready", "reason": "shutting_down", "timestamp": timestamp});
        return answer(StatusCode::SERVICE_UNAVAILABLE, &body);
    }
    let (mut healthy, memory) = memory(service.load.memory());
    let mut checks = Map::new();
    checks.insert("memory".to_owned(), memory);
    if let Some((fine, check)) = database(&service).await {
        healthy &= fine || !service.options.needs_store;
        checks.insert("database".to_owned(), check);
    }
    if is_deep(query.as_deref().unwrap_or_default()) {
        let reached = service.gateway.reached().await;
        // The first is the active one. Requests that name another may fail where that one is away; all others are served.
        if let Some(active) = reached.first() {
            healthy &= active.is_healthy();
            let mut check = provider(active);
            check["name"] = active.name.into();
            checks.insert("provider".to_owned(), check);
        }
        let all: Map<String, Value> =
            reached.iter().map(|own| (own.name.to_owned(), provider(own))).collect();
        checks.insert("providers".to_owned(), all.into());
    }
    let (status, word) =
        if healthy { (StatusCode::OK, "healthy") } else { (StatusCode::SERVICE_UNAVAILABLE, "not_ready") };
    answer(status, &json!({"status": word, "timestamp": timestamp, "checks": checks}))
}

fn is_deep(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes())
        .any(|(name, value)| name == "deep" && value != "false" && value != "0")
}

/// The store, asked for an answer. What is wrong with it stays in the log: this page is open to everybody.
async fn database(service: &Service) -> Option<(bool, Value)> {
    let store = service.store.as_ref()?;
    let began = Instant::now();
    let healthy = match tokio::time::timeout(STORE, store.ping()).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the store doesn't answer");
            false
        }
        Err(_) => {
            tracing::warn!("the store doesn't answer in time");
            false
        }
    };
    Some((healthy, json!({"healthy": healthy, "latency": milliseconds(began.elapsed())})))
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// A provider, by whether its server answers and by what its breaker knows: asking a model would cost money.
fn provider(reached: &Reached) -> Value {
    json!({
        "healthy": reached.is_healthy(), "reachable": reached.reachable, "circuit": reached.circuit.name(),
        "latency": milliseconds(reached.took),
    })
}

/// The memory check. What the system doesn't say is null and no reason to fail.
fn memory(memory: Memory) -> (bool, Value) {
    let percent = |share: Option<f64>| share.map(|share| (share * 1_000.0).round() / 10.0);
    let fits = |share: Option<f64>| share.is_none_or(|share| share < MOST_MEMORY);
    let healthy = fits(memory.resident_share()) && fits(memory.private_share());
    let check = json!({
        "healthy": healthy,
        "heapUsedPercent": percent(memory.private_share()),
        "totalUsedPercent": percent(memory.resident_share()),
    });
    (healthy, check)
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
