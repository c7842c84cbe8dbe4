//! The mock upstream: answers at once, in two dialects, and counts what arrives.

use super::bodies::Mode;
use super::replies::{Dialect, FIRST_WORDS, reply};
use anyhow::Context as _;
use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// A running mock; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Mock {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct State {
    arrivals: AtomicU64,
    /// Between two events of a stream; 0 sends them as fast as they are taken.
    pause: AtomicU64,
    answers: Answers,
}

/// Every answer, made once.
#[derive(Debug)]
struct Answers(Vec<((Dialect, Mode), Vec<Bytes>)>);

impl Answers {
    fn new() -> Self {
        let dialects = [Dialect::Anthropic, Dialect::OpenAiChat];
        let kinds =
            dialects.into_iter().flat_map(|dialect| [(dialect, Mode::Whole), (dialect, Mode::Stream)]);
        Self(kinds.map(|kind| (kind, reply(kind.0, kind.1).into_iter().map(Bytes::from).collect())).collect())
    }

    fn of(&self, kind: (Dialect, Mode)) -> Vec<Bytes> {
        self.0.iter().find(|(known, _)| *known == kind).map(|(_, pieces)| pieces.clone()).unwrap_or_default()
    }
}

impl Mock {
    /// Begins to answer at an address; port 0 takes any free one.
    pub(crate) async fn start(address: SocketAddr) -> anyhow::Result<Self> {
        let listener =
            TcpListener::bind(address).await.with_context(|| format!("binding the mock to {address}"))?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            arrivals: AtomicU64::new(0),
            pause: AtomicU64::new(0),
            answers: Answers::new(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&state)));
        Ok(Self { address, state, _tasks: tasks })
    }

    /// Requests for an answer so far.
    pub(crate) fn arrivals(&self) -> u64 {
        self.state.arrivals.load(Ordering::SeqCst)
    }

    /// Sets the pause between two events of the streams that begin from here on.
    pub(crate) fn pause_between_events(&self, pause: Duration) {
        self.state.pause.store(u64::try_from(pause.as_micros()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, Arc::clone(&state)));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    // Without this a stream's small events wait for acknowledgements.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(request, Arc::clone(&state)));
    let mut server = hyper::server::conn::http1::Builder::new();
    // A connection that its client cuts is nothing to report here: the load generator sees it.
    let _ = server.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: Request<Incoming>, state: Arc<State>) -> Result<Response<Body>, hyper::Error> {
    let dialect = Dialect::of_path(request.uri().path()).filter(|_| request.method() == Method::POST);
    let body = request.into_body().collect().await?.to_bytes();
    let Some(dialect) = dialect else {
        return Ok(response(StatusCode::NOT_FOUND, "application/json", whole(Bytes::from_static(b"{}"))));
    };
    state.arrivals.fetch_add(1, Ordering::SeqCst);
    let mode = if wants_stream(&body) { Mode::Stream } else { Mode::Whole };
    let mut pieces = state.answers.of((dialect, mode));
    Ok(match mode {
        Mode::Whole => response(StatusCode::OK, "application/json", whole(pieces.pop().unwrap_or_default())),
        Mode::Stream => {
            let pause = Duration::from_micros(state.pause.load(Ordering::SeqCst));
            response(StatusCode::OK, "text/event-stream", streamed(pieces, pause))
        }
    })
}

/// Not parsed: the mock has to cost next to nothing.
pub(crate) fn wants_stream(body: &[u8]) -> bool {
    memchr::memmem::find(body, br#""stream":true"#).is_some()
        || memchr::memmem::find(body, br#""stream": true"#).is_some()
}

fn whole(bytes: Bytes) -> Body {
    Full::new(bytes).boxed_unsync()
}

/// The pauses begin after the first words: the time to the first token is the network's and the gateway's alone.
fn streamed(pieces: Vec<Bytes>, pause: Duration) -> Body {
    let steps = stream::unfold((pieces.into_iter(), Duration::ZERO), move |(mut left, wait)| async move {
        let piece = left.next()?;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        let first_words = memchr::memmem::find(&piece, FIRST_WORDS.as_bytes()).is_some();
        let next_wait = if first_words { pause } else { wait };
        Some((Ok(Frame::data(piece)), (left, next_wait)))
    });
    StreamBody::new(steps).boxed_unsync()
}

fn response(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let content_type = hyper::header::HeaderValue::from_static(content_type);
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, content_type);
    response
}
