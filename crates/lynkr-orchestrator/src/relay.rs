//! The relay of one streamed answer: pulled by the client's connection, so back-pressure and cancellation
//! come for free.
//!
//! Time is kept here: a provider that is silent for too long ends the stream with the dialect's error event,
//! and until then a sign of life goes out at intervals, only between events. Nothing of an unfinished event is
//! ever sent on, so an error event can follow at any time.

mod pass;
mod translate;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use lynkr_http::{InboundBody, Phase, TransportError};
use lynkr_protocol::bedrock_converse::invoke::ChunkDecoder;
use lynkr_protocol::neutral::{Event, Usage};
use lynkr_protocol::{ApiError, Dialect, ReplyContext};
use lynkr_types::{Fault, FaultKind};
use tokio::time::{Instant, Sleep};

use crate::bulkhead::Place;
use crate::gateway::Limits;
use crate::health::Watch;
use crate::plan::Way;
use crate::settle::Account;
use crate::shutdown::{Cut, Shutdown};
use crate::stored::Keeper;
use pass::Pass;
use translate::Translate;

/// What a relay is made for.
#[derive(Debug)]
pub(crate) struct RelayPlan<'a> {
    pub(crate) client: Dialect,
    pub(crate) upstream: Dialect,
    pub(crate) way: &'a Way,
    pub(crate) context: ReplyContext,
    pub(crate) keeper: Keeper,
    pub(crate) account: Account,
    /// Whether the stream is in a cloud's own frames, which have to come off first.
    pub(crate) framed: bool,
}

/// The two ways of a stream.
#[derive(Debug)]
enum Mode {
    Pass(Box<Pass>),
    Translate(Box<Translate>),
}

/// What came of some bytes.
type Taken = Result<(), ApiError>;

impl Mode {
    /// Takes bytes of the provider; what goes to the client is appended to `out`.
    fn take(&mut self, bytes: Bytes, out: &mut VecDeque<Bytes>) -> Taken {
        match self {
            Self::Pass(pass) => pass.take(bytes, out),
            Self::Translate(translate) => translate.take(&bytes, out),
        }
    }

    /// The provider closed its stream.
    fn finish(&mut self, out: &mut VecDeque<Bytes>) -> Taken {
        match self {
            Self::Pass(pass) => pass.finish(out),
            Self::Translate(translate) => translate.finish(out),
        }
    }

    /// Whether a client would see something of what was taken.
    fn has_content(&self) -> bool {
        match self {
            Self::Pass(pass) => pass.has_content(),
            Self::Translate(translate) => translate.has_content(),
        }
    }

    /// Whether the client has its terminal event, so that nothing more can come.
    fn is_complete(&self) -> bool {
        match self {
            Self::Pass(_) => false,
            Self::Translate(translate) => translate.is_complete(),
        }
    }

    /// The client's error event.
    fn fail(&mut self, error: &ApiError, out: &mut VecDeque<Bytes>) {
        match self {
            Self::Pass(pass) => pass.fail(error, out),
            Self::Translate(translate) => translate.fail(error, out),
        }
    }

    fn keep_alive(&mut self, out: &mut VecDeque<Bytes>) {
        match self {
            Self::Pass(pass) => pass.keep_alive(out),
            Self::Translate(translate) => translate.keep_alive(out),
        }
    }

    /// What was said since the last call, where the account wants to know it.
    fn heard(&mut self) -> Vec<Event> {
        match self {
            Self::Pass(pass) => pass.heard(),
            Self::Translate(translate) => translate.heard(),
        }
    }

    fn usage(&self) -> Usage {
        match self {
            Self::Pass(pass) => pass.usage(),
            Self::Translate(translate) => translate.usage().clone(),
        }
    }
}

