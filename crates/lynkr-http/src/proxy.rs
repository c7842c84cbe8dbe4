//! Going out through a company's proxy, as its variables say (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`).
//!
//! HTTPS goes through a tunnel (`CONNECT`, RFC 9110 section 9.3.6), so that the proxy sees a host's name and nothing
//! more; plain HTTP is asked for by its whole URL. This machine is never asked for through a proxy.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower::Service;

use crate::connect::{Cause, is_secure};
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
pub(crate) struct Dialer {
    direct: HttpConnector<Resolver>,
    ways: Ways,
    timeout: Duration,
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer")
            .field("ways", &self.ways)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Dialer {
    /// `resolve` gives addresses of hosts that count instead of the system's, `timeout` is how long connecting may take.
    pub(crate) fn new(resolve: BTreeMap<String, SocketAddr>, ways: Ways, timeout: Duration) -> Self {
        let mut direct = HttpConnector::new_with_resolver(Resolver::new(resolve));
        // It is handed URLs of TLS as well: the handshake comes after it.
        direct.enforce_http(false);
        direct.set_connect_timeout(Some(timeout));
        direct.set_nodelay(true);
        direct.set_keepalive(Some(Duration::from_secs(60)));
        Self { direct, ways, timeout }
    }

    /// A connection to the host of a URL, and whether requests on it have to name the whole URL.
    pub(crate) async fn dial(&self, url: Uri) -> Result<(TokioIo<TcpStream>, bool), Cause> {
        let mut direct = self.direct.clone();
        let Some(intercept) = self.ways.of(&url) else {
            return Ok((direct.call(url).await?, false));
        };
        let proxy = intercept.uri().clone();
        if proxy.scheme_str() != Some("http") {
            return Err("only proxies with http:// URLs are supported".into());
        }
        if !is_secure(&url) {
            return Ok((direct.call(proxy).await?, true));
        }
        let mut tunnel = Tunnel::new(proxy, direct);
        if let Some(authorization) = intercept.basic_auth() {
            tunnel = tunnel.with_auth(authorization.clone());
        }
        let tunnelled = tokio::time::timeout(self.timeout, tunnel.call(url)).await;
        Ok((tunnelled.map_err(|_| "the proxy opened no tunnel in time")??, false))
    }
}

#[cfg(test)]
mod tests;
