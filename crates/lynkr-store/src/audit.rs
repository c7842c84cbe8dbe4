//! The audit log: who did what to what, and how it ended. It can only grow; both databases refuse to change an entry,
//! and only retention removes any.

use serde_json::Value as Json;

use crate::database::{Database, Row, Work};
use crate::error::StoreError;
use crate::statement::{Insert, Value, sql};
use crate::time::Timestamp;

/// One entry.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AuditEntry {
    /// [`record_id`](crate::record_id).
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who: a key's id, `cli`, or an address.
    pub actor: String,
    /// What was done: `key.create`, say.
    pub action: String,
    /// What it was done to.
    pub target: String,
    /// How it ended: `ok`, `denied` or `failed`.
    pub outcome: String,
    /// The request that it came with.
    pub request_id: Option<String>,
    /// All the rest. Never a secret.
    pub detail: Json,
}

const COLUMNS: &[&str] = &["id", "at", "actor", "action", "target", "outcome", "request_id", "detail"];

static INSERT: Insert<AuditEntry> = Insert::new("audit", COLUMNS, put);

/// Which entries are meant; a field without a value means any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// By this actor.
    pub actor: Option<String>,
    /// Of this action.
    pub action: Option<String>,
    /// To this target.
    pub target: Option<String>,
}

/// The audit log.
#[derive(Debug, Clone, Copy)]
pub struct Audit<'s> {
    pub(crate) database: &'s Database,
}

impl Audit<'_> {
    /// Adds entries, all or none. What must be on record before it happens is written here and not by the batch
    /// writer.
    pub async fn insert(&self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        let mut work = self.database.begin().await?;
        insert(&mut work, entries).await?;
        work.commit().await
    }

    /// Entries, the newest first.
    pub async fn find(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let mut statement = sql("SELECT * FROM audit WHERE TRUE");
        for (text, time) in [(" AND at >= ?", filter.since), (" AND at < ?", filter.until)] {
            if let Some(time) = time {
                statement.push(text, time);
            }
        }
        let texts = [
            (" AND actor = ?", &filter.actor),
            (" AND action = ?", &filter.action),
            (" AND target = ?", &filter.target),
        ];
        for (text, value) in texts {
            if let Some(value) = value {
                statement.push(text, value);
            }
        }
        statement.push(" ORDER BY at DESC, seq DESC LIMIT ?", i64::from(limit));
        self.database.read(statement).await?.iter().map(entry).collect()
    }
}

/// Writes entries in somebody's transaction.
pub(crate) async fn insert<'r>(
    work: &mut Work,
    entries: impl IntoIterator<Item = &'r AuditEntry>,
) -> Result<(), StoreError> {
    let entries: Vec<&AuditEntry> = entries.into_iter().collect();
    for (_, statement) in INSERT.statements(&entries) {
        work.execute(statement).await?;
    }
    Ok(())
}

fn put(entry: &AuditEntry, values: &mut Vec<Value>) {
    values.extend([
        (&entry.id).into(),
        entry.at.into(),
        (&entry.actor).into(),
        (&entry.action).into(),
        (&entry.target).into(),
        (&entry.outcome).into(),
        (&entry.request_id).into(),
        (&entry.detail).into(),
    ]);
}

fn entry(row: &Row) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        id: row.text("id")?,
        at: row.time("at")?,
        actor: row.text("actor")?,
        action: row.text("action")?,
        target: row.text("target")?,
        outcome: row.text("outcome")?,
        request_id: row.opt_text("request_id")?,
        detail: row.json("detail")?,
    })
}
