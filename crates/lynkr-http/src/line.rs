//! One HTTP/1.1 connection, which is polled by whoever waits for its answer.
//!
//! No task of its own drives it: what comes is read by the task that wants it, so that nothing is handed from task to task on
//! the way of a request, and a provider sends no faster than its client reads. Nobody polls a connection at rest; whether it
//! was closed meanwhile shows when it is used next.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Weak;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, Connection, SendRequest};

use crate::body::RequestBody;
use crate::client::READ_BUFFER;
use crate::connect::{Connected, Wire};
use crate::patience::Patience;
use crate::pool::{Place, Pool, Refused};
use crate::rerun::Bell;
use crate::timer::Timer;

/// A connection for one request at a time.
pub(crate) struct Line {
    sender: SendRequest<RequestBody>,
    driven: Driven,
    bell: Bell,
    timer: Timer,
    /// Whether requests on it name the whole URL.
    pub(crate) by_whole_url: bool,
    /// Where it leads.
    pub(crate) place: Place,
    /// Where it rests.
    pool: Weak<Pool>,
}

/// What reads and writes; `None` once it has ended, since what waits for it hears of the end by its dropping.
struct Driven(Option<Connection<Wire, RequestBody>>);

impl Driven {
    fn poll(&mut self, context: &mut Context<'_>) {
        if let Some(connection) = &mut self.0
            && Pin::new(connection).poll(context).is_ready()
        {
            self.0 = None;
        }
    }
}

impl Line {
    /// Begins to speak HTTP/1.1 on a connection.
    pub(crate) async fn open(
        connected: Connected,
        place: Place,
        pool: Weak<Pool>,
    ) -> hyper::Result<Box<Self>> {
        let mut builder = Builder::new();
        builder.max_buf_size(READ_BUFFER);
        let (sender, connection) = builder.handshake(connected.wire).await?;
        let by_whole_url = connected.by_whole_url;
        let driven = Driven(Some(connection));
        let (bell, timer) = (Bell::new(), Timer::default());
        Ok(Box::new(Self { sender, driven, bell, timer, by_whole_url, place, pool }))
    }

    /// Sends a request, and waits for the head of the answer. Whoever drops this closes the connection.
    pub(crate) async fn ask(
        mut self: Box<Self>,
        request: Request<RequestBody>,
        patience: &mut Patience<'_>,
    ) -> Result<Response<LineBody>, Refused> {
        let Self { sender, driven, bell, timer, .. } = &mut *self;
        let mut answer = pin!(sender.try_send_request(request));
        let answered = poll_fn(|context| {
            bell.poll(context, |context| {
                driven.poll(context);
                if let Poll::Ready(answered) = answer.as_mut().poll(context) {
                    return Poll::Ready(answered.map_err(Refused::from));
                }
                while timer.poll(context, patience.until()).is_ready() {
                    if patience.is_over() {
                        return Poll::Ready(Err(Refused::late()));
                    }
                }
                Poll::Pending
            })
        });
        let (head, incoming) = answered.await?.into_parts();
        Ok(Response::from_parts(head, LineBody::new(self, incoming)))
    }

    /// Goes to rest, if the exchange is over on both sides and the connection lasts.
    fn rest(mut self: Box<Self>) {
        if !self.sender.is_ready() {
            // The end may still lie unread, or unwritten.
            self.driven.poll(&mut Context::from_waker(Waker::noop()));
        }
        if self.driven.0.is_some() && self.sender.is_ready() {
            self.bell.untie();
            if let Some(pool) = self.pool.upgrade() {
                pool.rest(self);
            }
        }
    }
}

/// The body of an answer, and the connection that it comes over: back to its pool at the end, and closed where the body is
/// dropped before.
pub(crate) struct LineBody {
    /// `None` at the end.
    reading: Option<(Box<Line>, Incoming)>,
}

impl LineBody {
    fn new(line: Box<Line>, incoming: Incoming) -> Self {
        let mut body = Self { reading: Some((line, incoming)) };
        body.rest_at_end();
        body
    }

    fn rest_at_end(&mut self) {
        if let Some((line, _)) = self.reading.take_if(|(_, incoming)| incoming.is_end_stream()) {
            line.rest();
        }
    }
}

impl Body for LineBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        let Some((line, incoming)) = &mut self.reading else { return Poll::Ready(None) };
        let Line { driven, bell, .. } = &mut **line;
        let frame = ready!(bell.poll(context, |context| {
            // This asks for more, unless it is there.
            if let Poll::Ready(frame) = Pin::new(&mut *incoming).poll_frame(context) {
                return Poll::Ready(frame);
            }
            driven.poll(context);
            Pin::new(&mut *incoming).poll_frame(context)
        }));
        match &frame {
            Some(Ok(_)) => self.rest_at_end(),
            Some(Err(_)) => self.reading = None,
            None => {
                if let Some((line, _)) = self.reading.take() {
                    line.rest();
                }
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.reading.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.reading.as_ref().map_or(SizeHint::with_exact(0), |(_, incoming)| incoming.size_hint())
    }
}
