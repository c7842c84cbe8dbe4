//! What waits to be written, within its bounds, and what became of it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::batch::{Kind, Record};
use super::{Counts, WriterOptions, WriterStats};

/// A record with about the memory that it takes.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) record: Record,
    pub(super) bytes: usize,
}

#[derive(Debug, Default)]
struct Inner {
    waiting: VecDeque<Waiting>,
    /// Taken by the worker and not yet done; they count as waiting.
    taken: usize,
    bytes: usize,
    accepted: u64,
    closed: bool,
    /// Somebody waits for what is there to be written.
    hurried: bool,
    /// The worker waits, and nobody has woken it yet.
    sleeping: bool,
    stats: WriterStats,
}

impl Inner {
    /// Whether there is a reason to write without waiting for more.
    fn is_due(&self, options: &WriterOptions) -> bool {
        self.closed || self.hurried || self.waiting.len() >= options.batch.max(1)
    }

    /// Whether the worker is to be woken: once, and only where it waits for nothing. A wake is a call of the system.
    fn wakes(&mut self, options: &WriterOptions) -> bool {
        let wakes = self.sleeping && self.is_due(options);
        self.sleeping &= !wakes;
        wakes
    }
}

/// The queue.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) options: WriterOptions,
    inner: Mutex<Inner>,
    /// There is enough for a batch, somebody waits for a flush, or it is time to end.
    wake: Notify,
    /// How many records are done with.
    done: watch::Sender<u64>,
}

impl Queue {
    pub(super) fn new(options: WriterOptions) -> Self {
        Self { options, inner: Mutex::default(), wake: Notify::new(), done: watch::Sender::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a record if there is room for its kind.
    pub(super) fn push(&self, record: Record) -> bool {
        let kind = record.kind();
        let bytes = record.bytes();
        let mut inner = self.lock();
        let share = |most: usize| if kind.is_sampled() { most / 4 * 3 } else { most };
        let count = inner.waiting.len() + inner.taken;
        let has_room =
            count < share(self.options.most_records) && inner.bytes + bytes <= share(self.options.most_bytes);
        if inner.closed || !has_room {
            let dropped = kind.count(&mut inner.stats.dropped);
            *dropped += 1;
            // Once when it begins, and then ever more rarely.
            if dropped.is_power_of_two() {
                tracing::warn!(
                    kind = kind.name(),
                    dropped = *dropped,
                    "records are dropped: the store can't keep up"
                );
            }
            return false;
        }
        inner.bytes += bytes;
        inner.accepted += 1;
        inner.waiting.push_back(Waiting { record, bytes });
        self.wake_if_due(inner);
        true
    }

    fn wake_if_due(&self, mut inner: MutexGuard<'_, Inner>) {
        let wakes = inner.wakes(&self.options);
        drop(inner);
        if wakes {
            self.wake.notify_one();
        }
    }

    /// The oldest records, at most a batch.
    pub(super) fn take(&self) -> Vec<Waiting> {
        let mut inner = self.lock();
        let count = inner.waiting.len().min(self.options.batch.max(1));
        inner.taken += count;
        inner.hurried &= count < inner.waiting.len();
        inner.waiting.drain(..count).collect()
    }

    /// The store can't be written for now: they wait again, in their order.
    pub(super) fn put_back(&self, batch: Vec<Waiting>) {
        let mut inner = self.lock();
        inner.taken -= batch.len();
        for waiting in batch.into_iter().rev() {
            inner.waiting.push_front(waiting);
        }
    }

    /// They are done with, one way or the other.
    pub(super) fn finish(&self, batch: &[Waiting], outcome: Outcome) {
        let mut inner = self.lock();
        inner.taken -= batch.len();
        for waiting in batch {
            inner.bytes -= waiting.bytes;
            let counts = match outcome {
                Outcome::Written => &mut inner.stats.written,
                Outcome::Dropped => &mut inner.stats.dropped,
            };
            *waiting.record.kind().count(counts) += 1;
        }
        drop(inner);
        self.done.send_modify(|done| *done += batch.len() as u64);
    }

    /// Notes how a try went; says whether it is the first of its sort.
    pub(super) fn note(&self, error: Option<String>) -> bool {
        let mut inner = self.lock();
        let changed = inner.stats.last_error.is_some() != error.is_some();
        inner.stats.failures += u64::from(error.is_some());
        inner.stats.last_error = error;
        changed
    }

    /// Waits until all that is accepted by now is done with.
    pub(super) async fn settled(&self) {
        let wanted = self.hurry();
        let mut done = self.done.subscribe();
        // The sender lives as long as the queue.
        let _ = done.wait_for(|done| *done >= wanted).await;
    }

    /// Has what waits written at once; says how many records are accepted by now.
    fn hurry(&self) -> u64 {
        let mut inner = self.lock();
        inner.hurried |= !inner.waiting.is_empty();
        let accepted = inner.accepted;
        self.wake_if_due(inner);
        accepted
    }

    /// Waits until there is a reason to write, at most the interval.
    pub(super) async fn due(&self) {
        let until = Instant::now() + self.options.interval;
        while self.falls_asleep() {
            if tokio::time::timeout_at(until, self.wake.notified()).await.is_err() {
                self.lock().sleeping = false;
                return;
            }
        }
    }

    /// Whether there is no reason to write yet. Whoever brings one then wakes the worker.
    fn falls_asleep(&self) -> bool {
        let mut inner = self.lock();
        inner.sleeping = !inner.is_due(&self.options);
        inner.sleeping
    }

    pub(super) fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        self.wake_if_due(inner);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// The end: what still waits is lost. A worker that was stopped has handed back what it had in its hands.
    pub(super) fn drop_all(&self) {
        let mut inner = self.lock();
        let lost: Vec<Kind> = inner.waiting.drain(..).map(|waiting| waiting.record.kind()).collect();
        for kind in &lost {
            *kind.count(&mut inner.stats.dropped) += 1;
        }
        inner.bytes = 0;
        drop(inner);
        if !lost.is_empty() {
            tracing::error!(
                records = lost.len(),
                "records are lost: the store didn't take them before the end"
            );
        }
        self.done.send_modify(|done| *done += lost.len() as u64);
    }

    pub(super) fn stats(&self) -> WriterStats {
        let inner = self.lock();
        WriterStats {
            queued: inner.waiting.len() + inner.taken,
            queued_bytes: inner.bytes,
            ..inner.stats.clone()
        }
    }
}

/// What became of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Written,
    Dropped,
}

impl Kind {
    fn count(self, counts: &mut Counts) -> &mut u64 {
        match self {
            Self::Usage => &mut counts.usage,
            Self::Turn => &mut counts.turns,
            Self::Telemetry => &mut counts.telemetry,
            Self::Audit => &mut counts.audit,
            Self::Settlement => &mut counts.settlements,
            Self::KeyUse => &mut counts.key_uses,
            Self::Pin => &mut counts.pins,
        }
    }
}
