//! What operators do to a gateway that runs.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use lynkr_protocol::ollama::rfc3339;
use lynkr_protocol::{ApiError, Dialect};
use lynkr_store::{AuditEntry, AuditFilter, Timestamp};
use lynkr_types::FaultKind;
use serde_json::{Value, json};

use crate::context::Service;
use crate::error::error_response;
use crate::govern::Done;
use crate::ingress::identity;
use crate::observe::RequestId;
use crate::routes::models::json_response;

/// The most audit entries in one answer.
const MOST_ENTRIES: u32 = 1_000;
/// How long what waits to be written may take.
const FLUSH: Duration = Duration::from_secs(2);

/// `POST /v1/admin/reload`: reads the configuration anew. What is wrong with it is listed, and the old one stays.
pub(crate) async fn reload(State(service): State<Service>, request: Request) -> Response {
    let reloaded = service.reload.reload().await;
    service.record_reload(&actor(&request), &reloaded).await;
    match reloaded {
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
    let target = provider.unwrap_or("all");
    let detail = json!({"reset": reset});
    service.governor.audit(&actor(&request), "breakers.reset", target, Done::Ok, detail).await;
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

/// `GET /v1/admin/audit`: who did what, the newest first.
pub(crate) async fn audit(State(service): State<Service>, request: Request) -> Response {
    let Some(store) = &service.store else {
        let message = "nothing is kept here: the store couldn't be opened";
        return refused(&ApiError::new(FaultKind::Unavailable, message), &request);
    };
    let asked: BTreeMap<String, String> =
        form_urlencoded::parse(request.uri().query().unwrap_or("").as_bytes()).into_owned().collect();
    let text = |name: &str| asked.get(name).cloned();
    let time = |name: &str| asked.get(name).and_then(|time| time.parse().ok()).map(Timestamp::from_millis);
    let filter = AuditFilter {
        since: time("since"),
        until: time("until"),
        actor: text("actor"),
        action: text("action"),
        target: text("target"),
    };
    let limit = asked.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(100).clamp(1, MOST_ENTRIES);
    // What was done a moment ago is to be seen.
    store.writer().flush(FLUSH).await;
    match store.audit().find(&filter, limit).await {
        Ok(entries) => {
            let data: Vec<Value> = entries.iter().map(entry).collect();
            json_response(&json!({"object": "list", "data": data}))
        }
        Err(error) => {
            tracing::warn!(%error, "the audit log can't be read");
            let message = "the audit log can't be read for the moment";
            refused(&ApiError::new(FaultKind::Unavailable, message), &request)
        }
    }
}

fn entry(entry: &AuditEntry) -> Value {
    json!({
        "object": "audit_entry",
        "id": entry.id,
        "at": entry.at.as_millis(),
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "outcome": entry.outcome,
        "request_id": entry.request_id,
        "detail": entry.detail,
    })
}

/// Who asks, for the audit log: a key's id, or nobody's.
fn actor(request: &Request) -> String {
    identity(request.extensions()).key.clone().unwrap_or_else(|| "anonymous".to_owned())
}

fn refused(error: &ApiError, request: &Request) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    error_response(error, Dialect::OpenAiChat, &id)
}
