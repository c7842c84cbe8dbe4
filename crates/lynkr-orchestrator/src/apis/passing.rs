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
    /// What the last poll gave may not have gone out yet.
    has_just_given: bool,
    /// What goes out after it.
    broken: Option<TransportError>,
    request_id: String,
}

impl Passing {
    pub(crate) const fn new(body: InboundBody, idle: Duration, request_id: String) -> Self {
        Self { body: Some(body), idle, silence: None, has_just_given: false, broken: None, request_id }
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
        if let Some(error) = self.broken.take() {
            return Poll::Ready(Some(Err(error)));
        }
        let polled = self.poll_bytes(cx);
        let has_just_given =
            std::mem::replace(&mut self.has_just_given, matches!(polled, Poll::Ready(Some(Ok(_)))));
        let polled = ready!(polled);
        if !matches!(polled, Some(Ok(_))) {
            self.body = None;
        }
        match polled {
            None => Poll::Ready(None),
            Some(Ok(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Some(Err(error)) => {
                tracing::warn!(request_id = %self.request_id, error = %error.chain(), "the answer broke off");
                if has_just_given {
                    // An error throws away what hasn't been written, which may be the head: that goes out in the pause.
                    self.broken = Some(error);
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Ready(Some(Err(error)))
            }
        }
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

    /// A piece, and the connection's end right behind it.
    struct Cut(bool);

    impl Body for Cut {
        type Data = Bytes;
        type Error = TransportError;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
            let given = std::mem::replace(&mut self.0, true);
            let piece = || Ok(Frame::data(Bytes::from_static(b"half")));
            Poll::Ready(Some(if given { Err(TransportError::Broken("cut".into())) } else { piece() }))
        }
    }

    #[test]
    fn what_was_given_goes_out_before_the_error() {
        let mut passing = Passing::new(InboundBody::new(Cut(false)), Duration::from_secs(1), "r".to_owned());
        let mut context = Context::from_waker(std::task::Waker::noop());
        let mut polled = || Pin::new(&mut passing).poll_frame(&mut context);
        assert!(matches!(polled(), Poll::Ready(Some(Ok(_)))));
        assert!(polled().is_pending());
        assert!(matches!(polled(), Poll::Ready(Some(Err(TransportError::Broken(_))))));
        assert!(matches!(polled(), Poll::Ready(None)));
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
