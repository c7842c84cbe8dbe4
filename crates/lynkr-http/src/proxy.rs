//! Going out through a company's proxy, as its variables say (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`).
//!
//! HTTPS goes through a tunnel (`CONNECT`, RFC 9110 section 9.3.6), so that the proxy sees a host's name and nothing
//! more; plain HTTP is asked for by its whole URL. This machine is never asked for through a proxy.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderValue, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower::Service;

use crate::resolve::Resolver;

/// Which proxy is for what. Empty texts stand for nothing.
#[derive(Clone, Default)]
pub struct Proxies {
    /// For `http://` URLs.
    pub http: String,
    /// For `https://` URLs.
    pub https: String,
    /// For both, where nothing else is said.
    pub all: String,
    /// Hosts, domains and networks that are reached directly, separated by commas; `*` is everything.
    pub none: String,
}

/// A proxy's URL may hold a password.
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxies").field("none", &self.none).finish_non_exhaustive()
    }
}

/// What is near by its name: this machine, and Google's metadata server.
const NEAR: &[&str] = &["localhost", "metadata.google.internal"];

/// How the addresses of AWS's services beside a machine begin: `fd00:ec2::254`.
const AWS_NEAR: &[u16] = &[0xfd00, 0xec2];

/// Finds the proxy for a URL.
#[derive(Clone)]
pub(crate) struct Ways(Option<Arc<Matcher>>);

impl fmt::Debug for Ways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ways").field(&self.0.is_some()).finish()
    }
}

impl Ways {
    pub(crate) fn new(proxies: &Proxies) -> Self {
        if [&proxies.http, &proxies.https, &proxies.all].iter().all(|url| url.is_empty()) {
            return Self(None);
        }
        let builder = Matcher::builder().all(proxies.all.clone()).http(proxies.http.clone());
        Self(Some(Arc::new(builder.https(proxies.https.clone()).no(proxies.none.clone()).build())))
    }

    fn of(&self, url: &Uri) -> Option<Intercept> {
        let matcher = self.0.as_ref()?;
        if is_near(url) { None } else { matcher.intercept(url) }
    }

    /// What a request for a plain URL shows its proxy.
    pub(crate) fn authorization(&self, url: &Uri) -> Option<HeaderValue> {
        self.of(url)?.basic_auth().cloned()
    }
}

/// Whether a URL is this machine's, or one of the services that a cloud puts beside each machine: those give
/// credentials over plain HTTP to whoever asks from here.
fn is_near(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_near = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => {
            ip.is_loopback() || ip.is_unicast_link_local() || ip.segments().starts_with(AWS_NEAR)
        }
    };
    host.parse().is_ok_and(is_near) || NEAR.iter().any(|name| host.eq_ignore_ascii_case(name))
}

/// Connects directly or through a proxy.
#[derive(Clone)]
pub(crate) struct ProxyConnector {
    pub(crate) direct: HttpConnector<Resolver>,
    pub(crate) ways: Ways,
    pub(crate) timeout: Duration,
}

type BoxError = Box<dyn Error + Send + Sync>;
type Connecting = Pin<Box<dyn Future<Output = Result<MaybeProxied, BoxError>> + Send>>;

impl Service<Uri> for ProxyConnector {
    type Response = MaybeProxied;
    type Error = BoxError;
    type Future = Connecting;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.direct.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, url: Uri) -> Connecting {
        let Some(intercept) = self.ways.of(&url) else {
            let connecting = self.direct.call(url);
            return Box::pin(
                async move { Ok(MaybeProxied { stream: connecting.await?, by_whole_url: false }) },
            );
        };
        let (mut direct, timeout) = (self.direct.clone(), self.timeout);
        Box::pin(async move {
            let proxy = intercept.uri().clone();
            if proxy.scheme_str() != Some("http") {
                return Err("only proxies with http:// URLs are supported".into());
            }
            if url.scheme_str() != Some("https") {
                return Ok(MaybeProxied { stream: direct.call(proxy).await?, by_whole_url: true });
            }
            // The connector refuses what isn't plain HTTP unless told otherwise, and here it only meets the proxy.
            let mut tunnel = Tunnel::new(proxy, direct);
            if let Some(authorization) = intercept.basic_auth() {
                tunnel = tunnel.with_auth(authorization.clone());
            }
            let tunnelled = tokio::time::timeout(timeout, tunnel.call(url)).await;
            let stream = tunnelled.map_err(|_| "the proxy opened no tunnel in time")??;
            Ok(MaybeProxied { stream, by_whole_url: false })
        })
    }
}

/// A connection, and whether requests on it name the whole URL.
pub(crate) struct MaybeProxied {
    stream: TokioIo<TcpStream>,
    by_whole_url: bool,
}

impl Connection for MaybeProxied {
    fn connected(&self) -> Connected {
        self.stream.connected().proxy(self.by_whole_url)
    }
}

impl Read for MaybeProxied {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl Write for MaybeProxied {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }
}

#[cfg(test)]
mod tests;
