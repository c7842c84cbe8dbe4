//! The end of the process, told to what is still under way: a stream that is cut says so to its client.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lynkr_protocol::ApiError;
use lynkr_types::FaultKind;
use tokio::sync::Notify;

/// Whether it has come.
#[derive(Debug, Default)]
pub struct Shutdown {
    is_here: AtomicBool,
    told: Arc<Notify>,
}

impl Shutdown {
    /// What is under way ends now.
    pub fn begin(&self) {
        self.is_here.store(true, Ordering::SeqCst);
        self.told.notify_waiters();
    }

    /// Resolves when it comes, or has come.
    pub fn comes(self: &Arc<Self>) -> impl Future<Output = ()> + Send + 'static {
        // Told from here on, whether it is polled by then or not.
        let told = Arc::clone(&self.told).notified_owned();
        let shutdown = Arc::clone(self);
        async move {
            if !shutdown.is_here.load(Ordering::SeqCst) {
                told.await;
            }
        }
    }

    /// What clients are told of it.
    pub fn error() -> ApiError {
        let message = "the gateway is shutting down; send the request again";
        ApiError::new(FaultKind::Unavailable, message).with_code("service_unavailable")
    }
}

/// Waits for it on behalf of one stream.
pub(crate) struct Cut(Pin<Box<dyn Future<Output = ()> + Send>>);

impl Cut {
    pub(crate) fn of(shutdown: &Arc<Shutdown>) -> Self {
        Self(Box::pin(shutdown.comes()))
    }

    /// Ready once: afterwards the stream is over.
    pub(crate) fn poll(&mut self, cx: &mut std::task::Context<'_>) -> std::task::Poll<()> {
        self.0.as_mut().poll(cx)
    }
}

impl std::fmt::Debug for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cut")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_and_whoever_comes_later_is_told() {
        let shutdown = Arc::<Shutdown>::default();
        let never_polled = shutdown.comes();
        let waiting = tokio::spawn(shutdown.comes());
        let early = tokio::time::timeout(std::time::Duration::from_millis(5), shutdown.comes()).await;
        assert!(early.is_err(), "it hasn't come");
        shutdown.begin();
        never_polled.await;
        waiting.await.unwrap();
        shutdown.comes().await;
    }
}
