//! Leases: room that a process takes ahead of its requests, one line of the reservations for each counter.
//!
//! A round brings the lines of one process to where its memory is: what was charged since the last round is settled, what
//! isn't needed any more goes back, and more is taken where requests want it. It is one transaction. Amounts are absolute
//! (what the lease holds, what was ever charged by it), so that a round of which nobody knows whether it was written does
//! no harm when it is repeated.

use std::collections::BTreeMap;

use super::definition::{self, Budget, Unit};
use super::reserve::{BEGIN, MOST, TAKE};
use crate::database::{Database, Row, Work};
use crate::error::StoreError;
use crate::statement::{Statement, clamped, sql};
use crate::time::Timestamp;

/// Holds the line against whoever looks for expired ones, and reads it.
const RENEW: &str = "UPDATE budget_reservations SET expires_at = $2 WHERE id = $1 RETURNING *";

const COUNT: &str = concat!(
    "UPDATE budget_spend SET settled = settled + $4, reserved = reserved + $5 \
    WHERE budget_id = $1 AND subject_id = $2 AND period_start = $3 RETURNING settled, reserved, ",
    ahead!()
);

const NEW: &str = "INSERT INTO budget_reservations \
    (id, budget_id, subject_id, period_start, unit, amount, expires_at, released, idle, charged) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

const CHANGE: &str =
    "UPDATE budget_reservations SET amount = $2, idle = $3, charged = $4, released = $5 WHERE id = $1";

const END: &str = "DELETE FROM budget_reservations WHERE id = $1";

/// A lease is at most one part in so many of the room that is left.
const SHARE: i64 = 32;
/// Where that isn't enough for so many requests, none is taken: each request takes its own room.
const FEWEST: i64 = 4;
/// And it is never for more requests than this.
const LARGEST: i64 = 1_024;

/// What a budget has counted for a subject in a period; in the order in which counters are locked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Counter {
    pub(crate) budget: String,
    /// Its name as it is kept.
    pub(crate) subject: String,
    pub(crate) period_start: Timestamp,
}

/// Where a lease should come to.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) counter: Counter,
    pub(crate) id: String,
    /// Whether it has no line yet.
    pub(crate) is_new: bool,
    pub(crate) unit: Unit,
    /// All that was ever charged by it.
    pub(crate) charged: i64,
    /// What it holds when that is settled, before more is taken.
    pub(crate) holds: i64,
    /// What requests under way use of it.
    pub(crate) in_use: i64,
    /// What more is wanted for.
    pub(crate) more: More,
}

/// Whether a lease grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum More {
    /// It doesn't.
    No,
    /// It does when half of it is used: for requests of this size.
    WhenLow(i64),
    /// It does: a request of this size waits for it.
    Now(i64),
}

/// Where it came to.
#[derive(Debug, Clone)]
pub(crate) enum Balanced {
    /// The budget, or its counter, is gone, and with it the lease.
    Gone,
    /// It holds so much.
    Held(Held),
}

/// A lease after a round.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) amount: i64,
    /// The budget as it is by now.
    pub(crate) budget: Budget,
    pub(crate) settled: u64,
    /// What others have reserved for requests.
    pub(crate) others: u64,
    /// Whether there is too little room left to take any ahead.
    pub(crate) near: bool,
}

/// A line as it is kept.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    amount: i64,
    idle: i64,
    charged: i64,
    released: bool,
}

/// What a lease should hold for requests of this size where so much room is left; `None` where that is too little.
pub(crate) fn headroom(room: i64, size: i64) -> Option<i64> {
    let share = room / SHARE;
    (share >= size.saturating_mul(FEWEST)).then(|| share.min(size.saturating_mul(LARGEST)).min(MOST))
}

/// One round. The answers come in the order of the entries, which must be that of their counters.
pub(crate) async fn balance(
    database: &Database,
    entries: &[Entry],
    expires: Timestamp,
) -> Result<Vec<Balanced>, StoreError> {
    let mut work = database.begin().await?;
    let mut ids: Vec<&str> = entries.iter().map(|entry| entry.counter.budget.as_str()).collect();
    ids.dedup();
    let budgets = definition::by_ids(&mut work, &ids).await?;
    let budgets: BTreeMap<&str, &Budget> =
        budgets.iter().map(|budget| (budget.id.as_str(), budget)).collect();
    // First every line, then the counters in their order: nobody waits in a circle.
    let mut lines = Vec::with_capacity(entries.len());
    for entry in entries {
        lines.push(renew(&mut work, entry, expires).await?);
    }
    let mut balanced = Vec::with_capacity(entries.len());
    for (entry, line) in entries.iter().zip(lines) {
        balanced.push(match (line, budgets.get(entry.counter.budget.as_str())) {
            (Some(line), Some(budget)) => one(&mut work, entry, line, budget, expires).await?,
            _ => Balanced::Gone,
        });
    }
    work.commit().await?;
    Ok(balanced)
}

