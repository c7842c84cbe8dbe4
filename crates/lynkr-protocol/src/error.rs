//! Errors of this crate, and the error that a client or an upstream reports on the wire.

use std::time::Duration;

use lynkr_types::FaultKind;

use crate::Dialect;

/// Bytes that are not what a dialect says they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DecodeError {
    /// Says what is wrong and where, for a person.
    pub message: String,
    /// The path of the field (`messages[2].content`), when one is at fault.
    pub field: Option<String>,
}

impl DecodeError {
    /// An error without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), field: None }
    }

    /// An error at `field`; the message is prefixed with the path.
    pub fn at(field: impl Into<String>, message: impl std::fmt::Display) -> Self {
        let field = field.into();
        Self { message: format!("{field}: {message}"), field: Some(field) }
    }
}

impl From<crate::framing::FrameTooLong> for DecodeError {
    fn from(error: crate::framing::FrameTooLong) -> Self {
        Self::new(error.to_string())
    }
}

impl From<crate::framing::event_stream::EventStreamError> for DecodeError {
    fn from(error: crate::framing::event_stream::EventStreamError) -> Self {
        Self::new(error.to_string())
    }
}

/// Something in a conversation that the target dialect can't express and that can't be left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{target} can't express {feature}: {why}")]
pub struct EncodeError {
    /// The target.
    pub target: Dialect,
    /// The field or block.
    pub feature: String,
    /// Why it matters, and what to do instead.
    pub why: String,
}

/// An error as it stands on the wire, whichever dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// What kind of error it is; decides status and type names.
    pub kind: FaultKind,
    /// The HTTP status; usually [`FaultKind::status`].
    pub status: u16,
    /// For a person.
    pub message: String,
    /// A machine-readable code (`context_length_exceeded`).
    pub code: Option<String>,
    /// The field at fault.
    pub param: Option<String>,
    /// How long to wait before trying again.
    pub retry_after: Option<Duration>,
}

impl ApiError {
    /// An error of `kind`, with its usual status.
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            status: kind.status(),
            message: message.into(),
            code: None,
            param: None,
            retry_after: None,
        }
    }

    /// The same with a machine-readable code.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The same with the field at fault.
    #[must_use]
    pub fn with_param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }
}

impl From<DecodeError> for ApiError {
    fn from(error: DecodeError) -> Self {
        Self { param: error.field, ..Self::new(FaultKind::InvalidRequest, error.message) }
    }
}

impl From<EncodeError> for ApiError {
    fn from(error: EncodeError) -> Self {
        Self::new(FaultKind::InvalidRequest, error.to_string()).with_param(error.feature)
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.message, self.status)
    }
}

impl std::error::Error for ApiError {}

/// Reads JSON; the error names the path of the field at fault.
pub(crate) fn read_json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    crate::json::from_slice(body)
        .map_err(|error| explain(body, &error, |d| serde_path_to_error::deserialize::<_, T>(d).err()))
}

/// Parses a second time with a path tracker. Only done when the first parse failed.
fn explain(
    body: &[u8],
    error: &serde_json::Error,
    again: impl FnOnce(
        &mut serde_json::Deserializer<serde_json::de::SliceRead<'_>>,
    ) -> Option<serde_path_to_error::Error<serde_json::Error>>,
) -> DecodeError {
    if error.is_syntax() || error.is_eof() {
        return DecodeError::new(format!("the body is not valid JSON: {error}"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    match again(&mut deserializer) {
        Some(tracked) if !matches!(tracked.path().to_string().as_str(), "." | "") => {
            DecodeError::at(tracked.path().to_string(), tracked.inner())
        }
        _ => DecodeError::new(error.to_string()),
    }
}

/// An upstream's error body that has no shape we know: the message quotes its beginning when it is text.
pub(crate) fn unread_error(kind: FaultKind, status: u16, body: &[u8]) -> ApiError {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() {
        return ApiError {
            status,
            ..ApiError::new(kind, format!("the provider answered {status} without a body"))
        };
    }
    if text.starts_with('<') {
        return ApiError {
            status,
            ..ApiError::new(kind, format!("the provider answered {status} with an HTML page"))
        };
    }
    let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
    if let Some(words) = value.as_ref().and_then(words_of) {
        return ApiError { status, ..ApiError::new(kind, words) };
    }
    let quote: String = text.chars().take(300).collect();
    ApiError { status, ..ApiError::new(kind, format!("the provider answered {status}: {quote}")) }
}

/// The words for people in an error of another shape than the dialect's: clouds and proxies in front of a vendor
/// have their own. `{"error": {"message": …}}` in a list or not, `{"error": text}`, `{"message": …}` (AWS,
/// Databricks, Azure API Management), `{"msg": …}` (Atlas Cloud), `{"detail": …}` (FastAPI).
fn words_of(value: &serde_json::Value) -> Option<String> {
    let value = value.get(0).unwrap_or(value);
    let places = ["/error/message", "/error", "/message", "/msg", "/detail"];
    let text = |place: &&str| value.pointer(place).and_then(serde_json::Value::as_str);
    let words = places.iter().find_map(text)?.trim();
    (!words.is_empty()).then(|| words.to_owned())
}
