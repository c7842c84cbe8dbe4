//! The one place where a failure becomes HTTP: status, headers, and a body in the asking dialect.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode};
use lynkr_orchestrator::Failure;
use lynkr_protocol::{ApiError, Dialect, bedrock_converse, codec};

use crate::headers::{add, add_all, add_receipt};

/// What went wrong, put into a response's extensions unless the log says it already.
#[derive(Debug, Clone)]
pub(crate) struct Unlogged(pub(crate) String);

/// A failure of the pipeline. The provider's own body goes to a client of the same dialect unchanged.
pub(crate) fn failure_response(failure: &Failure, dialect: Dialect, request_id: &str) -> Response {
    let (kind, body) = match &failure.raw {
        Some(raw) if raw.dialect == dialect => (raw.content_type.clone(), raw.bytes.clone()),
        _ => {
            let body = codec(dialect).encode_error(&failure.error, request_id);
            ("application/json".to_owned(), body.into())
        }
    };
    let mut response = response(failure.error.status, &kind, Body::from(body));
    add_all(&mut response, failure.headers.clone());
    finish(&mut response, &failure.error, failure.may_retry(), dialect);
    add_receipt(&mut response, &failure.receipt);
    if !failure.logged {
        response.extensions_mut().insert(Unlogged(in_short(&failure.error)));
    }
    response
}

/// An error that the surface itself found.
pub(crate) fn error_response(error: &ApiError, dialect: Dialect, request_id: &str) -> Response {
    let body = codec(dialect).encode_error(error, request_id);
    let mut response = response(error.status, "application/json", Body::from(body));
    finish(&mut response, error, error.kind.retryable(), dialect);
    response.extensions_mut().insert(Unlogged(in_short(error)));
    response
}

/// Says whether trying again can help: a client that retries a wrong key looks as if it hung. AWS's SDKs read an
/// error's name from a header, and this one goes before the body's.
fn finish(response: &mut Response, error: &ApiError, may_retry: bool, dialect: Dialect) {
    if dialect == Dialect::BedrockConverse && !response.headers().contains_key("x-amzn-errortype") {
        add(response, "x-amzn-errortype", bedrock_converse::error_name(error.kind));
    }
    let headers = response.headers_mut();
    if !may_retry && !headers.contains_key("x-should-retry") {
        headers.insert("x-should-retry", HeaderValue::from_static("false"));
    }
    if let Some(after) = error.retry_after
        && !headers.contains_key("retry-after")
    {
        let seconds = after.as_secs_f64().ceil();
        add(response, "retry-after", &format!("{seconds:.0}"));
    }
}

/// An error for the log: its kind and its field. The message may quote the client's body, which never belongs
/// there; the client has it, under the same request id.
fn in_short(error: &ApiError) -> String {
    match &error.param {
        Some(field) => format!("{:?}: {field}", error.kind),
        None => format!("{:?}", error.kind),
    }
}

fn response(status: u16, kind: &str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    add(&mut response, "content-type", kind);
    response
}
