//! The batch writer on a store that is well.

use std::time::Duration;

use lynkr_store::{
    AuditEntry, AuditFilter, Counts, Store, TelemetryFilter, TelemetryRecord, UsageFilter, record_id,
};

use crate::harness::{Place, Test, minutes, now};
use crate::records::{turn, usage};
use crate::tests;

pub(crate) const TESTS: &[Test] = tests![
    every_kind_is_written,
    an_interval_is_enough,
    closing_writes_what_waits,
    long_names_are_found_again
];

async fn every_kind_is_written(place: Place) {
    let store = place.open().await;
    let writer = store.writer();
    for n in 0..700 {
        assert!(writer.usage(usage("a", Some(n))));
        assert!(writer.turn(turn("s", &n.to_string(), now().after(Duration::from_millis(n)))));
    }
    assert!(writer.telemetry(TelemetryRecord {
        id: record_id(),
        kind: "k".into(),
        ..TelemetryRecord::default()
    }));
    assert!(writer.audit(AuditEntry { id: record_id(), ..AuditEntry::default() }));
    assert!(writer.settle("nobody's", lynkr_store::Charge::default()));
    assert!(writer.key_used("nobody's", now()));
    assert!(writer.flush(minutes(1)).await);
    let stats = writer.stats();
    let written =
        Counts { usage: 700, turns: 700, telemetry: 1, audit: 1, settlements: 1, key_uses: 1, pins: 0 };
    assert_eq!((stats.written, stats.dropped.total(), stats.failures, stats.queued), (written, 0, 0, 0));
    assert_eq!(store.usage().find(&UsageFilter::default(), 1000).await.unwrap().len(), 700);
    assert_eq!(store.sessions().transcript(&turn("s", "", now()).session, 1000).await.unwrap().len(), 700);
    assert_eq!(store.telemetry().find("k", &TelemetryFilter::default(), 10).await.unwrap().len(), 1);
    assert_eq!(store.audit().find(&AuditFilter::default(), 10).await.unwrap().len(), 1);
}

async fn an_interval_is_enough(place: Place) {
    let store = place.open().await;
    store.writer().usage(usage("a", None));
    let other = place.open().await;
    while other.usage().find(&UsageFilter::default(), 1).await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn closing_writes_what_waits(place: Place) {
    let mut options = place.options();
    options.writer.interval = minutes(60);
    let store = Store::open(&options).await.unwrap();
    for _ in 0..100 {
        store.writer().usage(usage("a", None));
    }
    assert!(store.close(minutes(1)).await);
    assert!(!store.writer().usage(usage("a", None)), "closed");
    assert!(store.close(minutes(1)).await, "closing twice is fine");
    assert_eq!((store.writer().stats().written.usage, store.writer().stats().dropped.usage), (100, 1));
    let again = place.open().await;
    assert_eq!(again.usage().find(&UsageFilter::default(), 1000).await.unwrap().len(), 100);
}

/// Postgres refuses long texts in indexes when they can't be compressed.
async fn long_names_are_found_again(place: Place) {
    let store = place.open().await;
    let long: String = (0..600).map(|_| record_id()).collect();
    let mut record = usage(&long, None);
    (record.request_id, record.session_id, record.key_id) =
        (long.clone(), Some(long.clone()), Some(long.clone()));
    store.writer().usage(record.clone());
    let said = lynkr_store::Turn { fingerprint: Some(long.clone()), ..turn(&long, "hello", now()) };
    store.writer().turn(said.clone());
    assert!(store.writer().flush(minutes(1)).await);
    assert_eq!(store.writer().stats().dropped.total(), 0, "{:?}", store.writer().stats());
    let filter = UsageFilter { session_id: Some(long.clone()), key_id: Some(long), ..UsageFilter::default() };
    assert_eq!(store.usage().find(&filter, 10).await.unwrap()[0].id, record.id);
    assert_eq!(store.sessions().transcript(&said.session, 10).await.unwrap()[0].content, said.content);
}
