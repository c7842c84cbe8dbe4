//! The generator against the mock, directly: what is sent arrives once, and is timed.

use super::{Connection, Work, pace, saturate};
use crate::bench::bodies::{Body, Mode, Size};
use crate::bench::mock::Mock;
use lynkr_protocol::Dialect;
use std::sync::Arc;
use std::time::Duration;

fn mock() -> Mock {
    Mock::start(([127, 0, 0, 1], 0).into()).expect("a free port")
}

fn work(mock: &Mock, size: Size, mode: Mode) -> Work {
    Work::new(mock.address, &Arc::new(Body::new(size, mode)))
}

#[tokio::test]
async fn every_request_arrives_once() {
    let mock = mock();
    for (size, mode) in [(Size::Small, Mode::Whole), (Size::Large, Mode::Stream)] {
        let before = mock.arrivals();
        let round = saturate(&work(&mock, size, mode), 2, Duration::from_millis(30)).await.expect("a round");
        assert!(round.requests >= 2);
        assert_eq!(mock.arrivals() - before, round.requests);
    }
}

#[tokio::test]
async fn the_first_token_comes_before_a_paced_streams_end() {
    let mock = mock();
    mock.stream(Duration::from_millis(2), 20);
    let mut connection = Connection::open(mock.address).await.expect("a connection");
    let timing = connection.ask(&work(&mock, Size::Small, Mode::Stream)).await.expect("an answer");
    assert!(timing.first_token + Duration::from_millis(20) < timing.whole, "{timing:?}");
    assert_eq!(timing.lags.len(), 19, "every piece says when it was sent");
}

#[tokio::test]
async fn a_pace_is_kept() {
    let mock = mock();
    let work = work(&mock, Size::Small, Mode::Whole);
    let timings = pace(&work, Duration::from_millis(5), Duration::from_millis(50)).await.expect("a round");
    assert!((1..=12).contains(&timings.len()), "{}", timings.len());
    assert_eq!(mock.arrivals(), timings.len() as u64);
}

#[tokio::test]
async fn a_refusal_is_told_with_its_text() {
    let mock = mock();
    let mut connection = Connection::open(mock.address).await.expect("a connection");
    let status = connection.get(mock.address, "/nowhere").await.expect("an answer");
    assert_eq!((status.as_u16(), mock.arrivals()), (404, 0));
}

#[tokio::test]
async fn an_answer_waits_as_long_as_it_is_told_to() {
    let mock = mock();
    mock.latency(Duration::from_millis(30));
    let mut connection = Connection::open(mock.address).await.expect("a connection");
    let timing = connection.ask(&work(&mock, Size::Small, Mode::Whole)).await.expect("an answer");
    assert!(timing.whole >= Duration::from_millis(30), "{timing:?}");
}

#[tokio::test]
async fn every_dialect_is_answered_to_its_end() {
    let mock = mock();
    for dialect in Dialect::ALL.into_iter().filter(|own| *own != Dialect::BedrockConverse) {
        for mode in [Mode::Whole, Mode::Stream] {
            let work = Work::new(mock.address, &Arc::new(Body::of(dialect, mode)));
            let mut connection = Connection::open(mock.address).await.expect("a connection");
            connection.ask(&work).await.unwrap_or_else(|error| panic!("{dialect}, {mode:?}: {error:#}"));
        }
    }
}
