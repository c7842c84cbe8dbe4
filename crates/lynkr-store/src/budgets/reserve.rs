//! Taking room, and saying where budgets stand.

use std::time::Duration;

use super::definition::{self, Budget, Charge, Subject};
use super::settle;
use crate::database::{Database, Row, Work};
use crate::error::StoreError;
use crate::ids::record_id;
use crate::statement::{Statement, Value, clamped, sql};
use crate::time::Timestamp;

/// Where a budget stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The budget.
    pub budget: Budget,
    /// The subject that it counts for.
    pub subject: Subject,
    /// What was settled in this period.
    pub settled: u64,
    /// What requests under way have reserved. Room that gateways hold ahead of requests isn't in it.
    pub reserved: u64,
    /// Room that gateways hold ahead of requests: no spending, but nobody else can have it for the moment.
    pub ahead: u64,
    /// When the period began.
    pub period_start: Timestamp,
    /// When it begins anew, if it ever does.
    pub resets_at: Option<Timestamp>,
}

impl Standing {
    /// Settled and reserved.
    pub fn spent(&self) -> u64 {
        self.settled.saturating_add(self.reserved)
    }

    fn read(&mut self, row: &Row) -> Result<(), StoreError> {
        self.settled = row.count("settled")?;
        self.ahead = row.count("ahead")?;
        self.reserved = row.count("reserved")?.saturating_sub(self.ahead);
        Ok(())
    }

    /// Whether it is time to warn.
    pub fn warns(&self) -> bool {
        self.budget.rule.warn_at.is_some_and(|limit| self.spent() >= limit)
    }
}

/// Room that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// What it is settled by.
    pub id: String,
    /// Where the budgets stand with it.
    pub standings: Vec<Standing>,
}

/// The budget that has no room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where it stands.
    pub standing: Standing,
    /// What was asked for.
    pub asked: u64,
}

/// Whether a request may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Granted(Reservation),
    /// It may not.
    Blocked(Box<Refusal>),
}

/// The first statement of a period; it does nothing when the counter is there.
pub(super) const BEGIN: &str = "INSERT INTO budget_spend (budget_id, subject_id, period_start, settled, reserved) \
    VALUES ($1, $2, $3, 0, 0) ON CONFLICT (budget_id, subject_id, period_start) DO NOTHING";

/// Checks and adds in one: `$4` is added to what is settled, `$5` to what is reserved, and at least one must fit.
/// Both sides of the comparison are kept small enough not to overflow.
pub(super) const TAKE: &str = concat!(
    "UPDATE budget_spend SET settled = settled + $4, reserved = reserved + $5 \
    WHERE budget_id = $1 AND subject_id = $2 AND period_start = $3 AND settled + reserved <= $6 \
    RETURNING settled, reserved, ",
    ahead!()
);

const SPENT: &str = concat!(
    "SELECT settled, reserved, ",
    ahead!(),
    " FROM budget_spend WHERE budget_id = $1 AND subject_id = $2 AND period_start = $3"
);

const LINE: &str = "INSERT INTO budget_reservations \
    (id, budget_id, subject_id, period_start, unit, amount, expires_at, released) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// No single charge is larger: sums of many must fit into what a database counts with.
pub(crate) const MOST: i64 = 1_000_000_000_000_000;

/// Whether room is taken for a while or for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taking {
    Reserved,
    Settled,
}

pub(super) async fn reserve(
    database: &Database,
    subjects: &[Subject],
    estimate: &Charge,
    now: Timestamp,
    keep: Duration,
) -> Result<Admission, StoreError> {
    let expires = now.after(keep);
    let first = take(database, subjects, estimate, now, Some(expires)).await?;
    if matches!(first, Admission::Granted(_)) || settle::release_expired(database, now).await? == 0 {
        return Ok(first);
    }
    // The room may have been held by somebody who died.
    take(database, subjects, estimate, now, Some(expires)).await
}

