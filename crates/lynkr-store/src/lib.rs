//! What the gateway keeps: sessions, usage, telemetry, budgets, keys, the audit log and stored answers, in SQLite or
//! in Postgres; and what replicas share in Redis.
//!
//! ```no_run
//! # use lynkr_store::*;
//! # async fn example() -> Result<(), StoreError> {
//! let store = Store::open(&StoreOptions::new(StoreUrl::parse("sqlite:/var/lib/lynkr/lynkr.db")?)).await?;
//! let made = store.keys().create(&NewKey { name: "laptop".into(), ..NewKey::default() }, Timestamp::now()).await?;
//! store.writer().usage(UsageRecord { id: record_id(), provider: "openai".into(), ..UsageRecord::default() });
//! # Ok(()) }
//! ```
//!
//! [`Store`] hands out its parts: `store.keys()`, `store.budgets()`. What must be on record before it is answered
//! (keys, reservations) is written at once; what requests leave behind goes through the [`Writer`], which batches.
//!
//! # Schema
//!
//! Both databases have the same tables and columns; every statement is written once. Times are milliseconds since
//! 1970 UTC, money is billionths of a dollar, JSON is text. On Postgres all lies in the schema `lynkr`, since the
//! database may be somebody else's as well. What differs is in `sqlite` and `postgres`, whose files mirror each other,
//! and in `migrations/`.
//!
//! | Table | One row for | Found by |
//! |---|---|---|
//! | `sessions` | a session of an owner | owner and id; last use; fingerprint |
//! | `turns` | an entry of a transcript | session; time |
//! | `usage` | a settled request | time; session; key; request |
//! | `usage_hours` | what the requests of an hour, tier, provider and model add up to | hour |
//! | `telemetry` | a note, open JSON | kind and time |
//! | `budgets` | a budget | subject, period, unit |
//! | `budget_spend` | what a budget has counted for a subject in a period | all three |
//! | `budget_reservations` | room in one budget that a request under way has taken, or a process ahead of many | request or lease; expiry |
//! | `rate_windows` | what a rate limit has counted in a window | both |
//! | `api_keys` | a key, as the SHA-256 of its secret | hash |
//! | `audit` | an audit entry; a trigger refuses changes | time |
//! | `responses` | a stored answer | owner and id; time |
//! | `session_pins` | the model that a session stays with | digest; last use |
//! | `learned_state` | what a process has learned of its models | process |
//! | `lynkr_schema` | a migration that was applied | |
//!
//! Deliberately absent: settings of retention and limits (the caller passes values), and any decision about what to do
//! when the store is down.

#![warn(missing_docs)]

mod audit;
mod budgets;
mod database;
mod error;
mod export;
mod ids;
mod keys;
mod learned;
mod limits;
mod migrations;
mod options;
mod pins;
mod postgres;
mod purse;
mod responses;
mod retention;
mod sessions;
mod shared;
mod sqlite;
mod statement;
mod store;
mod telemetry;
mod time;
mod usage;
mod writer;

pub use audit::{Audit, AuditEntry, AuditFilter};
pub use budgets::{
    Admission, Budget, BudgetRules, Budgets, Charge, Counted, NewBudget, Refusal, Reservation, Spent,
    Standing, Subject, SubjectKind, Unit,
};
pub use error::{StoreError, Unwritable};
pub use ids::record_id;
pub use keys::{ApiKey, CreatedKey, KEY_PREFIX, KeyCheck, KeyLimits, Keys, NewKey};
pub use learned::{LearnedRow, LearnedState};
pub use limits::{LocalLimits, RateLimits, RateRule, RateVerdict, StoreLimits, Window};
pub use options::{StoreOptions, StoreUrl, redis_url};
pub use pins::{Pins, SessionPin};
pub use purse::{Hold, Purse, Taken};
pub use responses::{Responses, StoredResponse};
pub use retention::{Forgotten, Retention};
pub use sessions::{Session, SessionKey, SessionUsage, Sessions, Turn};
pub use shared::{SharedCache, SharedOptions};
pub use store::Store;
pub use telemetry::{Telemetry, TelemetryFilter, TelemetryRecord};
pub use time::{Period, Timestamp};
pub use usage::{
    Cursor, GroupBy, LENGTHS, Latency, Outcome, Page, RouteNote, Usage, UsageCell, UsageFilter, UsageRecord,
    UsageTotals,
};
pub use writer::{Counts, Writer, WriterOptions, WriterStats};
