//! The gateway's description of itself.

use std::sync::OnceLock;

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;

use crate::openapi::openapi_json;

/// `GET /openapi.json`
pub(crate) async fn openapi() -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(openapi_json).as_str();
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}
