//! The seam between the pipeline and whatever answers: a provider over HTTP, or a responder in process.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};

use crate::body::{InboundBody, Upload};
use crate::error::TransportError;

/// A request that goes out.
#[derive(Clone)]
pub struct Outbound {
    /// The method.
    pub method: Method,
    /// The whole URL.
    pub url: Uri,
    /// The headers, credentials included.
    pub headers: HeaderMap,
    /// The body in pieces: a passed-through body is the old bytes with new ones in between, uncopied.
    pub body: Vec<Bytes>,
    /// How long the head of the answer may take.
    pub head_timeout: Duration,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither headers (credentials) nor bodies belong in a log.
        f.debug_struct("Outbound")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("body_bytes", &self.body.iter().map(Bytes::len).sum::<usize>())
            .finish_non_exhaustive()
    }
}

/// An answer whose body is still to come.
#[derive(Debug)]
pub struct Inbound {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, pulled frame by frame. Dropping it cancels the request.
    pub body: InboundBody,
}

/// Something that answers requests.
#[async_trait]
pub trait Transport: Send + Sync + fmt::Debug {
    /// Sends one request; resolves with the head of the answer.
    async fn send(&self, request: Outbound) -> Result<Inbound, TransportError>;

    /// Sends one request whose body goes up as it comes, in the place of its own. The time for the head of the
    /// answer begins anew while the body moves.
    async fn send_streamed(&self, request: Outbound, body: Upload) -> Result<Inbound, TransportError> {
        drop((request, body));
        Err(TransportError::Connect("it takes no streamed bodies".into()))
    }
}