pub(super) async fn charge(
    database: &Database,
    subjects: &[Subject],
    charge: &Charge,
    now: Timestamp,
) -> Result<Admission, StoreError> {
    take(database, subjects, charge, now, None).await
}

/// One transaction over all budgets; one without room undoes the rest.
async fn take(
    database: &Database,
    subjects: &[Subject],
    amount: &Charge,
    now: Timestamp,
    expires: Option<Timestamp>,
) -> Result<Admission, StoreError> {
    let mut work = database.begin().await?;
    let id = record_id();
    let taking = if expires.is_some() { Taking::Reserved } else { Taking::Settled };
    let mut standings = Vec::new();
    for (budget, subject) in definition::applicable(&mut work, subjects).await? {
        let asked = amount.in_unit(budget.rule.unit);
        let mut standing = unspent(budget, subject, now);
        if !take_one(&mut work, &mut standing, asked, taking).await? {
            return Ok(Admission::Blocked(Box::new(Refusal { standing, asked })));
        }
        if let Some(expires) = expires {
            work.execute(line(&id, &standing, asked, expires)).await?;
        }
        standings.push(standing);
    }
    work.commit().await?;
    Ok(Admission::Granted(Reservation { id, standings }))
}

async fn take_one(
    work: &mut Work,
    standing: &mut Standing,
    asked: u64,
    taking: Taking,
) -> Result<bool, StoreError> {
    let amount = clamped(asked).min(MOST);
    // A request of unknown size needs room for one at least.
    let most_before =
        clamped(standing.budget.rule.block_at.unwrap_or(u64::MAX)).saturating_sub(amount.max(1));
    let (settled, reserved) = match taking {
        Taking::Reserved => (0, amount),
        Taking::Settled => (amount, 0),
    };
    let statement = || at(TAKE, standing).bind(settled).bind(reserved).bind(most_before);
    let mut taken = work.rows(statement()).await?;
    if taken.is_empty() {
        // There is no room, or the period has just begun.
        work.execute(at(BEGIN, standing)).await?;
        taken = work.rows(statement()).await?;
    }
    let is_taken = !taken.is_empty();
    let rows = if is_taken { taken } else { work.rows(at(SPENT, standing)).await? };
    if let Some(row) = rows.first() {
        standing.read(row)?;
    }
    Ok(is_taken)
}

pub(super) async fn standings(
    database: &Database,
    subjects: &[Subject],
    now: Timestamp,
) -> Result<Vec<Standing>, StoreError> {
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    // Each is read for itself: whoever only looks doesn't keep anybody from writing.
    let rows = database.read(definition::of_any(subjects)).await?;
    let mut standings = Vec::new();
    for (budget, subject) in definition::pairs(&rows, subjects)? {
        let mut standing = unspent(budget, subject, now);
        if let Some(row) = database.read(at(SPENT, &standing)).await?.first() {
            standing.read(row)?;
        }
        standings.push(standing);
    }
    Ok(standings)
}

fn unspent(budget: Budget, subject: Subject, now: Timestamp) -> Standing {
    let period = budget.rule.period;
    let (period_start, resets_at) = (period.start(now), period.end(now));
    Standing { budget, subject, settled: 0, reserved: 0, ahead: 0, period_start, resets_at }
}

/// A statement about one counter.
fn at(text: &'static str, standing: &Standing) -> Statement {
    sql(text).bind(&standing.budget.id).bind(subject(standing)).bind(standing.period_start)
}

/// With `*` in a definition this is the one that it counts for.
fn subject(standing: &Standing) -> Value {
    crate::ids::id(&standing.subject.id)
}

fn line(id: &str, standing: &Standing, asked: u64, expires: Timestamp) -> Statement {
    sql(LINE)
        .bind(id)
        .bind(&standing.budget.id)
        .bind(subject(standing))
        .bind(standing.period_start)
        .bind(standing.budget.rule.unit.name())
        .bind(clamped(asked).min(MOST))
        .bind(expires)
        .bind(false)
}
