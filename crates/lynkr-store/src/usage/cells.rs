//! Usage by several groups at once: the cells that reports are folded from.
//!
//! Where only times, tiers, providers and models matter the sums by the hour are asked, and the records themselves only for
//! the parts of an hour at both ends of the window.

use super::hours::HOUR;
use super::{GroupBy, UsageFilter};
use crate::database::{Database, Row};
use crate::error::StoreError;
use crate::statement::{Statement, sql};
use crate::time::Timestamp;

/// Input beyond which some models have other prices, in tokens. A cell's length says how many of them its requests exceed.
pub const LENGTHS: [u64; 6] = [32_000, 100_000, 200_000, 256_000, 272_000, 512_000];

/// What requests with the same values of some groups add up to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsageCell {
    /// The values, in the order of the groups that were asked for; empty for records without one.
    pub groups: Vec<String>,
    /// Whether their prices are known.
    pub priced: bool,
    /// How many of [`LENGTHS`] the input of each exceeds.
    pub length: u64,
    /// How many records.
    pub requests: u64,
    /// How many of them failed.
    pub errors: u64,
    /// How many another model than the first answered.
    pub fallbacks: u64,
    /// How many a session's pin decided.
    pub pinned: u64,
    /// Tokens in, outside of caches.
    pub input_tokens: u64,
    /// Tokens out.
    pub output_tokens: u64,
    /// Tokens from the providers' caches.
    pub cache_read_tokens: u64,
    /// Tokens into the providers' caches.
    pub cache_write_tokens: u64,
    /// Tokens of reasoning.
    pub reasoning_tokens: u64,
    /// Billionths of a dollar; 0 where prices aren't known.
    pub cost_nanos: u64,
    /// How long all of them took.
    pub latency_ms: u64,
    /// How long those took to their first content that had any.
    pub first_token_ms: u64,
    /// How many had any.
    pub first_tokens: u64,
    /// Not before this; exact to the hour where whole hours were asked.
    pub first_at: Timestamp,
    /// Not after this; exact to the hour where whole hours were asked.
    pub last_at: Timestamp,
}

/// How many of the lengths this much input exceeds.
pub(super) fn length(input: u64) -> u64 {
    LENGTHS.iter().filter(|length| input > **length).count() as u64
}

/// The sums of the records themselves, then of whole hours.
const SUMS: [[&str; 3]; 13] = [
    ["requests", "COUNT(*)", "SUM(requests)"],
    ["errors", "SUM(CASE WHEN error_kind IS NULL THEN 0 ELSE 1 END)", "SUM(errors)"],
    ["fallbacks", "SUM(CASE WHEN fallback THEN 1 ELSE 0 END)", "SUM(fallbacks)"],
    ["pinned", "SUM(CASE WHEN pinned THEN 1 ELSE 0 END)", "SUM(pinned)"],
    ["input_tokens", "SUM(input_tokens)", "SUM(input_tokens)"],
    ["output_tokens", "SUM(output_tokens)", "SUM(output_tokens)"],
    ["cache_read_tokens", "SUM(cache_read_tokens)", "SUM(cache_read_tokens)"],
    ["cache_write_tokens", "SUM(cache_write_tokens)", "SUM(cache_write_tokens)"],
    ["reasoning_tokens", "SUM(reasoning_tokens)", "SUM(reasoning_tokens)"],
    ["cost_nanos", "SUM(cost_nanos)", "SUM(cost_nanos)"],
    ["latency_ms", "SUM(latency_ms)", "SUM(latency_ms)"],
    ["first_token_ms", "SUM(first_token_ms)", "SUM(first_token_ms)"],
    ["first_tokens", "COUNT(first_token_ms)", "SUM(first_tokens)"],
];

pub(super) async fn read(
    database: &Database,
    filter: &UsageFilter,
    groups: &[GroupBy],
) -> Result<Vec<UsageCell>, StoreError> {
    let by_hours = filter.is_by_hours() && groups.iter().all(|group| group.of_hours().is_some());
    if !by_hours {
        return of_records(database, filter, groups).await;
    }
    let parts = parts(filter);
    let mut cells = match &parts.hours {
        Some(whole) => of_hours(database, whole, groups).await?,
        None => Vec::new(),
    };
    for rest in &parts.rests {
        cells.extend(of_records(database, rest, groups).await?);
    }
    Ok(cells)
}

/// A window in whole hours, and what is left of it at its ends.
struct Parts {
    hours: Option<UsageFilter>,
    rests: Vec<UsageFilter>,
}

