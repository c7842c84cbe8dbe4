//! What clients ask for beside answers.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;

use crate::VERSION;

/// `GET /` and `HEAD /`: clients warm their connection up with it.
pub(crate) async fn service() -> Response {
    let body = format!(r#"{{"service":"Lynkr","version":"{VERSION}","status":"running"}}"#);
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

/// `POST /api/event_logging/batch`: a client's own telemetry, which goes nowhere.
pub(crate) async fn event_logging() -> Response {
    ([(CONTENT_TYPE, "application/json")], r#"{"success":true}"#).into_response()
}
