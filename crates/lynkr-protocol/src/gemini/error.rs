//! Errors, both ways: `{"error": {code, message, status, details}}`, as `google.rpc.Status` in JSON.

use std::time::Duration;

use lynkr_types::FaultKind;
use serde::Serialize;
use serde_json::{Value, json};

use crate::error::{ApiError, unread_error};

const TYPE: &str = "type.googleapis.com/google.rpc.";

/// Reads an error body; what has none becomes a message that says so.
pub(super) fn decode(status: u16, body: &[u8]) -> ApiError {
    let by_status = FaultKind::from_status(status);
    let value: Option<Value> = serde_json::from_slice(body).ok();
    // A stream's error is wrapped in a list when the stream would have been one.
    let error = value.as_ref().and_then(|value| value.get(0).unwrap_or(value).get("error"));
    let Some(error) = error.filter(|error| !error.is_null()) else {
        return unread_error(by_status, status, body);
    };
    let mut error = of_object(error);
    let says_more = matches!(
        error.kind,
        FaultKind::Billing | FaultKind::Overloaded | FaultKind::Authentication | FaultKind::RateLimit
    );
    if !says_more {
        error.kind = by_status;
    }
    error.status = status;
    error
}

/// The error in a 200, or in mid-stream: the object's own words tell its kind.
pub(super) fn of_object(error: &Value) -> ApiError {
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    let message = match (error.as_str(), text("message")) {
        (Some(message), _) => message,
        (None, "") => "the provider gave no message",
        (None, message) => message,
    };
    let status = text("status");
    let code = error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    let reason = detail(error, "ErrorInfo").and_then(|info| info.get("reason")).and_then(Value::as_str);
    let mut kind = kind_of(status, code);
    if reason == Some("API_KEY_INVALID") {
        kind = FaultKind::Authentication;
    }
    let lower = message.to_lowercase();
    if kind == FaultKind::Unavailable && lower.contains("overloaded") {
        kind = FaultKind::Overloaded;
    }
    if status == "FAILED_PRECONDITION" && lower.contains("billing") {
        kind = FaultKind::Billing;
    }
    let mut known = ApiError::new(kind, message);
    let context = lower.contains("token count") && lower.contains("exceed");
    known.code = match (context, reason, status) {
        (true, ..) => Some("context_length_exceeded".to_owned()),
        (false, Some(reason), _) => Some(reason.to_owned()),
        (false, None, "") => None,
        (false, None, status) => Some(status.to_owned()),
    };
    known.param = violated_field(error);
    known.retry_after = detail(error, "RetryInfo")
        .and_then(|info| info.get("retryDelay"))
        .and_then(Value::as_str)
        .and_then(parse_delay);
    known
}

fn detail<'a>(error: &'a Value, name: &str) -> Option<&'a Value> {
    let details = error.get("details")?.as_array()?;
    details.iter().find(|detail| {
        let kind = detail.get("@type").and_then(Value::as_str);
        kind.and_then(|kind| kind.rsplit('.').next()) == Some(name)
    })
}

fn violated_field(error: &Value) -> Option<String> {
    let violations = detail(error, "BadRequest")?.get("fieldViolations")?;
    let field = violations.get(0)?.get("field")?.as_str()?;
    (!field.is_empty()).then(|| field.to_owned())
}

/// A duration as protocol buffers write it in JSON: `3.5s`.
fn parse_delay(text: &str) -> Option<Duration> {
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// The kind that a status word tells; the number decides where there is no word.
fn kind_of(status: &str, code: Option<u16>) -> FaultKind {
    match status {
        "INVALID_ARGUMENT" | "FAILED_PRECONDITION" | "OUT_OF_RANGE" => FaultKind::InvalidRequest,
        "UNAUTHENTICATED" => FaultKind::Authentication,
        "PERMISSION_DENIED" => FaultKind::Permission,
        "NOT_FOUND" => FaultKind::NotFound,
        "ABORTED" | "ALREADY_EXISTS" | "CANCELLED" => FaultKind::Conflict,
        "RESOURCE_EXHAUSTED" => FaultKind::RateLimit,
        "UNIMPLEMENTED" => FaultKind::NotImplemented,
        "UNAVAILABLE" => FaultKind::Unavailable,
        "DEADLINE_EXCEEDED" => FaultKind::Timeout,
        "INTERNAL" | "UNKNOWN" | "DATA_LOSS" => FaultKind::Internal,
        _ => code.map_or(FaultKind::BadGateway, FaultKind::from_status),
    }
}

/// The status word of a kind.
fn status_of(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::InvalidRequest
        | FaultKind::ContextLength
        | FaultKind::TooLarge
        | FaultKind::Unprocessable => "INVALID_ARGUMENT",
        FaultKind::Authentication => "UNAUTHENTICATED",
        FaultKind::Billing | FaultKind::UpgradeRequired => "FAILED_PRECONDITION",
        FaultKind::Permission => "PERMISSION_DENIED",
        FaultKind::NotFound => "NOT_FOUND",
        FaultKind::Conflict => "ABORTED",
        FaultKind::RateLimit => "RESOURCE_EXHAUSTED",
        FaultKind::Internal | FaultKind::Loop => "INTERNAL",
        FaultKind::NotImplemented => "UNIMPLEMENTED",
        FaultKind::BadGateway | FaultKind::Unavailable | FaultKind::Overloaded => "UNAVAILABLE",
        FaultKind::Timeout => "DEADLINE_EXCEEDED",
    }
}

#[derive(Serialize)]
struct Body<'a> {
    error: Status<'a>,
}

#[derive(Serialize)]
struct Status<'a> {
    code: u16,
    message: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Value>,
}

/// The body of an error for a client.
pub(super) fn encode(error: &ApiError, request_id: &str) -> Vec<u8> {
    let status = status_of(error.kind);
    let mut details = Vec::new();
    let kind = |name: &str| format!("{TYPE}{name}");
    if let Some(code) = error.code.as_deref().filter(|code| *code != status) {
        details.push(json!({"@type": kind("ErrorInfo"), "reason": code, "domain": "lynkr"}));
    }
    if let Some(param) = &error.param {
        let violations = [json!({"field": param, "description": error.message})];
        details.push(json!({"@type": kind("BadRequest"), "fieldViolations": violations}));
    }
    if let Some(delay) = error.retry_after {
        let delay = format!("{}s", delay.as_secs_f64());
        details.push(json!({"@type": kind("RetryInfo"), "retryDelay": delay}));
    }
    if !request_id.is_empty() {
        details.push(json!({"@type": kind("RequestInfo"), "requestId": request_id}));
    }
    let body = Body { error: Status { code: error.status, message: &error.message, status, details } };
    // Can't fail: all keys are strings and nothing writes but into memory.
    serde_json::to_vec(&body).unwrap_or_default()
}