fn parts(filter: &UsageFilter) -> Parts {
    let is_whole = |time: Timestamp| time.as_millis().rem_euclid(HOUR) == 0;
    let down =
        |time: Timestamp| Timestamp::from_millis(time.as_millis().div_euclid(HOUR).saturating_mul(HOUR));
    let up = |time: Timestamp| {
        if is_whole(time) {
            time
        } else {
            Timestamp::from_millis(down(time).as_millis().saturating_add(HOUR))
        }
    };
    let (first, last) = (filter.since.map(up), filter.until.map(down));
    if let (Some(first), Some(last)) = (first, last)
        && first >= last
    {
        return Parts { hours: None, rests: vec![filter.clone()] };
    }
    let mut rests = Vec::new();
    if first != filter.since {
        rests.push(UsageFilter { until: first, ..filter.clone() });
    }
    if last != filter.until {
        rests.push(UsageFilter { since: last, ..filter.clone() });
    }
    Parts { hours: Some(UsageFilter { since: first, until: last, ..filter.clone() }), rests }
}

async fn of_records(
    database: &Database,
    filter: &UsageFilter,
    groups: &[GroupBy],
) -> Result<Vec<UsageCell>, StoreError> {
    let cases: Vec<String> = LENGTHS
        .iter()
        .enumerate()
        .rev()
        .map(|(index, length)| {
            format!(
                "WHEN input_tokens + cache_read_tokens + cache_write_tokens > {length} THEN {}",
                index + 1
            )
        })
        .collect();
    let own = [
        "cost_nanos IS NOT NULL AS priced".to_owned(),
        format!("CAST(CASE {} ELSE 0 END AS BIGINT) AS length", cases.join(" ")),
    ];
    let expressions: Vec<String> = groups.iter().map(|group| group.expression().to_owned()).collect();
    let ends = "MIN(at) AS first_at, MAX(at) AS last_at";
    let mut statement = sql(format!("SELECT {} FROM usage WHERE TRUE", columns(&expressions, &own, 1, ends)));
    filter.narrow(&mut statement, database);
    fetch(database, statement, groups.len()).await
}

async fn of_hours(
    database: &Database,
    filter: &UsageFilter,
    groups: &[GroupBy],
) -> Result<Vec<UsageCell>, StoreError> {
    let own = ["priced".to_owned(), "length".to_owned()];
    let expressions: Vec<String> =
        groups.iter().filter_map(|group| group.of_hours()).map(str::to_owned).collect();
    let ends = format!("MIN(hour) * {HOUR} AS first_at, MAX(hour) * {HOUR} + {} AS last_at", HOUR - 1);
    let mut statement =
        sql(format!("SELECT {} FROM usage_hours WHERE TRUE", columns(&expressions, &own, 2, &ends)));
    filter.narrow_hours(&mut statement);
    fetch(database, statement, groups.len()).await
}

/// The groups, what every cell is apart by, the sums and the ends.
fn columns(groups: &[String], own: &[String; 2], sums: usize, ends: &str) -> String {
    let named = groups.iter().enumerate().map(|(index, expression)| format!("{expression} AS g{index}"));
    let sums = SUMS.iter().filter_map(|sum| {
        Some(format!("CAST(COALESCE({}, 0) AS BIGINT) AS {}", sum.get(sums)?, sum.first()?))
    });
    let all: Vec<String> = named.chain(own.iter().cloned()).chain(sums).chain([ends.to_owned()]).collect();
    all.join(", ")
}

async fn fetch(
    database: &Database,
    mut statement: Statement,
    groups: usize,
) -> Result<Vec<UsageCell>, StoreError> {
    let places: Vec<String> = (1..=groups + 2).map(|place| place.to_string()).collect();
    statement.append(&format!(" GROUP BY {}", places.join(", ")));
    database.read(statement).await?.iter().map(|row| cell(row, groups)).collect()
}

fn cell(row: &Row, groups: usize) -> Result<UsageCell, StoreError> {
    let values: Result<Vec<String>, StoreError> =
        (0..groups).map(|index| row.text(&format!("g{index}"))).collect();
    Ok(UsageCell {
        groups: values?,
        priced: row.bool("priced")?,
        length: row.count("length")?,
        requests: row.count("requests")?,
        errors: row.count("errors")?,
        fallbacks: row.count("fallbacks")?,
        pinned: row.count("pinned")?,
        input_tokens: row.count("input_tokens")?,
        output_tokens: row.count("output_tokens")?,
        cache_read_tokens: row.count("cache_read_tokens")?,
        cache_write_tokens: row.count("cache_write_tokens")?,
        reasoning_tokens: row.count("reasoning_tokens")?,
        cost_nanos: row.count("cost_nanos")?,
        latency_ms: row.count("latency_ms")?,
        first_token_ms: row.count("first_token_ms")?,
        first_tokens: row.count("first_tokens")?,
        first_at: row.time("first_at")?,
        last_at: row.time("last_at")?,
    })
}

#[cfg(test)]
mod tests;
