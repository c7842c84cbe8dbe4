//! Time stamps of log lines: `2026-11-22T08:17:47.123456Z` (RFC 3339, in UTC, with microseconds).

use std::cell::Cell;
use std::fmt::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use lynkr_types::civil;

/// A time up to its second: `2026-11-22T08:17:47`.
type Second = [u8; 19];

thread_local! {
    /// The last second that was written on this thread: many lines are written within one.
    static LAST: Cell<(u64, Second)> = const { Cell::new((u64::MAX, [0; 19])) };
}

/// Writes a time. What lies before 1970 is written as its beginning.
pub(super) fn write(time: SystemTime, out: &mut dyn Write) -> fmt::Result {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (mut known, mut second) = LAST.get();
    if known != since.as_secs() {
        known = since.as_secs();
        second = written(known);
        LAST.set((known, second));
    }
    let mut whole = [0; 27];
    let (front, back) = whole.split_at_mut(second.len());
    front.copy_from_slice(&second);
    back.copy_from_slice(b".000000Z");
    put(back.get_mut(1..7), since.subsec_micros().into());
    out.write_str(std::str::from_utf8(&whole).unwrap_or_default())
}

fn written(seconds: u64) -> Second {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let mut all = *b"0000-00-00T00:00:00";
    for (place, value) in [
        (0..4, year),
        (5..7, month),
        (8..10, day),
        (11..13, rest / 3_600),
        (14..16, rest / 60 % 60),
        (17..19, rest % 60),
    ] {
        put(all.get_mut(place), value);
    }
    all
}

/// Writes a number with leading zeros; of one that is too large, its last digits.
fn put(place: Option<&mut [u8]>, mut value: u64) {
    for digit in place.into_iter().flatten().rev() {
        *digit = b'0' + u8::try_from(value % 10).unwrap_or_default();
        value /= 10;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tracing_subscriber::fmt::format::Writer;
    use tracing_subscriber::fmt::time::FormatTime as _;

    use super::*;

    fn stamp(seconds: u64, micros: u64) -> String {
        let mut out = String::new();
        write(UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_micros(micros), &mut out).unwrap();
        out
    }

    #[test]
    fn known_times() {
        for (seconds, micros, expected) in [
            (0, 0, "1970-01-01T00:00:00.000000Z"),
            (951_782_399, 999_999, "2000-02-28T23:59:59.999999Z"),
            (951_782_400, 1, "2000-02-29T00:00:00.000001Z"),
            (951_868_800, 0, "2000-03-01T00:00:00.000000Z"),
            (1_709_164_800, 0, "2024-02-29T00:00:00.000000Z"),
            (1_735_689_599, 0, "2024-12-31T23:59:59.000000Z"),
            (4_107_542_400, 0, "2100-03-01T00:00:00.000000Z"),
            (253_402_300_799, 0, "9999-12-31T23:59:59.000000Z"),
        ] {
            assert_eq!(stamp(seconds, micros), expected);
            // Once more, out of what is kept.
            assert_eq!(stamp(seconds, micros), expected);
        }
    }

    #[test]
    fn they_are_those_of_the_library() {
        let mut theirs = String::new();
        tracing_subscriber::fmt::time::SystemTime.format_time(&mut Writer::new(&mut theirs)).unwrap();
        let mut ours = String::new();
        write(SystemTime::now(), &mut ours).unwrap();
        assert_eq!(ours.len(), theirs.len());
        // The same day and hour, unless one ended in between.
        assert!(ours.get(..13) == theirs.get(..13) || ours > theirs, "{ours} {theirs}");
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut last = stamp(0, 0);
        for day in 1..150_000 {
            let next = stamp(day * 86_400, 0);
            assert!(next > last, "{last} {next}");
            last = next;
        }
    }
}
