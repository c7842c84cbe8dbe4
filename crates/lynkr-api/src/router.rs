//! The table of routes.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get, post};
use lynkr_protocol::ApiError;
use lynkr_types::FaultKind;

use crate::auth::authenticate;
use crate::caller::dialect_of;
use crate::context::Service;
use crate::error::error_response;
use crate::observe::{RequestId, observe};
use crate::origin::check_origin;
use crate::routes::{gemini, generate, health, models, ollama, root, websocket};

/// Every route of the gateway.
pub fn router(service: Service) -> Router {
    Router::new()
        .route("/", get(root::service))
        .route("/health", get(health::health))
        .route("/health/live", get(health::health))
        .route("/v1/messages", post(generate::messages))
        .route("/v1/messages/count_tokens", post(generate::count_tokens))
        .route("/v1/chat/completions", post(generate::chat))
        .route("/v1/responses", post(generate::responses).get(websocket::upgrade))
        .route("/v1/models", get(models::list))
        // Names hold slashes (`openai/gpt-4o-mini`).
        .route("/v1/models/{*id}", get(models::one))
        // What clients that are set to Azure's versionless API append to a base URL.
        .route("/openai/v1/chat/completions", post(generate::chat))
        .route("/openai/v1/responses", post(generate::responses).get(websocket::upgrade))
        .route("/openai/v1/models", get(models::list))
        .route("/api/event_logging/batch", any(root::event_logging))
        // Gemini CLI's two forms: by key, and Vertex's.
        .route("/v1beta/models", get(gemini::list))
        .route("/v1beta/models/{*call}", post(gemini::call))
        .route("/v1beta1/publishers/google/models/{*call}", post(gemini::call))
        .route("/api/chat", post(generate::ollama))
        .route("/api/tags", get(ollama::tags))
        .route("/api/version", get(ollama::version))
        .route("/api/show", post(ollama::show))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        // Foreign pages and missing keys before anything is read; the id and the panic guard around everything.
        .layer(from_fn_with_state(service.clone(), authenticate))
        .layer(from_fn_with_state(service.clone(), check_origin))
        .layer(from_fn(observe))
        .with_state(service)
}

fn id_of(request: &Request) -> String {
    request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

async fn unknown(request: Request) -> Response {
    let dialect = dialect_of(request.uri().path(), request.headers());
    let message = format!("there is no {} {} here", request.method(), request.uri().path());
    error_response(&ApiError::new(FaultKind::NotFound, message), dialect, &id_of(&request))
}

async fn wrong_method(request: Request) -> Response {
    let dialect = dialect_of(request.uri().path(), request.headers());
    let message = format!("{} is not served with {}", request.uri().path(), request.method());
    let mut error = ApiError::new(FaultKind::InvalidRequest, message);
    error.status = 405;
    error_response(&error, dialect, &id_of(&request))
}
