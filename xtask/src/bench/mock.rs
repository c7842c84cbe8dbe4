//! The mock upstream: answers in every dialect, at once or after a set time, and counts what arrives.

use super::replies::{PIECES, Streamed, of_path, stream_type, whole as whole_answer};
use anyhow::Context as _;
use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use lynkr_protocol::Dialect;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4_096;

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
    /// Between two pieces of a stream, in microseconds; 0 sends them as fast as they are taken.
    pause: AtomicU64,
    /// Pieces of a stream.
    pieces: AtomicU64,
    /// Before the head of each answer, in microseconds.
    latency: AtomicU64,
    answers: Vec<Answers>,
}

/// The answers of a dialect, made once.
#[derive(Debug)]
struct Answers {
    dialect: Dialect,
    whole: Bytes,
    streamed: Arc<Streamed>,
}

impl Answers {
    fn of(dialect: Dialect) -> Self {
        let (whole, streamed) = (Bytes::from(whole_answer(dialect)), Arc::new(Streamed::of(dialect)));
        Self { dialect, whole, streamed }
    }
}

/// Microseconds since this program first asked. Mock and load generator are one program: what the one writes, the other
/// compares with.
pub(crate) fn micros() -> u64 {
    static BEGAN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    u64::try_from(BEGAN.elapsed().as_micros()).unwrap_or(u64::MAX)
}

fn in_micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

impl Mock {
    /// Begins to answer at an address; port 0 takes any free one.
    pub(crate) fn start(address: SocketAddr) -> anyhow::Result<Self> {
        let listener = listen(address).with_context(|| format!("binding the mock to {address}"))?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            arrivals: AtomicU64::new(0),
            pause: AtomicU64::new(0),
            pieces: AtomicU64::new(PIECES as u64),
            latency: AtomicU64::new(0),
            answers: Dialect::ALL.map(Answers::of).into(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&state)));
        Ok(Self { address, state, _tasks: tasks })
    }

    /// Requests for an answer so far.
    pub(crate) fn arrivals(&self) -> u64 {
        self.state.arrivals.load(Ordering::SeqCst)
    }

    /// Sets the pause between two pieces, and how many there are, of the streams that begin from here on.
    pub(crate) fn stream(&self, pause: Duration, pieces: u64) {
        self.state.pause.store(in_micros(pause), Ordering::SeqCst);
        self.state.pieces.store(pieces, Ordering::SeqCst);
    }

    /// Sets how long each answer from here on waits before its head.
    pub(crate) fn latency(&self, latency: Duration) {
        self.state.latency.store(in_micros(latency), Ordering::SeqCst);
    }
}

/// Binds an address, and keeps as many connections waiting as a gateway does: of 200 streams that begin at once some would else
/// wait a second for their handshakes to be sent again, and who connects fastest would look slowest.
pub(crate) fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
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
    let asked = of_path(request.uri().path()).filter(|_| request.method() == Method::POST);
    let body = request.into_body().collect().await?.to_bytes();
    let found = asked.and_then(|(dialect, stream)| {
        Some((state.answers.iter().find(|own| own.dialect == dialect)?, stream))
    });
    let Some((answers, stream)) = found else {
        return Ok(response(StatusCode::NOT_FOUND, "application/json", whole(Bytes::from_static(b"{}"))));
    };
    state.arrivals.fetch_add(1, Ordering::SeqCst);
    let latency = state.latency.load(Ordering::SeqCst);
    if latency > 0 {
        tokio::time::sleep(Duration::from_micros(latency)).await;
    }
    Ok(if stream.unwrap_or_else(|| wants_stream(&body)) {
        let pause = Duration::from_micros(state.pause.load(Ordering::SeqCst));
        let pieces = state.pieces.load(Ordering::SeqCst);
        let events = streamed(Arc::clone(&answers.streamed), pause, pieces);
        response(StatusCode::OK, stream_type(answers.dialect), events)
    } else {
        response(StatusCode::OK, "application/json", whole(answers.whole.clone()))
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

/// What comes next in a stream.
#[derive(Debug, Clone, Copy)]
enum Next {
    Head(usize),
    First,
    Piece(u64),
    Tail(usize),
}

/// The pauses begin after the first words: the time to the first token is the network's and the gateway's alone. Every
/// piece has its time from the beginning on, so that late ones delay no others.
fn streamed(events: Arc<Streamed>, pause: Duration, pieces: u64) -> Body {
    let steps = stream::unfold((Next::Head(0), None), move |(next, began): (Next, Option<Instant>)| {
        let events = Arc::clone(&events);
        async move {
            let next = match next {
                Next::Head(at) if at >= events.head.len() => Next::First,
                Next::Piece(at) if at >= pieces => Next::Tail(0),
                other => other,
            };
            let (event, after) = match next {
                Next::Head(at) => (events.head.get(at)?.clone(), Next::Head(at + 1)),
                Next::First => (events.first.clone(), Next::Piece(1)),
                Next::Piece(at) => {
                    wait_for(began, pause, at).await;
                    (events.piece_at(micros()), Next::Piece(at + 1))
                }
                Next::Tail(at) => (events.tail.get(at)?.clone(), Next::Tail(at + 1)),
            };
            let began = began.or_else(|| matches!(next, Next::First).then(Instant::now));
            Some((Ok(Frame::data(event)), (after, began)))
        }
    });
    StreamBody::new(steps).boxed_unsync()
}

async fn wait_for(began: Option<Instant>, pause: Duration, piece: u64) {
    if let Some(began) = began.filter(|_| !pause.is_zero()) {
        let after = pause.saturating_mul(u32::try_from(piece).unwrap_or(u32::MAX));
        tokio::time::sleep_until((began + after).into()).await;
    }
}

fn response(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let content_type = hyper::header::HeaderValue::from_static(content_type);
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, content_type);
    response
}
