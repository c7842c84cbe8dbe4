//! The hyper client: a pool for plain HTTP and one for HTTPS, the latter made at its first use, since reading
//! the machine's certificates costs start-up time that a local model server never needs.

use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::PROXY_AUTHORIZATION;
use http::{Request, Response, Uri};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::TokioTimer;
use rustls::ClientConfig;

use crate::body::{Cause, InboundBody, Pieces, Upload};
use crate::error::{Phase, TransportError};
use crate::lanes::PerLane;
use crate::proxy::{Proxies, ProxyConnector, Ways};
use crate::rerun::Rerun;
use crate::resolve::Resolver;
use crate::tls;
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

/// A request's body, of either kind.
type RequestBody = UnsyncBoxBody<Bytes, Cause>;

type Plain = Client<ProxyConnector, RequestBody>;
type Secure = Client<HttpsConnector<ProxyConnector>, RequestBody>;

/// Sends requests over HTTP/1.1 or, where TLS negotiates it, HTTP/2. Each [lane](crate::Lanes) has pools of its own.
#[derive(Debug)]
pub struct HttpTransport {
    options: ClientOptions,
    ways: Ways,
    plain: PerLane<Plain>,
    secure: PerLane<Secure>,
    /// Read once, for all pools.
    tls: OnceLock<ClientConfig>,
}

impl HttpTransport {
    /// A client with its own pools.
    pub fn new(options: ClientOptions) -> Self {
        let ways = Ways::new(&options.proxies);
        Self { options, ways, plain: PerLane::new(), secure: PerLane::new(), tls: OnceLock::new() }
    }

    fn plain(&self) -> &Plain {
        self.plain.get_or_init(|| pool(&self.options, connector(&self.options, &self.ways)))
    }

    fn secure(&self) -> Result<&Secure, TransportError> {
        let tls = if let Some(tls) = self.tls.get() {
            tls
        } else {
            let made = tls::client_config().map_err(|error| TransportError::Connect(Box::new(error)))?;
            self.tls.get_or_init(|| made)
        };
        Ok(self.secure.get_or_init(|| {
            let mut connector = connector(&self.options, &self.ways);
            connector.direct.enforce_http(false);
            let connector = HttpsConnectorBuilder::new()
                .with_tls_config(tls.clone())
                .https_only()
                .enable_http1()
                .enable_http2()
                .wrap_connector(connector);
            pool(&self.options, connector)
        }))
    }
}

fn connector(options: &ClientOptions, ways: &Ways) -> ProxyConnector {
    let mut direct = HttpConnector::new_with_resolver(Resolver::new(options.resolve.clone()));
    direct.set_connect_timeout(Some(options.connect_timeout));
    direct.set_nodelay(true);
    direct.set_keepalive(Some(Duration::from_secs(60)));
    ProxyConnector { direct, ways: ways.clone(), timeout: options.connect_timeout }
}

fn pool<C>(options: &ClientOptions, connector: C) -> Client<C, RequestBody>
where
    C: hyper_util::client::legacy::connect::Connect + Clone,
{
    Client::builder(Connections)
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(options.pool_idle_timeout)
        .http1_max_buf_size(READ_BUFFER)
        .build(connector)
}

/// Bytes that a connection reads at once at most, and so the longest head. Without a bound it grows to 400 KiB for each
/// connection with a long body.
pub const READ_BUFFER: usize = 64 * 1024;

/// Where the client's connections live: each is a task.
#[derive(Debug, Clone, Copy)]
struct Connections;

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Connections {
    fn execute(&self, connection: F) {
        tokio::spawn(Rerun::new(connection));
    }
}

fn is_secure(url: &Uri) -> bool {
    url.scheme_str() == Some("https")
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, mut outbound: Outbound) -> Result<Inbound, TransportError> {
        let body = Pieces::new(std::mem::take(&mut outbound.body)).boxed_unsync();
        self.exchange(outbound, body, &AtomicU64::new(0)).await
    }

    async fn send_streamed(&self, outbound: Outbound, body: Upload) -> Result<Inbound, TransportError> {
        let progress = body.progress();
        self.exchange(outbound, body.boxed_unsync(), &progress).await
    }
}

impl HttpTransport {
    async fn exchange(
        &self,
        outbound: Outbound,
        body: RequestBody,
        progress: &AtomicU64,
    ) -> Result<Inbound, TransportError> {
        let mut request = Request::new(body);
        *request.method_mut() = outbound.method;
        *request.headers_mut() = outbound.headers;
        let secure = is_secure(&outbound.url);
        // Through a tunnel the proxy is told when it is opened.
        if !secure && let Some(authorization) = self.ways.authorization(&outbound.url) {
            request.headers_mut().insert(PROXY_AUTHORIZATION, authorization);
        }
        *request.uri_mut() = outbound.url;
        let pending = if secure { self.secure()?.request(request) } else { self.plain().request(request) };
        let (head, body) = head(pending, outbound.head_timeout, progress).await?.into_parts();
        let body = body.map_err(|error| TransportError::Broken(Box::new(error)));
        Ok(Inbound { status: head.status, headers: head.headers, body: InboundBody::new(body) })
    }
}

/// Waits for the head of the answer, anew for as long as the body of the request moves.
async fn head(
    pending: impl Future<Output = Result<Response<Incoming>, ClientError>>,
    after: Duration,
    progress: &AtomicU64,
) -> Result<Response<Incoming>, TransportError> {
    let mut pending = std::pin::pin!(pending);
    loop {
        let gone = progress.load(Ordering::Relaxed);
        match tokio::time::timeout(after, &mut pending).await {
            Ok(answered) => return answered.map_err(classify),
            Err(_) if progress.load(Ordering::Relaxed) > gone => {}
            Err(_) => return Err(TransportError::Timeout { phase: Phase::Head, after }),
        }
    }
}

fn classify(error: ClientError) -> TransportError {
    if error.is_connect() {
        TransportError::Connect(into_cause(error))
    } else {
        TransportError::Broken(into_cause(error))
    }
}

fn into_cause(error: ClientError) -> Box<dyn Error + Send + Sync> {
    Box::new(error)
}
