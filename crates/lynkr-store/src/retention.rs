//! Forgetting by age, in small batches, so that nobody waits long for the one who forgets.

use std::time::Duration;

use crate::database::Database;
use crate::error::StoreError;
use crate::statement::sql;
use crate::time::Timestamp;

/// How long things are kept; `None` keeps them for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    /// Sessions that nobody has used, with their transcripts.
    pub sessions: Option<Duration>,
    /// Turns of sessions that go on.
    pub turns: Option<Duration>,
    /// Usage records.
    pub usage: Option<Duration>,
    /// Telemetry.
    pub telemetry: Option<Duration>,
    /// Audit entries.
    pub audit: Option<Duration>,
    /// Stored answers.
    pub responses: Option<Duration>,
    /// The counters of budgets' periods that began longer ago than this. Choose more than the longest period.
    pub spending: Option<Duration>,
}

/// How much was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Sessions.
    pub sessions: u64,
    /// Turns, those of forgotten sessions not counted.
    pub turns: u64,
    /// Usage records.
    pub usage: u64,
    /// Telemetry records.
    pub telemetry: u64,
    /// Audit entries.
    pub audit: u64,
    /// Stored answers.
    pub responses: u64,
    /// Counters of budgets' periods.
    pub spending: u64,
    /// Counters of rate limits whose windows are over, and reservations that expired more than a day ago.
    pub counters: u64,
}

/// Each with the age at `$1` and the most rows at `$2`.
const SESSIONS: &str = "DELETE FROM sessions WHERE (owner, id) IN \
    (SELECT owner, id FROM sessions WHERE updated_at < $1 ORDER BY updated_at LIMIT $2)";
const TURNS: &str =
    "DELETE FROM turns WHERE seq IN (SELECT seq FROM turns WHERE at < $1 ORDER BY at LIMIT $2)";
const USAGE: &str =
    "DELETE FROM usage WHERE seq IN (SELECT seq FROM usage WHERE at < $1 ORDER BY at LIMIT $2)";
const HOURS: &str = "DELETE FROM usage_hours WHERE (hour, tier, provider, model, priced, length) IN \
    (SELECT hour, tier, provider, model, priced, length FROM usage_hours \
    WHERE hour < $1 / 3600000 ORDER BY hour LIMIT $2)";
const TELEMETRY: &str =
    "DELETE FROM telemetry WHERE seq IN (SELECT seq FROM telemetry WHERE at < $1 LIMIT $2)";
const AUDIT: &str =
    "DELETE FROM audit WHERE seq IN (SELECT seq FROM audit WHERE at < $1 ORDER BY at LIMIT $2)";
const RESPONSES: &str = "DELETE FROM responses WHERE (owner, id) IN \
    (SELECT owner, id FROM responses WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
/// Budgets without an end have one counter, which begins at zero.
const SPENDING: &str = "DELETE FROM budget_spend WHERE (budget_id, subject_id, period_start) IN \
    (SELECT budget_id, subject_id, period_start FROM budget_spend \
    WHERE period_start < $1 AND period_start <> 0 AND reserved <= 0 LIMIT $2)";
const WINDOWS: &str = "DELETE FROM rate_windows WHERE (name, window_start) IN \
    (SELECT name, window_start FROM rate_windows WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
const RESERVATIONS: &str = "DELETE FROM budget_reservations WHERE (id, budget_id, subject_id) IN \
    (SELECT id, budget_id, subject_id FROM budget_reservations WHERE expires_at < $1 AND released = TRUE LIMIT $2)";

const DAY: Duration = Duration::from_secs(86_400);

/// Sessions take their whole transcripts with them, so fewer of them go at a time.
const SESSIONS_AT_ONCE: i64 = 20;
const AT_ONCE: i64 = 500;

pub(crate) async fn run(
    database: &Database,
    keep: &Retention,
    now: Timestamp,
) -> Result<Forgotten, StoreError> {
    let forget = async |text: &'static str, age: Option<Duration>, at_once: i64| match age {
        Some(age) => delete(database, text, now.before(age), at_once).await,
        None => Ok(0),
    };
    let counters = forget(WINDOWS, Some(Duration::ZERO), AT_ONCE).await?;
    forget(HOURS, keep.usage, AT_ONCE).await?;
    Ok(Forgotten {
        turns: forget(TURNS, keep.turns, AT_ONCE).await?,
        sessions: forget(SESSIONS, keep.sessions, SESSIONS_AT_ONCE).await?,
        usage: forget(USAGE, keep.usage, AT_ONCE).await?,
        telemetry: forget(TELEMETRY, keep.telemetry, AT_ONCE).await?,
        audit: forget(AUDIT, keep.audit, AT_ONCE).await?,
        responses: forget(RESPONSES, keep.responses, AT_ONCE).await?,
        spending: forget(SPENDING, keep.spending, AT_ONCE).await?,
        counters: counters + forget(RESERVATIONS, Some(DAY), AT_ONCE).await?,
    })
}

/// Each batch is a transaction of its own; between two of them others get their turn.
async fn delete(
    database: &Database,
    text: &'static str,
    before: Timestamp,
    at_once: i64,
) -> Result<u64, StoreError> {
    let mut deleted = 0;
    loop {
        let batch = database.execute(sql(text).bind(before).bind(at_once)).await?;
        deleted += batch;
        if batch < at_once.unsigned_abs() {
            return Ok(deleted);
        }
        tokio::task::yield_now().await;
    }
}
