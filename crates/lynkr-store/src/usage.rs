//! Usage: one record for each settled request, and what they add up to.

use std::collections::BTreeSet;

use crate::database::{Database, Row, Work};
use crate::error::StoreError;
use crate::statement::{Statement, sql};
use crate::time::Timestamp;

mod cells;
mod filter;
mod hours;
mod recent;
mod rows;
mod totals;

pub use cells::{LENGTHS, UsageCell};
pub use filter::{Outcome, UsageFilter};
pub use recent::{Cursor, Latency, Page};
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
    /// What was changed, as the receipt's header says it; `None` where that wasn't kept.
    pub receipt: Option<String>,
    /// How it was routed; `None` where there was nothing to choose, or that wasn't kept.
    pub route: Option<RouteNote>,
}

/// How a request was routed, in short; telemetry has the whole of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RouteNote {
    /// How it was decided.
    pub method: String,
    /// Why, in a word.
    pub reason: String,
    /// The score in thousandths.
    pub score_milli: Option<u64>,
    /// The tier of the score alone.
    pub base_tier: Option<String>,
    /// The tier that was decided on.
    pub tier: Option<String>,
    /// The tier whose model served.
    pub served_tier: Option<String>,
    /// Whether the session's pin served.
    pub pinned: bool,
    /// Whether another model than the first served.
    pub fallback: bool,
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
        filter.narrow(&mut statement, self.database);
        statement.push(" ORDER BY at DESC, seq DESC LIMIT ?", i64::from(limit));
        self.database.read(statement).await?.iter().map(record).collect()
    }

    /// What the records add up to, a row for each value of the group, the largest cost first.
    pub async fn totals(&self, filter: &UsageFilter, group: GroupBy) -> Result<Vec<UsageTotals>, StoreError> {
        totals::read(self.database, filter, group).await
    }

    /// What the records add up to by several groups at once, with and without a known price apart, and by their length:
    /// the cells that every report is made of. Empty texts stand for records without a value.
    pub async fn cells(
        &self,
        filter: &UsageFilter,
        groups: &[GroupBy],
    ) -> Result<Vec<UsageCell>, StoreError> {
        cells::read(self.database, filter, groups).await
    }

    /// A page of records, the newest first.
    pub async fn page(
        &self,
        filter: &UsageFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page, StoreError> {
        recent::page(self.database, filter, after, limit).await
    }

    /// One record by its id.
    pub async fn get(&self, id: &str) -> Result<Option<UsageRecord>, StoreError> {
        let statement = sql("SELECT * FROM usage WHERE id = $1").bind(id);
        self.database.read(statement).await?.first().map(record).transpose()
    }

    /// How long the newest of the answered requests took, at most so many of them.
    pub async fn latencies(&self, filter: &UsageFilter, limit: u32) -> Result<Vec<Latency>, StoreError> {
        recent::latencies(self.database, filter, limit).await
    }
}

/// Writes records in somebody's transaction, and adds those that weren't there yet to the sums by the hour.
pub(crate) async fn insert<'r>(
    work: &mut Work,
    records: impl IntoIterator<Item = &'r UsageRecord>,
) -> Result<(), StoreError> {
    let records: Vec<&UsageRecord> = records.into_iter().collect();
    let mut fresh = Vec::with_capacity(records.len());
    for (these, statement) in rows::INSERT.statements(&records) {
        match added(work, statement, these.len()).await? {
            Added::All => fresh.extend_from_slice(these),
            Added::Only(mut ids) => fresh.extend(these.iter().filter(|record| ids.remove(&record.id))),
        }
    }
    hours::add(work, &fresh).await
}

/// Which rows of a statement weren't there yet.
enum Added {
    All,
    Only(BTreeSet<String>),
}

async fn added(work: &mut Work, mut statement: Statement, rows: usize) -> Result<Added, StoreError> {
    let ids = if work.is_alone() {
        // The count tells nearly always, and costs nothing; rows of an answer come one by one from another thread.
        let count = work.execute(statement).await?;
        if usize::try_from(count) == Ok(rows) {
            return Ok(Added::All);
        }
        work.rows(sql("SELECT id FROM usage ORDER BY seq DESC LIMIT $1").bind(count)).await?
    } else {
        statement.append(" RETURNING id");
        work.rows(statement).await?
    };
    Ok(Added::Only(ids.iter().map(|row| row.text("id")).collect::<Result<_, _>>()?))
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
        receipt: row.opt_text("receipt")?,
        route: route(row)?,
    })
}

fn route(row: &Row) -> Result<Option<RouteNote>, StoreError> {
    let Some(method) = row.opt_text("route_method")? else { return Ok(None) };
    Ok(Some(RouteNote {
        method,
        reason: row.opt_text("route_reason")?.unwrap_or_default(),
        score_milli: row.opt_count("route_score")?,
        base_tier: row.opt_text("base_tier")?,
        tier: row.opt_text("decided_tier")?,
        served_tier: row.opt_text("served_tier")?,
        pinned: row.bool("pinned")?,
        fallback: row.bool("fallback")?,
    }))
}
