//! Whether the process lives, and whether it may be sent requests.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use lynkr_protocol::ollama::rfc3339;
use serde_json::{Map, Value, json};

use crate::context::Service;
use crate::overload::Memory;

/// The share of its memory past which the process wants no more requests.
const MOST_MEMORY: f64 = 0.90;

/// `GET /health/live`: that something answers is the answer.
pub(crate) async fn live(State(service): State<Service>) -> Response {
    let body = json!({
        "status": "alive", "timestamp": rfc3339(service.gateway.unix_seconds()), "uptime": service.load.uptime().as_secs_f64(),
    });
    answer(StatusCode::OK, &body)
}

/// `GET /health/ready`: 503 while shutting down and while something that requests need is missing.
pub(crate) async fn ready(State(service): State<Service>) -> Response {
    let timestamp = rfc3339(service.gateway.unix_seconds());
    if service.load.is_draining() {
        let body = json!({"status": "not_ready", "reason": "shutting_down", "timestamp": timestamp});
        return answer(StatusCode::SERVICE_UNAVAILABLE, &body);
    }
    let (healthy, memory) = memory(service.load.memory());
    let mut checks = Map::new();
    checks.insert("memory".to_owned(), memory);
    let (status, word) =
        if healthy { (StatusCode::OK, "healthy") } else { (StatusCode::SERVICE_UNAVAILABLE, "not_ready") };
    answer(status, &json!({"status": word, "timestamp": timestamp, "checks": checks}))
}

/// The memory check. What the system doesn't say is null and no reason to fail.
fn memory(memory: Memory) -> (bool, Value) {
    let percent = |share: Option<f64>| share.map(|share| (share * 1_000.0).round() / 10.0);
    let fits = |share: Option<f64>| share.is_none_or(|share| share < MOST_MEMORY);
    let healthy = fits(memory.resident_share()) && fits(memory.allocated_share());
    let check = json!({
        "healthy": healthy,
        "heapUsedPercent": percent(memory.allocated_share()),
        "totalUsedPercent": percent(memory.resident_share()),
    });
    (healthy, check)
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
