//! A request's body on its way up: counted, and cut off where it grows too large.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use lynkr_orchestrator::Upload;
use lynkr_protocol::ApiError;
use lynkr_types::FaultKind;
use tokio::time::Sleep;

use crate::ingress::{stopped, too_large};

/// A body that nobody has read yet.
#[derive(Debug)]
pub(crate) struct Uploading {
    body: Body,
    limit: usize,
    taken: usize,
    fault: Fault,
    /// How long the client may be silent.
    patience: Duration,
    /// Runs while it is.
    silence: Option<Pin<Box<Sleep>>>,
}

/// What went wrong with a body on this side, if anything did: the provider then isn't to blame.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fault(Arc<OnceLock<ApiError>>);

impl Fault {
    /// What went wrong.
    pub(crate) fn get(&self) -> Option<&ApiError> {
        self.0.get()
    }

    fn set(&self, error: ApiError) -> ApiError {
        self.0.get_or_init(|| error).clone()
    }
}

impl Uploading {
    pub(crate) fn new(body: Body, limit: usize, patience: Duration) -> Self {
        Self { body, limit, taken: 0, fault: Fault::default(), patience, silence: None }
    }

    /// The body as the pipeline takes it, and where to look when the pipeline failed.
    pub(crate) fn into_upload(self) -> (Upload, Fault) {
        let fault = self.fault.clone();
        (Upload::new(self), fault)
    }
}

impl HttpBody for Uploading {
    type Data = Bytes;
    type Error = ApiError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ApiError>>> {
        let next = Pin::new(&mut self.body).poll_frame(context);
        if next.is_pending() {
            // Only what the client doesn't send counts: while the provider is slow, nobody asks here.
            let patience = self.patience;
            let silence = self.silence.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
            ready!(silence.as_mut().poll(context));
            return Poll::Ready(Some(Err(self.fault.set(stopped(patience)))));
        }
        self.silence = None;
        let frame = match ready!(next) {
            None => return Poll::Ready(None),
            Some(Ok(frame)) => frame,
            Some(Err(error)) => {
                let message = format!("the body could not be read: {error}");
                let error = ApiError::new(FaultKind::InvalidRequest, message);
                return Poll::Ready(Some(Err(self.fault.set(error))));
            }
        };
        self.taken += frame.data_ref().map_or(0, Bytes::len);
        if self.taken > self.limit {
            return Poll::Ready(Some(Err(self.fault.set(too_large(self.limit)))));
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
