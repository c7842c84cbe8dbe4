//! Binds and serves.

use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use lynkr_api::{Listener, Live, serve};
use lynkr_config::{Loaded, Source};

use crate::build::{Built, StartError};

/// A gateway whose socket is bound.
#[derive(Debug)]
pub struct Running {
    /// The address that was bound.
    pub address: SocketAddr,
    listener: Listener,
    live: Arc<Live>,
    grace: Duration,
}

/// How long the store may take at the end.
const FLUSH: Duration = Duration::from_secs(5);

/// How many ports after the default one are tried when nobody chose a port.
const MORE_PORTS: u16 = 10;

/// Binds the socket. A default port that is taken (llama.cpp has the same) gives way to the next free one; a
/// chosen port doesn't.
pub fn start(built: &Built, loaded: &Loaded) -> Result<Running, StartError> {
    let chosen = loaded.values.source("PORT").is_some_and(|source| *source != Source::Default);
    let last = if chosen { built.address.port() } else { built.address.port().saturating_add(MORE_PORTS) };
    let mut address = built.address;
    let listener = loop {
        match Listener::bind(address) {
            Ok(listener) => break listener,
            Err(error) if error.kind() == ErrorKind::AddrInUse && address.port() < last => {
                address.set_port(address.port() + 1);
            }
            Err(source) => return Err(StartError::Bind { address: built.address, source }),
        }
    };
    let address = listener.address().map_err(|source| StartError::Bind { address, source })?;
    let listener = listener.with_identity(built.identity.clone());
    Ok(Running { address, listener, live: Arc::clone(&built.live), grace: built.grace })
}

impl Running {
    /// Serves until `stop` resolves, then drains. Returns how many connections were still busy at the end.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> usize {
        let live = Arc::clone(&self.live);
        let busy = serve(self.listener, self.live, stop, self.grace).await;
        if let Some(store) = live.service().store
            && !store.close(FLUSH).await
        {
            tracing::warn!("the store didn't take in time what was left to be written");
        }
        busy
    }
}
