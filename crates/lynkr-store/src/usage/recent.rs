//! Records one by one: pages of them, and how long the newest took.

use super::{UsageFilter, UsageRecord, record};
use crate::database::Database;
use crate::error::StoreError;
use crate::statement::sql;
use crate::time::Timestamp;

/// Where a page ends: the time and the number of its last record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    at: i64,
    seq: i64,
}

impl Cursor {
    /// The text that callers hand back.
    pub fn to_text(self) -> String {
        format!("{}.{}", self.at, self.seq)
    }

    /// Reads such a text.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, seq) = text.split_once('.')?;
        Some(Self { at: at.parse().ok()?, seq: seq.parse().ok()? })
    }
}

/// A page of records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The newest first.
    pub records: Vec<UsageRecord>,
    /// Where the next page begins; `None` when there is none.
    pub next: Option<Cursor>,
}

/// How long a request took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// To its end.
    pub total_ms: u64,
    /// To its first content.
    pub first_token_ms: Option<u64>,
}

pub(super) async fn page(
    database: &Database,
    filter: &UsageFilter,
    after: Option<Cursor>,
    limit: u32,
) -> Result<Page, StoreError> {
    let mut statement = sql("SELECT * FROM usage WHERE TRUE");
    filter.narrow(&mut statement, database);
    if let Some(Cursor { at, seq }) = after {
        // The first condition is for the index.
        statement.push(" AND at <= ?", at);
        statement.push(" AND (at < ?", at);
        statement.push(" OR seq < ?)", seq);
    }
    // One more than asked for tells whether there is more.
    statement.push(" ORDER BY at DESC, seq DESC LIMIT ?", i64::from(limit).saturating_add(1));
    let mut rows = database.read(statement).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = rows.len() > most;
    rows.truncate(most);
    let next = match rows.last().filter(|_| is_more) {
        Some(last) => Some(Cursor { at: last.int("at")?, seq: last.int("seq")? }),
        None => None,
    };
    Ok(Page { records: rows.iter().map(record).collect::<Result<_, _>>()?, next })
}

pub(super) async fn latencies(
    database: &Database,
    filter: &UsageFilter,
    limit: u32,
) -> Result<Vec<Latency>, StoreError> {
    let mut statement = sql("SELECT latency_ms, first_token_ms FROM usage WHERE error_kind IS NULL");
    filter.narrow(&mut statement, database);
    statement.push(" ORDER BY at DESC LIMIT ?", i64::from(limit));
    let rows = database.read(statement).await?;
    let latency = |row: &crate::database::Row| {
        Ok(Latency { total_ms: row.count("latency_ms")?, first_token_ms: row.opt_count("first_token_ms")? })
    };
    rows.iter().map(latency).collect()
}

impl UsageFilter {
    /// The same since another time.
    #[must_use]
    pub fn since(&self, since: Timestamp) -> Self {
        Self { since: Some(since), ..self.clone() }
    }
}
