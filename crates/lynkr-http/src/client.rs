//! The HTTP client: it chooses the pool, keeps the time for the head, and says what went wrong.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use async_trait::async_trait;
use http::Request;
use http::header::PROXY_AUTHORIZATION;
use lynkr_types::lane::PerLane;

use crate::body::{InboundBody, Pieces, RequestBody, Upload};
use crate::connect::{Connector, is_secure};
use crate::error::{Phase, TransportError};
use crate::patience::Patience;
use crate::pool::{Pool, SendError};
use crate::proxy::{Dialer, Proxies, Ways};
use crate::transport::{Inbound, Outbound, Transport};

/// How the client behaves.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// How long a TCP connection may take to come about.
    pub connect_timeout: Duration,
    /// How long an idle connection is kept.
    pub pool_idle_timeout: Duration,
    /// Addresses of hosts, in lower case, that count instead of the system's. The port is the URL's, unless
    /// the URL names none.
    pub resolve: BTreeMap<String, SocketAddr>,
    /// The proxies that stand between.
    pub proxies: Proxies,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            pool_idle_timeout: Duration::from_secs(30),
            resolve: BTreeMap::new(),
            proxies: Proxies::default(),
        }
    }
}

/// Sends requests over HTTP/1.1 or, where TLS negotiates it, HTTP/2. Each [lane](crate::Lanes) has a pool of its own.
#[derive(Debug)]
pub struct HttpTransport {
    ways: Ways,
    connector: Arc<Connector>,
    idle_timeout: Duration,
    pools: PerLane<Arc<Pool>>,
}

/// Bytes that a connection reads at once at most, and so the longest head. Without a bound it grows to 400 KiB for each
/// connection with a long body.
pub const READ_BUFFER: usize = 64 * 1024;

impl HttpTransport {
    /// A client with its own pools.
    pub fn new(options: ClientOptions) -> Self {
        let ways = Ways::new(&options.proxies);
        let dialer = Dialer::new(options.resolve, ways.clone(), options.connect_timeout);
        let connector = Arc::new(Connector::new(dialer));
        Self { ways, connector, idle_timeout: options.pool_idle_timeout, pools: PerLane::new() }
    }

    async fn exchange(
        &self,
        mut outbound: Outbound,
        body: RequestBody,
        progress: Option<&AtomicU64>,
    ) -> Result<Inbound, TransportError> {
        // Through a tunnel the proxy is told when it is opened.
        if !is_secure(&outbound.url)
            && let Some(authorization) = self.ways.authorization(&outbound.url)
        {
            outbound.headers.insert(PROXY_AUTHORIZATION, authorization);
        }
        let mut request = Request::new(body);
        *request.method_mut() = outbound.method;
        *request.headers_mut() = outbound.headers;
        let pool = self.pools.get_or_init(|| Pool::new(Arc::clone(&self.connector), self.idle_timeout));
        let after = outbound.head_timeout;
        let answered = pool.send(&outbound.url, request, Patience::new(after, progress)).await;
        let (head, body) = answered.map_err(|error| told(error, after))?.into_parts();
        Ok(Inbound { status: head.status, headers: head.headers, body: InboundBody::answer(body) })
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, mut outbound: Outbound) -> Result<Inbound, TransportError> {
        let body = Pieces::new(std::mem::take(&mut outbound.body));
        self.exchange(outbound, RequestBody::Pieces(body), None).await
    }

    async fn send_streamed(&self, outbound: Outbound, body: Upload) -> Result<Inbound, TransportError> {
        let progress = body.progress();
        self.exchange(outbound, RequestBody::Upload(body), Some(&progress)).await
    }
}

fn told(error: SendError, after: Duration) -> TransportError {
    match error {
        SendError::Connect(cause) => TransportError::Connect(cause),
        SendError::Broken(error) => TransportError::Broken(Box::new(error)),
        SendError::Late => TransportError::Timeout { phase: Phase::Head, after },
    }
}