/// A streamed answer on its way to the client.
#[derive(Debug)]
pub struct Relay {
    /// `None` once the provider's part is over.
    upstream: Option<InboundBody>,
    /// Takes off a cloud's own frames, where it has some.
    frames: Option<ChunkDecoder>,
    mode: Mode,
    out: VecDeque<Bytes>,
    idle: Pin<Box<Sleep>>,
    ping: Pin<Box<Sleep>>,
    idle_after: Duration,
    ping_every: Duration,
    hold_for: Duration,
    account: Account,
    settled: bool,
    /// Kept until the stream ends, where the provider takes only so many at a time.
    place: Option<Place>,
    /// Told how the stream ends.
    watch: Option<Watch>,
    /// Ends the stream with the process, where somebody tells.
    cut: Option<Cut>,
}

impl Relay {
    pub(crate) fn new(body: InboundBody, plan: RelayPlan<'_>, limits: &Limits) -> Self {
        let account = plan.account.clone();
        let frames = plan.framed.then(ChunkDecoder::new);
        let mode = match plan.way {
            Way::Passthrough { strip_usage, count } => {
                Mode::Pass(Box::new(Pass::new(&plan, *strip_usage, *count)))
            }
            // Vectors come whole.
            Way::Embeddings(_) => Mode::Pass(Box::new(Pass::new(&plan, false, false))),
            Way::Translate(translation) => Mode::Translate(Box::new(Translate::new(
                plan.client,
                plan.upstream,
                translation,
                plan.context,
                plan.keeper,
                account.listens(),
            ))),
        };
        Self {
            upstream: Some(body),
            frames,
            mode,
            out: VecDeque::new(),
            idle: Box::pin(tokio::time::sleep(limits.idle)),
            ping: Box::pin(tokio::time::sleep(limits.ping)),
            idle_after: limits.idle,
            ping_every: limits.ping,
            hold_for: limits.hold,
            account,
            settled: false,
            place: None,
            watch: None,
            cut: None,
        }
    }

    /// The first content is here.
    pub(crate) fn begins(&mut self) {
        self.account.begins();
    }

    /// Ends with the process at the latest.
    pub(crate) fn ends_with(&mut self, shutdown: &Arc<Shutdown>) {
        self.cut = Some(Cut::of(shutdown));
    }

    /// Takes a place among the provider's requests, and in its record, until the end.
    pub(crate) fn occupy(&mut self, place: Place, watch: Watch) {
        self.place = Some(place);
        self.watch = Some(watch);
    }

