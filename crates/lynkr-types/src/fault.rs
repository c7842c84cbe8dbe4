//! Failure vocabulary: each error that can reach a client says who caused it, whether a retry can help,
//! and which kind of answer it deserves. Modelled on the idea that an error carries its own policy.

use std::time::Duration;

/// Who caused a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The request itself is at fault; sending it again unchanged fails again.
    Client,
    /// The model provider failed or refused.
    Upstream,
    /// This process failed: a bug, a bad configuration, or its own limits.
    Gateway,
}

/// Whether the same request may succeed when it is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Trying again can't help: wrong key, refused content, too large.
    Never,
    /// The same target may answer later; the duration is what the target asked for, when it did.
    Same(Option<Duration>),
    /// Another target may answer; this one won't.
    Elsewhere,
}

/// What a failure says something about, the narrowest thing first. What is at fault is not used for a while; what
/// is wider than that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// This request alone: any other may succeed.
    Request,
    /// The model: others of the same provider may answer.
    Model,
    /// The credential: the same provider may answer to another.
    Credential,
    /// The provider as a whole.
    Provider,
}

/// The kinds of failure that the surfaces can tell apart. Each has one HTTP status and, per dialect, one
/// wire name; see `ApiError` in `lynkr-protocol`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// 400: malformed JSON, a missing field, a wrong type, something that the target can't express.
    InvalidRequest,
    /// 400: the conversation is longer than the model's window; a model with a larger one may answer.
    ContextLength,
    /// 401: no credential, or one that was refused.
    Authentication,
    /// 402: the account can't pay.
    Billing,
    /// 403: the credential may not do this.
    Permission,
    /// 404: no such route, model or object.
    NotFound,
    /// 408 or 409 from upstream, passed on.
    Conflict,
    /// 413: the body is larger than the limit.
    TooLarge,
    /// 422: understood but not processable.
    Unprocessable,
    /// 426: the route wants another protocol.
    UpgradeRequired,
    /// 429: too many requests.
    RateLimit,
    /// 500: the gateway or the provider failed.
    Internal,
    /// 501: not implemented by the target.
    NotImplemented,
    /// 502: the provider could not be reached or answered nonsense.
    BadGateway,
    /// 503: not able to serve for the moment.
    Unavailable,
    /// 504: the provider took too long.
    Timeout,
    /// 508: the request has come through this gateway before.
    Loop,
    /// 529: the provider says that it is overloaded.
    Overloaded,
}

impl FaultKind {
    /// The HTTP status code for this kind.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidRequest | Self::ContextLength => 400,
            Self::Authentication => 401,
            Self::Billing => 402,
            Self::Permission => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::Unprocessable => 422,
            Self::UpgradeRequired => 426,
            Self::RateLimit => 429,
            Self::Internal => 500,
            Self::NotImplemented => 501,
            Self::BadGateway => 502,
            Self::Unavailable => 503,
            Self::Timeout => 504,
            Self::Loop => 508,
            Self::Overloaded => 529,
        }
    }

    /// The kind that best describes an upstream's HTTP status.
    pub const fn from_status(status: u16) -> Self {
        match status {
            401 => Self::Authentication,
            402 => Self::Billing,
            403 => Self::Permission,
            404 => Self::NotFound,
            408 | 504 => Self::Timeout,
            409 => Self::Conflict,
            413 => Self::TooLarge,
            422 => Self::Unprocessable,
            426 => Self::UpgradeRequired,
            429 => Self::RateLimit,
            400..=499 => Self::InvalidRequest,
            501 => Self::NotImplemented,
            502 => Self::BadGateway,
            503 => Self::Unavailable,
            508 => Self::Loop,
            529 => Self::Overloaded,
            _ => Self::Internal,
        }
    }

    /// The narrowest thing that a failure of this kind speaks of, when nothing more is known.
    pub const fn scope(self) -> Scope {
        match self {
            Self::InvalidRequest
            | Self::ContextLength
            | Self::Conflict
            | Self::TooLarge
            | Self::Unprocessable
            | Self::UpgradeRequired
            | Self::NotImplemented
            | Self::Loop => Scope::Request,
            Self::NotFound | Self::Timeout | Self::Overloaded => Scope::Model,
            Self::Authentication | Self::Billing | Self::Permission | Self::RateLimit => Scope::Credential,
            Self::Internal | Self::BadGateway | Self::Unavailable => Scope::Provider,
        }
    }

    /// Whether a breaker counts a failure of this kind: the provider failed or was asked too much. What is wrong
    /// with a request, a key or a name says nothing of anybody's health.
    pub const fn counts(self) -> bool {
        matches!(
            self,
            Self::RateLimit
                | Self::Internal
                | Self::BadGateway
                | Self::Unavailable
                | Self::Timeout
                | Self::Overloaded
        )
    }

    /// Whether sending the same request again may succeed.
    pub const fn retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimit
                | Self::Internal
                | Self::BadGateway
                | Self::Unavailable
                | Self::Timeout
                | Self::Overloaded
                | Self::Conflict
        )
    }
}

/// An error that can become an answer to a client.
pub trait Fault: std::error::Error {
    /// What kind of answer the client gets.
    fn kind(&self) -> FaultKind;
    /// Who caused it.
    fn blame(&self) -> Blame;
    /// Whether trying again can help.
    fn retry(&self) -> Retry;
}
