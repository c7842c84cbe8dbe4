//! Points in time as the store keeps them, and the periods that budgets run over.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::time::OffsetDateTime;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// The first Monday after the epoch, in days: 1970-01-05.
const FIRST_MONDAY: i64 = 4;

/// A point in time: milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time that this machine's clock shows.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(millis(since))
    }

    /// From milliseconds since 1970-01-01 UTC.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This much later.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// This much earlier.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }

    /// How long until a later time; zero when it has passed.
    pub fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }
}

pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// How long a budget lasts before it begins anew. All periods are in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// From the full hour.
    Hour,
    /// From midnight.
    Day,
    /// From Monday.
    Week,
    /// From the first of the month.
    Month,
    /// It never begins anew.
    Total,
    /// Windows of this many milliseconds since 1970; at least one.
    Every(u64),
}

impl Period {
    /// When the period began that a time lies in.
    pub fn start(self, now: Timestamp) -> Timestamp {
        let now = now.0;
        Timestamp(match self {
            Self::Hour => floor(now, HOUR),
            Self::Day => floor(now, DAY),
            Self::Week => {
                floor(now.saturating_sub(FIRST_MONDAY * DAY), 7 * DAY).saturating_add(FIRST_MONDAY * DAY)
            }
            Self::Month => month_start(now),
            Self::Total => 0,
            Self::Every(length) => floor(now, i64::try_from(length.max(1)).unwrap_or(i64::MAX)),
        })
    }

    /// When the next period begins; `None` when there is none.
    pub fn end(self, now: Timestamp) -> Option<Timestamp> {
        let start = self.start(now).0;
        let length = match self {
            Self::Hour => HOUR,
            Self::Day => DAY,
            Self::Week => 7 * DAY,
            // The 32nd day after a first lies in the next month.
            Self::Month => return Some(Timestamp(month_start(start.saturating_add(31 * DAY)))),
            Self::Total => return None,
            Self::Every(length) => i64::try_from(length.max(1)).unwrap_or(i64::MAX),
        };
        Some(Timestamp(start.saturating_add(length)))
    }

    /// The name that is stored and that people write: `hour`, `day`, `week`, `month`, `total`, `90000ms`.
    pub fn to_text(self) -> String {
        match self {
            Self::Hour => "hour".to_owned(),
            Self::Day => "day".to_owned(),
            Self::Week => "week".to_owned(),
            Self::Month => "month".to_owned(),
            Self::Total => "total".to_owned(),
            Self::Every(length) => format!("{length}ms"),
        }
    }

    /// Reads such a name.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "hour" => Self::Hour,
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "total" => Self::Total,
            other => Self::Every(other.strip_suffix("ms")?.parse().ok().filter(|length| *length > 0)?),
        })
    }
}

fn floor(value: i64, step: i64) -> i64 {
    value.saturating_sub(value.rem_euclid(step))
}

fn month_start(now: i64) -> i64 {
    let Ok(time) = OffsetDateTime::from_unix_timestamp(now.div_euclid(1000)) else { return 0 };
    let first = time.date().replace_day(1).unwrap_or_else(|_| time.date());
    first.midnight().assume_utc().unix_timestamp().saturating_mul(1000)
}

#[cfg(test)]
mod tests;
