//! Bounds and counts, without a database.

use serde_json::json;

use super::batch::{Kind, Record};
use super::queue::{Outcome, Queue};
use super::*;

fn options() -> WriterOptions {
    WriterOptions { most_records: 8, most_bytes: 1 << 20, batch: 3, ..WriterOptions::default() }
}

fn usage() -> Record {
    Record::Usage(Box::default())
}

fn note(text: &str) -> Record {
    Record::Telemetry(Box::new(TelemetryRecord {
        data: json!({ "text": text }),
        ..TelemetryRecord::default()
    }))
}

#[test]
fn what_is_sampled_goes_first() {
    let queue = Queue::new(options());
    let taken = (0..10).filter(|_| queue.push(note(""))).count();
    assert_eq!(taken, 6, "three quarters of eight");
    assert!(queue.push(usage()) && queue.push(usage()) && !queue.push(usage()));
    let stats = queue.stats();
    assert_eq!((stats.queued, stats.dropped.telemetry, stats.dropped.usage), (8, 4, 1));
}

#[test]
fn bytes_are_bounded_and_given_back() {
    let queue = Queue::new(WriterOptions { most_bytes: 10_000, ..options() });
    assert!(!queue.push(note(&"x".repeat(20_000))), "larger than the queue");
    assert!(queue.push(usage()));
    let batch = queue.take();
    assert!(queue.stats().queued_bytes > 0, "what is being written counts");
    queue.put_back(batch);
    assert_eq!(queue.stats().queued, 1);
    let batch = queue.take();
    queue.finish(&batch, Outcome::Written);
    let stats = queue.stats();
    assert_eq!((stats.queued, stats.queued_bytes, stats.written.usage), (0, 0, 1));
}

#[test]
fn batches_keep_their_order() {
    let queue = Queue::new(options());
    for id in 0..5 {
        queue.push(Record::Settlement(id.to_string(), Charge::default()));
    }
    let ids = |batch: &[super::queue::Waiting]| -> Vec<String> {
        let id = |record: &Record| match record {
            Record::Settlement(id, _) => id.clone(),
            _ => String::new(),
        };
        batch.iter().map(|waiting| id(&waiting.record)).collect()
    };
    let first = queue.take();
    assert_eq!(ids(&first), ["0", "1", "2"]);
    queue.put_back(first);
    assert_eq!(ids(&queue.take()), ["0", "1", "2"]);
}

#[test]
fn what_is_left_at_the_end_is_counted() {
    let queue = Queue::new(options());
    queue.push(usage());
    queue.push(note(""));
    queue.close();
    assert!(!queue.push(usage()), "closed");
    queue.drop_all();
    let stats = queue.stats();
    assert_eq!((stats.queued, stats.queued_bytes, stats.dropped.total()), (0, 0, 3));
}

#[test]
fn every_kind_has_a_count_of_its_own() {
    let records = [
        usage(),
        note(""),
        Record::Audit(Box::default()),
        Record::Settlement(String::new(), Charge::default()),
        Record::KeyUse(String::new(), Timestamp::default()),
    ];
    let queue = Queue::new(options());
    let kinds: Vec<Kind> = records.iter().map(Record::kind).collect();
    assert!(records.into_iter().all(|record| queue.push(record)));
    for _ in 0..2 {
        let batch = queue.take();
        queue.finish(&batch, Outcome::Written);
    }
    let written = queue.stats().written;
    let counts = Counts { usage: 1, telemetry: 1, audit: 1, settlements: 1, key_uses: 1, turns: 0, pins: 0 };
    assert_eq!((written, kinds.len()), (counts, 5));
}

#[tokio::test]
async fn the_worker_is_woken_for_a_batch_and_for_who_waits() {
    let queue = Queue::new(WriterOptions { interval: Duration::from_secs(3600), ..options() });
    let is_due = async || tokio::time::timeout(Duration::from_millis(20), queue.due()).await.is_ok();
    assert!(!is_due().await, "nothing waits");
    assert!(queue.push(usage()) && queue.push(usage()));
    assert!(!is_due().await, "two aren't a batch");
    let ((), pushed) = tokio::join!(queue.due(), async { queue.push(usage()) });
    assert!(pushed && is_due().await, "until they are taken");
    assert_eq!(queue.take().len(), 3);
    assert!(queue.push(usage()) && !is_due().await, "no wake is left over");
    let flush = async {
        queue.due().await;
        let batch = queue.take();
        queue.finish(&batch, Outcome::Dropped);
        batch.len()
    };
    let (_, taken) = tokio::join!(tokio::time::timeout(Duration::from_millis(20), queue.settled()), flush);
    assert_eq!(taken, 1, "somebody waits for it");
    assert!(!is_due().await);
    queue.close();
    assert!(is_due().await);
}

#[test]
fn deep_json_is_weighed_without_a_deep_stack() {
    let mut value = json!(null);
    for _ in 0..100_000 {
        value = serde_json::Value::Array(vec![value]);
    }
    let mut record = TelemetryRecord { data: value, ..TelemetryRecord::default() };
    let deep = std::mem::take(&mut record.data);
    assert!(batch::json_bytes(&deep) > 100_000);
    // Freeing it is somebody else's recursion.
    std::mem::forget(deep);
}
