//! The server side of [`crate::Upstream`]: connections, and the playing of one script as a response body.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::recorded::{Progress, Recorded};
use crate::script::{Abort, Script, Step};

pub(crate) type Responder = Box<dyn Fn(&Recorded) -> Script + Send + Sync>;
type Body = UnsyncBoxBody<Bytes, Infallible>;

/// What all connections of one upstream share.
pub(crate) struct Shared {
    pub(crate) responder: Responder,
    pub(crate) log: Mutex<Vec<Arc<Recorded>>>,
    pub(crate) recorded: watch::Sender<usize>,
    pub(crate) arrivals: watch::Sender<usize>,
    /// Set where TLS is spoken.
    acceptor: Option<TlsAcceptor>,
    connections: AtomicU64,
}

impl Shared {
    pub(crate) fn new(responder: Responder, acceptor: Option<TlsAcceptor>) -> Self {
        Self {
            responder,
            acceptor,
            log: Mutex::default(),
            recorded: watch::Sender::new(0),
            arrivals: watch::Sender::new(0),
            connections: AtomicU64::new(0),
        }
    }

    fn record(&self, make: impl FnOnce(usize) -> Recorded) -> Arc<Recorded> {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let recorded = Arc::new(make(log.len()));
        log.push(Arc::clone(&recorded));
        self.recorded.send_replace(log.len());
        recorded
    }
}

/// Accepts until dropped; the set ends every connection with it.
pub(crate) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let number = shared.connections.fetch_add(1, Ordering::Relaxed);
                connections.spawn(serve(stream, number, Arc::clone(&shared)));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, number: u64, shared: Arc<Shared>) {
    let Ok(server) = stream.local_addr() else { return };
    let Ok((stream, cutter)) = with_cutter(stream) else { return };
    match &shared.acceptor {
        None => converse(stream, (number, server), &shared, &cutter).await,
        // A handshake that fails is the peer's doing, which sees it itself.
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                converse(stream, (number, server), &shared, &cutter).await;
            }
        }
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    place: (u64, SocketAddr),
    shared: &Arc<Shared>,
    cutter: &Arc<Cutter>,
) {
    let service = service_fn(|request| answer(request, place, Arc::clone(shared), Arc::clone(cutter)));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // A connection error is the peer's doing and is told by the request's progress.
        _ = connection => {}
        () = cutter.cut.notified() => {}
    }
}

/// Ends a connection from within its own body. The twin is the same socket: it outlives hyper's hold on the
/// stream, so that the linger option can still be set.
struct Cutter {
    twin: std::net::TcpStream,
    cut: Notify,
}

impl Cutter {
    fn cut(&self, how: Abort) {
        if how == Abort::Reset {
            // Failure leaves an orderly close, which is a cut as well.
            let _ = socket2::SockRef::from(&self.twin).set_linger(Some(Duration::ZERO));
        }
        self.cut.notify_one();
    }
}

fn with_cutter(stream: TcpStream) -> io::Result<(TcpStream, Arc<Cutter>)> {
    stream.set_nodelay(true)?;
    let stream = stream.into_std()?;
    let twin = stream.try_clone()?;
    Ok((TcpStream::from_std(stream)?, Arc::new(Cutter { twin, cut: Notify::new() })))
}

async fn answer(
    request: Request<Incoming>,
    (connection, server): (u64, SocketAddr),
    shared: Arc<Shared>,
    cutter: Arc<Cutter>,
) -> Result<Response<Body>, Infallible> {
    shared.arrivals.send_modify(|count| *count += 1);
    let (head, body) = request.into_parts();
    // A body that breaks off is recorded as far as it came.
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let progress = watch::Sender::new(Progress::Answering);
    let recorded = shared.record(|number| Recorded {
        number,
        connection,
        server,
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: headers_in_order(&head.headers),
        body,
        arrived: Instant::now(),
        progress: progress.subscribe(),
    });
    let mut steps: VecDeque<Step> = (shared.responder)(&recorded).into_steps().into();
    if recorded.method == "HEAD" {
        steps.retain(|step| matches!(step, Step::Status(_) | Step::Header(..)));
    }
    Ok(Performance { steps, progress, cutter, flushed: true }.perform().await)
}

fn headers_in_order(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

/// A script being played. Dropping it before its end means that the peer has gone.
struct Performance {
    steps: VecDeque<Step>,
    progress: watch::Sender<Progress>,
    cutter: Arc<Cutter>,
    flushed: bool,
}

impl Performance {
    async fn perform(mut self) -> Response<Body> {
        let mut head = Response::new(());
        while let Some(step) = self.steps.pop_front() {
            match step {
                Step::Status(code) => *head.status_mut() = StatusCode::from_u16(code).unwrap_or_default(),
                Step::Header(name, value) => append(head.headers_mut(), &name, &value),
                Step::Head => break,
                step @ (Step::Send(_) | Step::End) => {
                    self.steps.push_front(step);
                    break;
                }
                step @ (Step::Wait(_) | Step::Sleep(_) | Step::Abort(_)) => self.pause(step).await,
            }
        }
        self.note_end();
        let frames = stream::unfold(self, |mut playing| async move {
            playing.next_bytes().await.map(|bytes| (Ok::<_, Infallible>(Frame::data(bytes)), playing))
        });
        head.map(|()| StreamBody::new(frames).boxed_unsync())
    }

    async fn next_bytes(&mut self) -> Option<Bytes> {
        while let Some(step) = self.steps.pop_front() {
            match step {
                Step::Send(bytes) => {
                    self.let_flush().await;
                    self.flushed = false;
                    self.note_end();
                    return Some(bytes);
                }
                Step::End => break,
                step @ (Step::Wait(_) | Step::Sleep(_) | Step::Abort(_)) => self.pause(step).await,
                Step::Status(_) | Step::Header(..) | Step::Head => {}
            }
        }
        self.progress.send_replace(Progress::Answered);
        None
    }

    async fn pause(&mut self, step: Step) {
        self.let_flush().await;
        match step {
            Step::Wait(gate) => gate.pass().await,
            Step::Sleep(time) => tokio::time::sleep(time).await,
            Step::Abort(how) => {
                self.progress.send_replace(Progress::Aborted);
                self.cutter.cut(how);
                std::future::pending::<()>().await;
            }
            Step::Status(_) | Step::Header(..) | Step::Head | Step::Send(_) | Step::End => {}
        }
    }

    /// hyper asks no further once a body of known length is complete, and never for the body of a HEAD, so the
    /// end is noted when nothing but it is left.
    fn note_end(&mut self) {
        if self
            .steps
            .iter()
            .all(|step| matches!(step, Step::End | Step::Status(_) | Step::Header(..) | Step::Head))
        {
            self.progress.send_replace(Progress::Answered);
        }
    }

    /// hyper writes to the socket when its body has nothing to give for the moment; one pending poll makes it.
    async fn let_flush(&mut self) {
        if !std::mem::replace(&mut self.flushed, true) {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Performance {
    fn drop(&mut self) {
        self.progress.send_if_modified(|progress| {
            let gone = *progress == Progress::Answering;
            if gone {
                *progress = Progress::PeerClosed(Instant::now());
            }
            gone
        });
    }
}

fn append(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
        headers.append(name, value);
    }
}
