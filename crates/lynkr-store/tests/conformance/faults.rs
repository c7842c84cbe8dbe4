//! Stores that are locked, full, killed, stopped and started.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lynkr_store::{
    Admission, Charge, NewBudget, Period, Retention, Store, StoreError, StoreOptions, StoreUrl, Subject,
    SubjectKind, TelemetryRecord, Unit, Unwritable, UsageFilter, UsageRecord, WriterOptions, record_id,
};
use sqlx::Connection as _;

use crate::harness::{Place, Test, minutes, now};
use crate::records::usage;
use crate::tests;

pub(crate) const BOTH: &[Test] = tests![a_killed_process_loses_nothing_that_was_flushed];
pub(crate) const SQLITE: &[Test] = tests![a_locked_store_is_waited_for, a_full_store_says_so_and_recovers];
pub(crate) const POSTGRES: &[Test] =
    tests![postgres_stops_and_starts_under_load, what_postgres_refuses_goes_alone];
pub(crate) const REDIS: &[Test] = tests![redis_stops_and_starts];

async fn count(store: &Store) -> usize {
    store.usage().find(&UsageFilter::default(), 100_000).await.unwrap().len()
}

/// The argument that makes this program the one that is killed.
pub(crate) const CHILD: &str = "--write-until-killed";

#[expect(clippy::print_stdout, reason = "the parent reads it")]
/// Writes and says after each flush how many records must be there.
pub(crate) async fn write_until_killed(url: &str) {
    let mut options = StoreOptions::new(StoreUrl::parse(url).unwrap());
    options.writer =
        WriterOptions { interval: Duration::from_millis(1), batch: 16, ..WriterOptions::default() };
    let store = Store::open(&options).await.unwrap();
    let mut written = 0;
    loop {
        for _ in 0..50 {
            assert!(store.writer().usage(usage("a", None)));
        }
        assert!(store.writer().flush(minutes(1)).await);
        written += 50;
        println!("{written}");
    }
}

async fn a_killed_process_loses_nothing_that_was_flushed(place: Place) {
    let program = std::env::current_exe().unwrap();
    let mut child = Command::new(program).args([CHILD, &place.url]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said: Vec<usize> = lines.take(20).map(|line| line.unwrap().parse().unwrap()).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    let store = place.open().await;
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    assert!(count(&store).await >= said[19]);
    store.usage().insert(&[usage("b", None)]).await.unwrap();
}

async fn a_locked_store_is_waited_for(place: Place) {
    let mut options = place.options();
    options.lock_wait = Duration::from_millis(50);
    let store = Store::open(&options).await.unwrap();
    let file = store.file().unwrap().display().to_string();
    let mut other = sqlx::SqliteConnection::connect(&file).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();

    let error = store.usage().insert(&[usage("a", None)]).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)) && error.may_pass(), "{error:?}");
    store.writer().usage(usage("a", None));
    assert!(!store.writer().flush(Duration::from_millis(300)).await);
    let stats = store.writer().stats();
    assert!(stats.failures > 0 && stats.queued == 1 && stats.last_error.is_some(), "{stats:?}");
    assert_eq!(count(&store).await, 0, "reading goes on");

    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    assert!(store.writer().flush(minutes(1)).await);
    let stats = store.writer().stats();
    assert_eq!((stats.written.usage, stats.dropped.total(), stats.last_error), (1, 0, None));
    assert_eq!(count(&store).await, 1);
}

async fn a_full_store_says_so_and_recovers(place: Place) {
    let mut options = place.options();
    options.most_pages = Some(120);
    options.writer.most_records = 400;
    let store = Store::open(&options).await.unwrap();
    let old = |_| UsageRecord { at: now().before(minutes(60)), ..usage(&record_id().repeat(4), None) };
    let error = loop {
        if store.usage().insert(&(0..20).map(old).collect::<Vec<_>>()).await.is_err() {
            // Where many rows have no room, a few may have: the last pages are filled row by row.
            if let Err(error) = store.usage().insert(&[old(0)]).await {
                break error;
            }
        }
    };
    assert!(matches!(error, StoreError::Unwritable { reason: Unwritable::Full, .. }), "{error:?}");
    let before = count(&store).await;
    for n in 0..500 {
        assert_eq!(store.writer().usage(usage("a", None)), n < 400, "bounded");
    }
    assert!(!store.writer().flush(Duration::from_millis(300)).await);
    assert_eq!(store.writer().stats().dropped.usage, 100);
    assert_eq!(count(&store).await, before, "reading goes on");

    let keep = Retention { usage: Some(minutes(30)), ..Retention::default() };
    assert_eq!(store.forget(&keep, now()).await.unwrap().usage, before as u64);
    assert!(store.writer().flush(minutes(1)).await);
    assert_eq!((count(&store).await, store.writer().stats().written.usage), (400, 400));
}

