//! Which usage records are meant.

use crate::database::Database;
use crate::ids::id;
use crate::statement::{Statement, Value};
use crate::time::Timestamp;

/// What came of the requests that are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Outcome {
    /// Anything.
    #[default]
    Any,
    /// An answer.
    Answered,
    /// An error, or a client that left.
    Failed,
    /// This HTTP status.
    Status(u16),
}

/// Which records are meant; a field without a value means any. An empty tier, key, session or client means records that
/// have none.
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
    /// Of this client.
    pub client: Option<String>,
    /// Of this provider.
    pub provider: Option<String>,
    /// Of this model.
    pub model: Option<String>,
    /// Of this tier.
    pub tier: Option<String>,
    /// With this id of the request.
    pub request_id: Option<String>,
    /// With this outcome.
    pub outcome: Outcome,
    /// With this text, in any case, in the error, the models, the id of the request or the receipt.
    pub text: Option<String>,
}

/// Where a text is looked for.
const SEARCHED: &str = "LOWER(COALESCE(error_kind, '') || ' ' || model || ' ' || asked || ' ' || request_id || ' ' || \
    COALESCE(receipt, ''))";

/// The rows of a session in SQLite, whose index of sessions has a part for each so many rows: all of them are looked into.
const IN_PARTS: &str = " AND seq IN (WITH RECURSIVE parts (part) AS (SELECT (SELECT MIN(seq) FROM usage) / 8192 \
    UNION ALL SELECT part + 1 FROM parts WHERE part < (SELECT MAX(seq) FROM usage) / 8192) \
    SELECT own.seq FROM parts CROSS JOIN usage AS own ON own.seq / 8192 = parts.part AND own.session_id = ?)";

impl UsageFilter {
    /// Whether the sums by the hour can tell: they know times, tiers, providers and models only.
    pub(super) fn is_by_hours(&self) -> bool {
        let known = Self {
            since: self.since,
            until: self.until,
            provider: self.provider.clone(),
            model: self.model.clone(),
            tier: self.tier.clone(),
            ..Self::default()
        };
        *self == known
    }

    pub(crate) fn narrow(&self, statement: &mut Statement, database: &Database) {
        let times = [(" AND at >= ?", self.since), (" AND at < ?", self.until)];
        for (text, time) in times {
            if let Some(time) = time {
                statement.push(text, time);
            }
        }
        let texts = [
            ("user_id", &self.user),
            ("team", &self.team),
            ("customer", &self.customer),
            ("organisation", &self.organisation),
            ("provider", &self.provider),
            ("model", &self.model),
            ("request_id", &self.request_id),
        ];
        for (column, value) in texts {
            if let Some(value) = value {
                statement.push(&format!(" AND {column} = ?"), id(value));
            }
        }
        let absent = [
            ("key_id", &self.key_id),
            ("session_id", &self.session_id),
            ("client", &self.client),
            ("tier", &self.tier),
        ];
        // A session has few records. Asked for its key in the index's own words, SQLite goes through all of the key's.
        let has_session = self.session_id.as_ref().is_some_and(|session| !session.is_empty());
        for (column, value) in absent {
            match value {
                Some(value) if !value.is_empty() && column == "key_id" && has_session => {
                    statement.push(" AND COALESCE(key_id, '') = ?", id(value));
                }
                Some(value) if has_session && column == "session_id" && database.is_sqlite() => {
                    statement.push(IN_PARTS, named(column, value));
                }
                Some(value) if value.is_empty() => statement.append(&format!(" AND {column} IS NULL")),
                Some(value) => statement.push(&format!(" AND {column} = ?"), named(column, value)),
                None => {}
            }
        }
        match self.outcome {
            Outcome::Any => {}
            Outcome::Answered => statement.append(" AND error_kind IS NULL"),
            Outcome::Failed => statement.append(" AND error_kind IS NOT NULL"),
            Outcome::Status(status) => statement.push(" AND status = ?", status),
        }
        if let Some(text) = &self.text {
            statement.push(&format!(" AND {SEARCHED} LIKE ? ESCAPE '!'"), pattern(text));
        }
    }

    /// The same for the sums by the hour; whole hours only.
    pub(super) fn narrow_hours(&self, statement: &mut Statement) {
        for (text, hour) in [(" AND hour >= ?", self.since), (" AND hour < ?", self.until)] {
            if let Some(hour) = hour {
                statement.push(text, hour.as_millis().div_euclid(super::hours::HOUR));
            }
        }
        let texts = [("provider", &self.provider), ("model", &self.model), ("tier", &self.tier)];
        for (column, value) in texts {
            if let Some(value) = value {
                statement.push(&format!(" AND {column} = ?"), id(value));
            }
        }
    }
}

/// A client's name isn't cut when it is written.
fn named(column: &str, value: &str) -> Value {
    if column == "client" { value.into() } else { id(value) }
}

/// What matches a text anywhere; none of its letters has a meaning of its own.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
