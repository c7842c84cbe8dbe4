//! The one place where an answer becomes HTTP.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode};
use lynkr_orchestrator::{Answer, AnswerBody};

use crate::headers::{add, add_all, add_receipt};

/// An answer of the pipeline.
pub(crate) fn answer_response(answer: Answer) -> Response {
    let streams = matches!(answer.body, AnswerBody::Stream(_) | AnswerBody::Agent(_));
    let body = match answer.body {
        AnswerBody::Whole(bytes) => Body::from(bytes),
        AnswerBody::Stream(relay) => Body::new(*relay),
        AnswerBody::Agent(run) => Body::new(*run),
        AnswerBody::Passing(passing) => Body::new(*passing),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    if !answer.content_type.is_empty() {
        add(&mut response, "content-type", &answer.content_type);
    }
    add_all(&mut response, answer.headers);
    if streams {
        // Proxies on the way must neither collect nor keep a stream.
        response.headers_mut().insert("cache-control", HeaderValue::from_static("no-cache"));
        response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    }
    add_receipt(&mut response, &answer.receipt);
    response
}
