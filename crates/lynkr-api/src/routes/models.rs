//! Model lists, in the shape of whoever asks.

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use lynkr_orchestrator::ModelEntry;
use lynkr_protocol::{ApiError, Dialect};
use lynkr_types::FaultKind;
use serde_json::{Value, json};

use crate::caller::speaks_anthropic;
use crate::context::Service;
use crate::error::error_response;
use crate::observe::RequestId;

/// Lists give no date: models that nobody dated are shown at the epoch.
const NO_DATE: &str = "1970-01-01T00:00:00Z";

/// `GET /v1/models`
pub(crate) async fn list(State(service): State<Service>, request: Request) -> Response {
    let anthropic = speaks_anthropic(request.headers());
    let entries = service.gateway.list_models().await;
    let data: Vec<Value> = entries.iter().map(|entry| shape(entry, anthropic)).collect();
    let body = if anthropic {
        let id = |entry: Option<&ModelEntry>| entry.map(|entry| entry.id.clone());
        json!({"data": data, "has_more": false, "first_id": id(entries.first()), "last_id": id(entries.last())})
    } else {
        json!({"object": "list", "data": data})
    };
    json_response(&body)
}

/// `GET /v1/models/{id}`
pub(crate) async fn one(
    State(service): State<Service>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let anthropic = speaks_anthropic(request.headers());
    let entries = service.gateway.list_models().await;
    if let Some(entry) = entries.iter().find(|entry| entry.id == id) {
        return json_response(&shape(entry, anthropic));
    }
    let dialect = if anthropic { Dialect::Anthropic } else { Dialect::OpenAiChat };
    let error = ApiError::new(FaultKind::NotFound, format!("model: `{id}` is not on the list"))
        .with_code("model_not_found")
        .with_param("model");
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    error_response(&error, dialect, &request_id)
}

fn shape(entry: &ModelEntry, anthropic: bool) -> Value {
    if anthropic {
        json!({"type": "model", "id": entry.id, "display_name": entry.id, "created_at": NO_DATE})
    } else {
        json!({"id": entry.id, "object": "model", "created": 0, "owned_by": entry.owned_by})
    }
}

pub(crate) fn json_response(body: &Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
