//! The task that writes.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use super::batch;
use super::queue::{Outcome, Queue, Waiting};
use crate::database::Database;
use crate::error::StoreError;

const FIRST_WAIT: Duration = Duration::from_millis(100);

/// Runs until the queue is closed and empty.
pub(super) async fn run(queue: Arc<Queue>, database: Database) {
    let mut wait = FIRST_WAIT;
    loop {
        let closed = queue.is_closed();
        let held = Held::take(&queue);
        if held.is_empty() {
            if closed {
                return;
            }
            queue.due().await;
            continue;
        }
        if write(&queue, &database, held).await {
            wait = FIRST_WAIT;
            queue.due().await;
            continue;
        }
        tokio::time::sleep(jittered(wait, closed)).await;
        wait = (wait * 2).min(queue.options.longest_wait);
    }
}

/// Whether the batch is done with; if not it waits again.
async fn write(queue: &Queue, database: &Database, held: Held<'_>) -> bool {
    let error = match batch::write(database, &held.batch).await {
        Ok(()) => {
            if queue.note(None) {
                tracing::info!("the store takes records again");
            }
            held.finish(Outcome::Written);
            return true;
        }
        Err(error) => error,
    };
    note(queue, &error);
    if error.may_pass() {
        return false;
    }
    alone(queue, database, held).await
}

/// Finds out which records a database can't take: each goes alone.
async fn alone(queue: &Queue, database: &Database, mut held: Held<'_>) -> bool {
    while let Some(one) = held.split() {
        match batch::write(database, &one.batch).await {
            Ok(()) => one.finish(Outcome::Written),
            Err(error) => {
                note(queue, &error);
                if error.may_pass() {
                    return false;
                }
                one.finish(Outcome::Dropped);
            }
        }
    }
    queue.note(None);
    true
}

fn note(queue: &Queue, error: &StoreError) {
    // The database's own words stay out of the count of failures but not out of the log.
    let reason = match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    if queue.note(Some(reason.clone())) {
        tracing::warn!(error = reason, "the store takes no records; they wait");
    }
}

/// Up to half as long again, so that replicas don't come back all at once; not long when the process is about to end.
fn jittered(wait: Duration, closed: bool) -> Duration {
    let share = RandomState::new().hash_one(wait) % 512;
    let wait = if closed { wait.min(FIRST_WAIT) } else { wait };
    wait + wait.mul_f64(f64::from(u32::try_from(share).unwrap_or(0)) / 1024.0)
}

/// Records in the worker's hands. Dropped, they go back: neither an error nor the end of the task loses any uncounted.
struct Held<'q> {
    queue: &'q Queue,
    batch: Vec<Waiting>,
}

impl<'q> Held<'q> {
    fn take(queue: &'q Queue) -> Self {
        Self { queue, batch: queue.take() }
    }

    fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    fn finish(mut self, outcome: Outcome) {
        let batch = std::mem::take(&mut self.batch);
        self.queue.finish(&batch, outcome);
    }

    /// The oldest record alone.
    fn split(&mut self) -> Option<Self> {
        if self.batch.is_empty() {
            return None;
        }
        Some(Self { queue: self.queue, batch: vec![self.batch.remove(0)] })
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if !self.batch.is_empty() {
            self.queue.put_back(std::mem::take(&mut self.batch));
        }
    }
}
