//! Stored answers, which a later request may continue by `previous_response_id`. Bounded by size and age.

use std::time::Duration;

use crate::database::{Database, Row};
use crate::error::StoreError;
use crate::ids::bounded;
use crate::statement::sql;
use crate::time::Timestamp;

/// A stored answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// Whose it is; nobody else can continue it.
    pub owner: String,
    /// The id that the client knows.
    pub id: String,
    /// When it was stored.
    pub created_at: Timestamp,
    /// The provider that has it, when the gateway has only noted which one does.
    pub provider: Option<String>,
    /// All the items up to here, as the gateway keeps them.
    pub body: Vec<u8>,
}

/// Stored answers.
#[derive(Debug, Clone, Copy)]
pub struct Responses<'s> {
    pub(crate) database: &'s Database,
}

const PUT: &str = "INSERT INTO responses (owner, id, created_at, provider, bytes, body) VALUES ($1, $2, $3, $4, $5, $6) \
    ON CONFLICT (owner, id) DO UPDATE SET created_at = excluded.created_at, provider = excluded.provider, \
    bytes = excluded.bytes, body = excluded.body";

/// The oldest answers, by the index on their age: nothing is sorted or held, however many there are.
const OLDEST: &str = "SELECT owner, id, bytes FROM responses ORDER BY created_at, owner, id LIMIT $1";

const OLDER: &str =
    "SELECT owner, id FROM responses WHERE created_at < $1 ORDER BY created_at, owner, id LIMIT $2";

/// So many are looked at together.
const AT_ONCE: i64 = 200;

impl Responses<'_> {
    /// Stores an answer, in place of one with the same owner and id.
    pub async fn put(&self, response: &StoredResponse) -> Result<(), StoreError> {
        let statement = sql(PUT)
            .bind(bounded(&response.owner))
            .bind(bounded(&response.id))
            .bind(response.created_at)
            .bind(&response.provider)
            .bind(response.body.len() as u64)
            .bind(response.body.clone());
        self.database.execute(statement).await.map(drop)
    }

    /// An answer of this owner.
    pub async fn find(&self, owner: &str, id: &str) -> Result<Option<StoredResponse>, StoreError> {
        let statement = sql("SELECT * FROM responses WHERE owner = $1 AND id = $2")
            .bind(bounded(owner))
            .bind(bounded(id));
        self.database.read(statement).await?.first().map(read).transpose()
    }

    /// Forgets an answer; says whether it was there.
    pub async fn delete(&self, owner: &str, id: &str) -> Result<bool, StoreError> {
        let statement =
            sql("DELETE FROM responses WHERE owner = $1 AND id = $2").bind(bounded(owner)).bind(bounded(id));
        Ok(self.database.execute(statement).await? > 0)
    }

    /// Forgets what is older than `age`, and the oldest of what takes more than `bytes` together; says how many.
    pub async fn trim(&self, bytes: u64, age: Duration, now: Timestamp) -> Result<u64, StoreError> {
        let old = self.remove_older(now.before(age).as_millis()).await?;
        Ok(old + self.remove_beyond(bytes).await?)
    }

    /// How many bytes are stored.
    pub async fn bytes(&self) -> Result<u64, StoreError> {
        let statement = sql("SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes FROM responses");
        self.database.read(statement).await?.first().map_or(Ok(0), |row| row.count("bytes"))
    }

    async fn remove_older(&self, than: i64) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let rows = self.database.read(sql(OLDER).bind(than).bind(AT_ONCE)).await?;
            if rows.is_empty() {
                return Ok(removed);
            }
            for row in &rows {
                removed += u64::from(self.delete(&row.text("owner")?, &row.text("id")?).await?);
            }
        }
    }

    /// Removes the oldest until the others take no more than `bytes` together.
    async fn remove_beyond(&self, bytes: u64) -> Result<u64, StoreError> {
        let mut left = self.bytes().await?;
        let mut removed = 0;
        while left > bytes {
            let rows = self.database.read(sql(OLDEST).bind(AT_ONCE)).await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                if left <= bytes {
                    break;
                }
                // One that another process has removed meanwhile is gone as well.
                removed += u64::from(self.delete(&row.text("owner")?, &row.text("id")?).await?);
                left = left.saturating_sub(row.count("bytes")?);
            }
        }
        Ok(removed)
    }
}

fn read(row: &Row) -> Result<StoredResponse, StoreError> {
    Ok(StoredResponse {
        owner: row.text("owner")?,
        id: row.text("id")?,
        created_at: row.time("created_at")?,
        provider: row.opt_text("provider")?,
        body: row.bytes("body")?,
    })
}
