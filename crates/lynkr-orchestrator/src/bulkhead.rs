//! Some providers take only so many requests at a time: the others wait here, in order.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lynkr_protocol::ApiError;
use lynkr_providers::Upstream;
use lynkr_types::{Blame, FaultKind};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::failure::Failure;

/// More requests than this don't wait: they would time out before their turn came.
const MOST_WAITING: usize = 50;

/// A place among the requests under way; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: Option<OwnedSemaphorePermit>,
}

/// The limits of the providers that have one.
#[derive(Debug, Default)]
pub(crate) struct Bulkheads(HashMap<&'static str, Bulkhead>);

#[derive(Debug)]
struct Bulkhead {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Bulkheads {
    pub(crate) fn of<'a>(upstreams: impl Iterator<Item = &'a Upstream>) -> Self {
        let limited = upstreams.filter_map(|upstream| {
            let places = Arc::new(Semaphore::new(upstream.max_concurrent()?.max(1)));
            Some((upstream.provider().name, Bulkhead { places, waiting: AtomicUsize::new(0) }))
        });
        Self(limited.collect())
    }

    /// Waits for a place. Where too many wait already, the request is turned away at once.
    pub(crate) async fn enter(&self, upstream: &Upstream) -> Result<Place, Failure> {
        let Some(bulkhead) = self.0.get(upstream.provider().name) else {
            return Ok(Place { _permit: None });
        };
        let waiting = Waiting::join(&bulkhead.waiting);
        if waiting.ahead >= MOST_WAITING + bulkhead.places.available_permits() {
            let message = format!("{} takes no more requests for the moment", upstream.provider().title);
            return Err(Failure::new(ApiError::new(FaultKind::Unavailable, message), Blame::Gateway));
        }
        // The semaphore is never closed, so this always gives a place.
        Ok(Place { _permit: Arc::clone(&bulkhead.places).acquire_owned().await.ok() })
    }
}

/// One request in the queue, however it leaves it.
struct Waiting<'a> {
    count: &'a AtomicUsize,
    ahead: usize,
}

impl<'a> Waiting<'a> {
    fn join(count: &'a AtomicUsize) -> Self {
        Self { count, ahead: count.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
