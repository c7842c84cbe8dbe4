//! From the exporter to whoever sends for it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use opentelemetry_http::{HttpClient, HttpError};
use tokio::runtime::Handle;

/// How often a collector that doesn't take what it is sent is mentioned in the log.
const MENTION_EVERY: Duration = Duration::from_secs(60);

/// Sends one request to the collector: the gateway's own HTTP client.
#[async_trait]
pub trait OtlpSender: Send + Sync + fmt::Debug {
    /// The whole answer, whatever its status; else why there is none. The time that it may take is the sender's to
    /// limit.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, String>;
}

/// The exporter's client. It is called on threads of the SDK, which have no runtime.
#[derive(Debug, Clone)]
pub(super) struct Client {
    sender: Arc<dyn OtlpSender>,
    runtime: Handle,
    mentioned: Arc<Mutex<Option<Instant>>>,
}

impl Client {
    pub(super) fn new(sender: &Arc<dyn OtlpSender>) -> Self {
        Self { sender: Arc::clone(sender), runtime: Handle::current(), mentioned: Arc::default() }
    }

    /// Once in a while: a collector may be down for days.
    fn mention(&self, why: &str) {
        let mut mentioned = self.mentioned.lock().unwrap_or_else(PoisonError::into_inner);
        if mentioned.is_none_or(|last| last.elapsed() >= MENTION_EVERY) {
            *mentioned = Some(Instant::now());
            tracing::warn!(error = why, "the OpenTelemetry collector doesn't take what it is sent");
        }
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sender = Arc::clone(&self.sender);
        let sent = self.runtime.spawn(async move { sender.send(request).await });
        match sent.await {
            Ok(Ok(response)) => {
                if !response.status().is_success() {
                    self.mention(&format!("status {}", response.status().as_u16()));
                }
                Ok(response)
            }
            Ok(Err(why)) => {
                self.mention(&why);
                Err(why.into())
            }
            Err(error) => Err(error.into()),
        }
    }
}
