//! Errors: `{"error": {"message", "type", "param", "code"}}`, and their forms inside answers and streams.

use lynkr_types::FaultKind;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{ApiError, unread_error};
use crate::wire::Json;

#[derive(Debug, Default, Deserialize)]
struct Envelope {
    error: Option<Value>,
    message: Option<Value>,
    detail: Option<Value>,
}

/// Reads the error body that came with `status`.
pub(super) fn decode_error(status: u16, body: &[u8]) -> ApiError {
    let envelope: Envelope = crate::json::from_slice(body).unwrap_or_default();
    let told = [envelope.error, envelope.message, envelope.detail];
    let mut error = match told.into_iter().flatten().find(|value| !value.is_null()) {
        Some(value) => from_value(&value),
        None => return unread_error(FaultKind::from_status(status), status, body),
    };
    // The status says more about the kind than a code that nobody knows.
    if error.kind != FaultKind::Billing || status < 400 {
        error.kind = FaultKind::from_status(status);
    }
    error.status = status;
    error
}

/// Reads an error object that came without a status: in a failed answer, or in a stream.
pub(super) fn from_json(value: &Json) -> ApiError {
    from_value(&value.to_value())
}

fn from_value(value: &Value) -> ApiError {
    let text = |name: &str| match value.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let code = text("code");
    let kind = kind_of(code.as_deref(), text("type").as_deref());
    let message = value.as_str().map(str::to_owned).or_else(|| text("message"));
    let message = message.or_else(|| code.clone()).unwrap_or_else(|| "the provider failed".to_owned());
    ApiError { code, param: text("param"), ..ApiError::new(kind, message) }
}

fn kind_of(code: Option<&str>, name: Option<&str>) -> FaultKind {
    [code, name].into_iter().flatten().find_map(kind_of_word).unwrap_or(FaultKind::BadGateway)
}

fn kind_of_word(word: &str) -> Option<FaultKind> {
    if let Ok(status @ 400..=599) = word.parse::<u16>() {
        return Some(FaultKind::from_status(status));
    }
    Some(match word {
        "rate_limit_exceeded" | "rate_limit_error" | "rate_limit_reached" | "usage_limit_reached" => {
            FaultKind::RateLimit
        }
        "insufficient_quota" | "billing_hard_limit_reached" | "usage_not_included" => FaultKind::Billing,
        "server_is_overloaded" | "slow_down" | "overloaded_error" => FaultKind::Overloaded,
        "server_error" | "internal_error" | "internal_server_error" => FaultKind::Internal,
        "invalid_api_key" | "authentication_error" => FaultKind::Authentication,
        "permission_error" => FaultKind::Permission,
        "model_not_found" | "not_found_error" => FaultKind::NotFound,
        "vector_store_timeout" | "timeout" => FaultKind::Timeout,
        "context_length_exceeded"
        | "invalid_prompt"
        | "invalid_request_error"
        | "invalid_request"
        | "previous_response_not_found"
        | "string_above_max_length" => FaultKind::InvalidRequest,
        image if image.starts_with("invalid_") || image.starts_with("image_") => FaultKind::InvalidRequest,
        _ => return None,
    })
}

/// Writes an error body.
pub(super) fn encode_error(error: &ApiError, _request_id: &str) -> Vec<u8> {
    let body = json!({
        "error": {
            "message": error.message,
            "type": type_of(error.kind),
            "param": error.param,
            "code": error.code,
        }
    });
    body.to_string().into_bytes()
}

fn type_of(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Authentication => "authentication_error",
        FaultKind::Billing => "insufficient_quota",
        FaultKind::Permission => "permission_error",
        FaultKind::RateLimit => "rate_limit_error",
        FaultKind::InvalidRequest
        | FaultKind::ContextLength
        | FaultKind::NotFound
        | FaultKind::Conflict
        | FaultKind::TooLarge
        | FaultKind::Unprocessable
        | FaultKind::UpgradeRequired
        | FaultKind::Loop => "invalid_request_error",
        FaultKind::Internal
        | FaultKind::NotImplemented
        | FaultKind::BadGateway
        | FaultKind::Unavailable
        | FaultKind::Timeout
        | FaultKind::Overloaded => "server_error",
    }
}

/// The code of an error inside an answer, which always has one. Clients decide by it whether to try
/// again.
pub(super) fn code_of(error: &ApiError) -> &str {
    match (&error.code, error.kind) {
        (Some(code), _) => code,
        (None, FaultKind::ContextLength) => "context_length_exceeded",
        (None, FaultKind::RateLimit) => "rate_limit_exceeded",
        (None, FaultKind::Billing) => "insufficient_quota",
        (None, FaultKind::InvalidRequest | FaultKind::TooLarge | FaultKind::Unprocessable) => {
            "invalid_prompt"
        }
        (None, _) => "server_error",
    }
}

/// The error of a request that names an answer that isn't stored.
pub fn previous_response_not_found(id: &str) -> ApiError {
    ApiError::new(FaultKind::InvalidRequest, format!("Previous response with id '{id}' not found."))
        .with_code("previous_response_not_found")
        .with_param("previous_response_id")
}
