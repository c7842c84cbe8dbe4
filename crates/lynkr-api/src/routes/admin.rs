//! What operators do to a gateway that runs.

use axum::extract::{Request, State};
use axum::response::Response;
use lynkr_protocol::ollama::rfc3339;
use lynkr_protocol::{ApiError, Dialect};
use lynkr_types::FaultKind;
use serde_json::{Value, json};

use crate::context::Service;
use crate::error::error_response;
use crate::observe::RequestId;
use crate::routes::models::json_response;

/// `POST /v1/admin/reload`: reads the configuration anew. What is wrong with it is listed, and the old one stays.
pub(crate) async fn reload(State(service): State<Service>, request: Request) -> Response {
    match service.reload.reload().await {
        Ok(reloaded) => json_response(&json!({
            "object": "admin_reload",
            "status": "ok",
            "reloaded": reloaded.changed,
            "at_next_start": reloaded.at_next_start,
            "warnings": reloaded.warnings,
            "circuitBreakers": "reset",
            "timestamp": rfc3339(service.gateway.unix_seconds()),
        })),
        Err(problems) => {
            let message =
                format!("the configuration can't be used, the old one stays: {}", problems.join("; "));
            refused(&ApiError::new(FaultKind::InvalidRequest, message), &request)
        }
    }
}

/// `POST /v1/admin/circuit-breakers/reset`: all of them, or those of one provider.
pub(crate) async fn reset_breakers(State(service): State<Service>, request: Request) -> Response {
    let query = request.uri().query().unwrap_or("");
    let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "provider");
    let provider = match asked.as_ref().map(|(_, name)| (name, service.gateway.provider(name))) {
        Some((name, None)) => {
            let message = format!("provider: there is no provider `{name}`");
            return refused(&ApiError::new(FaultKind::NotFound, message), &request);
        }
        Some((_, Some(provider))) => Some(provider.name),
        None => None,
    };
    let reset = service.gateway.reset_breakers(provider);
    tracing::info!(provider = provider.unwrap_or("all"), reset, "circuit breakers were reset");
    let body: Value = json!({
        "object": "circuit_breakers_reset",
        "status": "ok",
        "provider": provider,
        "reset": reset,
        "timestamp": rfc3339(service.gateway.unix_seconds()),
    });
    json_response(&body)
}

fn refused(error: &ApiError, request: &Request) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    error_response(error, Dialect::OpenAiChat, &id)
}
