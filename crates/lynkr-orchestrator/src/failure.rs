//! What goes back to a surface when something went wrong.

use bytes::Bytes;
use lynkr_http::TransportError;
use lynkr_protocol::{ApiError, Dialect};
use lynkr_providers::{Headers, PrepareError, Said, Verdict, judge};
use lynkr_types::{Blame, Fault, FaultKind, Receipt, Retry, Scope};
use serde_json::Value;

/// A provider's own error body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawBody {
    /// Its dialect.
    pub dialect: Dialect,
    /// Its `content-type`.
    pub content_type: String,
    /// The bytes.
    pub bytes: Bytes,
}

/// A request that got no answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// What the client is told. Boxed, so that a result stays small.
    pub error: Box<ApiError>,
    /// Who caused it.
    pub blame: Blame,
    /// What it speaks of: what a breaker may pass over for a while.
    pub scope: Scope,
    /// Whether the same request may be sent again.
    pub retry: Retry,
    /// The provider's own body, which a client of the same dialect gets unchanged.
    pub raw: Option<Box<RawBody>>,
    /// Headers of the provider that go back.
    pub headers: Headers,
    /// What the gateway changed before it failed.
    pub receipt: Receipt,
    /// Whether it is the provider's own answer, status and all.
    pub answered: bool,
    /// Whether the log says already what happened.
    pub logged: bool,
    /// How often the request was sent before it failed.
    pub attempts: u32,
    /// Whether tools were run for it, so that nobody begins anew.
    pub begun: bool,
}

impl Failure {
    /// A failure without a provider's body.
    pub fn new(error: ApiError, blame: Blame) -> Self {
        let verdict = Verdict::of(error.kind, error.retry_after);
        Self {
            error: Box::new(error),
            blame,
            scope: verdict.scope,
            retry: verdict.retry,
            raw: None,
            headers: Headers::new(),
            receipt: Receipt::default(),
            answered: false,
            logged: false,
            attempts: 0,
            begun: false,
        }
    }

    /// The client's request is at fault.
    pub fn client(error: impl Into<ApiError>) -> Self {
        Self::new(error.into(), Blame::Client)
    }

    /// The provider is at fault.
    pub(crate) fn upstream(error: ApiError) -> Self {
        Self::new(error, Blame::Upstream)
    }

    /// The same failure, judged by what the provider said and how it is known to mean that.
    #[must_use]
    pub(crate) fn judged(mut self, provider: &str, said: &Said) -> Self {
        let verdict = judge(provider, said, self.error.kind);
        if verdict.kind == FaultKind::ContextLength {
            // Clients compact when they read this code.
            self.error.code = Some("context_length_exceeded".to_owned());
        }
        self.error.kind = verdict.kind;
        self.error.status = verdict.status.unwrap_or(self.error.status);
        self.error.retry_after = said.after.or(self.error.retry_after);
        // What is this process's own fault stays its own.
        let blame = if self.blame == Blame::Gateway { Blame::Gateway } else { verdict.blame };
        Self { blame, scope: verdict.scope, retry: verdict.retry, ..self }
    }

    /// Whether the client may send the same request again.
    pub const fn may_retry(&self) -> bool {
        matches!(self.retry, Retry::Same(_))
    }

    /// Whether another model may answer what this one didn't. What is wrong with the request itself is wrong for all,
    /// but for its length.
    pub(crate) fn may_go_elsewhere(&self) -> bool {
        match self.scope {
            _ if self.begun => false,
            Scope::Request => self.error.kind == FaultKind::ContextLength,
            Scope::Model | Scope::Credential | Scope::Provider => true,
        }
    }
}

impl From<&TransportError> for Failure {
    fn from(error: &TransportError) -> Self {
        Self::new(ApiError::new(error.kind(), error.chain()), error.blame())
    }
}

impl From<PrepareError> for Failure {
    fn from(error: PrepareError) -> Self {
        Self::new(ApiError::new(error.kind(), error.to_string()), error.blame())
    }
}

/// Whether an error body has its dialect's own form.
pub(crate) fn has_form(dialect: Dialect, bytes: &[u8]) -> bool {
    let body: Option<Value> = serde_json::from_slice(bytes).ok();
    let Some(Value::Object(body)) = body else { return false };
    let error = body.get("error").unwrap_or(&Value::Null);
    let is_text = |name: &str| error.get(name).is_some_and(Value::is_string);
    match dialect {
        Dialect::Anthropic => body.get("type").is_some_and(|kind| kind == "error") && is_text("message"),
        Dialect::OpenAiChat | Dialect::OpenAiResponses => is_text("message"),
        Dialect::Ollama => error.is_string(),
        Dialect::Gemini => is_text("message") && is_text("status"),
        Dialect::BedrockConverse => body.get("message").is_some_and(Value::is_string),
    }
}

/// A provider's answer that isn't what its dialect says.
pub(crate) fn nonsense(error: &lynkr_protocol::DecodeError) -> ApiError {
    ApiError::new(FaultKind::BadGateway, error.message.clone())
}
