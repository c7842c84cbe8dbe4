//! What a scripted model does wrong on request.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::Wire;
use crate::script::{Abort, Script, Step};
use crate::{bedrock, google};

/// A fault, and the requests that it hits.
#[derive(Clone, Debug)]
pub struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) times: usize,
    pub(crate) after: usize,
}

/// The kinds of faults.
#[derive(Clone, Debug)]
pub enum FaultKind {
    /// An error status with the dialect's error body.
    Status {
        /// The status code.
        code: u16,
        /// The `Retry-After` header.
        retry_after: Option<u64>,
    },
    /// Status 200 with an error body.
    OkErrorBody,
    /// Status 200 with an answer that has no content.
    NoChoices,
    /// The connection is cut after this many stream events (half the body otherwise).
    Cut {
        /// Events sent before.
        events: usize,
        /// How.
        how: Abort,
    },
    /// The stream ends in an orderly way after this many events.
    Truncate {
        /// Events sent before.
        events: usize,
    },
    /// An error event after this many stream events.
    ErrorEvent {
        /// Events sent before.
        events: usize,
    },
    /// Silence after this many stream events; then it goes on.
    Stall {
        /// Events sent before.
        events: usize,
        /// For how long.
        time: Duration,
    },
    /// Status 200 with an empty body.
    Empty,
}

impl Fault {
    /// Hits the first request.
    pub fn once(kind: FaultKind) -> Self {
        Self { kind, times: 1, after: 0 }
    }

    /// Hits every request.
    pub fn always(kind: FaultKind) -> Self {
        Self { kind, times: usize::MAX, after: 0 }
    }

    /// Hits this many requests.
    #[must_use]
    pub fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// Lets this many requests pass before.
    #[must_use]
    pub fn after(self, after: usize) -> Self {
        Self { after, ..self }
    }

    /// Whether the generation request with this number (from 0) is hit.
    pub(crate) fn hits(&self, number: usize) -> bool {
        number.checked_sub(self.after).is_some_and(|since| since < self.times)
    }
}

/// Whose shape an error has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Of(Wire),
    Google,
}

impl FaultKind {
    /// The answer in place of `healthy`, which is what would have been sent.
    pub(crate) fn bend(&self, shape: Shape, healthy: Script) -> Script {
        match self {
            Self::Status { code, retry_after } => {
                let script = Script::json(*code, &error_body(shape, *code, "scripted fault"));
                match retry_after {
                    Some(seconds) => script.first_header("retry-after", &seconds.to_string()),
                    None => script,
                }
            }
            Self::OkErrorBody => Script::json(200, &error_body(shape, 500, "scripted fault in a 200")),
            Self::Empty => Script::new().status(200).header("content-type", "text/event-stream").head(),
            // The plan is empty already; the answer to it needs no bending.
            Self::NoChoices => healthy,
            Self::Cut { events, how } => after_sends(healthy, *events, [Step::Abort(*how)], Rest::Dropped),
            Self::Truncate { events } => after_sends(healthy, *events, [Step::End], Rest::Dropped),
            Self::Stall { events, time } => after_sends(healthy, *events, [Step::Sleep(*time)], Rest::Kept),
            Self::ErrorEvent { events } => {
                let event = error_event(shape);
                after_sends(healthy, *events, [Step::Send(event), Step::End], Rest::Dropped)
            }
        }
    }
}

#[derive(PartialEq)]
enum Rest {
    Kept,
    Dropped,
}

/// Puts steps after the first `events` sends. A body that is a single send is cut in half for this.
fn after_sends(script: Script, events: usize, insert: impl IntoIterator<Item = Step>, rest: Rest) -> Script {
    let steps = script.into_steps();
    let sends = steps.iter().filter(|step| matches!(step, Step::Send(_))).count();
    let (steps, events) = if sends == 1 { (halved(steps), 1) } else { (steps, events.min(sends)) };
    let (mut out, mut seen, mut insert) = (Vec::new(), 0, Some(insert));
    for step in steps {
        if matches!(step, Step::Send(_)) {
            if seen == events {
                out.extend(insert.take().into_iter().flatten());
                if rest == Rest::Dropped {
                    return out.into();
                }
            }
            seen += 1;
        }
        out.push(step);
    }
    out.extend(insert.take().into_iter().flatten());
    out.into()
}

fn halved(steps: Vec<Step>) -> Vec<Step> {
    let mut out = Vec::new();
    for step in steps {
        match step {
            Step::Send(bytes) => {
                let middle = bytes.len() / 2;
                out.extend([Step::Send(bytes.slice(..middle)), Step::Send(bytes.slice(middle..))]);
            }
            other => out.push(other),
        }
    }
    out
}

/// An error body in the dialect's own shape.
pub(crate) fn error_body(shape: Shape, status: u16, message: &str) -> Value {
    let Shape::Of(dialect) = shape else { return google::error_body(status, message) };
    match dialect {
        Wire::Anthropic => json!({
            "type": "error",
            "error": {"type": anthropic_error_type(status), "message": message},
            "request_id": "req_kit",
        }),
        Wire::Chat | Wire::Responses => json!({"error": {
            "message": message, "type": openai_error_type(status), "param": null, "code": openai_error_code(status),
        }}),
        Wire::Ollama => json!({"error": message}),
        Wire::Converse | Wire::Invoke => json!({"message": message}),
    }
}

fn error_event(shape: Shape) -> Bytes {
    let body = error_body(shape, 529, "scripted fault in the stream");
    let Shape::Of(dialect) = shape else { return format!("data: {body}\r\n\r\n").into() };
    let text = match dialect {
        Wire::Anthropic => format!("event: error\ndata: {body}\n\n"),
        Wire::Chat => format!("data: {body}\n\n"),
        Wire::Responses => {
            let event = json!({"type": "error", "code": "server_error", "message": "scripted fault in the stream",
                "param": null, "sequence_number": 99});
            format!("event: error\ndata: {event}\n\n")
        }
        Wire::Ollama => format!("{body}\n"),
        Wire::Converse | Wire::Invoke => {
            return bedrock::exception("serviceUnavailableException", &body);
        }
    };
    text.into()
}

fn anthropic_error_type(status: u16) -> &'static str {
    match status {
        400 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    }
}

fn openai_error_type(status: u16) -> &'static str {
    match status {
        429 => "rate_limit_exceeded",
        500.. => "server_error",
        _ => "invalid_request_error",
    }
}

fn openai_error_code(status: u16) -> Value {
    match status {
        401 => json!("invalid_api_key"),
        404 => json!("model_not_found"),
        429 => json!("rate_limit_exceeded"),
        _ => Value::Null,
    }
}
