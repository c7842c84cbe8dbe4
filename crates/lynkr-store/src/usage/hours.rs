//! Sums of usage by the hour: kept in the transaction that writes the records, so that they never disagree.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::UsageRecord;
use super::cells::length;
use super::rows::{costed, counted};
use crate::database::Work;
use crate::error::StoreError;
use crate::ids::within_bounds;
use crate::statement::{Statement, sql};

/// An hour in milliseconds.
pub(super) const HOUR: i64 = 3_600_000;

/// What is summed, in the order of the statement.
const SUMS: [&str; 13] = [
    "requests",
    "errors",
    "fallbacks",
    "pinned",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "cost_nanos",
    "latency_ms",
    "first_token_ms",
    "first_tokens",
];

/// Hour, tier, provider, model, whether the price is known, length.
type Place<'r> = (i64, Cow<'r, str>, Cow<'r, str>, Cow<'r, str>, bool, u64);

/// Adds records that are new. Their hours are locked in one order everywhere, so that two replicas never wait in a circle.
pub(super) async fn add(work: &mut Work, records: &[&UsageRecord]) -> Result<(), StoreError> {
    let mut hours: BTreeMap<Place<'_>, [u64; SUMS.len()]> = BTreeMap::new();
    for &record in records {
        let sums = hours.entry(place(record)).or_default();
        for (sum, value) in sums.iter_mut().zip(values(record)) {
            *sum = sum.saturating_add(value);
        }
    }
    if hours.is_empty() {
        return Ok(());
    }
    for ((hour, tier, provider, model, priced, length), sums) in hours {
        let place = sql(UPSERT.as_str())
            .bind(hour)
            .bind(&*tier)
            .bind(&*provider)
            .bind(&*model)
            .bind(priced)
            .bind(length);
        work.execute(sums.into_iter().fold(place, Statement::bind)).await?;
    }
    Ok(())
}

static UPSERT: LazyLock<String> = LazyLock::new(upsert);

fn upsert() -> String {
    let places: Vec<String> = (1..=6 + SUMS.len()).map(|place| format!("${place}")).collect();
    let sets: Vec<String> =
        SUMS.iter().map(|sum| format!("{sum} = usage_hours.{sum} + excluded.{sum}")).collect();
    format!(
        "INSERT INTO usage_hours (hour, tier, provider, model, priced, length, {}) VALUES ({}) \
         ON CONFLICT (hour, tier, provider, model, priced, length) DO UPDATE SET {}",
        SUMS.join(", "),
        places.join(", "),
        sets.join(", ")
    )
}

fn place(record: &UsageRecord) -> Place<'_> {
    (
        // As the databases divide: towards zero.
        record.at.as_millis() / HOUR,
        record.tier.as_deref().map(within_bounds).unwrap_or_default(),
        within_bounds(&record.provider),
        within_bounds(&record.model),
        record.cost_nanos.is_some(),
        length(
            counted(record.input_tokens)
                + counted(record.cache_read_tokens)
                + counted(record.cache_write_tokens),
        ),
    )
}

fn values(record: &UsageRecord) -> [u64; SUMS.len()] {
    let route = record.route.as_ref();
    [
        1,
        u64::from(record.error_kind.is_some()),
        u64::from(route.is_some_and(|route| route.fallback)),
        u64::from(route.is_some_and(|route| route.pinned)),
        counted(record.input_tokens),
        counted(record.output_tokens),
        counted(record.cache_read_tokens),
        counted(record.cache_write_tokens),
        counted(record.reasoning_tokens),
        costed(record.cost_nanos).unwrap_or(0),
        counted(record.latency_ms),
        record.first_token_ms.map_or(0, counted),
        u64::from(record.first_token_ms.is_some()),
    ]
}
