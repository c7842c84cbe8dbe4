//! Binds and serves.

use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use lynkr_api::{Listener, Live, serve};
use lynkr_config::{Loaded, Source};
use lynkr_http::{Habits, Lanes, catch_up, caught_up, put_off};
use lynkr_telemetry::{hold_lines, release_lines};
use tokio::sync::Mutex;

use crate::build::{Built, StartError};
use crate::learning::Kept;
use crate::otel;

/// A gateway whose socket is bound.
#[derive(Debug)]
pub struct Running {
    /// The address that was bound.
    pub address: SocketAddr,
    listener: Listener,
    lanes: Lanes,
    live: Arc<Live>,
    grace: Duration,
    kept: Arc<Mutex<Kept>>,
}

/// How long the store, and the export to OpenTelemetry, may take at the end.
const FLUSH: Duration = Duration::from_secs(5);

/// How many ports after the default one are tried when nobody chose a port.
const MORE_PORTS: u16 = 10;

/// What a request leaves behind, and its line in the log, comes after its answer.
fn lane_begins() {
    put_off();
    hold_lines();
}

fn lane_rests() {
    catch_up();
    release_lines();
}

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
    let habits = Habits { begins: lane_begins, rests: lane_rests };
    let lanes = Lanes::start(habits).map_err(StartError::Threads)?;
    let (live, kept) = (Arc::clone(&built.live), Arc::clone(&built.kept));
    Ok(Running { address, listener, lanes, live, grace: built.grace, kept })
}

impl Running {
    /// Serves until `stop` resolves, then drains. Returns how many connections were still busy at the end.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> usize {
        let live = Arc::clone(&self.live);
        let busy = serve(self.listener, &self.lanes, self.live, stop, self.grace).await;
        caught_up().await;
        let service = live.service();
        let learned = async { self.kept.lock().await.close(&service).await };
        if tokio::time::timeout(FLUSH, learned).await.is_err() {
            tracing::warn!("the store didn't take in time what was learned last");
        }
        if tokio::time::timeout(FLUSH, service.gateway.shelved()).await.is_err() {
            tracing::warn!("the store didn't take in time the answers that may be continued");
        }
        drop(service);
        if let Some(store) = live.service().store.clone()
            && !store.close(FLUSH).await
        {
            tracing::warn!("the store didn't take in time what was left to be written");
        }
        if let Some(otel) = live.service().otel.clone() {
            otel::close(otel, FLUSH).await;
        }
        busy
    }
}