async fn renew(work: &mut Work, entry: &Entry, expires: Timestamp) -> Result<Option<Line>, StoreError> {
    if entry.is_new {
        return Ok(Some(Line::default()));
    }
    let rows = work.rows(sql(RENEW).bind(&entry.id).bind(expires)).await?;
    let read = |row: &Row| {
        Ok(Line {
            amount: row.int("amount")?,
            idle: row.int("idle")?,
            charged: row.int("charged")?,
            released: row.bool("released")?,
        })
    };
    rows.first().map(read).transpose()
}

async fn one(
    work: &mut Work,
    entry: &Entry,
    line: Line,
    budget: &Budget,
    expires: Timestamp,
) -> Result<Balanced, StoreError> {
    if entry.is_new {
        work.execute(at(BEGIN, &entry.counter)).await?;
    }
    // Room that was freed because nobody came in time isn't taken again for what is under way.
    let (had, had_idle, holds) =
        if line.released { (0, 0, 0) } else { (line.amount, line.idle, entry.holds) };
    let count = at(COUNT, &entry.counter).bind(entry.charged - line.charged).bind(holds - had);
    let rows = work.rows(count).await?;
    let Some(row) = rows.first() else { return Ok(Balanced::Gone) };
    let (settled, reserved) = (row.int("settled")?, row.int("reserved")?);
    let ahead = (row.int("ahead")? - had_idle).max(0);
    let limit = clamped(budget.rule.block_at.unwrap_or(u64::MAX));
    let room = limit.saturating_sub(settled).saturating_sub(reserved).max(0);
    let free = (holds - entry.in_use).max(0);
    let wanted = wanted(entry.more, room, free);
    let grown = take(work, &entry.counter, wanted.unwrap_or(0).min(room), limit).await?;
    let amount = holds + grown;
    write(work, entry, amount, expires).await?;
    Ok(Balanced::Held(Held {
        amount,
        budget: budget.clone(),
        settled: settled.unsigned_abs(),
        others: (reserved - holds - ahead).max(0).unsigned_abs(),
        near: wanted.is_none(),
    }))
}

/// How much more is taken; `None` where there is too little room to take any ahead.
fn wanted(more: More, room: i64, free: i64) -> Option<i64> {
    let (size, is_waiting) = match more {
        More::No => return Some(0),
        More::WhenLow(size) => (size, false),
        More::Now(size) => (size, true),
    };
    let target = headroom(room.saturating_add(free), size)?;
    Some(if is_waiting || free < target / 2 { (target - free).max(0) } else { 0 })
}

/// Checked and taken in one statement, like the room of a request.
async fn take(work: &mut Work, counter: &Counter, amount: i64, limit: i64) -> Result<i64, StoreError> {
    if amount <= 0 {
        return Ok(0);
    }
    let most_before = limit.saturating_sub(amount);
    let taken = work.rows(at(TAKE, counter).bind(0_i64).bind(amount).bind(most_before)).await?;
    Ok(if taken.is_empty() { 0 } else { amount })
}

async fn write(work: &mut Work, entry: &Entry, amount: i64, expires: Timestamp) -> Result<(), StoreError> {
    let idle = (amount - entry.in_use).max(0);
    let is_over = amount == 0 && entry.in_use == 0;
    let statement = match (entry.is_new, is_over) {
        (true, true) => return Ok(()),
        (false, true) => sql(END).bind(&entry.id),
        (true, false) => sql(NEW)
            .bind(&entry.id)
            .bind(&entry.counter.budget)
            .bind(&entry.counter.subject)
            .bind(entry.counter.period_start)
            .bind(entry.unit.name())
            .bind(amount)
            .bind(expires)
            .bind(false)
            .bind(idle)
            .bind(entry.charged),
        (false, false) => sql(CHANGE).bind(&entry.id).bind(amount).bind(idle).bind(entry.charged).bind(false),
    };
    work.execute(statement).await.map(drop)
}

fn at(text: &'static str, counter: &Counter) -> Statement {
    sql(text).bind(&counter.budget).bind(&counter.subject).bind(counter.period_start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_is_taken_ahead_and_none_near_the_limit() {
        for (room, size, expected) in [
            (32_000, 10, Some(1_000)),
            (1_280, 10, Some(40)),
            (1_279, 10, None),
            (0, 1, None),
            (1_000_000_000, 10, Some(10_240)),
            (i64::MAX, MOST, Some(MOST)),
        ] {
            assert_eq!(headroom(room, size), expected, "{room} for {size}");
        }
    }

    #[test]
    fn a_lease_grows_when_it_is_low_or_somebody_waits() {
        assert_eq!(wanted(More::No, 1_000_000, 0), Some(0));
        assert_eq!(wanted(More::WhenLow(10), 31_600, 400), Some(600));
        assert_eq!(wanted(More::WhenLow(10), 31_500, 500), Some(0));
        assert_eq!(wanted(More::Now(10), 31_500, 500), Some(500));
        assert_eq!(wanted(More::Now(10), 100, 500), None);
    }
}
