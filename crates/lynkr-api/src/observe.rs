//! The outermost layer: request ids, the version header, and a guard that turns a panic into an answer.

use std::panic::AssertUnwindSafe;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use lynkr_protocol::{ApiError, Dialect};
use lynkr_telemetry::{HttpSample, REQUEST_TARGET};
use lynkr_types::FaultKind;

use crate::VERSION;
use crate::caller::dialect_of;
use crate::context::Service;
use crate::error::{Unlogged, error_response};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, put into its extensions.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// Wraps every route.
pub(crate) async fn observe(State(service): State<Service>, mut request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let dialect = dialect_of(request.uri().path(), request.headers());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let route = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(RequestId(id.clone()));
    let began = std::time::Instant::now();
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = answered.unwrap_or_else(|_| {
        tracing::error!(request_id = %id, %path, "a request panicked");
        error_response(
            &ApiError::new(FaultKind::Internal, "the gateway failed; its log says where"),
            dialect,
            &id,
        )
    });
    let status = response.status().as_u16();
    let duration = began.elapsed();
    let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    // What is asked for without being served is one number: paths are the caller's to make up.
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    service.metrics.http(&HttpSample { method: known(&method), route, status, duration });
    if let Some(Unlogged(error)) = response.extensions().get() {
        tracing::info!(target: REQUEST_TARGET, request_id = %id, %method, %path, status, duration_ms, %error, "refused");
    } else {
        tracing::debug!(target: REQUEST_TARGET, request_id = %id, %method, %path, status, duration_ms, "handled");
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        // Anthropic's SDKs read this one; where the provider gave one, it stays.
        if dialect == Dialect::Anthropic {
            headers.entry("request-id").or_insert_with(|| value.clone());
        }
        headers.insert(REQUEST_ID, value);
    }
    headers.insert("x-lynkr-version", HeaderValue::from_static(VERSION));
    response
}

/// The method, unless it is one that nobody has heard of: those are the caller's to make up.
fn known(method: &Method) -> &str {
    let methods = [Method::GET, Method::POST, Method::DELETE, Method::HEAD, Method::OPTIONS, Method::PUT];
    if methods.contains(method) { method.as_str() } else { "other" }
}

/// The client's id where it is short and printable, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let sent = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).map(str::trim);
    match sent {
        Some(id) if !id.is_empty() && id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_graphic()) => {
            id.to_owned()
        }
        _ => format!("req_{}", uuid::Uuid::new_v4().simple()),
    }
}
