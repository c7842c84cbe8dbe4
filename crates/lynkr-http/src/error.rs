//! What can go wrong between us and a provider.

use std::error::Error;
use std::time::Duration;

use lynkr_types::{Blame, Fault, FaultKind, Retry};

/// What a request waited for when its time was up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The head of the answer.
    Head,
    /// The next part of the body.
    Body,
}

/// A request that got no whole answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection came about: refused, unknown host, TLS failure, or the connect time-out.
    #[error("can't connect to the provider")]
    Connect(#[source] Box<dyn Error + Send + Sync>),
    /// The machine has no credential that the provider takes, or it can't be had. Nothing was sent.
    #[error("no credential for the provider: {0}")]
    Credential(String),
    /// The provider took too long.
    #[error("the provider sent nothing for {} ms", after.as_millis())]
    Timeout {
        /// What was waited for.
        phase: Phase,
        /// How long.
        after: Duration,
    },
    /// The connection broke.
    #[error("the connection to the provider broke")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
}

impl Fault for TransportError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Connect(_) | Self::Broken(_) => FaultKind::BadGateway,
            Self::Credential(_) => FaultKind::Authentication,
            Self::Timeout { .. } => FaultKind::Timeout,
        }
    }

    fn blame(&self) -> Blame {
        match self {
            Self::Credential(_) => Blame::Gateway,
            Self::Connect(_) | Self::Broken(_) | Self::Timeout { .. } => Blame::Upstream,
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Credential(_) => Retry::Never,
            Self::Connect(_) | Self::Broken(_) | Self::Timeout { .. } => Retry::Same(None),
        }
    }
}

/// An error and its causes, outermost first, joined with `: `.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl TransportError {
    /// The error and its causes in one line, for a log or an answer.
    pub fn chain(&self) -> String {
        chain(self)
    }
}
