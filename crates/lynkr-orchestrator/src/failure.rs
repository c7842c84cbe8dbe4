//! What goes back to a surface when something went wrong.

use bytes::Bytes;
use lynkr_http::TransportError;
use lynkr_protocol::{ApiError, Dialect};
use lynkr_providers::PrepareError;
use lynkr_types::{Blame, Fault, FaultKind, Receipt};

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
    /// The provider's own body, which a client of the same dialect gets unchanged.
    pub raw: Option<Box<RawBody>>,
    /// Headers of the provider that go back, names in lower case.
    pub headers: Vec<(String, String)>,
    /// What the gateway changed before it failed.
    pub receipt: Receipt,
    /// Whether the log says already what happened.
    pub logged: bool,
}

impl Failure {
    /// A failure without a provider's body.
    pub fn new(error: ApiError, blame: Blame) -> Self {
        Self {
            error: Box::new(error),
            blame,
            raw: None,
            headers: Vec::new(),
            receipt: Receipt::default(),
            logged: false,
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

    /// Whether the client may send the same request again.
    pub fn may_retry(&self) -> bool {
        // A refused connection may heal; what the client sent won't.
        self.error.kind.retryable() && self.error.code.as_deref() != Some("insufficient_quota")
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

/// A provider's answer that isn't what its dialect says.
pub(crate) fn nonsense(error: &lynkr_protocol::DecodeError) -> ApiError {
    ApiError::new(FaultKind::BadGateway, error.message.clone())
}
