//! Connections: TCP, through a proxy where one stands between, and TLS, which also says the version of HTTP (ALPN, RFC 7301).

use std::error::Error;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::{fmt, io};

use http::Uri;
use http::uri::Scheme;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::proxy::Dialer;
use crate::tls;

/// Why no connection came about.
pub(crate) type Cause = Box<dyn Error + Send + Sync>;

/// The name of HTTP/2 in a handshake.
const H2: &[u8] = b"h2";

pub(crate) fn is_secure(url: &Uri) -> bool {
    url.scheme() == Some(&Scheme::HTTPS)
}

/// Makes connections.
pub(crate) struct Connector {
    dialer: Dialer,
    /// Made at its first use: reading the machine's certificates costs start-up time that a local model server never needs.
    tls: OnceLock<TlsConnector>,
}

/// A new connection.
pub(crate) struct Connected {
    pub(crate) wire: Wire,
    /// Whether HTTP/2 is spoken on it.
    pub(crate) is_h2: bool,
    /// Whether requests on it name the whole URL, since a proxy reads them.
    pub(crate) by_whole_url: bool,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("dialer", &self.dialer).finish_non_exhaustive()
    }
}

impl Connector {
    pub(crate) fn new(dialer: Dialer) -> Self {
        Self { dialer, tls: OnceLock::new() }
    }

    /// Connects to the host of a URL. The handshake has no limit of time of its own: whoever waits has one.
    pub(crate) async fn connect(&self, url: &Uri) -> Result<Connected, Cause> {
        if !is_secure(url) {
            let (stream, by_whole_url) = self.dialer.dial(url.clone()).await?;
            return Ok(Connected { wire: Wire::Plain(stream), is_h2: false, by_whole_url });
        }
        let tls = self.tls()?;
        let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
        let name = ServerName::try_from(host)?.to_owned();
        let (stream, by_whole_url) = self.dialer.dial(url.clone()).await?;
        let stream = tls.connect(name, stream.into_inner()).await?;
        let is_h2 = stream.get_ref().1.alpn_protocol() == Some(H2);
        Ok(Connected { wire: Wire::Secure(Box::new(TokioIo::new(stream))), is_h2, by_whole_url })
    }

    fn tls(&self) -> Result<&TlsConnector, rustls::Error> {
        if let Some(tls) = self.tls.get() {
            return Ok(tls);
        }
        let mut config = tls::client_config()?;
        config.alpn_protocols = vec![H2.to_vec(), b"http/1.1".to_vec()];
        Ok(self.tls.get_or_init(|| TlsConnector::from(Arc::new(config))))
    }

    /// A connector that trusts what a test's server shows.
    #[cfg(test)]
    pub(crate) fn trusting(dialer: Dialer, config: rustls::ClientConfig) -> Self {
        Self { dialer, tls: OnceLock::from(TlsConnector::from(Arc::new(config))) }
    }
}

/// What a connection's bytes go over.
pub(crate) enum Wire {
    Plain(TokioIo<TcpStream>),
    Secure(Box<TokioIo<TlsStream<TcpStream>>>),
}

/// Calls a method of either kind of wire.
macro_rules! on_wire {
    ($wire:expr, $stream:ident => $call:expr) => {
        match $wire {
            Wire::Plain($stream) => $call,
            Wire::Secure($stream) => $call,
        }
    };
}

impl Read for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        on_wire!(self.get_mut(), stream => Pin::new(stream).poll_read(context, buffer))
    }
}

impl Write for Wire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        on_wire!(self.get_mut(), stream => Pin::new(stream).poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_wire!(self.get_mut(), stream => Pin::new(stream).poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_wire!(self.get_mut(), stream => Pin::new(stream).poll_shutdown(context))
    }

    fn is_write_vectored(&self) -> bool {
        on_wire!(self, stream => stream.is_write_vectored())
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        on_wire!(self.get_mut(), stream => Pin::new(stream).poll_write_vectored(context, pieces))
    }
}
