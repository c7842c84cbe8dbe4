//! Which time a report is about.

use std::time::Duration;

use lynkr_store::Timestamp;
use time::{Date, Month, PrimitiveDateTime, Time};

/// The longest window, in days.
const MOST_DAYS: u64 = 3_650;

/// What a caller asked for, as it was written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// `24h`, `7d`, `all`.
    pub window: Option<&'a str>,
    /// A number of days.
    pub days: Option<&'a str>,
    /// From this time on: milliseconds since 1970, or ISO 8601.
    pub since: Option<&'a str>,
    /// Before this time.
    pub until: Option<&'a str>,
}

/// A time that a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// What it is called: `7d`, `all`, `custom`.
    pub name: String,
    /// How many days, where it is whole days.
    pub days: Option<u64>,
    /// From this time on; `None` from the first record on.
    pub since: Option<Timestamp>,
    /// Before this time; `None` until now.
    pub until: Option<Timestamp>,
}

impl Window {
    /// Reads what was asked for; `default` is a window's name.
    ///
    /// # Errors
    /// A sentence that names the parameter.
    pub fn parse(asked: &Asked<'_>, default: &str, now: Timestamp) -> Result<Self, String> {
        let until = asked.until.map(|text| moment("until", text)).transpose()?;
        let mut window = if let Some(text) = asked.since {
            let since = moment("since", text)?;
            Self { name: "custom".to_owned(), days: None, since: Some(since), until: None }
        } else if let Some(text) = asked.days {
            let days = text.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
            let days = days.ok_or_else(|| format!("days: is no whole number from 1 to {MOST_DAYS}"))?;
            Self::back(days, now)
        } else {
            Self::named(asked.window.unwrap_or(default), now)?
        };
        if until.is_some() {
            window.until = until;
        }
        if let (Some(since), Some(until)) = (window.since, window.until)
            && since >= until
        {
            return Err("until: has to be later than the beginning of the window".to_owned());
        }
        Ok(window)
    }

    /// The last days.
    pub fn back(days: u64, now: Timestamp) -> Self {
        let since = now.before(Duration::from_secs(days.saturating_mul(86_400)));
        Self { name: format!("{days}d"), days: Some(days), since: Some(since), until: None }
    }

    fn named(name: &str, now: Timestamp) -> Result<Self, String> {
        let wrong = || {
            format!(
                "window: is `24h`, `7d`, `30d`, another number of hours or days up to {MOST_DAYS}d, or `all`, not `{name}`"
            )
        };
        if name == "all" {
            return Ok(Self { name: name.to_owned(), days: None, since: None, until: None });
        }
        let number = |unit: char, most: u64| {
            let count = name.strip_suffix(unit)?.parse().ok()?;
            (1..=most).contains(&count).then_some(count)
        };
        if let Some(days) = number('d', MOST_DAYS) {
            return Ok(Self::back(days, now));
        }
        let hours = number('h', MOST_DAYS * 24).ok_or_else(wrong)?;
        let since = now.before(Duration::from_secs(hours * 3_600));
        Ok(Self { name: name.to_owned(), days: None, since: Some(since), until: None })
    }
}

fn moment(name: &str, text: &str) -> Result<Timestamp, String> {
    let read = || text.parse().ok().map(Timestamp::from_millis).or_else(|| iso(text));
    read().ok_or_else(|| {
        format!("{name}: is milliseconds since 1970 or a time like 2026-11-21T08:00:00Z, not `{text}`")
    })
}

/// `2026-11-21`, with `T08:00`, `:30`, `.5` and `Z` or `+01:00` behind it; without an offset it is UTC.
fn iso(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let mut parts = date.split('-');
    let mut next = || parts.next();
    let (year, month, day) = (next()?, next()?, next()?);
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    let date = Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    let (clock, offset) = offset(rest)?;
    let time = match clock.strip_prefix(['T', 't', ' ']) {
        Some(clock) => self::clock(clock)?,
        None if clock.is_empty() => Time::MIDNIGHT,
        None => return None,
    };
    let utc = PrimitiveDateTime::new(date, time).assume_utc();
    let millis = i64::try_from(utc.unix_timestamp_nanos() / 1_000_000).ok()?;
    Some(Timestamp::from_millis(millis - offset * 60_000))
}

/// What stands before the offset, and the offset in minutes.
fn offset(rest: &str) -> Option<(&str, i64)> {
    if let Some(clock) = rest.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = rest.rfind(['+', '-']) else { return Some((rest, 0)) };
    let (clock, offset) = rest.split_at_checked(at)?;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then(|| (clock, sign * (i64::from(hours) * 60 + i64::from(minutes))))
}

fn clock(text: &str) -> Option<Time> {
    let mut parts = text.splitn(3, ':');
    let hour = parts.next()?.parse().ok()?;
    let minute = parts.next()?.parse().ok()?;
    let seconds = parts.next().unwrap_or("0");
    let (second, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let millis: String = fraction.chars().chain("000".chars()).take(3).collect();
    Time::from_hms_milli(hour, minute, second.parse().ok()?, millis.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_read() {
        let now = Timestamp::from_millis(1_795_272_000_000);
        let hours = |window: &Window| window.since.map(|since| since.until(now).as_secs() / 3_600);
        for (name, expected) in [("24h", Some(24)), ("1d", Some(24)), ("7d", Some(168)), ("all", None)] {
            let window =
                Window::parse(&Asked { window: Some(name), ..Asked::default() }, "30d", now).unwrap();
            assert_eq!((hours(&window), window.name.as_str()), (expected, name));
        }
        assert_eq!(hours(&Window::parse(&Asked::default(), "30d", now).unwrap()), Some(720));
        let days = Window::parse(&Asked { days: Some("3"), ..Asked::default() }, "30d", now).unwrap();
        assert_eq!((days.days, days.name.as_str()), (Some(3), "3d"));
        for wrong in ["", "0d", "d", "7", "9999d", "-1d", "1w"] {
            assert!(Window::parse(&Asked { window: Some(wrong), ..Asked::default() }, "7d", now).is_err());
        }
        let asked = Asked { since: Some("2026-11-21"), until: Some("2026-11-20"), ..Asked::default() };
        assert!(Window::parse(&asked, "7d", now).unwrap_err().starts_with("until"));
    }

    #[test]
    fn moments_are_read_in_both_forms() {
        for (text, millis) in [
            ("1700000000000", Some(1_700_000_000_000)),
            ("1970-01-02", Some(86_400_000)),
            ("1970-01-01T01:00:00Z", Some(3_600_000)),
            ("1970-01-01T01:00:00.25Z", Some(3_600_250)),
            ("1970-01-01T01:00+01:00", Some(0)),
            ("1970-01-01 00:30", Some(1_800_000)),
            ("1970-13-01", None),
            ("1970-01-01x", None),
            ("yesterday", None),
            ("1970-01-01T25:00", None),
            ("ééééééé", None),
        ] {
            assert_eq!(moment("since", text).ok().map(Timestamp::as_millis), millis, "{text}");
        }
    }
}
