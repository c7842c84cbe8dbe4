//! Whether the process lives, and how its providers fare.

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use lynkr_orchestrator::{BreakerState, Figures, Gateway, HEALTH_WINDOW, ProviderHealth, Status};
use lynkr_protocol::ollama::rfc3339;
use serde_json::{Map, Value, json};

use crate::VERSION;
use crate::context::Service;
use crate::routes::models::json_response;
use crate::routes::providers::{active, unknown_provider};

/// `GET /health`
pub(crate) async fn health() -> Response {
    ([(CONTENT_TYPE, "application/json")], r#"{"status":"ok"}"#).into_response()
}

/// `GET /v1/health`
pub(crate) async fn gateway(State(service): State<Service>) -> Response {
    let gateway = &service.gateway;
    let provider = active(gateway);
    let health = gateway.provider_health(&provider);
    json_response(&json!({
        "status": "ok",
        "version": VERSION,
        "provider": provider,
        "provider_status": health.and_then(|health| status(&health.total)),
        "anthropic_compatible": true,
        "openai_compatible": true,
        "cursor_compatible": true,
        "timestamp": rfc3339(gateway.unix_seconds()),
    }))
}

/// `GET /v1/health/providers`
pub(crate) async fn providers(State(service): State<Service>) -> Response {
    let gateway = &service.gateway;
    let providers: Vec<Value> =
        gateway.provider_healths().iter().map(|health| of(gateway, health).into()).collect();
    json_response(&json!({
        "object": "health_summary",
        "window_seconds": HEALTH_WINDOW.as_secs(),
        "providers": providers,
        "timestamp": rfc3339(gateway.unix_seconds()),
    }))
}

/// `GET /v1/health/providers/{name}`
pub(crate) async fn provider(
    State(service): State<Service>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let gateway = &service.gateway;
    let Some(health) = gateway.provider_health(&name) else {
        return unknown_provider(gateway, &name, &request);
    };
    let mut body = of(gateway, &health);
    body.insert("object".to_owned(), "provider_health".into());
    body.insert("window_seconds".to_owned(), HEALTH_WINDOW.as_secs().into());
    body.insert("timestamp".to_owned(), rfc3339(gateway.unix_seconds()).into());
    json_response(&body.into())
}

/// A provider's figures, with those of its models.
fn of(gateway: &Gateway, health: &ProviderHealth) -> Map<String, Value> {
    let mut body = shape(health.name, &health.total, gateway.breaker_state(health.name));
    let models = health.models.iter().map(|(model, figures)| {
        let state = gateway.breaker_state(&format!("{}:{model}", health.name));
        Value::Object(shape(model, figures, state))
    });
    body.insert("models".to_owned(), models.collect());
    body
}

/// Figures as they are shown: what isn't known is null.
fn shape(name: &str, figures: &Figures, breaker: BreakerState) -> Map<String, Value> {
    let milliseconds = |latency: Option<std::time::Duration>| {
        latency.map(|latency| u64::try_from(latency.as_millis()).unwrap_or(u64::MAX))
    };
    let shape = json!({
        "name": name,
        "status": status(figures),
        "success_rate": figures.success_rate(),
        "latency_p50_ms": milliseconds(figures.latency_p50),
        "latency_p95_ms": milliseconds(figures.latency_p95),
        "in_flight": figures.in_flight,
        "circuit_state": breaker.name(),
        "total_requests": figures.requests,
        "successes": figures.successes,
        "throttled": figures.throttled,
        "abandoned": figures.abandoned,
        "failures": {
            "upstream": figures.upstream_failures,
            "client": figures.client_failures,
            "gateway": figures.gateway_failures,
        },
        "last_success": figures.last_success.map(rfc3339),
        "last_failure": figures.last_failure.map(rfc3339),
    });
    if let Value::Object(shape) = shape { shape } else { Map::new() }
}

/// A verdict's name.
pub(super) fn status(figures: &Figures) -> Option<&'static str> {
    figures.status().map(|status| match status {
        Status::Healthy => "healthy",
        Status::Degraded => "degraded",
        Status::Unhealthy => "unhealthy",
    })
}
