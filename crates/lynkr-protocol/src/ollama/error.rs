//! `{"error": "message"}`, both ways.

use lynkr_types::FaultKind;
use serde::Deserialize;

use crate::ApiError;
use crate::error::unread_error;
use crate::wire::Json;

/// How much of a body that isn't an error object is shown.
const SHOWN_BYTES: usize = 500;

/// What an error message says about its kind, for answers whose status says nothing. First match wins.
const BY_MESSAGE: &[(&str, FaultKind)] = &[
    ("maximum pending requests", FaultKind::Overloaded),
    ("server busy", FaultKind::Overloaded),
    ("not found", FaultKind::NotFound),
    ("does not support", FaultKind::InvalidRequest),
    ("is not supported", FaultKind::InvalidRequest),
    ("exceeds the available context", FaultKind::InvalidRequest),
    ("context length", FaultKind::InvalidRequest),
    ("unauthorized", FaultKind::Authentication),
    ("rate limit", FaultKind::RateLimit),
    ("usage limit", FaultKind::RateLimit),
];

#[derive(Deserialize)]
struct Body {
    error: Json,
}

/// Reads the body of a status that isn't 2xx.
pub(super) fn decode(status: u16, body: &[u8]) -> ApiError {
    let message = match serde_json::from_slice::<Body>(body) {
        Ok(body) => message_of(&body.error),
        // A page of some proxy in between says nothing to a person that its status doesn't.
        Err(_) if body.trim_ascii_start().starts_with(b"<") => {
            unread_error(FaultKind::from_status(status), status, body).message
        }
        Err(_) => text_of(status, body),
    };
    let mut kind = FaultKind::from_status(status);
    if kind == FaultKind::Unavailable && kind_of(&message) == Some(FaultKind::Overloaded) {
        kind = FaultKind::Overloaded;
    }
    ApiError { status, ..with_code(kind, message) }
}

/// The error that stands where an answer should be, in a 200.
pub(super) fn in_answer(error: &Json) -> ApiError {
    let message = message_of(error);
    let kind = kind_of(&message).unwrap_or(FaultKind::BadGateway);
    with_code(kind, message)
}

/// The body of an error for a client.
pub(super) fn encode(error: &ApiError) -> Vec<u8> {
    serde_json::json!({ "error": error.message }).to_string().into_bytes()
}

fn kind_of(message: &str) -> Option<FaultKind> {
    let message = message.to_lowercase();
    BY_MESSAGE.iter().find(|(words, _)| message.contains(words)).map(|(_, kind)| *kind)
}

fn with_code(kind: FaultKind, message: String) -> ApiError {
    let lower = message.to_lowercase();
    let context = lower.contains("context") && (lower.contains("length") || lower.contains("exceed"));
    let error = ApiError::new(kind, message);
    if context { error.with_code("context_length_exceeded") } else { error }
}

/// The message: the error is a string, or another vendor's object with a `message`.
fn message_of(error: &Json) -> String {
    #[derive(Deserialize)]
    struct Nested {
        message: String,
    }
    error
        .as_string()
        .or_else(|| error.read::<Nested>().ok().map(|nested| nested.message))
        .unwrap_or_else(|| error.get().to_owned())
}

fn text_of(status: u16, body: &[u8]) -> String {
    let shown = body.get(..SHOWN_BYTES).unwrap_or(body);
    let text = String::from_utf8_lossy(shown);
    match text.trim() {
        "" => format!("the server answered with status {status} and no message"),
        text => text.to_owned(),
    }
}
