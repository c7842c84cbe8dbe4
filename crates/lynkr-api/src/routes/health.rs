//! Whether the process lives.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;

/// `GET /health`
pub(crate) async fn health() -> Response {
    ([(CONTENT_TYPE, "application/json")], r#"{"status":"ok"}"#).into_response()
}
