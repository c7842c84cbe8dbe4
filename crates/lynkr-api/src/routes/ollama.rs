//! What Ollama's clients ask for beside answers.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use lynkr_protocol::ollama::{self, Model};
use lynkr_protocol::{ApiError, Dialect};
use lynkr_types::FaultKind;

use crate::VERSION;
use crate::context::Service;
use crate::error::error_response;
use crate::ingress;
use crate::observe::RequestId;
use crate::routes::models::shown;

/// What is known of a model that a provider of any kind serves: that tools, pictures and reasoning are taken,
/// and translated or refused by the pipeline where the provider doesn't.
fn model(name: &str) -> Model {
    Model { name: name.to_owned(), modified: 0, context_length: 0, tools: true, vision: true, thinking: true }
}

fn json(body: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

/// `GET /api/version`
pub(crate) async fn version() -> Response {
    json(ollama::version(VERSION))
}

/// `GET /api/tags`
pub(crate) async fn tags(State(service): State<Service>, request: Request) -> Response {
    let models: Vec<Model> = shown(&service, ingress::warrant(request.extensions()))
        .await
        .into_iter()
        .map(|entry| model(&entry.id))
        .collect();
    json(ollama::tags(&models))
}

/// `POST /api/show`
pub(crate) async fn show(State(service): State<Service>, request: Request) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let ingress = match ingress::read(&service, Dialect::Ollama, request).await {
        Ok(ingress) => ingress,
        Err(error) => return error_response(&error, Dialect::Ollama, &id),
    };
    // Older clients send `name`, newer ones `model`; any name is served, so any name can be shown.
    let body: Option<serde_json::Value> = serde_json::from_slice(&ingress.body).ok();
    let name = body.as_ref().and_then(|body| body.get("model").or_else(|| body.get("name"))?.as_str());
    if let Some(name) = name {
        return json(ollama::show(&model(name)));
    }
    let error = ApiError::new(FaultKind::InvalidRequest, "model: is required").with_param("model");
    error_response(&error, Dialect::Ollama, &id)
}
