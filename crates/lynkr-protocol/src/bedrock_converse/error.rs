//! Errors, both ways. An HTTP error's body is `{"message"}`, and its name stands in the header
//! `x-amzn-errortype`; proxies and some of AWS's gateways put the name into the body as `__type`. Within a
//! stream the name stands in the frame's header.

use lynkr_types::FaultKind;
use serde::{Deserialize, Serialize};

use crate::error::{ApiError, unread_error};

/// The fields of an error, in each spelling that AWS's services use.
#[derive(Debug, Default, Deserialize)]
struct Said {
    message: Option<String>,
    #[serde(rename = "Message")]
    capital: Option<String>,
    #[serde(rename = "errorMessage")]
    long: Option<String>,
    #[serde(rename = "originalMessage")]
    original: Option<String>,
    #[serde(rename = "originalStatusCode")]
    original_status: Option<u16>,
    #[serde(rename = "__type")]
    kind: Option<String>,
}

impl Said {
    fn message(&self) -> Option<&str> {
        let all = [&self.message, &self.capital, &self.long, &self.original];
        all.into_iter().flatten().map(String::as_str).find(|text| !text.is_empty())
    }
}

/// Reads an error body; what isn't one becomes a message that says so.
pub(super) fn decode(status: u16, body: &[u8]) -> ApiError {
    let by_status = match status {
        // A failure of the model itself, whatever the request was.
        424 => FaultKind::BadGateway,
        other => FaultKind::from_status(other),
    };
    let said: Said = serde_json::from_slice(body).unwrap_or_default();
    let Some(message) = said.message() else {
        return unread_error(by_status, status, body);
    };
    let name = said.kind.as_deref().map(bare_name);
    let kind = name.and_then(kind_of).or_else(|| of_words(by_status, message)).unwrap_or(by_status);
    ApiError { status, code: code(message, name), ..ApiError::new(kind, message) }
}

/// The exception that ends a stream, by its name.
pub(super) fn of_exception(name: &str, payload: &[u8]) -> ApiError {
    let said: Said = serde_json::from_slice(payload).unwrap_or_default();
    let name = bare_name(name);
    let mut kind = kind_of(name).unwrap_or(FaultKind::BadGateway);
    // The model's own server may say more.
    if kind == FaultKind::BadGateway
        && let Some(status @ (429 | 503 | 504 | 529)) = said.original_status
    {
        kind = FaultKind::from_status(status);
    }
    let message =
        said.message().map_or_else(|| format!("the provider's stream failed: {name}"), str::to_owned);
    let code = code(&message, Some(name));
    ApiError { code, ..ApiError::new(kind, message) }
}

/// The unnamed failure that ends a stream: its code and words stand in the frame's headers.
pub(super) fn of_error(code: &str, words: &str, payload: &[u8]) -> ApiError {
    let mut error = of_exception(code, payload);
    if !words.is_empty() {
        words.clone_into(&mut error.message);
    }
    error
}

/// `com.amazonaws…#ThrottlingException:http://…` → `ThrottlingException`.
fn bare_name(name: &str) -> &str {
    let name = name.rsplit('#').next().unwrap_or(name);
    name.split(':').next().unwrap_or(name)
}

/// The kind that a name tells; in streams names begin with a small letter.
fn kind_of(name: &str) -> Option<FaultKind> {
    let name = name.strip_suffix("Exception").or_else(|| name.strip_suffix("Error")).unwrap_or(name);
    Some(match name.to_ascii_lowercase().as_str() {
        "validation" | "serialization" => FaultKind::InvalidRequest,
        "unrecognizedclient"
        | "expiredtoken"
        | "invalidsignature"
        | "incompletesignature"
        | "missingauthenticationtoken"
        | "invalidclienttokenid" => FaultKind::Authentication,
        "accessdenied" => FaultKind::Permission,
        "resourcenotfound" => FaultKind::NotFound,
        "conflict" => FaultKind::Conflict,
        "throttling" | "toomanyrequests" | "servicequotaexceeded" => FaultKind::RateLimit,
        "modeltimeout" => FaultKind::Timeout,
        "serviceunavailable" | "modelnotready" => FaultKind::Unavailable,
        "internalserver" | "internalfailure" => FaultKind::Internal,
        "model" | "modelstream" => FaultKind::BadGateway,
        _ => return None,
    })
}

/// What the words tell where the status alone misleads: a refused credential is a 403 here.
fn of_words(by_status: FaultKind, message: &str) -> Option<FaultKind> {
    let lower = message.to_lowercase();
    let is_credential = ["security token", "signature", "api key", "authentication", "bearer token"]
        .iter()
        .any(|word| lower.contains(word));
    (by_status == FaultKind::Permission && is_credential).then_some(FaultKind::Authentication)
}

fn code(message: &str, name: Option<&str>) -> Option<String> {
    let lower = message.to_lowercase();
    let is_context =
        ["input is too long", "prompt is too long", "maximum context", "context window", "context length"]
            .iter()
            .any(|words| lower.contains(words));
    if is_context {
        return Some("context_length_exceeded".to_owned());
    }
    name.filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The name of the exception that stands for a kind, as `x-amzn-errortype` and `__type` say it.
pub const fn name_of(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::InvalidRequest
        | FaultKind::ContextLength
        | FaultKind::TooLarge
        | FaultKind::Unprocessable
        | FaultKind::UpgradeRequired
        | FaultKind::NotImplemented
        | FaultKind::Loop => "ValidationException",
        FaultKind::Authentication => "UnrecognizedClientException",
        FaultKind::Billing | FaultKind::Permission => "AccessDeniedException",
        FaultKind::NotFound => "ResourceNotFoundException",
        FaultKind::Conflict => "ConflictException",
        FaultKind::RateLimit => "ThrottlingException",
        FaultKind::Internal => "InternalServerException",
        FaultKind::BadGateway => "ModelErrorException",
        FaultKind::Unavailable | FaultKind::Overloaded => "ServiceUnavailableException",
        FaultKind::Timeout => "ModelTimeoutException",
    }
}

/// The exception's name for a kind, of the five that a stream has.
pub(super) fn exception_of(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::RateLimit => "throttlingException",
        FaultKind::Unavailable | FaultKind::Overloaded => "serviceUnavailableException",
        FaultKind::Internal => "internalServerException",
        FaultKind::BadGateway | FaultKind::Timeout => "modelStreamErrorException",
        FaultKind::InvalidRequest
        | FaultKind::ContextLength
        | FaultKind::Authentication
        | FaultKind::Billing
        | FaultKind::Permission
        | FaultKind::NotFound
        | FaultKind::Conflict
        | FaultKind::TooLarge
        | FaultKind::Unprocessable
        | FaultKind::UpgradeRequired
        | FaultKind::NotImplemented
        | FaultKind::Loop => "validationException",
    }
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "__type")]
    kind: &'static str,
    message: &'a str,
    #[serde(rename = "requestId", skip_serializing_if = "str::is_empty")]
    request_id: &'a str,
}

/// The body of an error for a client. The SDKs read the name from `__type` where the header is missing.
pub(super) fn encode(error: &ApiError, request_id: &str) -> Vec<u8> {
    let body = Body { kind: name_of(error.kind), message: &error.message, request_id };
    serde_json::to_vec(&body).unwrap_or_default()
}

/// The payload of an exception within a stream.
pub(super) fn payload(error: &ApiError) -> Vec<u8> {
    serde_json::to_vec(&serde_json::json!({"message": error.message})).unwrap_or_default()
}
