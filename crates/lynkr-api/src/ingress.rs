//! From an HTTP request to an [`Ingress`].

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use http::request::Parts;
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use lynkr_orchestrator::{Gathered, Identity, Ingress, Unbound, Warrant, within};
use lynkr_protocol::{ApiError, Dialect};
use lynkr_types::{FaultKind, TraceContext};

use crate::auth::ShownKey;
use crate::context::Service;
use crate::govern::Caller;
use crate::observe::RequestId;
use crate::upload::Uploading;

/// Reads the body within the limit and takes over what the pipeline needs of the head.
pub(crate) async fn read(service: &Service, dialect: Dialect, request: Request) -> Result<Ingress, ApiError> {
    let (head, body) = request.into_parts();
    let limit = service.options.body_limit;
    let ingress = of_head(head, dialect, limit)?;
    let body = collect(Limited::new(body, limit), limit, service.options.client_timeout).await?;
    Ok(Ingress { body, ..ingress })
}

/// The whole body. Silence ends it: a client that left without a word would hold its memory for ever.
async fn collect(mut body: Limited<Body>, limit: usize, patience: Duration) -> Result<Bytes, ApiError> {
    let mut all = Gathered::of(&body.size_hint());
    // The end of what has its announced length comes late, if somebody waits for it.
    while !body.is_end_stream() {
        match within(patience, body.frame()).await {
            Ok(None) => break,
            // Trailers say nothing that is of use here.
            Ok(Some(Ok(frame))) => frame.into_data().into_iter().for_each(|data| all.push(data)),
            Ok(Some(Err(error))) if error.is::<LengthLimitError>() => return Err(too_large(limit)),
            Ok(Some(Err(error))) => {
                let message = format!("the body could not be read: {error}");
                return Err(ApiError::new(FaultKind::InvalidRequest, message));
            }
            Err(_) => return Err(stopped(patience)),
        }
    }
    Ok(all.into_bytes())
}

/// A client that is silent within its body.
pub(crate) fn stopped(patience: Duration) -> ApiError {
    let message = format!("the body stopped for {patience:?} (LYNKR_CLIENT_TIMEOUT_MS)");
    ApiError { status: 408, ..ApiError::new(FaultKind::InvalidRequest, message) }
}

/// The same without the body, which goes up as it comes and is cut off at the limit.
pub(crate) fn read_head(
    service: &Service,
    dialect: Dialect,
    request: Request,
) -> Result<(Ingress, Uploading), ApiError> {
    let (head, body) = request.into_parts();
    let limit = service.options.body_limit;
    let ingress = of_head(head, dialect, limit)?;
    Ok((ingress, Uploading::new(body, limit, service.options.client_timeout)))
}

fn of_head(mut head: Parts, dialect: Dialect, limit: usize) -> Result<Ingress, ApiError> {
    let announced = head.headers.get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > limit as u64) {
        return Err(too_large(limit));
    }
    let encoding = head.headers.get("content-encoding").and_then(|encoding| encoding.to_str().ok());
    if let Some(encoding) = encoding.filter(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        let message =
            format!("content-encoding: `{encoding}` bodies are not read here; send it uncompressed");
        return Err(ApiError::new(FaultKind::InvalidRequest, message).with_param("content-encoding"));
    }
    Ok(Ingress {
        dialect,
        body: Bytes::new(),
        headers: head.headers.into(),
        query: head.uri.query().map(str::to_owned),
        in_url: None,
        cloud: None,
        request_id: head.extensions.remove::<RequestId>().map(|id| id.0).unwrap_or_default(),
        gateway_key: gateway_key(&head.extensions),
        identity: identity(&head.extensions),
        trace: trace(&head.extensions),
        warrant: warrant(&head.extensions),
    })
}

/// Which of the gateway's keys the caller showed.
pub(crate) fn gateway_key(extensions: &http::Extensions) -> Option<usize> {
    extensions.get::<ShownKey>().map(|key| key.0)
}

/// Who asks, as far as a layer before found out.
pub(crate) fn identity(extensions: &http::Extensions) -> Arc<Identity> {
    extensions.get().cloned().unwrap_or_default()
}

/// The request's own span.
pub(crate) fn trace(extensions: &http::Extensions) -> Option<TraceContext> {
    extensions.get().copied()
}

/// What the caller may do.
pub(crate) fn warrant(extensions: &http::Extensions) -> Arc<dyn Warrant> {
    extensions.get::<Arc<Caller>>().map_or_else(
        || Arc::new(Unbound) as Arc<dyn Warrant>,
        |caller| Arc::clone(caller) as Arc<dyn Warrant>,
    )
}

pub(crate) fn too_large(limit: usize) -> ApiError {
    let message = format!("the body is larger than {limit} bytes (REQUEST_JSON_LIMIT)");
    ApiError::new(FaultKind::TooLarge, message)
}
