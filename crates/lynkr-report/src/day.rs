//! Days and times in UTC.

use lynkr_store::Timestamp;
use time::{Date, OffsetDateTime};

/// A day in milliseconds.
pub(crate) const DAY: i64 = 86_400_000;

/// The name of a day that is counted from 1970: `2026-11-21`.
pub fn day_name(days: i64) -> String {
    let seconds = days.saturating_mul(DAY / 1_000);
    let date = OffsetDateTime::from_unix_timestamp(seconds).map_or(Date::MIN, OffsetDateTime::date);
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// A time as ISO 8601 has it, to the millisecond: `2026-11-21T08:00:00.000Z`.
pub(crate) fn moment_name(at: Timestamp) -> String {
    let millis = at.as_millis().rem_euclid(DAY);
    let (seconds, rest) = (millis / 1_000, millis % 1_000);
    let (hour, minute) = (seconds / 3_600, seconds / 60 % 60);
    format!("{}T{hour:02}:{minute:02}:{:02}.{rest:03}Z", day_name(number(at)), seconds % 60)
}

/// The beginning of the day that a time lies in.
pub fn first_of_day(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(number(at).saturating_mul(DAY))
}

/// The day that a time lies in, counted from 1970.
pub(crate) fn number(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(DAY)
}
