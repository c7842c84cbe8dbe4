//! Telemetry: open JSON with a few columns to find it by. Routing decisions are kept here.

use serde_json::Value as Json;

use crate::database::{Database, Row, Work};
use crate::error::StoreError;
use crate::statement::{Insert, Value, sql};
use crate::time::Timestamp;

/// Something that the gateway noted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TelemetryRecord {
    /// [`record_id`](crate::record_id).
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// What kind of note: `routing`, say.
    pub kind: String,
    /// The request that it is about.
    pub request_id: Option<String>,
    /// The session that it is about.
    pub session_id: Option<String>,
    /// The provider that it is about.
    pub provider: Option<String>,
    /// The model that it is about.
    pub model: Option<String>,
    /// The tier that it is about.
    pub tier: Option<String>,
    /// All the rest.
    pub data: Json,
    /// All the rest as JSON text, where whoever notes it has it so: it is what is kept then, and `data` isn't looked at. Records
    /// that are read have none.
    pub text: Option<String>,
}

const COLUMNS: &[&str] =
    &["id", "at", "kind", "request_id", "session_id", "provider", "model", "tier", "data"];

static INSERT: Insert<TelemetryRecord> = Insert::new("telemetry", COLUMNS, put);

/// Which records are meant; a field without a value means any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TelemetryFilter {
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Of this provider.
    pub provider: Option<String>,
    /// Of this tier.
    pub tier: Option<String>,
    /// Of this session.
    pub session_id: Option<String>,
}

/// Telemetry records.
#[derive(Debug, Clone, Copy)]
pub struct Telemetry<'s> {
    pub(crate) database: &'s Database,
}

impl Telemetry<'_> {
    /// Adds records, all or none. A record that is there already is left alone.
    pub async fn insert(&self, records: &[TelemetryRecord]) -> Result<(), StoreError> {
        let mut work = self.database.begin().await?;
        insert(&mut work, records).await?;
        work.commit().await
    }

    /// Tier and data of records of a kind in this time, the data as the text that is kept; the newest first. For who goes
    /// through many of them.
    pub async fn texts(
        &self,
        kind: &str,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<(Option<String>, String)>, StoreError> {
        let mut statement = sql("SELECT tier, data FROM telemetry WHERE kind = $1").bind(kind);
        for (text, time) in [(" AND at >= ?", since), (" AND at < ?", until)] {
            if let Some(time) = time {
                statement.push(text, time);
            }
        }
        statement.push(" ORDER BY at DESC, seq DESC LIMIT ?", i64::from(limit));
        let rows = self.database.read(statement).await?;
        rows.iter().map(|row| Ok((row.opt_text("tier")?, row.text("data")?))).collect()
    }

    /// Records of a kind, the newest first.
    pub async fn find(
        &self,
        kind: &str,
        filter: &TelemetryFilter,
        limit: u32,
    ) -> Result<Vec<TelemetryRecord>, StoreError> {
        let mut statement = sql("SELECT * FROM telemetry WHERE kind = $1").bind(kind);
        for (text, time) in [(" AND at >= ?", filter.since), (" AND at < ?", filter.until)] {
            if let Some(time) = time {
                statement.push(text, time);
            }
        }
        let texts = [
            (" AND provider = ?", &filter.provider),
            (" AND tier = ?", &filter.tier),
            (" AND session_id = ?", &filter.session_id),
        ];
        for (text, value) in texts {
            if let Some(value) = value {
                statement.push(text, value);
            }
        }
        statement.push(" ORDER BY at DESC, seq DESC LIMIT ?", i64::from(limit));
        self.database.read(statement).await?.iter().map(record).collect()
    }
}

/// Writes records in somebody's transaction.
pub(crate) async fn insert<'r>(
    work: &mut Work,
    records: impl IntoIterator<Item = &'r TelemetryRecord>,
) -> Result<(), StoreError> {
    let records: Vec<&TelemetryRecord> = records.into_iter().collect();
    for (_, statement) in INSERT.statements(&records) {
        work.execute(statement).await?;
    }
    Ok(())
}

fn put(record: &TelemetryRecord, values: &mut Vec<Value>) {
    values.extend([
        (&record.id).into(),
        record.at.into(),
        (&record.kind).into(),
        (&record.request_id).into(),
        (&record.session_id).into(),
        (&record.provider).into(),
        (&record.model).into(),
        (&record.tier).into(),
        record.text.as_ref().map_or_else(|| Value::from(&record.data), Value::from),
    ]);
}

fn record(row: &Row) -> Result<TelemetryRecord, StoreError> {
    Ok(TelemetryRecord {
        id: row.text("id")?,
        at: row.time("at")?,
        kind: row.text("kind")?,
        request_id: row.opt_text("request_id")?,
        session_id: row.opt_text("session_id")?,
        provider: row.opt_text("provider")?,
        model: row.opt_text("model")?,
        tier: row.opt_text("tier")?,
        data: row.json("data")?,
        text: None,
    })
}
