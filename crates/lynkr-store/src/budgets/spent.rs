//! What a budget has counted, subject by subject.

use super::Budget;
use crate::database::{Database, Row};
use crate::error::StoreError;
use crate::statement::sql;
use crate::time::Timestamp;

/// What a subject has spent of a budget in the current period, in the budget's unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// Which one, of the budget's kind of subject.
    pub subject: String,
    /// What was settled.
    pub settled: u64,
    /// What requests under way have reserved. Room that gateways hold ahead of requests isn't in it.
    pub reserved: u64,
}

pub(super) async fn read(
    database: &Database,
    budget: &Budget,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Spent>, StoreError> {
    let statement = sql(concat!(
        "SELECT subject_id, settled, reserved, ",
        ahead!(),
        " FROM budget_spend WHERE budget_id = $1 AND period_start = $2 \
        ORDER BY settled + reserved DESC, subject_id LIMIT $3"
    ))
    .bind(&budget.id)
    .bind(budget.rule.period.start(now))
    .bind(i64::from(limit));
    let spent = |row: &Row| {
        Ok(Spent {
            subject: row.text("subject_id")?,
            settled: row.count("settled")?,
            reserved: row.count("reserved")?.saturating_sub(row.count("ahead")?),
        })
    };
    database.read(statement).await?.iter().map(spent).collect()
}
