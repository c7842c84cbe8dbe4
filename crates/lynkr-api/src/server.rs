//! The accept loop: a deep backlog, HTTP/1.1 and HTTP/2, and an end that lets answers finish.

mod heads;

use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream as StdStream};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use lynkr_orchestrator::{Lanes, Rerun, Shutdown};
use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use tower::Service as _;

use crate::govern::Peer;
use crate::live::Live;
use crate::observe::Scheme;
use crate::tls::Identity;
use heads::HeadTimer;

/// Connections that may wait to be accepted. With the usual 128, a burst of clients waits a second for its
/// retransmitted handshakes.
const BACKLOG: i32 = 4_096;

/// A bound socket that isn't served yet.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    identity: Option<Identity>,
}

impl Listener {
    /// Binds an address; port 0 takes any free one.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        // A restart must not wait for the old connections' last packets.
        socket.set_reuse_address(cfg!(unix))?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(Self { socket: TcpListener::from_std(socket.into())?, identity: None })
    }

    /// Serves HTTPS with this identity, and nothing else.
    #[must_use]
    pub fn with_identity(self, identity: Option<Identity>) -> Self {
        Self { identity, ..self }
    }

    /// The address that was bound.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// The next connection, not yet watched by any runtime: it will live on a lane's.
    async fn accept(&self) -> io::Result<(StdStream, SocketAddr)> {
        let (stream, peer) = self.socket.accept().await?;
        Ok((stream.into_std()?, peer))
    }
}

/// Of the grace so much, and at most this long, is kept for telling streams that they are cut.
const LAST_PART: u32 = 10;
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Serves, on these lanes, until `stop` resolves, then lets requests under way finish for at most `grace`. Returns how many requests, or
/// connections, were cut then.
///
/// The order of the end: readiness fails and new requests are refused, while the socket still answers, so that
/// balancers see it; requests under way finish, and shortly before the end those that haven't are told so in their own
/// dialect; idle connections and the socket close, WebSockets with a close frame.
pub async fn serve(
    listener: Listener,
    lanes: &Lanes,
    live: Arc<Live>,
    stop: impl Future<Output = ()>,
    grace: Duration,
) -> usize {
    let tracker = TaskTracker::new();
    let stopping = Arc::<Shutdown>::default();
    // Every service that follows counts into the same.
    let load = Arc::clone(&live.service().load);
    accept_until((&listener, lanes), &live, &tracker, &stopping, stop).await;
    load.drain();
    let deadline = Instant::now() + grace;
    let idle_until = async |end| {
        let _ = tokio::time::timeout_at(end, load.idle()).await;
    };
    let cut_at = deadline - (grace / LAST_PART).min(LAST_WORDS);
    accept_until((&listener, lanes), &live, &tracker, &stopping, idle_until(cut_at)).await;
    let cut = usize::try_from(load.active()).unwrap_or(usize::MAX);
    live.service().gateway.shutdown().begin();
    accept_until((&listener, lanes), &live, &tracker, &stopping, idle_until(deadline)).await;
    drop(listener);
    stopping.begin();
    tracker.close();
    let _ = tokio::time::timeout_at(deadline, tracker.wait()).await;
    let _ = tokio::time::timeout_at(deadline, load.sockets_closed()).await;
    cut.max(tracker.len())
}

async fn accept_until(
    (listener, lanes): (&Listener, &Lanes),
    live: &Arc<Live>,
    tracker: &TaskTracker,
    stopping: &Arc<Shutdown>,
    until: impl Future<Output = ()>,
) {
    let mut until = std::pin::pin!(until);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let identity = listener.identity.clone();
                    let greeted = greet((stream, peer.ip()), identity, Arc::clone(live), Arc::clone(stopping));
                    lanes.spawn(tracker.track_future(Rerun::new(greeted)));
                }
                Err(error) => {
                    // Out of file descriptors, most likely: others must close first.
                    tracing::error!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            () = &mut until => return,
        }
    }
}

async fn greet(
    (stream, peer): (StdStream, IpAddr),
    identity: Option<Identity>,
    live: Arc<Live>,
    stopping: Arc<Shutdown>,
) {
    let stream = match TcpStream::from_std(stream) {
        Ok(stream) => stream,
        Err(error) => return tracing::error!(%error, "a connection could not be watched"),
    };
    let _ = stream.set_nodelay(true);
    let Some(identity) = identity else {
        let patience = live.service().options.client_timeout;
        let version = tokio::select! {
            version = version(&stream) => version,
            () = tokio::time::sleep(patience) => return,
            () = stopping.comes() => return,
        };
        return connection(stream, version, (peer, Scheme::HTTP), live, stopping).await;
    };
    // In a box, so that connections without TLS don't have the room of one with it.
    Box::pin(async {
        match identity.greet(stream).await {
            Ok(stream) => {
                connection(stream, Version::Unknown, (peer, Scheme::HTTPS), live, stopping).await;
            }
            Err(error) => tracing::debug!(%error, "a client shook no hands"),
        }
    })
    .await;
}

/// Which HTTP a client speaks, as far as it is known before anything is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    /// HTTP/1.1.
    Http1,
    /// Either: hyper finds out.
    Unknown,
}

/// Looks at the first bytes without taking them. Where hyper has to find out, it reads 24 bytes apart, and the buffer of
/// the connection gets twice the size that it needs: with thousands of open streams that is felt.
async fn version(stream: &TcpStream) -> Version {
    let mut first = [0; PREFACE.len()];
    match stream.peek(&mut first).await {
        Ok(count) if !PREFACE.starts_with(first.get(..count).unwrap_or_default()) => Version::Http1,
        _ => Version::Unknown,
    }
}

/// How HTTP/2 begins; no method of HTTP/1.1 does.
const PREFACE: [u8; 4] = *b"PRI ";

async fn connection<S>(
    stream: S,
    version: Version,
    (peer, scheme): (IpAddr, Scheme),
    live: Arc<Live>,
    stopping: Arc<Shutdown>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let patience = live.service().options.client_timeout;
    let mut builder = Builder::new(TokioExecutor::new());
    if version == Version::Http1 {
        builder = builder.http1_only();
    }
    // Slow heads are ended; answers may take as long as they take.
    builder
        .http1()
        .timer(HeadTimer::default())
        .header_read_timeout(patience)
        .max_buf_size(lynkr_orchestrator::READ_BUFFER);
    // A peer that vanished answers no ping.
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(patience));
    // Each request is served as things are when it comes, however long its connection has been open.
    let asked = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&asked);
    let service = service_fn(move |mut request: Request<Incoming>| {
        seen.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(scheme);
        live.routes().call(request)
    });
    let mut serving = std::pin::pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let mut mute = std::pin::pin!(tokio::time::sleep(patience));
    let (mut stops, mut is_stopping) = (stopping.comes(), false);
    let served = poll_fn(|context| {
        if !is_stopping && Pin::new(&mut stops).poll(context).is_ready() {
            is_stopping = true;
            serving.as_mut().graceful_shutdown();
        }
        if let Poll::Ready(outcome) = serving.as_mut().poll(context) {
            return Poll::Ready(outcome);
        }
        // Until the first bytes tell which HTTP it is, no timer of either runs.
        if !asked.load(Ordering::Relaxed) && !is_stopping && mute.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        Poll::Pending
    });
    let outcome = served.await;
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests;
