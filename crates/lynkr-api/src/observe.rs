//! What stands around every route: request ids, the version header, a guard that turns a panic into an answer, and within it
//! who may ask at all. One layer, since each layer is copied for every request with all that it holds.

use std::panic::AssertUnwindSafe;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use lynkr_protocol::{ApiError, Dialect};
use lynkr_store::record_id;
use lynkr_telemetry::{HttpSample, REQUEST_TARGET, ServerRequest, ServerSpan};
use lynkr_types::FaultKind;

use crate::VERSION;
use crate::auth::authenticate;
use crate::caller::dialect_of;
use crate::compress::Accepted;
use crate::context::Service;
use crate::error::{Unlogged, error_response};
use crate::host::check_host;
use crate::kept::kept_with;
use crate::origin::check_origin;
use crate::overload::{admit, is_exempt};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, put into its extensions.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// How the connection of a request is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scheme(pub(crate) &'static str);

impl Scheme {
    pub(crate) const HTTP: Self = Self("http");
    pub(crate) const HTTPS: Self = Self("https");

    /// As the server put it into the request's extensions.
    pub(crate) fn of(extensions: &http::Extensions) -> Self {
        extensions.get().copied().unwrap_or(Self::HTTP)
    }
}

/// What clients are told of a panic: the rest is for the log.
pub(crate) fn defect() -> ApiError {
    ApiError::new(FaultKind::Internal, "the gateway failed; its log says where")
}

/// Wraps every route.
pub(crate) async fn observe(State(service): State<Service>, mut request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let accepted = Accepted::by(request.headers());
    let dialect = dialect_of(request.uri().path(), request.headers());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let Scheme(scheme) = Scheme::of(request.extensions());
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut span = span(&service, &mut request, &id, route.as_ref());
    let began = std::time::Instant::now();
    let answered = AssertUnwindSafe(guarded(&service, request, next)).catch_unwind().await;
    let mut response = answered.unwrap_or_else(|_| {
        tracing::error!(request_id = %id, %path, "a request panicked");
        error_response(&defect(), dialect, &id)
    });
    let status = response.status().as_u16();
    let duration = began.elapsed();
    let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    // What is asked for without being served is one number: paths are the caller's to make up.
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let sample = HttpSample { method: known(&method), route, scheme, status, duration };
    service.metrics.http(&sample);
    if let Some(otel) = &service.otel {
        otel.http(&sample);
    }
    if let Some(span) = &mut span {
        span.answered(status);
    }
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
    let response = match span {
        // An upgraded connection lives on beyond its answer, which has no body.
        Some(span) if response.status() != StatusCode::SWITCHING_PROTOCOLS => kept_with(response, span),
        _ => response,
    };
    accepted.compress(response).await
}

/// Foreign names, foreign pages and missing keys before anything is read; then whether there is room.
async fn guarded(service: &Service, request: Request, next: Next) -> Response {
    let refused = check_host(service, &request).or_else(|| check_origin(service, &request));
    if let Some(refusal) = refused {
        return refusal;
    }
    match authenticate(service, request).await {
        Ok(request) => admit(service, request, next).await,
        Err(refusal) => refusal,
    }
}

/// The request's span, for those who make others below it. Probes and scrapers come often and tell nothing.
fn span(
    service: &Service,
    request: &mut Request,
    id: &str,
    route: Option<&MatchedPath>,
) -> Option<ServerSpan> {
    let otel = service.otel.as_ref()?;
    if is_exempt(request.uri().path()) {
        return None;
    }
    let span = otel.request(&ServerRequest {
        method: known(request.method()),
        route: route.map(MatchedPath::as_str),
        path: request.uri().path(),
        scheme: Scheme::of(request.extensions()).0,
        request_id: id,
        headers: request.headers(),
    })?;
    request.extensions_mut().insert(span.context());
    Some(span)
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
        // In the order of time: the store's index of them grows at its end.
        _ => "req_".to_owned() + &record_id(),
    }
}
