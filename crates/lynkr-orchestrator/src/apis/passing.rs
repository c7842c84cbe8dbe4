//! A body on its way to the client, byte for byte.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use lynkr_http::{InboundBody, Phase, TransportError};
use tokio::time::Sleep;

use crate::failure::Failure;
use crate::whole;

/// A provider's body, pulled by whoever writes it to the client. One that breaks off breaks off there as well: the client
/// must not take a part of a file for all of it.
#[derive(Debug)]
pub struct Passing {
    body: Option<InboundBody>,
    idle: Duration,
    /// Runs while the provider is silent.
    silence: Option<Pin<Box<Sleep>>>,
    request_id: String,
}

impl Passing {
    pub(crate) const fn new(body: InboundBody, idle: Duration, request_id: String) -> Self {
        Self { body: Some(body), idle, silence: None, request_id }
    }

    /// Reads it to its end, where it has to be looked at after all.
    pub(super) async fn read(self, bounds: whole::Bounds) -> Result<Bytes, Failure> {
        match self.body {
            Some(body) => whole::read(body, bounds).await,
            None => Ok(Bytes::new()),
        }
    }

    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        if let Poll::Ready(polled) = body.poll_next(cx) {
            self.silence = None;
            return Poll::Ready(polled);
        }
        let silence = self.silence.get_or_insert_with(|| Box::pin(tokio::time::sleep(self.idle)));
        ready!(silence.as_mut().poll(cx));
        Poll::Ready(Some(Err(TransportError::Timeout { phase: Phase::Body, after: self.idle })))
    }
}

impl Body for Passing {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let polled = ready!(self.poll_bytes(cx));
        if let Some(Err(error)) = &polled {
            tracing::warn!(request_id = %self.request_id, error = %error.chain(), "the answer broke off");
        }
        if !matches!(polled, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(polled.map(|bytes| bytes.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use http_body::Body as _;

    use super::*;

    #[derive(Debug)]
    struct Silent;

    impl Body for Silent {
        type Data = Bytes;
        type Error = TransportError;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
            Poll::Pending
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_it() {
        let idle = Duration::from_secs(90);
        let mut passing = Passing::new(InboundBody::new(Silent), idle, "r".to_owned());
        let began = tokio::time::Instant::now();
        let polled = std::future::poll_fn(|cx| Pin::new(&mut passing).poll_frame(cx)).await;
        assert!(matches!(polled, Some(Err(TransportError::Timeout { phase: Phase::Body, .. }))));
        assert_eq!(began.elapsed(), idle);
        assert!(std::future::poll_fn(|cx| Pin::new(&mut passing).poll_frame(cx)).await.is_none());
    }
}
