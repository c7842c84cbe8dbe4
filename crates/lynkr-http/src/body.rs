//! Bodies in both directions.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::vec;

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;

use crate::error::TransportError;
use crate::line::LineBody;

/// Why a body can't go on.
pub(crate) type Cause = Box<dyn Error + Send + Sync>;

/// A request body of several pieces, written in order without being joined.
#[derive(Debug, Default)]
pub struct Pieces(vec::IntoIter<Bytes>);

impl Pieces {
    /// The body of these pieces.
    pub fn new(mut pieces: Vec<Bytes>) -> Self {
        pieces.retain(|piece| !piece.is_empty());
        Self(pieces.into_iter())
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cause>>> {
        Poll::Ready(self.0.next().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_slice().is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_slice().iter().map(|piece| piece.len() as u64).sum())
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

/// A request's body, of either kind.
#[derive(Debug)]
pub(crate) enum RequestBody {
    Pieces(Pieces),
    Upload(Upload),
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cause>>> {
        match self.get_mut() {
            Self::Pieces(pieces) => Pin::new(pieces).poll_frame(context),
            Self::Upload(upload) => Pin::new(upload).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Pieces(pieces) => pieces.is_end_stream(),
            Self::Upload(upload) => upload.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Pieces(pieces) => pieces.size_hint(),
            Self::Upload(upload) => upload.size_hint(),
        }
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

/// An answer's body as it comes over a connection of ours.
pub(crate) enum AnswerBody {
    /// HTTP/1.1.
    Line(LineBody),
    /// HTTP/2.
    Shared(Incoming),
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let polled = match self.get_mut() {
            Self::Line(body) => Pin::new(body).poll_frame(context),
            Self::Shared(body) => Pin::new(body).poll_frame(context),
        };
        polled.map_err(|error| TransportError::Broken(Box::new(error)))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Line(body) => body.is_end_stream(),
            Self::Shared(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Line(body) => body.size_hint(),
            Self::Shared(body) => body.size_hint(),
        }
    }
}

/// An answer's body, whichever transport it comes from.
#[derive(Debug)]
pub struct InboundBody(Source);

/// Where a body comes from.
enum Source {
    /// Our own client.
    Answer(AnswerBody),
    /// Anything else.
    Other(UnsyncBoxBody<Bytes, TransportError>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answer(_) => "Answer",
            Self::Other(_) => "Other",
        })
    }
}

impl InboundBody {
    /// Wraps any body.
    pub fn new<B>(body: B) -> Self
    where
        B: Body<Data = Bytes, Error = TransportError> + Send + 'static,
    {
        Self(Source::Other(body.boxed_unsync()))
    }

    /// What our client got.
    pub(crate) fn answer(body: AnswerBody) -> Self {
        Self(Source::Answer(body))
    }

    /// A body that is complete already.
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        Self::new(http_body_util::Full::new(bytes.into()).map_err(|never| match never {}))
    }

    /// What is known of its length.
    pub fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Source::Answer(body) => body.size_hint(),
            Source::Other(body) => body.size_hint(),
        }
    }

    /// Whether it is known already that nothing follows. Whoever has what was announced need not wait for the end of it.
    pub fn is_at_end(&self) -> bool {
        match &self.0 {
            Source::Answer(body) => body.is_end_stream(),
            Source::Other(body) => body.is_end_stream(),
        }
    }

    /// The next bytes; `None` at the end. Trailers are skipped.
    pub async fn next(&mut self) -> Option<Result<Bytes, TransportError>> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    /// The same as [`InboundBody::next`], for hand-written polls.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        loop {
            let polled = match &mut self.0 {
                Source::Answer(body) => Pin::new(body).poll_frame(context),
                Source::Other(body) => Pin::new(body).poll_frame(context),
            };
            match std::task::ready!(polled) {
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
