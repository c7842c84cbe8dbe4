//! Calendars, and numbers that no calendar has.

use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

#[test]
fn periods_begin_where_calendars_say() {
    // 2024-02-29 13:37:11 UTC, a Thursday.
    let now = at(1_709_213_831);
    let rows = [
        (Period::Hour, 1_709_211_600, Some(1_709_215_200)),
        (Period::Day, 1_709_164_800, Some(1_709_251_200)),
        (Period::Week, 1_708_905_600, Some(1_709_510_400)),
        (Period::Month, 1_706_745_600, Some(1_709_251_200)),
        (Period::Total, 0, None),
        (Period::Every(60_000), 1_709_213_820, Some(1_709_213_880)),
    ];
    for (period, start, end) in rows {
        assert_eq!(period.start(now), at(start), "{period:?}");
        assert_eq!(period.end(now), end.map(at), "{period:?}");
    }
}

#[test]
fn names_that_are_no_period_are_refused() {
    for text in ["", "0ms", "-1ms", "ms", "Day", "fortnight", "99999999999999999999ms"] {
        assert_eq!(Period::parse(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn a_time_lies_in_its_period(now in -62_000_000_000_000_i64..250_000_000_000_000, every in 1_u64..1_000_000_000) {
        let now = Timestamp::from_millis(now);
        for period in [Period::Hour, Period::Day, Period::Week, Period::Month, Period::Every(every)] {
            let (start, end) = (period.start(now), period.end(now).unwrap());
            prop_assert!(start <= now && now < end, "{period:?}");
            prop_assert_eq!(period.start(end), end);
            prop_assert_eq!(Period::parse(&period.to_text()), Some(period));
        }
    }

    #[test]
    fn no_time_panics(now in any::<i64>(), every in any::<u64>()) {
        let now = Timestamp::from_millis(now);
        for period in [Period::Hour, Period::Day, Period::Week, Period::Month, Period::Total, Period::Every(every)] {
            let _ = (period.start(now), period.end(now));
        }
    }
}
