//! Giving room back: when a request is over, or when nobody came back for it.

use std::collections::BTreeMap;

use super::definition::{Charge, Unit};
use super::reserve::MOST;
use crate::database::{Database, Row, Work};
use crate::error::StoreError;
use crate::statement::{clamped, sql};
use crate::time::Timestamp;

/// All lines of a reservation in one statement: nobody can hold one of them while waiting for another.
const TAKE_LINES: &str = "DELETE FROM budget_reservations WHERE id = $1 RETURNING *";

/// An expired reservation keeps its lines, marked: whoever settles it late still charges, and only once.
const MARK_LINES: &str =
    "UPDATE budget_reservations SET released = $2 WHERE id = $1 AND released = $3 RETURNING *";

const EXPIRED: &str =
    "SELECT DISTINCT id FROM budget_reservations WHERE expires_at < $1 AND released = $2 LIMIT 1000";

const SETTLE: &str = "UPDATE budget_spend SET settled = settled + $4, reserved = reserved - $5 \
    WHERE budget_id = $1 AND subject_id = $2 AND period_start = $3";

/// What a budget has counted for a subject in a period; in the order in which counters are locked.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Counter {
    budget_id: String,
    subject_id: String,
    period_start: Timestamp,
}

/// A line of a reservation.
struct Line {
    counter: Counter,
    unit: Unit,
    amount: i64,
    released: bool,
}

/// Charges in somebody's transaction: first every line of every reservation, then the counters, each once and in the
/// order in which room is taken. So nobody waits in a circle.
pub(crate) async fn settle(work: &mut Work, settled: &[(&str, Charge)]) -> Result<(), StoreError> {
    let by_id: BTreeMap<&str, &Charge> = settled.iter().map(|(id, charge)| (*id, charge)).collect();
    let mut counters: BTreeMap<Counter, (i64, i64)> = BTreeMap::new();
    for (id, actual) in by_id {
        for line in work.rows(sql(TAKE_LINES).bind(id)).await?.iter().map(line) {
            let line = line?;
            let counter = counters.entry(line.counter).or_default();
            counter.0 += clamped(actual.in_unit(line.unit)).min(MOST);
            counter.1 += if line.released { 0 } else { line.amount };
        }
    }
    for (counter, (charged, given_back)) in counters {
        count(work, &counter, charged, given_back).await?;
    }
    Ok(())
}

/// Each reservation in a transaction of its own, so that few counters are locked at a time.
pub(super) async fn release_expired(database: &Database, now: Timestamp) -> Result<u64, StoreError> {
    let expired = database.read(sql(EXPIRED).bind(now).bind(false)).await?;
    let mut released = 0;
    for row in &expired {
        let mut work = database.begin().await?;
        let rows = work.rows(sql(MARK_LINES).bind(row.text("id")?).bind(true).bind(false)).await?;
        let mut lines = rows.iter().map(line).collect::<Result<Vec<_>, _>>()?;
        lines.sort_by(|a, b| a.counter.cmp(&b.counter));
        for line in lines {
            count(&mut work, &line.counter, 0, line.amount).await?;
        }
        work.commit().await?;
        released += u64::from(!rows.is_empty());
    }
    Ok(released)
}

async fn count(work: &mut Work, counter: &Counter, charged: i64, given_back: i64) -> Result<(), StoreError> {
    let statement = sql(SETTLE)
        .bind(&counter.budget_id)
        .bind(&counter.subject_id)
        .bind(counter.period_start)
        .bind(charged)
        .bind(given_back);
    work.execute(statement).await.map(drop)
}

fn line(row: &Row) -> Result<Line, StoreError> {
    let unit = row.text("unit")?;
    Ok(Line {
        counter: Counter {
            budget_id: row.text("budget_id")?,
            subject_id: row.text("subject_id")?,
            period_start: row.time("period_start")?,
        },
        unit: Unit::parse(&unit).ok_or_else(|| StoreError::Corrupt(format!("unit is `{unit}`")))?,
        amount: row.int("amount")?,
        released: row.bool("released")?,
    })
}
