//! Turns against the mock itself: what is counted, what is refused, and the arithmetic on it.

use super::*;
use crate::bench::bodies::{Body, Size};
use std::sync::Arc;

fn mock() -> Mock {
    Mock::start(([127, 0, 0, 1], 0).into()).expect("a free port")
}

fn turn(mock: &Mock, mode: Mode) -> Turn<'static> {
    Turn::new(None, Work::new(mock.address, &Arc::new(Body::new(Size::Small, mode))))
}

#[tokio::test]
async fn rounds_give_rates_and_times() {
    let mock = mock();
    let mut whole = turn(&mock, Mode::Whole);
    greet(std::slice::from_ref(&whole)).await.expect("an answer");
    let (every, round) = (Duration::from_millis(5), Duration::from_millis(30));
    whole.saturated(&mock, 2, (round, 1)).await.expect("a round");
    whole.paced(&mock, (every, round), (Duration::ZERO, 1)).await.expect("a round");
    let row = whole.row();
    assert!(row.per_second().is_some_and(|rate| rate > 0.0) && row.took.is_some(), "{row:?}");
    // Without a process of its own there is no CPU time to read; whole answers have no pieces that could be late.
    assert_eq!((row.cpu, row.lag, row.lost), (None, None, 0));
}

#[tokio::test]
async fn streams_together_are_all_timed() {
    let mock = mock();
    let mut streams = turn(&mock, Mode::Stream);
    let crowd =
        Crowd { streams: 5, pieces: 4, pause: Duration::from_millis(2), spread: Duration::from_millis(2) };
    streams.together(&mock, crowd).await.expect("a round");
    assert_eq!((streams.samples.took.len(), streams.samples.lags.len(), streams.samples.lost), (5, 15, 0));
}

#[tokio::test]
async fn pieces_that_never_came_are_counted() {
    let mock = mock();
    let mut streams = turn(&mock, Mode::Stream);
    mock.stream(Duration::ZERO, 3);
    let (_, timings) = together(&streams.work, 2, Duration::ZERO).await.expect("answers");
    streams.timed(timings, 5);
    assert_eq!(streams.row().lost, 4);
}

#[tokio::test]
async fn an_answer_that_the_mock_did_not_give_fails_the_run() {
    let mock = mock();
    let error = all_arrived(&mock, 0, 1).unwrap_err().to_string();
    assert!(error.contains("a cache answered"), "{error}");
    greet(&[turn(&mock, Mode::Whole)]).await.expect("an answer");
    let error = all_arrived(&mock, 0, 0).unwrap_err().to_string();
    assert!(error.contains("some were repeated"), "{error}");
}

#[test]
fn nothing_is_held_against_nothing() {
    assert_eq!(times(Some(3.0), Some(1.5)), Some(2.0));
    assert_eq!(
        [times(Some(1.0), Some(0.0)), times(Some(1.0), Some(-0.1)), times(None, Some(1.0))],
        [None; 3]
    );
    let spread = |p50, p99| Some(Spread { p50, p99 });
    let [row, direct] =
        [spread(2.0, 6.0), spread(1.0, 2.0)].map(|took| Row { took, lag: took, ..Row::default() });
    assert_eq!((row.above(&direct), row.jitter()), (spread(1.0, 4.0), Some(4.0)));
    assert_eq!(row.above(&Row::default()), None);
}
