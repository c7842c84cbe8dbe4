//! Windows in whole hours, and lengths of requests.

use super::*;

fn at(hours: i64, millis: i64) -> Timestamp {
    Timestamp::from_millis(hours * HOUR + millis)
}

#[test]
fn a_window_is_whole_hours_and_what_is_left_at_its_ends() {
    let filter = |since, until| UsageFilter { since, until, ..UsageFilter::default() };
    let shown = |filter: UsageFilter| {
        let parts = parts(&filter);
        (
            parts.hours.map(|own| (own.since, own.until)),
            parts.rests.into_iter().map(|own| (own.since, own.until)).collect::<Vec<_>>(),
        )
    };
    assert_eq!(shown(filter(None, None)), (Some((None, None)), vec![]));
    assert_eq!(shown(filter(Some(at(5, 0)), None)), (Some((Some(at(5, 0)), None)), vec![]));
    assert_eq!(
        shown(filter(Some(at(5, 1)), Some(at(9, 7)))),
        (
            Some((Some(at(6, 0)), Some(at(9, 0)))),
            vec![(Some(at(5, 1)), Some(at(6, 0))), (Some(at(9, 0)), Some(at(9, 7)))]
        )
    );
    // Within one hour, or across one boundary without a whole hour.
    for (since, until) in [(at(5, 1), at(5, 9)), (at(5, 1), at(6, 9))] {
        assert_eq!(shown(filter(Some(since), Some(until))), (None, vec![(Some(since), Some(until))]));
    }
}

#[test]
fn lengths_count_the_thresholds_that_are_exceeded() {
    assert_eq!([0, 32_000, 32_001, 200_001, 9_999_999].map(length), [0, 0, 1, 3, 6]);
}
