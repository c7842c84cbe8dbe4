//! Usage: one record for each settled request, and what they add up to.

use crate::database::{Database, Row, Work};
use crate::error::StoreError;
use crate::ids::{id, opt_id};
use crate::statement::{Statement, Value, insert_rows, sql};
use crate::time::Timestamp;

mod totals;

pub use totals::{GroupBy, UsageTotals};

/// One settled request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsageRecord {
    /// [`record_id`](crate::record_id).
    pub id: String,
    /// When it was settled.
    pub at: Timestamp,
    /// The id of the request, which a client may have chosen: not unique.
    pub request_id: String,
    /// The id of the caller's key.
    pub key_id: Option<String>,
    /// The user.
    pub user: Option<String>,
    /// The team.
    pub team: Option<String>,
    /// The customer.
    pub customer: Option<String>,
    /// The organisation.
    pub organisation: Option<String>,
    /// The session's id.
    pub session_id: Option<String>,
    /// The client's name.
    pub client: Option<String>,
    /// The dialect that the client speaks.
    pub surface: String,
    /// The dialect that the provider was spoken to in.
    pub dialect: String,
    /// The provider.
    pub provider: String,
    /// The model that answered.
    pub model: String,
    /// The model that the client asked for.
    pub asked: String,
    /// The tier that it was routed to.
    pub tier: Option<String>,
    /// Whether the answer was streamed.
    pub stream: bool,
    /// The HTTP status of the answer.
    pub status: u16,
    /// What went wrong, when something did.
    pub error_kind: Option<String>,
    /// Tokens in, those from and to a cache not counted.
    pub input_tokens: u64,
    /// Tokens out, those of reasoning counted.
    pub output_tokens: u64,
    /// Tokens that came from the provider's cache.
    pub cache_read_tokens: u64,
    /// Tokens that went into the provider's cache.
    pub cache_write_tokens: u64,
    /// Tokens of reasoning.
    pub reasoning_tokens: u64,
    /// Whether the counts are the gateway's estimate, not the provider's word.
    pub estimated: bool,
    /// Billionths of a dollar; `None` when the price isn't known.
    pub cost_nanos: Option<u64>,
    /// How the price was found; `None` when it isn't known.
    pub price_source: Option<String>,
    /// How long it took.
    pub latency_ms: u64,
    /// How long the first content took.
    pub first_token_ms: Option<u64>,
    /// How often it was sent.
    pub attempts: u64,
    /// The size of its receipt.
    pub receipt_bytes: u64,
}

/// A provider can claim any number; sums over many records must still fit.
const MOST_COUNTED: u64 = 1_000_000_000_000;
/// A million dollars.
const MOST_COST: u64 = 1_000_000_000_000_000;

const COLUMNS: &[&str] = &[
    "id",
    "at",
    "request_id",
    "key_id",
    "user_id",
    "team",
    "customer",
    "organisation",
    "session_id",
    "client",
    "surface",
    "dialect",
    "provider",
    "model",
    "asked",
    "tier",
    "stream",
    "status",
    "error_kind",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "estimated",
    "cost_nanos",
    "price_source",
    "latency_ms",
    "first_token_ms",
    "attempts",
    "receipt_bytes",
];

/// Which records are meant; a field without a value means any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsageFilter {
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Of this key.
    pub key_id: Option<String>,
    /// Of this user.
    pub user: Option<String>,
    /// Of this team.
    pub team: Option<String>,
    /// Of this customer.
    pub customer: Option<String>,
    /// Of this organisation.
    pub organisation: Option<String>,
    /// Of this session.
    pub session_id: Option<String>,
    /// Of this provider.
    pub provider: Option<String>,
    /// Of this model.
    pub model: Option<String>,
    /// Of this tier.
    pub tier: Option<String>,
    /// With this id of the request.
    pub request_id: Option<String>,
}

impl UsageFilter {
    fn narrow(&self, statement: &mut Statement) {
        let times = [(" AND at >= ?", self.since), (" AND at < ?", self.until)];
        for (text, time) in times {
            if let Some(time) = time {
                statement.push(text, time);
            }
        }
        let texts = [
            (" AND key_id = ?", &self.key_id),
            (" AND user_id = ?", &self.user),
            (" AND team = ?", &self.team),
            (" AND customer = ?", &self.customer),
            (" AND organisation = ?", &self.organisation),
            (" AND session_id = ?", &self.session_id),
            (" AND provider = ?", &self.provider),
            (" AND model = ?", &self.model),
            (" AND tier = ?", &self.tier),
            (" AND request_id = ?", &self.request_id),
        ];
        for (text, value) in texts {
            if let Some(value) = value {
                statement.push(text, id(value));
            }
        }
    }
}

