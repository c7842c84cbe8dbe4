//! Errors, both ways. Every vendor that speaks this dialect has a shape of its own for them.

use lynkr_types::FaultKind;
use serde::Serialize;
use serde_json::Value;

use crate::error::{ApiError, unread_error};

/// The longest part of a nested upstream error that goes into the message.
const QUOTE_LIMIT: usize = 500;

/// Reads an error body of any shape; what has none becomes a message that says so.
pub(super) fn decode(status: u16, body: &[u8]) -> ApiError {
    let by_status = FaultKind::from_status(status);
    let value: Option<Value> = serde_json::from_slice(body).ok();
    let Some(mut error) = value.as_ref().and_then(|value| of_body(value, by_status)) else {
        return unread_error(by_status, status, body);
    };
    // The status is surer than the names, but for a few that say more.
    if !matches!(error.kind, FaultKind::Billing | FaultKind::Overloaded | FaultKind::RateLimit) {
        error.kind = by_status;
    }
    error.status = status;
    error
}

/// The error in a body or a stream's frame; `None` when it holds none.
pub(super) fn of_body(value: &Value, fallback: FaultKind) -> Option<ApiError> {
    // Google wraps the object in a list.
    let value = value.get(0).unwrap_or(value);
    match value.get("error") {
        Some(Value::Null) | None => {}
        Some(error) => return Some(of_object(error, fallback)),
    }
    let text = value
        .get("detail")
        .and_then(detail)
        .or_else(|| ["message", "msg"].iter().find_map(|name| value.get(name)?.as_str()).map(str::to_owned));
    text.map(|message| named(value, message, fallback))
}

/// The error object itself: `{message, type, code, param}`, or its text.
pub(super) fn of_object(error: &Value, fallback: FaultKind) -> ApiError {
    if let Some(text) = error.as_str() {
        return ApiError::new(fallback, text);
    }
    let text = error.get("message").and_then(Value::as_str);
    let mut message = text.unwrap_or("the provider gave no message").to_owned();
    // OpenRouter puts the provider's own words here.
    if let Some(raw) = error.pointer("/metadata/raw").and_then(Value::as_str) {
        message.push_str(": ");
        message.extend(raw.chars().take(QUOTE_LIMIT));
    }
    named(error, message, fallback)
}

fn named(value: &Value, message: String, fallback: FaultKind) -> ApiError {
    let word = |name: &str| value.get(name).and_then(Value::as_str);
    let number = ["code", "status", "status_code"]
        .into_iter()
        .find_map(|name| value.get(name).and_then(Value::as_u64))
        .and_then(|number| u16::try_from(number).ok())
        .filter(|number| (400..600).contains(number));
    let by_number = number.map_or(fallback, FaultKind::from_status);
    let by_type = word("type").map_or(by_number, |name| kind_of(name, by_number));
    let kind = word("code").map_or(by_type, |name| kind_of(name, by_type));
    ApiError {
        status: number.unwrap_or_else(|| kind.status()),
        code: word("code").or_else(|| word("type")).map(str::to_owned),
        param: word("param").map(str::to_owned),
        ..ApiError::new(kind, message)
    }
}

/// `detail` of FastAPI servers: a text, or a list of `{loc, msg}`.
fn detail(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => {
            let texts: Vec<String> = list.iter().filter_map(problem).collect();
            (!texts.is_empty()).then(|| texts.join("; "))
        }
        Value::Object(_) => value.get("message").and_then(Value::as_str).map(str::to_owned),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn problem(value: &Value) -> Option<String> {
    let message = value.get("msg")?.as_str()?;
    let path: Vec<String> = value
        .get("loc")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|step| step.as_str().map_or_else(|| step.to_string(), str::to_owned))
        .collect();
    Some(if path.is_empty() { message.to_owned() } else { format!("{}: {message}", path.join(".")) })
}

fn kind_of(name: &str, fallback: FaultKind) -> FaultKind {
    match name {
        "invalid_request_error" | "BadRequestError" | "context_length_exceeded"
            if !matches!(fallback, FaultKind::BadGateway | FaultKind::Internal) =>
        {
            fallback
        }
        "invalid_request_error"
        | "BadRequestError"
        | "context_length_exceeded"
        | "exceed_context_size_error" => FaultKind::InvalidRequest,
        "authentication_error" | "invalid_api_key" => FaultKind::Authentication,
        "insufficient_quota" | "billing_hard_limit_reached" | "billing_not_active" | "billing_error" => {
            FaultKind::Billing
        }
        "permission_error" | "permission_denied" => FaultKind::Permission,
        "not_found_error" | "model_not_found" => FaultKind::NotFound,
        "rate_limit_error" | "rate_limit_exceeded" | "RateLimitError" => FaultKind::RateLimit,
        "timeout_error" | "timeout" => FaultKind::Timeout,
        "overloaded_error" | "overloaded" | "engine_overloaded_error" => FaultKind::Overloaded,
        "service_unavailable" | "unavailable_error" => FaultKind::Unavailable,
        "server_error" | "internal_server_error" | "InternalServerError" | "api_error" => FaultKind::Internal,
        _ => fallback,
    }
}

/// The wire name of a kind, and the code that goes with it when the error has none.
fn names_of(kind: FaultKind) -> (&'static str, Option<&'static str>) {
    match kind {
        FaultKind::InvalidRequest | FaultKind::Unprocessable | FaultKind::Conflict => {
            ("invalid_request_error", None)
        }
        FaultKind::ContextLength => ("invalid_request_error", Some("context_length_exceeded")),
        FaultKind::TooLarge => ("invalid_request_error", Some("request_too_large")),
        FaultKind::UpgradeRequired => ("invalid_request_error", Some("upgrade_required")),
        FaultKind::Loop => ("invalid_request_error", Some("loop_detected")),
        FaultKind::Authentication => ("authentication_error", Some("invalid_api_key")),
        FaultKind::Billing => ("insufficient_quota", Some("insufficient_quota")),
        FaultKind::Permission => ("permission_error", None),
        FaultKind::NotFound => ("not_found_error", None),
        FaultKind::RateLimit => ("rate_limit_error", Some("rate_limit_exceeded")),
        FaultKind::Timeout => ("timeout_error", Some("timeout")),
        FaultKind::Overloaded => ("overloaded_error", Some("overloaded")),
        FaultKind::Unavailable => ("server_error", Some("service_unavailable")),
        FaultKind::NotImplemented => ("server_error", Some("not_implemented")),
        FaultKind::BadGateway => ("server_error", Some("bad_gateway")),
        FaultKind::Internal => ("server_error", None),
    }
}

#[derive(Serialize)]
struct Outer<'a> {
    error: Inner<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    request_id: &'a str,
}

#[derive(Serialize)]
struct Inner<'a> {
    message: &'a str,
    r#type: &'static str,
    param: Option<&'a str>,
    code: Option<&'a str>,
}

/// Writes an error body; also the data of a stream's last frame. An empty request id is left out.
pub(super) fn encode(error: &ApiError, request_id: &str) -> Vec<u8> {
    let (kind, code) = names_of(error.kind);
    let error = Inner {
        message: &error.message,
        r#type: kind,
        param: error.param.as_deref(),
        code: error.code.as_deref().or(code),
    };
    serde_json::to_vec(&Outer { error, request_id }).unwrap_or_default()
}
