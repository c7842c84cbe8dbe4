//! The batch writer: what requests leave behind is written a little later and together, off their way.
//!
//! Pushing never waits and never fails a request. The queue is bounded in records and bytes; while the store is down
//! it fills, then new records are dropped and counted by kind. What is sampled (turns, telemetry) stops at three
//! quarters, so that usage, audit and settlements have the rest. A batch is one transaction; it may be written twice
//! when nobody knows whether it was written, which changes nothing since every record has its id. A record that the
//! database refuses for what it is goes alone, and is dropped and counted.
//!
//! What was pushed more than an interval ago is on disk, so it survives the process being killed.

mod batch;
mod queue;
mod worker;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::audit::AuditEntry;
use crate::budgets::Charge;
use crate::database::Database;
use crate::pins::SessionPin;
use crate::sessions::Turn;
use crate::telemetry::TelemetryRecord;
use crate::time::Timestamp;
use crate::usage::UsageRecord;

use batch::Record;
use queue::Queue;

/// How the writer works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriterOptions {
    /// The most records that wait.
    pub most_records: usize,
    /// About the most bytes that they take.
    pub most_bytes: usize,
    /// So many records are written together, and as soon as so many wait.
    pub batch: usize,
    /// The longest that a record waits while all is well.
    pub interval: Duration,
    /// The longest wait between two tries while the store is down.
    pub longest_wait: Duration,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self {
            most_records: 20_000,
            most_bytes: 32 << 20,
            batch: 1_024,
            interval: Duration::from_secs(1),
            longest_wait: Duration::from_secs(10),
        }
    }
}

/// Numbers by kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Usage records.
    pub usage: u64,
    /// Turns.
    pub turns: u64,
    /// Telemetry records.
    pub telemetry: u64,
    /// Audit entries.
    pub audit: u64,
    /// Settlements of reservations.
    pub settlements: u64,
    /// Uses of keys.
    pub key_uses: u64,
    /// Pins of sessions.
    pub pins: u64,
}

impl Counts {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.usage + self.turns + self.telemetry + self.audit + self.settlements + self.key_uses + self.pins
    }
}

/// How the writer fares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriterStats {
    /// Records that wait or are being written.
    pub queued: usize,
    /// About the bytes that they take.
    pub queued_bytes: usize,
    /// Records that are in the store.
    pub written: Counts,
    /// Records that were lost: no room, refused, or not written when the process ended.
    pub dropped: Counts,
    /// Batches that failed.
    pub failures: u64,
    /// Why the last one failed; `None` when the last one succeeded.
    pub last_error: Option<String>,
}

/// Takes records and writes them in batches.
#[derive(Debug, Clone)]
pub struct Writer {
    queue: Arc<Queue>,
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Writer {
    /// Must be called within a Tokio runtime, which the writing task lives in.
    pub(crate) fn start(database: Database, options: WriterOptions) -> Self {
        let queue = Arc::new(Queue::new(options));
        let task = tokio::spawn(worker::run(Arc::clone(&queue), database));
        Self { queue, task: Arc::new(Mutex::new(Some(task))) }
    }

    /// A settled request. Says whether it was taken.
    pub fn usage(&self, record: UsageRecord) -> bool {
        self.queue.push(Record::Usage(Box::new(record)))
    }

    /// An entry of a transcript. Says whether it was taken.
    pub fn turn(&self, turn: Turn) -> bool {
        self.queue.push(Record::Turn(Box::new(turn)))
    }

    /// A note. Says whether it was taken.
    pub fn telemetry(&self, record: TelemetryRecord) -> bool {
        self.queue.push(Record::Telemetry(Box::new(record)))
    }

    /// An audit entry that may come a little later than what it tells of. Says whether it was taken.
    pub fn audit(&self, entry: AuditEntry) -> bool {
        self.queue.push(Record::Audit(Box::new(entry)))
    }

    /// What a reserved request did cost. Says whether it was taken; if it wasn't, its room comes back when the
    /// reservation expires.
    pub fn settle(&self, reservation: impl Into<String>, actual: Charge) -> bool {
        self.queue.push(Record::Settlement(reservation.into(), actual))
    }

    /// A key was used. Says whether it was taken.
    pub fn key_used(&self, id: impl Into<String>, at: Timestamp) -> bool {
        self.queue.push(Record::KeyUse(id.into(), at))
    }

    /// A session stays with a model. Says whether it was taken.
    pub fn pin(&self, pin: SessionPin) -> bool {
        self.queue.push(Record::Pin(Box::new(pin)))
    }

    /// Waits until all that was pushed so far is written, or dropped; `false` when that takes longer.
    pub async fn flush(&self, within: Duration) -> bool {
        tokio::time::timeout(within, self.queue.settled()).await.is_ok()
    }

    /// Writes what waits and stops. What isn't written in time is dropped and counted. Closing twice is fine.
    pub async fn close(&self, within: Duration) -> bool {
        self.queue.close();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut task) = task else { return true };
        let in_time = tokio::time::timeout(within, &mut task).await.is_ok();
        if !in_time {
            task.abort();
            let _ = task.await;
            self.queue.drop_all();
        }
        in_time
    }

    /// How it fares.
    pub fn stats(&self) -> WriterStats {
        self.queue.stats()
    }
}

#[cfg(test)]
mod tests;
