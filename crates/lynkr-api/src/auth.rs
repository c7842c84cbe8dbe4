//! The gateway's own keys. A request that shows one loses it here, so that it can't reach a provider.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderValue;
use lynkr_protocol::ApiError;
use lynkr_types::FaultKind;

use crate::caller::dialect_of;
use crate::context::Service;
use crate::error::error_response;
use crate::observe::RequestId;

/// The headers in which clients show keys.
const KEY_HEADERS: &[&str] = &["authorization", "x-api-key", "api-key", "x-goog-api-key"];

/// Which of the gateway's keys a request showed, put into its extensions: the key itself goes no further.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShownKey(pub(crate) usize);

/// Lets requests pass that show a key, where keys are set.
pub(crate) async fn authenticate(
    State(service): State<Service>,
    mut request: Request,
    next: Next,
) -> Response {
    let keys = &service.options.api_keys;
    if keys.is_empty() || is_open(request.uri().path()) {
        return next.run(request).await;
    }
    let mut known = None;
    for name in KEY_HEADERS {
        let shown = request.headers().get(*name).and_then(shown_key);
        let place =
            shown.and_then(|shown| keys.iter().position(|key| same(key.as_bytes(), shown.as_bytes())));
        if place.is_some() {
            known = place;
            request.headers_mut().remove(*name);
        }
    }
    if let Some(place) = known {
        request.extensions_mut().insert(ShownKey(place));
        return next.run(request).await;
    }
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let dialect = dialect_of(request.uri().path(), request.headers());
    let message = "this gateway wants one of its own keys, as a bearer token or in x-api-key";
    let error = ApiError::new(FaultKind::Authentication, message).with_code("invalid_api_key");
    let mut response = error_response(&error, dialect, &id);
    // The body wasn't read, so the connection ends with this answer, and the client has to be told: it would send its
    // next request into it.
    if request.version() < http::Version::HTTP_2 {
        response.headers_mut().insert(http::header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Health checks and connection warm-ups come without keys.
fn is_open(path: &str) -> bool {
    path == "/" || path == "/health" || path.starts_with("/health/")
}

fn shown_key(value: &HeaderValue) -> Option<&str> {
    let text = value.to_str().ok()?.trim();
    let bearer = text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("bearer ")).and(text.get(7..));
    Some(bearer.unwrap_or(text).trim())
}

/// Compares without telling by its time where the difference is.
fn same(key: &[u8], shown: &[u8]) -> bool {
    key.len() == shown.len() && key.iter().zip(shown).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}