async fn postgres_stops_and_starts_under_load(mut place: Place) {
    let mut options = place.options();
    options.connect_wait = Duration::from_millis(500);
    options.writer.most_records = 1000;
    let store = Store::open(&options).await.unwrap();
    let team = Subject::new(SubjectKind::Team, "core");
    let budget = NewBudget {
        subject: team.clone(),
        period: Period::Total,
        unit: Unit::Requests,
        warn_at: None,
        block_at: Some(1000),
    };
    store.budgets().put(&budget, now()).await.unwrap();
    let one = Charge { requests: 1, ..Charge::default() };
    let taken = store.budgets().reserve(std::slice::from_ref(&team), &one, now(), minutes(60)).await.unwrap();
    let Admission::Granted(taken) = taken else { panic!("blocked") };
    for _ in 0..300 {
        store.writer().usage(usage("a", None));
    }
    assert!(store.writer().flush(minutes(1)).await);

    place.server.as_mut().unwrap().kill();
    let began = Instant::now();
    let error = store.ping().await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(10));
    assert!(store.writer().settle(&taken.id, one));
    let accepted = (0..2000).filter(|_| store.writer().usage(usage("b", None))).count();
    assert_eq!(accepted, 999, "bounded");
    assert!(!store.writer().flush(Duration::from_millis(300)).await);
    assert!(Store::open(&options).await.is_err());

    place.server.as_mut().unwrap().restart();
    assert!(store.writer().flush(minutes(1)).await, "{:?}", store.writer().stats());
    let stats = store.writer().stats();
    assert_eq!((stats.written.usage, stats.dropped.usage, stats.queued), (1299, 1001, 0));
    assert_eq!((count(&store).await, stats.last_error), (1299, None));
    let standing = &store.budgets().standings(&[team], now()).await.unwrap()[0];
    assert_eq!((standing.settled, standing.reserved), (1, 0));
}

async fn what_postgres_refuses_goes_alone(place: Place) {
    let store = place.open().await;
    // A kind is the gateway's own word and never so long; an index can't hold it.
    let kind: String = (0..600).map(|_| record_id()).collect();
    for n in 0..100 {
        store.writer().usage(usage("a", None));
        if n == 50 {
            let note = TelemetryRecord { id: record_id(), kind: kind.clone(), ..TelemetryRecord::default() };
            store.writer().telemetry(note);
        }
    }
    assert!(store.writer().flush(minutes(1)).await);
    let stats = store.writer().stats();
    assert_eq!((stats.written.usage, stats.dropped.telemetry, stats.dropped.total()), (100, 1, 1));
    assert_eq!(count(&store).await, 100);
}

async fn redis_stops_and_starts(mut place: Place) {
    let cache = place.redis().await;
    cache.put("a", b"x", minutes(1)).await.unwrap();
    place.server.as_mut().unwrap().kill();
    let error = cache.get("a").await.unwrap_err();
    assert!(matches!(error, StoreError::CacheUnavailable(_)) && error.may_pass(), "{error:?}");
    let rule = crate::limits::rule("r", 5, lynkr_store::Window::Fixed);
    assert!(lynkr_store::RateLimits::take(&cache, &rule, "s", 1, now()).await.is_err());
    place.server.as_mut().unwrap().restart();
    let end = Instant::now() + Duration::from_secs(30);
    while let Err(error) = cache.put("a", b"y", minutes(1)).await {
        assert!(Instant::now() < end, "{error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(cache.get("a").await.unwrap().as_deref(), Some(b"y".as_slice()));
}
