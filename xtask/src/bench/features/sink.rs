//! A collector that takes whatever is sent to it, and counts.

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A running collector; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    arrivals: Arc<AtomicU64>,
    _tasks: JoinSet<()>,
}

impl Sink {
    /// Begins to take.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("binding the collector")?;
        let address = listener.local_addr()?;
        let arrivals = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&arrivals)));
        Ok(Self { address, arrivals, _tasks: tasks })
    }

    /// How often something was sent.
    pub(super) fn arrivals(&self) -> u64 {
        self.arrivals.load(Ordering::SeqCst)
    }
}

async fn accept(listener: TcpListener, arrivals: Arc<AtomicU64>) {
    let mut connections = JoinSet::new();
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            let arrivals = Arc::clone(&arrivals);
            connections.spawn(async move {
                let service = service_fn(move |request| take(request, Arc::clone(&arrivals)));
                // Whoever hangs up has sent what it wanted to.
                let server = hyper::server::conn::http1::Builder::new();
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn take(
    request: Request<Incoming>,
    arrivals: Arc<AtomicU64>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    request.into_body().collect().await?;
    arrivals.fetch_add(1, Ordering::SeqCst);
    Ok(Response::new(Full::default()))
}
