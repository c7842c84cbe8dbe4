//! What the store has of a session, and what is said when it can't be asked.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use lynkr_report::Totals;
use lynkr_store::{Session, SessionKey, Store, StoreError, Turn, UsageTotals};
use serde_json::{Value, json};

use crate::context::Service;
use crate::ingress::identity;
use crate::routes::models::json_response;

/// So many turns are shown, the newest ones.
const TURNS: u32 = 50;

/// `GET /debug/session`: the caller's session that `x-session-id` names.
pub(crate) async fn session(State(service): State<Service>, request: Request) -> Response {
    let named = request.headers().get("x-session-id").and_then(|id| id.to_str().ok()).map(str::trim);
    let Some(id) = named.filter(|id| !id.is_empty()) else {
        return refused(StatusCode::BAD_REQUEST, "missing_session_id", "x-session-id names no session");
    };
    let owner = identity(request.extensions()).key.clone().unwrap_or_default();
    let key = SessionKey { owner, id: id.to_owned() };
    let Some(store) = &service.store else { return no_such_session() };
    match shown(store, &key).await {
        Ok(Some(body)) => json_response(&body),
        Ok(None) => no_such_session(),
        Err(error) => unavailable(&error),
    }
}

fn no_such_session() -> Response {
    refused(StatusCode::NOT_FOUND, "session_not_found", "no session of that id is kept")
}

async fn shown(store: &Store, key: &SessionKey) -> Result<Option<Value>, StoreError> {
    let Some(session) = store.sessions().find(key).await? else { return Ok(None) };
    let Session { created_at, updated_at, client, provider, model, .. } = session;
    let (turns, usage) = (store.sessions().transcript(key, TURNS).await?, store.sessions().usage(key).await?);
    Ok(Some(json!({"session": {
        "id": key.id, "createdAt": created_at.as_millis(), "updatedAt": updated_at.as_millis(),
        "client": client, "provider": provider, "model": model,
        "usage": {
            "requests": usage.requests, "inputTokens": usage.input_tokens, "outputTokens": usage.output_tokens,
        },
        "history": turns.iter().map(entry).collect::<Vec<Value>>(),
    }})))
}

fn entry(turn: &Turn) -> Value {
    json!({
        "role": turn.role, "type": turn.kind, "status": turn.status, "content": turn.content,
        "metadata": turn.metadata, "timestamp": turn.at.as_millis(), "requestId": turn.request_id,
        "provider": turn.provider, "model": turn.model,
    })
}

pub(super) fn refused(status: StatusCode, error: &str, message: &str) -> Response {
    let body = json!({"error": error, "message": message});
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

pub(super) fn unavailable(error: &StoreError) -> Response {
    tracing::warn!(%error, "the store doesn't answer");
    refused(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", "the store can't be asked just now")
}

/// What those requests cost whose price is known; null where none's is.
#[expect(clippy::cast_precision_loss, reason = "a figure for people; the records have it exactly")]
pub(super) fn cost_usd(totals: &UsageTotals) -> Option<f64> {
    (totals.unpriced < totals.requests || totals.requests == 0).then(|| totals.cost_nanos as f64 / 1e9)
}

/// Totals in the older form.
pub(super) fn old_totals(totals: &Totals, model: &str) -> Value {
    json!({
        "model": (!model.is_empty()).then_some(model),
        "requests": totals.requests, "errors": totals.errors,
        "input_tokens": totals.input_tokens, "output_tokens": totals.output_tokens,
        "cache_read_tokens": totals.cache_read_tokens, "cache_write_tokens": totals.cache_write_tokens,
        "reasoning_tokens": totals.reasoning_tokens,
        "cost_usd": totals.actual_cost(), "unpriced": totals.unpriced,
    })
}
