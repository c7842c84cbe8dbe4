//! Model lists, in the shape of whoever asks.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{CONTENT_TYPE, USER_AGENT};
use lynkr_orchestrator::{ModelEntry, Warrant};
use lynkr_protocol::{ApiError, Dialect};
use lynkr_types::FaultKind;
use serde_json::{Value, json};

use crate::caller::speaks_anthropic;
use crate::context::Service;
use crate::error::error_response;
use crate::ingress;
use crate::observe::RequestId;

/// Lists give no date: models that nobody dated are shown at the epoch.
const NO_DATE: &str = "1970-01-01T00:00:00Z";

/// Whose form a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    OpenAi,
    Anthropic,
    /// Anthropic's, with names that Claude Code shows.
    ClaudeCode,
}

impl Form {
    fn of(headers: &HeaderMap) -> Self {
        let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("");
        if ["claude-code/", "claude-cli/"].iter().any(|own| agent.starts_with(own)) {
            Self::ClaudeCode
        } else if speaks_anthropic(headers) {
            Self::Anthropic
        } else {
            Self::OpenAi
        }
    }

    fn name_of(self, entry: &ModelEntry) -> &str {
        match &entry.shown {
            Some(shown) if self == Self::ClaudeCode => shown,
            Some(_) | None => &entry.id,
        }
    }
}

/// `GET /v1/models`
pub(crate) async fn list(State(service): State<Service>, request: Request) -> Response {
    let form = Form::of(request.headers());
    let entries = shown(&service, ingress::warrant(request.extensions())).await;
    if form == Form::OpenAi {
        let data: Vec<Value> = entries.iter().map(|entry| shape(entry, form)).collect();
        return json_response(&json!({"object": "list", "data": data}));
    }
    let (page, has_more) = page(&entries, form, request.uri().query().unwrap_or(""));
    let data: Vec<Value> = page.iter().map(|entry| shape(entry, form)).collect();
    let id = |entry: Option<&ModelEntry>| entry.map(|entry| form.name_of(entry).to_owned());
    json_response(&json!({
        "data": data, "has_more": has_more, "first_id": id(page.first()), "last_id": id(page.last())
    }))
}

/// The models that the caller may ask.
pub(crate) async fn shown(service: &Service, warrant: Arc<dyn Warrant>) -> Vec<ModelEntry> {
    let mut entries = service.gateway.list_models().await;
    entries.retain(|entry| warrant.shows(&entry.owned_by, &entry.id));
    entries
}

/// The part of a list that Anthropic's `limit`, `after_id` and `before_id` ask for, and whether there is more.
fn page<'a>(entries: &'a [ModelEntry], form: Form, query: &str) -> (&'a [ModelEntry], bool) {
    let asked = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    };
    let place = |id: &str| entries.iter().position(|entry| form.name_of(entry) == id);
    let start = asked("after_id").and_then(place).map_or(0, |place| place + 1);
    let end = asked("before_id").and_then(place).unwrap_or(entries.len());
    let part = entries.get(start..end).unwrap_or_default();
    let limit = asked("limit").and_then(|limit| limit.parse().ok()).unwrap_or(part.len());
    (part.get(..limit).unwrap_or(part), limit < part.len())
}

/// `GET /v1/models/{id}`
pub(crate) async fn one(
    State(service): State<Service>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let form = Form::of(request.headers());
    let entries = shown(&service, ingress::warrant(request.extensions())).await;
    if let Some(entry) = entries.iter().find(|entry| entry.id == id || entry.shown.as_ref() == Some(&id)) {
        return json_response(&shape(entry, form));
    }
    let dialect = if form == Form::OpenAi { Dialect::OpenAiChat } else { Dialect::Anthropic };
    let error = ApiError::new(FaultKind::NotFound, format!("model: `{id}` is not on the list"))
        .with_code("model_not_found")
        .with_param("model");
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    error_response(&error, dialect, &request_id)
}

fn shape(entry: &ModelEntry, form: Form) -> Value {
    match form {
        Form::OpenAi => json!({"id": entry.id, "object": "model", "created": 0, "owned_by": entry.owned_by}),
        Form::Anthropic => {
            json!({"type": "model", "id": entry.id, "display_name": entry.id, "created_at": NO_DATE, "lifecycle": "active"})
        }
        Form::ClaudeCode => json!({
            "type": "model", "id": form.name_of(entry), "display_name": entry.id, "created_at": NO_DATE, "lifecycle": "active",
            "description": format!("{} through Lynkr", entry.owned_by)
        }),
    }
}

pub(crate) fn json_response(body: &Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