/// Usage records.
#[derive(Debug, Clone, Copy)]
pub struct Usage<'s> {
    pub(crate) database: &'s Database,
}

impl Usage<'_> {
    /// Adds records, all or none. A record that is there already is left alone.
    pub async fn insert(&self, records: &[UsageRecord]) -> Result<(), StoreError> {
        let mut work = self.database.begin().await?;
        insert(&mut work, records).await?;
        work.commit().await
    }

    /// Records, the newest first.
    pub async fn find(&self, filter: &UsageFilter, limit: u32) -> Result<Vec<UsageRecord>, StoreError> {
        let mut statement = sql("SELECT * FROM usage WHERE TRUE");
        filter.narrow(&mut statement);
        statement.push(" ORDER BY at DESC, seq DESC LIMIT ?", i64::from(limit));
        self.database.read(statement).await?.iter().map(record).collect()
    }

    /// What the records add up to, a row for each value of the group, the largest cost first.
    pub async fn totals(&self, filter: &UsageFilter, group: GroupBy) -> Result<Vec<UsageTotals>, StoreError> {
        totals::read(self.database, filter, group).await
    }
}

/// Writes records in somebody's transaction.
pub(crate) async fn insert(work: &mut Work, records: &[UsageRecord]) -> Result<(), StoreError> {
    for statement in insert_rows("usage", COLUMNS, "id", records.iter().map(values).collect()) {
        work.execute(statement).await?;
    }
    Ok(())
}

fn values(record: &UsageRecord) -> Vec<Value> {
    vec![
        (&record.id).into(),
        record.at.into(),
        id(&record.request_id),
        opt_id(record.key_id.as_ref()),
        opt_id(record.user.as_ref()),
        opt_id(record.team.as_ref()),
        opt_id(record.customer.as_ref()),
        opt_id(record.organisation.as_ref()),
        opt_id(record.session_id.as_ref()),
        (&record.client).into(),
        (&record.surface).into(),
        (&record.dialect).into(),
        id(&record.provider),
        id(&record.model),
        (&record.asked).into(),
        opt_id(record.tier.as_ref()),
        record.stream.into(),
        record.status.into(),
        (&record.error_kind).into(),
        record.input_tokens.min(MOST_COUNTED).into(),
        record.output_tokens.min(MOST_COUNTED).into(),
        record.cache_read_tokens.min(MOST_COUNTED).into(),
        record.cache_write_tokens.min(MOST_COUNTED).into(),
        record.reasoning_tokens.min(MOST_COUNTED).into(),
        record.estimated.into(),
        record.cost_nanos.map(|cost| cost.min(MOST_COST)).into(),
        opt_id(record.price_source.as_ref()),
        record.latency_ms.min(MOST_COUNTED).into(),
        record.first_token_ms.into(),
        record.attempts.into(),
        record.receipt_bytes.into(),
    ]
}

fn record(row: &Row) -> Result<UsageRecord, StoreError> {
    Ok(UsageRecord {
        id: row.text("id")?,
        at: row.time("at")?,
        request_id: row.text("request_id")?,
        key_id: row.opt_text("key_id")?,
        user: row.opt_text("user_id")?,
        team: row.opt_text("team")?,
        customer: row.opt_text("customer")?,
        organisation: row.opt_text("organisation")?,
        session_id: row.opt_text("session_id")?,
        client: row.opt_text("client")?,
        surface: row.text("surface")?,
        dialect: row.text("dialect")?,
        provider: row.text("provider")?,
        model: row.text("model")?,
        asked: row.text("asked")?,
        tier: row.opt_text("tier")?,
        stream: row.bool("stream")?,
        status: u16::try_from(row.int("status")?).unwrap_or(0),
        error_kind: row.opt_text("error_kind")?,
        input_tokens: row.count("input_tokens")?,
        output_tokens: row.count("output_tokens")?,
        cache_read_tokens: row.count("cache_read_tokens")?,
        cache_write_tokens: row.count("cache_write_tokens")?,
        reasoning_tokens: row.count("reasoning_tokens")?,
        estimated: row.bool("estimated")?,
        cost_nanos: row.opt_count("cost_nanos")?,
        price_source: row.opt_text("price_source")?,
        latency_ms: row.count("latency_ms")?,
        first_token_ms: row.opt_count("first_token_ms")?,
        attempts: row.count("attempts")?,
        receipt_bytes: row.count("receipt_bytes")?,
    })
}
