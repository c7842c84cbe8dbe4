//! An HTTP server on loopback that plays scripts and keeps what it was sent.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::recorded::Recorded;
use crate::script::Script;
use crate::serve::{Responder, Shared, accept};
use crate::tls::Identity;

/// A scripted upstream; it stops when dropped.
pub struct Upstream {
    address: SocketAddr,
    shared: Arc<Shared>,
    unexpected: Arc<AtomicUsize>,
    /// The authority that vouches for it, as PEM; none where no TLS is spoken.
    authority: Option<String>,
    task: JoinHandle<()>,
}

impl fmt::Debug for Upstream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Upstream({}, {} requests)", self.address, self.arrivals())
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Upstream {
    /// Plays one script per request, in order. A request beyond the list gets 500 and counts as
    /// [`unexpected`](Self::unexpected).
    pub async fn start(scripts: Vec<Script>) -> io::Result<Self> {
        let unexpected = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&unexpected);
        let scripts = Mutex::new(VecDeque::from(scripts));
        let responder = move |_: &Recorded| {
            let next = scripts.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            next.unwrap_or_else(|| {
                counter.fetch_add(1, Ordering::Relaxed);
                Script::json(
                    500,
                    &json!({"error": {"message": "the test scripted no answer to this request"}}),
                )
            })
        };
        Self::open(Box::new(responder), unexpected, None).await
    }

    /// Asks a closure for the script of each request.
    pub async fn with(responder: impl Fn(&Recorded) -> Script + Send + Sync + 'static) -> io::Result<Self> {
        Self::open(Box::new(responder), Arc::default(), None).await
    }

    /// The same over TLS, with a certificate for these hosts: it plays a vendor's own host for a client that
    /// trusts its [`authority`](Self::authority) and finds the host at its [`address`](Self::address).
    pub async fn secure(
        hosts: &[&str],
        responder: impl Fn(&Recorded) -> Script + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Self::open(Box::new(responder), Arc::default(), Some(Identity::of(hosts)?)).await
    }

    async fn open(
        responder: Responder,
        unexpected: Arc<AtomicUsize>,
        identity: Option<Identity>,
    ) -> io::Result<Self> {
        let (acceptor, authority) = identity.map(|own| (own.acceptor, own.authority)).unzip();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(responder, acceptor));
        let task = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, unexpected, authority, task })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The certificate, as PEM, of the authority that vouches for a [`secure`](Self::secure) upstream.
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Request heads seen so far, bodies complete or not.
    pub fn arrivals(&self) -> usize {
        *self.shared.arrivals.borrow()
    }

    /// Requests for which no script was left.
    pub fn unexpected(&self) -> usize {
        self.unexpected.load(Ordering::Relaxed)
    }

    /// All complete requests so far.
    pub fn requests(&self) -> Vec<Arc<Recorded>> {
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The request with this number (from 0), waiting until it is in.
    pub async fn request(&self, number: usize) -> Arc<Recorded> {
        loop {
            // The sender lives in `shared`, so waiting can only end by success.
            let _ = self.shared.recorded.subscribe().wait_for(|count| *count > number).await;
            if let Some(found) = self.requests().get(number) {
                return Arc::clone(found);
            }
        }
    }
}

#[cfg(test)]
mod tests;
