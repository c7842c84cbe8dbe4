//! Bodies in both directions.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;

use crate::error::TransportError;

/// Why a body can't go on.
pub(crate) type Cause = Box<dyn Error + Send + Sync>;

/// A request body of several pieces, written in order without being joined.
#[derive(Debug, Default)]
pub struct Pieces(VecDeque<Bytes>);

impl Pieces {
    /// The body of these pieces.
    pub fn new(pieces: Vec<Bytes>) -> Self {
        Self(pieces.into_iter().filter(|piece| !piece.is_empty()).collect())
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cause>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|piece| piece.remaining() as u64).sum())
    }
}

/// A request body that goes up as it comes: it is never held as a whole, and can't be sent twice.
pub struct Upload {
    body: UnsyncBoxBody<Bytes, Cause>,
    /// How many pieces have gone.
    progress: Arc<AtomicU64>,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("size_hint", &self.body.size_hint()).finish_non_exhaustive()
    }
}

impl Upload {
    /// Wraps any body. One that knows its length says it to the server.
    pub fn new<B>(body: B) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Cause>,
    {
        Self { body: body.map_err(Into::into).boxed_unsync(), progress: Arc::default() }
    }

    /// No body.
    pub fn empty() -> Self {
        Self::new(Pieces::default())
    }

    /// Counts the pieces that have gone.
    pub(crate) fn progress(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.progress)
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cause>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            self.progress.fetch_add(1, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body that is gathered as its pieces come. One that comes in one piece is that piece: nothing is copied.
#[derive(Debug, Default)]
pub struct Gathered {
    only: Bytes,
    /// So many bytes were announced.
    expected: usize,
    /// Everything, once there is more than one piece.
    all: BytesMut,
}

/// Room is made for what is announced up to this many bytes: an announced length is a promise that nobody need keep.
const MOST_EXPECTED: u64 = 256 * 1024;

impl Gathered {
    /// Expects what a body announces of its length.
    pub fn of(size: &SizeHint) -> Self {
        let expected = usize::try_from(size.lower().min(MOST_EXPECTED)).unwrap_or_default();
        Self { expected, ..Self::default() }
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: Bytes) {
        if self.is_empty() {
            self.only = piece;
            return;
        }
        if self.all.is_empty() {
            self.all.reserve(self.expected.max(self.only.len() + piece.len()));
            self.all.extend_from_slice(&std::mem::take(&mut self.only));
        }
        self.all.extend_from_slice(&piece);
    }

    /// How many bytes have come.
    pub fn len(&self) -> usize {
        self.only.len() + self.all.len()
    }

    /// Whether none has come.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them.
    pub fn into_bytes(self) -> Bytes {
        if self.all.is_empty() { self.only } else { self.all.freeze() }
    }
}

/// An answer's body, whichever transport it comes from.
#[derive(Debug)]
pub struct InboundBody(UnsyncBoxBody<Bytes, TransportError>);

impl InboundBody {
    /// Wraps any body.
    pub fn new<B>(body: B) -> Self
    where
        B: Body<Data = Bytes, Error = TransportError> + Send + 'static,
    {
        Self(body.boxed_unsync())
    }

    /// A body that is complete already.
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        Self::new(http_body_util::Full::new(bytes.into()).map_err(|never| match never {}))
    }

    /// What is known of its length.
    pub fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }

    /// Whether it is known already that nothing follows. Whoever has what was announced need not wait for the end of it.
    pub fn is_at_end(&self) -> bool {
        self.0.is_end_stream()
    }

    /// The next bytes; `None` at the end. Trailers are skipped.
    pub async fn next(&mut self) -> Option<Result<Bytes, TransportError>> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    /// The same as [`InboundBody::next`], for hand-written polls.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        loop {
            match std::task::ready!(Pin::new(&mut self.0).poll_frame(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
            }
        }
    }
}
