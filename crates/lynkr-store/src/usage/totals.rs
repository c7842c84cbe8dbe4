//! Sums over usage records.

use super::UsageFilter;
use crate::database::{Database, Row};
use crate::error::StoreError;
use crate::statement::sql;

/// What records are put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// All of them.
    Nothing,
    /// The provider.
    Provider,
    /// The model that answered.
    Model,
    /// The tier.
    Tier,
    /// The key.
    Key,
    /// The user.
    User,
    /// The team.
    Team,
    /// The customer.
    Customer,
    /// The organisation.
    Organisation,
    /// The session.
    Session,
    /// The client.
    Client,
    /// The day in UTC, as days since 1970-01-01.
    Day,
    /// The dialect that the client speaks.
    Surface,
    /// The HTTP status.
    Status,
    /// What went wrong.
    Error,
    /// How it was routed.
    Method,
    /// The tier of the score alone.
    BaseTier,
    /// The tier whose model served.
    ServedTier,
}

impl GroupBy {
    /// The expression; a text in both databases, empty for records without a value.
    pub(super) const fn expression(self) -> &'static str {
        match self {
            Self::Nothing => "''",
            Self::Provider => "provider",
            Self::Model => "model",
            Self::Tier => "COALESCE(tier, '')",
            Self::Key => "COALESCE(key_id, '')",
            Self::User => "COALESCE(user_id, '')",
            Self::Team => "COALESCE(team, '')",
            Self::Customer => "COALESCE(customer, '')",
            Self::Organisation => "COALESCE(organisation, '')",
            Self::Session => "COALESCE(session_id, '')",
            Self::Client => "COALESCE(client, '')",
            Self::Day => "CAST(at / 86400000 AS TEXT)",
            Self::Surface => "surface",
            Self::Status => "CAST(status AS TEXT)",
            Self::Error => "COALESCE(error_kind, '')",
            Self::Method => "COALESCE(route_method, '')",
            Self::BaseTier => "COALESCE(base_tier, '')",
            Self::ServedTier => "COALESCE(served_tier, '')",
        }
    }

    /// The same over the sums by the hour, where they know it.
    pub(super) const fn of_hours(self) -> Option<&'static str> {
        match self {
            Self::Nothing => Some("''"),
            Self::Provider => Some("provider"),
            Self::Model => Some("model"),
            Self::Tier => Some("tier"),
            Self::Day => Some("CAST(hour / 24 AS TEXT)"),
            _ => None,
        }
    }
}

/// What some records add up to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsageTotals {
    /// The value of the group; empty for records that have none.
    pub group: String,
    /// How many records.
    pub requests: u64,
    /// How many of them failed.
    pub errors: u64,
    /// Tokens in.
    pub input_tokens: u64,
    /// Tokens out.
    pub output_tokens: u64,
    /// Tokens from the providers' caches.
    pub cache_read_tokens: u64,
    /// Tokens into the providers' caches.
    pub cache_write_tokens: u64,
    /// Tokens of reasoning.
    pub reasoning_tokens: u64,
    /// Billionths of a dollar, of those records whose price is known.
    pub cost_nanos: u64,
    /// How many records have no known price.
    pub unpriced: u64,
}

pub(super) async fn read(
    database: &Database,
    filter: &UsageFilter,
    group: GroupBy,
) -> Result<Vec<UsageTotals>, StoreError> {
    let sums = [
        "input_tokens",
        "output_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "reasoning_tokens",
        "cost_nanos",
    ];
    let sums: Vec<String> =
        sums.iter().map(|column| format!("CAST(COALESCE(SUM({column}), 0) AS BIGINT) AS {column}")).collect();
    let expression = group.expression();
    let mut statement = sql(format!(
        "SELECT {expression} AS grouped, COUNT(*) AS requests, \
         CAST(COALESCE(SUM(CASE WHEN error_kind IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT) AS errors, \
         CAST(COALESCE(SUM(CASE WHEN cost_nanos IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS unpriced, {} \
         FROM usage WHERE TRUE",
        sums.join(", ")
    ));
    filter.narrow(&mut statement, database);
    statement.append(" GROUP BY 1 ORDER BY 10 DESC, 2 DESC, 1");
    database.read(statement).await?.iter().map(totals).collect()
}

fn totals(row: &Row) -> Result<UsageTotals, StoreError> {
    Ok(UsageTotals {
        group: row.text("grouped")?,
        requests: row.count("requests")?,
        errors: row.count("errors")?,
        input_tokens: row.count("input_tokens")?,
        output_tokens: row.count("output_tokens")?,
        cache_read_tokens: row.count("cache_read_tokens")?,
        cache_write_tokens: row.count("cache_write_tokens")?,
        reasoning_tokens: row.count("reasoning_tokens")?,
        cost_nanos: row.count("cost_nanos")?,
        unpriced: row.count("unpriced")?,
    })
}
