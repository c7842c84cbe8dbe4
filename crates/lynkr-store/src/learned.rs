//! What each process of the gateway has learned, as it writes it. Each has a row of its own, so that replicas don't
//! overwrite each other's; what is known is the sum of all rows. The row of a process that has ended is taken over by
//! one that lives, in one transaction, so that nothing is lost and nothing counts twice.

use crate::database::{Database, Row};
use crate::error::StoreError;
use crate::statement::sql;
use crate::time::Timestamp;

/// A row, without what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnedRow {
    /// The process.
    pub replica: String,
    /// Grows with each time that it is written.
    pub revision: u64,
    /// When the process was last alive; the beginning of 1970 when it has ended.
    pub seen_at: Timestamp,
}

/// What is learned.
#[derive(Debug, Clone, Copy)]
pub struct LearnedState<'s> {
    pub(crate) database: &'s Database,
}

const INSERT: &str = "INSERT INTO learned_state (replica, revision, seen_at, body) VALUES ($1, 1, $2, $3) \
    ON CONFLICT (replica) DO NOTHING";
const UPDATE: &str = "UPDATE learned_state SET revision = revision + 1, seen_at = $1, body = $2 \
    WHERE replica = $3 AND revision = $4";

impl LearnedState<'_> {
    /// All rows.
    pub async fn rows(&self) -> Result<Vec<LearnedRow>, StoreError> {
        let statement = sql("SELECT replica, revision, seen_at FROM learned_state ORDER BY replica");
        self.database.read(statement).await?.iter().map(row).collect()
    }

    /// What a row holds, with its revision; `None` when it isn't there any more.
    pub async fn find(&self, replica: &str) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        let statement = sql("SELECT revision, body FROM learned_state WHERE replica = $1").bind(replica);
        let read = |row: &Row| Ok((row.count("revision")?, row.bytes("body")?));
        self.database.read(statement).await?.first().map(read).transpose()
    }

    /// Writes a process's own row, and removes rows (replica and revision) whose sums it has added to its own. `before`
    /// is the revision that the row has had; `None` for a new one. `false` when one of the rows isn't any more as it was
    /// read: nothing is written then.
    pub async fn save(
        &self,
        replica: &str,
        before: Option<u64>,
        (body, now): (&[u8], Timestamp),
        adopted: &[(String, u64)],
    ) -> Result<bool, StoreError> {
        let mut work = self.database.begin().await?;
        for (other, revision) in adopted {
            let statement = sql("DELETE FROM learned_state WHERE replica = $1 AND revision = $2");
            if work.execute(statement.bind(other).bind(*revision)).await? == 0 {
                return Ok(false);
            }
        }
        let statement = match before {
            None => sql(INSERT).bind(replica).bind(now).bind(body.to_vec()),
            Some(revision) => sql(UPDATE).bind(now).bind(body.to_vec()).bind(replica).bind(revision),
        };
        if work.execute(statement).await? == 0 {
            return Ok(false);
        }
        work.commit().await?;
        Ok(true)
    }

    /// Says that a process is alive; `false` when its row was taken over.
    pub async fn touch(&self, replica: &str, now: Timestamp) -> Result<bool, StoreError> {
        let statement = sql("UPDATE learned_state SET seen_at = $1 WHERE replica = $2");
        Ok(self.database.execute(statement.bind(now).bind(replica)).await? > 0)
    }

    /// Says that a process has ended: whoever lives may take its row over.
    pub async fn release(&self, replica: &str) -> Result<(), StoreError> {
        self.touch(replica, Timestamp::from_millis(0)).await.map(drop)
    }
}

fn row(row: &Row) -> Result<LearnedRow, StoreError> {
    Ok(LearnedRow {
        replica: row.text("replica")?,
        revision: row.count("revision")?,
        seen_at: row.time("seen_at")?,
    })
}
