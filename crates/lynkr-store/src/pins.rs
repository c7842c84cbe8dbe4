//! Which model a session stays with. All processes on the store share it; of two that write at once the later one's holds.

use crate::database::{Database, Row, Work};
use crate::error::StoreError;
use crate::ids::bounded;
use crate::statement::sql;
use crate::time::Timestamp;

/// The model that a session stays with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionPin {
    /// A digest of whose session it is and of its name.
    pub id: String,
    /// When it was last used.
    pub at: Timestamp,
    /// The provider.
    pub provider: String,
    /// The provider's name for the model.
    pub model: String,
    /// The tier that it serves.
    pub tier: String,
    /// The score that chose it, in hundredths.
    pub score: u64,
    /// How many turns the conversation had.
    pub turns: u64,
    /// Tokens of the prompt that the provider has cached, where it said.
    pub warm_tokens: Option<u64>,
    /// Whether the session works with tools.
    pub has_tools: bool,
}

/// The pins of sessions.
#[derive(Debug, Clone, Copy)]
pub struct Pins<'s> {
    pub(crate) database: &'s Database,
}

const PUT: &str = "INSERT INTO session_pins \
    (id, at, provider, model, tier, score, turns, warm_tokens, has_tools) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
    ON CONFLICT (id) DO UPDATE SET at = excluded.at, provider = excluded.provider, model = excluded.model, \
    tier = excluded.tier, score = excluded.score, turns = excluded.turns, warm_tokens = excluded.warm_tokens, \
    has_tools = excluded.has_tools WHERE excluded.at >= session_pins.at";

const OLDEST: &str = "DELETE FROM session_pins WHERE id IN \
    (SELECT id FROM session_pins ORDER BY at DESC LIMIT $2 OFFSET $1)";

/// So many are forgotten together.
const AT_ONCE: i64 = 500;

impl Pins<'_> {
    /// The pin of a session.
    pub async fn find(&self, id: &str) -> Result<Option<SessionPin>, StoreError> {
        let statement = sql("SELECT * FROM session_pins WHERE id = $1").bind(bounded(id));
        self.database.read(statement).await?.first().map(read).transpose()
    }

    /// Forgets those that were used the longest ago until no more than `most` are left; says how many.
    pub async fn trim(&self, most: u64) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let batch = self.database.execute(sql(OLDEST).bind(most).bind(AT_ONCE)).await?;
            removed += batch;
            if batch < AT_ONCE.unsigned_abs() {
                return Ok(removed);
            }
        }
    }

    /// Forgets all of them; says how many there were.
    pub async fn clear(&self) -> Result<u64, StoreError> {
        self.database.execute(sql("DELETE FROM session_pins")).await
    }
}

/// Writes one in somebody's transaction. A pin that was used later stays as it is.
pub(crate) async fn put(work: &mut Work, pin: &SessionPin) -> Result<(), StoreError> {
    let statement = sql(PUT)
        .bind(bounded(&pin.id))
        .bind(pin.at)
        .bind(&pin.provider)
        .bind(&pin.model)
        .bind(&pin.tier)
        .bind(pin.score)
        .bind(pin.turns)
        .bind(pin.warm_tokens)
        .bind(pin.has_tools);
    work.execute(statement).await.map(drop)
}

fn read(row: &Row) -> Result<SessionPin, StoreError> {
    Ok(SessionPin {
        id: row.text("id")?,
        at: row.time("at")?,
        provider: row.text("provider")?,
        model: row.text("model")?,
        tier: row.text("tier")?,
        score: row.count("score")?,
        turns: row.count("turns")?,
        warm_tokens: row.opt_count("warm_tokens")?,
        has_tools: row.bool("has_tools")?,
    })
}
