//! The one place where an answer becomes HTTP.

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use lynkr_orchestrator::{Answer, AnswerBody};

use crate::headers::{add_all, add_receipt};

/// Tells nginx not to collect an answer.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// An answer of the pipeline.
pub(crate) fn answer_response(answer: Answer) -> Response {
    let streams = matches!(answer.body, AnswerBody::Stream(_) | AnswerBody::Agent(_));
    let body = match answer.body {
        AnswerBody::Whole(bytes) => Body::from(bytes),
        AnswerBody::Stream(relay) => Body::new(*relay),
        AnswerBody::Agent(run) => Body::new(*run),
        AnswerBody::Passing(passing) => Body::new(*passing),
    };
    // A map that grows is made anew, and one that is too large stays with its connection: room for what comes is
    // taken once. Three headers are added around this: two ids and the version.
    let count =
        answer.headers.len() + 3 + usize::from(!answer.content_type.is_empty()) + if streams { 2 } else { 0 };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    *response.headers_mut() = HeaderMap::with_capacity(count + usize::from(!answer.receipt.is_empty()));
    if let Ok(kind) = HeaderValue::from_str(&answer.content_type)
        && !kind.is_empty()
    {
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    add_all(&mut response, answer.headers);
    if streams {
        // Proxies on the way must neither collect nor keep a stream.
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response.headers_mut().insert(ACCEL_BUFFERING, HeaderValue::from_static("no"));
    }
    add_receipt(&mut response, &answer.receipt);
    response
}
