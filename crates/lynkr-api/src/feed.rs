//! Settled requests, told to whoever listens while they settle.
//!
//! Telling never waits: a listener that is slower than the requests come misses some and is told how many.

use std::sync::Arc;

use lynkr_store::UsageRecord;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};

/// So many requests wait for a slow listener.
const WAITING: usize = 256;

/// So many may listen at a time.
const LISTENERS: usize = 64;

/// Where settled requests are told.
#[derive(Debug)]
pub struct Feed {
    sender: broadcast::Sender<Arc<UsageRecord>>,
    places: Arc<Semaphore>,
}

impl Default for Feed {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(WAITING), places: Arc::new(Semaphore::new(LISTENERS)) }
    }
}

impl Feed {
    /// A request is over. Costs nothing while nobody listens.
    pub fn tell(&self, record: &UsageRecord) {
        // Whoever listens has a place; the count of receivers is behind a lock.
        if self.places.available_permits() < LISTENERS {
            // Who has left in the meantime needs nothing.
            let _ = self.sender.send(Arc::new(record.clone()));
        }
    }

    /// A place to listen; `None` when all are taken.
    pub(crate) fn listen(&self) -> Option<Listener> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Listener { receiver: self.sender.subscribe(), _place: place })
    }
}

/// One who listens.
#[derive(Debug)]
pub(crate) struct Listener {
    receiver: broadcast::Receiver<Arc<UsageRecord>>,
    _place: OwnedSemaphorePermit,
}

/// What a listener hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A request.
    Request(Arc<UsageRecord>),
    /// So many were left out.
    Missed(u64),
    /// There is nobody to tell anything any more.
    Ended,
}

impl Listener {
    /// What comes next. It may be dropped and asked again without losing anything.
    pub(crate) async fn next(&mut self) -> Heard {
        match self.receiver.recv().await {
            Ok(record) => Heard::Request(record),
            Err(broadcast::error::RecvError::Lagged(count)) => Heard::Missed(count),
            Err(broadcast::error::RecvError::Closed) => Heard::Ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: u64) -> UsageRecord {
        UsageRecord { id: id.to_string(), ..UsageRecord::default() }
    }

    #[tokio::test]
    async fn a_slow_listener_is_told_how_many_it_missed_and_goes_on() {
        let feed = Feed::default();
        feed.tell(&record(0));
        let mut listener = feed.listen().unwrap();
        for id in 1..=WAITING as u64 + 10 {
            feed.tell(&record(id));
        }
        assert_eq!(listener.next().await, Heard::Missed(10));
        assert_eq!(listener.next().await, Heard::Request(Arc::new(record(11))));
    }

    #[tokio::test]
    async fn places_are_bounded_and_come_back() {
        let feed = Feed::default();
        let listeners: Vec<_> = (0..LISTENERS).map(|_| feed.listen().unwrap()).collect();
        assert!(feed.listen().is_none());
        drop(listeners);
        assert!(feed.listen().is_some());
    }
}