    /// Pulls until there is content, so that a failure before it can still be answered otherwise. After the
    /// hold's time the stream goes to the client as it is.
    pub(crate) async fn hold(&mut self) -> Result<(), ApiError> {
        let until = Instant::now() + self.hold_for;
        while self.upstream.is_some() && !self.mode.has_content() {
            let pulled = tokio::time::timeout_at(until, std::future::poll_fn(|cx| self.poll_pull(cx))).await;
            match pulled {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    // Another attempt, or the surface, reports it.
                    self.settled = true;
                    return Err(error);
                }
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    /// Takes the provider's next bytes, or its end.
    fn poll_pull(&mut self, cx: &mut Context<'_>) -> Poll<Taken> {
        let Some(upstream) = &mut self.upstream else { return Poll::Ready(Ok(())) };
        let next = match upstream.poll_next(cx) {
            Poll::Ready(next) => next,
            Poll::Pending if self.mode.is_complete() => None,
            Poll::Pending => {
                ready!(self.idle.as_mut().poll(cx));
                Some(Err(TransportError::Timeout { phase: Phase::Body, after: self.idle_after }))
            }
        };
        let taken = match next {
            Some(Ok(bytes)) => {
                let now = Instant::now();
                self.idle.as_mut().reset(now + self.idle_after);
                self.ping.as_mut().reset(now + self.ping_every);
                self.take(bytes)
            }
            Some(Err(error)) if self.mode.is_complete() => {
                tracing::debug!(
                    request_id = %self.account.request_id(), error = %error.chain(),
                    "the provider's connection broke after its answer"
                );
                self.upstream = None;
                Ok(())
            }
            Some(Err(error)) => Err(ApiError::new(error.kind(), error.chain())),
            None => {
                self.upstream = None;
                self.mode.finish(&mut self.out)
            }
        };
        Poll::Ready(taken)
    }

    fn take(&mut self, bytes: Bytes) -> Taken {
        let taken = self.unframe(bytes);
        if self.account.listens() {
            self.account.said(&self.mode.heard());
        }
        taken
    }

    fn unframe(&mut self, bytes: Bytes) -> Taken {
        let Some(frames) = &mut self.frames else { return self.mode.take(bytes, &mut self.out) };
        let mut inside = Vec::new();
        let unframed = frames.push(&bytes, &mut inside);
        if !inside.is_empty() {
            self.mode.take(Bytes::from(inside), &mut self.out)?;
        }
        // An exception after the answer's end takes nothing from it.
        unframed.or_else(|error| if self.mode.is_complete() { Ok(()) } else { Err(error) })
    }

    fn poll_ping(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        ready!(self.ping.as_mut().poll(cx));
        self.ping.as_mut().reset(Instant::now() + self.ping_every);
        self.mode.keep_alive(&mut self.out);
        Poll::Ready(())
    }

    /// Tells the account what the answer says of itself.
    fn hear(&mut self) {
        let (model, stop) = match &self.mode {
            Mode::Pass(pass) => pass.said(),
            Mode::Translate(translate) => translate.said(),
        };
        self.account.hears(model, stop);
    }

    fn is_cut(&mut self, cx: &mut Context<'_>) -> bool {
        self.cut.as_mut().is_some_and(|cut| cut.poll(cx).is_ready())
    }

    /// Ends with the dialect's error event.
    fn fail(&mut self, error: &ApiError) {
        self.upstream = None;
        self.hear();
        self.account.broke(error, &self.mode.usage());
        if let Some(mut watch) = self.watch.take() {
            watch.broke(error.status);
        }
        self.settled = true;
        self.mode.fail(error, &mut self.out);
    }

    fn settle(&mut self, complete: bool) {
        if !std::mem::replace(&mut self.settled, true) {
            self.hear();
            self.account.finished(&self.mode.usage(), complete);
            self.place = None;
            // A client that went away says nothing against the provider.
            self.watch = None;
        }
    }

    /// The next bytes for the client; `None` at the end.
    fn poll_out(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            if let Some(bytes) = self.out.pop_front() {
                return Poll::Ready(Some(bytes));
            }
            if self.upstream.is_none() {
                self.settle(true);
                return Poll::Ready(None);
            }
            match self.poll_pull(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => self.fail(&error),
                Poll::Pending if self.is_cut(cx) => {
                    // That says nothing against the provider.
                    self.watch = None;
                    self.fail(&Shutdown::error());
                }
                Poll::Pending => ready!(self.poll_ping(cx)),
            }
        }
    }

    /// Something in here panicked. What is left of its state can still tell the client, most likely.
    fn panicked(&mut self) -> Option<Bytes> {
        tracing::error!(request_id = %self.account.request_id(), "a stream panicked");
        self.watch = None;
        let told = catch_unwind(AssertUnwindSafe(|| self.fail(&defect())));
        self.upstream = None;
        self.settled = true;
        told.ok().and_then(|()| self.out.pop_front())
    }
}

/// What clients are told of a panic: the rest is for the log.
fn defect() -> ApiError {
    ApiError::new(FaultKind::Internal, "the gateway failed; its log says where")
}

impl Body for Relay {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let relay = &mut *self;
        // Beyond this it would end the connection, and with it the others' requests on it.
        let polled = catch_unwind(AssertUnwindSafe(|| relay.poll_out(cx)));
        let next = polled.unwrap_or_else(|_| Poll::Ready(relay.panicked()));
        next.map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if std::thread::panicking() && !std::mem::replace(&mut self.settled, true) {
            // Before the head went out: the surface tells the client. It isn't the one who left.
            self.account.broke(&defect(), &Usage::default());
            return;
        }
        self.settle(false);
    }
}

#[cfg(test)]
mod tests;
