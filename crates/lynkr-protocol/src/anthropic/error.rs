//! Errors, both ways.

use std::borrow::Cow;

use lynkr_types::FaultKind;
use serde::Serialize;

use super::wire::{ErrorBody, ErrorForm};
use crate::error::ApiError;

/// Reads an error body of any shape; what isn't JSON becomes a message that says so.
pub(super) fn decode(status: u16, body: &[u8]) -> ApiError {
    let kind = FaultKind::from_status(status);
    let mut error = match serde_json::from_slice::<ErrorBody>(body).ok().and_then(|body| body.error) {
        Some(form) => from_form(&form, kind),
        None => crate::error::unread_error(kind, status, body),
    };
    error.status = status;
    error
}

/// An error object inside a stream or a 200.
pub(super) fn from_form(form: &ErrorForm, fallback: FaultKind) -> ApiError {
    let kind = form.kind.as_deref().map_or(fallback, |name| kind_of(name, fallback));
    let message = form.message.clone().unwrap_or_else(|| "the provider gave no message".to_owned());
    let mut error = ApiError::new(kind, message);
    error.code.clone_from(&form.kind);
    error
}

fn kind_of(name: &str, fallback: FaultKind) -> FaultKind {
    match name {
        "invalid_request_error" => match fallback {
            FaultKind::TooLarge | FaultKind::Unprocessable | FaultKind::NotFound => fallback,
            _ => FaultKind::InvalidRequest,
        },
        "authentication_error" => FaultKind::Authentication,
        "billing_error" => FaultKind::Billing,
        "permission_error" => FaultKind::Permission,
        "not_found_error" => FaultKind::NotFound,
        "request_too_large" => FaultKind::TooLarge,
        "rate_limit_error" => FaultKind::RateLimit,
        "overloaded_error" => FaultKind::Overloaded,
        "timeout_error" => FaultKind::Timeout,
        "api_error" => FaultKind::Internal,
        _ => fallback,
    }
}

/// The wire name of a kind.
pub(super) fn name_of(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::InvalidRequest
        | FaultKind::ContextLength
        | FaultKind::Unprocessable
        | FaultKind::UpgradeRequired
        | FaultKind::Conflict
        | FaultKind::Loop => "invalid_request_error",
        FaultKind::Authentication => "authentication_error",
        FaultKind::Billing => "billing_error",
        FaultKind::Permission => "permission_error",
        FaultKind::NotFound => "not_found_error",
        FaultKind::TooLarge => "request_too_large",
        FaultKind::RateLimit => "rate_limit_error",
        FaultKind::Timeout => "timeout_error",
        FaultKind::Overloaded => "overloaded_error",
        FaultKind::Internal | FaultKind::NotImplemented | FaultKind::BadGateway | FaultKind::Unavailable => {
            "api_error"
        }
    }
}

#[derive(Serialize)]
struct Outer<'a> {
    r#type: &'static str,
    error: Inner<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    request_id: &'a str,
}

#[derive(Serialize)]
struct Inner<'a> {
    r#type: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details>,
}

/// What Anthropic's SDKs decide by.
#[derive(Serialize)]
struct Details {
    error_code: &'static str,
    unsupported: [&'static str; 1],
}

const THREADS_UNSUPPORTED: &str = "thread_unsupported_request";

/// The error of a request to keep or continue a conversation (`thread`) where nobody keeps any. Anthropic's SDKs, whose
/// tool runners ask for it unasked, then send the whole conversation each time.
pub fn threads_unsupported() -> ApiError {
    let message = "thread: conversations are kept by Anthropic's own API only; send all messages instead";
    ApiError::new(FaultKind::InvalidRequest, message).with_code(THREADS_UNSUPPORTED).with_param("thread")
}

/// Anthropic's words for a conversation that is too long. Its clients compact when they read them, whoever's
/// words come after.
const TOO_LONG: &str = "prompt is too long";

fn message_of(error: &ApiError) -> Cow<'_, str> {
    let is_said = || error.message.to_lowercase().contains(TOO_LONG);
    if error.kind == FaultKind::ContextLength && !is_said() {
        return Cow::Owned(format!("{TOO_LONG}: {}", error.message));
    }
    Cow::Borrowed(&error.message)
}

/// Writes an error body; also the data of a stream's error event. An empty request id is left out.
pub(super) fn encode(error: &ApiError, request_id: &str) -> Vec<u8> {
    let details = (error.code.as_deref() == Some(THREADS_UNSUPPORTED))
        .then_some(Details { error_code: THREADS_UNSUPPORTED, unsupported: ["thread"] });
    let inner = Inner { r#type: name_of(error.kind), message: &message_of(error), details };
    serde_json::to_vec(&Outer { r#type: "error", error: inner, request_id }).unwrap_or_default()
}
