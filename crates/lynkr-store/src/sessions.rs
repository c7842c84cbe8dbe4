//! Sessions and their transcripts.
//!
//! A session's id is the client's word, so it counts only together with its owner: two callers that send the same id
//! have two sessions.

use serde_json::Value as Json;

use crate::database::{Database, Row, Work};
use crate::error::StoreError;
use crate::ids::{id, opt_id};
use crate::statement::{Insert, Statement, Value, sql};
use crate::time::Timestamp;
use crate::usage::UsageFilter;

/// Which session.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SessionKey {
    /// Whose it is: the id of the caller's key, or empty where there are no keys.
    pub owner: String,
    /// The id that the client gave, or the fingerprint that stands for it.
    pub id: String,
}

/// A session.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Which it is.
    pub key: SessionKey,
    /// When it was first seen.
    pub created_at: Timestamp,
    /// When it was last seen.
    pub updated_at: Timestamp,
    /// The fingerprint of its content.
    pub fingerprint: Option<String>,
    /// The client's name.
    pub client: Option<String>,
    /// The provider that answered last.
    pub provider: Option<String>,
    /// The model that answered last.
    pub model: Option<String>,
    /// Anything else, as a JSON object.
    pub metadata: Json,
}

/// What its settled requests came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionUsage {
    /// Settled requests.
    pub requests: u64,
    /// Tokens in.
    pub input_tokens: u64,
    /// Tokens out.
    pub output_tokens: u64,
    /// Billionths of a dollar, of those requests whose price is known.
    pub cost_nanos: u64,
}

/// One entry of a transcript.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// [`record_id`](crate::record_id).
    pub id: String,
    /// The session that it belongs to, which is made if it isn't there.
    pub session: SessionKey,
    /// When.
    pub at: Timestamp,
    /// The request that it came with.
    pub request_id: Option<String>,
    /// `user`, `assistant` or `tool`.
    pub role: String,
    /// `message`, `tool_request`, `tool_result` or `error`.
    pub kind: String,
    /// The HTTP status of an answer.
    pub status: Option<u64>,
    /// The provider of an answer.
    pub provider: Option<String>,
    /// The model of an answer.
    pub model: Option<String>,
    /// What was said, as JSON.
    pub content: Json,
    /// Anything else, as a JSON object.
    pub metadata: Json,
    /// The client's name, kept with the session.
    pub client: Option<String>,
    /// The content's fingerprint, kept with the session.
    pub fingerprint: Option<String>,
}

const COLUMNS: &[&str] = &[
    "id",
    "owner",
    "session_id",
    "at",
    "request_id",
    "role",
    "kind",
    "status",
    "provider",
    "model",
    "content",
    "metadata",
];

static INSERT: Insert<Turn> = Insert::new("turns", COLUMNS, put);

/// A turn only ever adds to what is known of a session: an older one that comes late changes nothing.
const TOUCH: &str = "INSERT INTO sessions (owner, id, created_at, updated_at, fingerprint, client, provider, model, metadata) \
    VALUES ($1, $2, $3, $3, $4, $5, $6, $7, '{}') \
    ON CONFLICT (owner, id) DO UPDATE SET \
    fingerprint = COALESCE(excluded.fingerprint, sessions.fingerprint), \
    client = COALESCE(excluded.client, sessions.client), \
    provider = CASE WHEN excluded.updated_at >= sessions.updated_at \
        THEN COALESCE(excluded.provider, sessions.provider) ELSE sessions.provider END, \
    model = CASE WHEN excluded.updated_at >= sessions.updated_at \
        THEN COALESCE(excluded.model, sessions.model) ELSE sessions.model END, \
    created_at = CASE WHEN excluded.created_at < sessions.created_at \
        THEN excluded.created_at ELSE sessions.created_at END, \
    updated_at = CASE WHEN excluded.updated_at > sessions.updated_at \
        THEN excluded.updated_at ELSE sessions.updated_at END";

/// Sessions and transcripts.
#[derive(Debug, Clone, Copy)]
pub struct Sessions<'s> {
    pub(crate) database: &'s Database,
}

impl Sessions<'_> {
    /// Adds turns, and the sessions that they belong to, all or none. A turn that is there already is left alone.
    pub async fn append(&self, turns: &[Turn]) -> Result<(), StoreError> {
        let mut work = self.database.begin().await?;
        append(&mut work, turns).await?;
        work.commit().await
    }

    /// A session.
    pub async fn find(&self, key: &SessionKey) -> Result<Option<Session>, StoreError> {
        let statement =
            sql("SELECT * FROM sessions WHERE owner = $1 AND id = $2").bind(id(&key.owner)).bind(id(&key.id));
        self.database.read(statement).await?.first().map(session).transpose()
    }

    /// The sessions seen last, the newest first. `owner` narrows them to one caller's, `before` to older ones.
    pub async fn recent(
        &self,
        owner: Option<&str>,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let mut statement = sql("SELECT * FROM sessions WHERE updated_at >= $1").bind(i64::MIN);
        if let Some(owner) = owner {
            statement.push(" AND owner = ?", id(owner));
        }
        if let Some(before) = before {
            statement.push(" AND updated_at < ?", before);
        }
        statement.push(" ORDER BY updated_at DESC, owner, id LIMIT ?", i64::from(limit));
        self.database.read(statement).await?.iter().map(session).collect()
    }

    /// The newest turns of a session, the oldest of them first.
    pub async fn transcript(&self, key: &SessionKey, limit: u32) -> Result<Vec<Turn>, StoreError> {
        let statement =
            sql("SELECT * FROM turns WHERE owner = $1 AND session_id = $2 ORDER BY seq DESC LIMIT $3")
                .bind(id(&key.owner))
                .bind(id(&key.id))
                .bind(i64::from(limit));
        self.database.read(statement).await?.iter().rev().map(turn).collect()
    }

    /// What the settled requests of a session came to. Without keys (an empty owner) those of every key count.
    pub async fn usage(&self, key: &SessionKey) -> Result<SessionUsage, StoreError> {
        let mut statement =
            sql("SELECT COUNT(*) AS requests, CAST(COALESCE(SUM(input_tokens), 0) AS BIGINT) AS input, \
            CAST(COALESCE(SUM(output_tokens), 0) AS BIGINT) AS output, \
            CAST(COALESCE(SUM(cost_nanos), 0) AS BIGINT) AS cost FROM usage WHERE TRUE");
        let owner = (!key.owner.is_empty()).then(|| key.owner.clone());
        let own = UsageFilter { session_id: Some(key.id.clone()), key_id: owner, ..UsageFilter::default() };
        own.narrow(&mut statement, self.database);
        let rows = self.database.read(statement).await?;
        let Some(row) = rows.first() else { return Ok(SessionUsage::default()) };
        Ok(SessionUsage {
            requests: row.count("requests")?,
            input_tokens: row.count("input")?,
            output_tokens: row.count("output")?,
            cost_nanos: row.count("cost")?,
        })
    }

    /// Forgets a session and its transcript; says whether it was there.
    pub async fn delete(&self, key: &SessionKey) -> Result<bool, StoreError> {
        let statement =
            sql("DELETE FROM sessions WHERE owner = $1 AND id = $2").bind(id(&key.owner)).bind(id(&key.id));
        Ok(self.database.execute(statement).await? > 0)
    }
}

/// Writes turns in somebody's transaction.
pub(crate) async fn append<'t>(
    work: &mut Work,
    turns: impl IntoIterator<Item = &'t Turn>,
) -> Result<(), StoreError> {
    let turns: Vec<&Turn> = turns.into_iter().collect();
    let mut by_session = turns.clone();
    // In one order everywhere, so that two replicas never wait for each other; and oldest first within a session.
    by_session.sort_by(|a, b| (&a.session, a.at).cmp(&(&b.session, b.at)));
    for turn in by_session {
        work.execute(touch(turn)).await?;
    }
    for (_, statement) in INSERT.statements(&turns) {
        work.execute(statement).await?;
    }
    Ok(())
}

fn touch(turn: &Turn) -> Statement {
    sql(TOUCH)
        .bind(id(&turn.session.owner))
        .bind(id(&turn.session.id))
        .bind(turn.at)
        .bind(opt_id(turn.fingerprint.as_ref()))
        .bind(&turn.client)
        .bind(&turn.provider)
        .bind(&turn.model)
}

fn put(turn: &Turn, values: &mut Vec<Value>) {
    values.extend([
        (&turn.id).into(),
        id(&turn.session.owner),
        id(&turn.session.id),
        turn.at.into(),
        (&turn.request_id).into(),
        (&turn.role).into(),
        (&turn.kind).into(),
        turn.status.into(),
        (&turn.provider).into(),
        (&turn.model).into(),
        (&turn.content).into(),
        (&turn.metadata).into(),
    ]);
}

fn session(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        key: SessionKey { owner: row.text("owner")?, id: row.text("id")? },
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        fingerprint: row.opt_text("fingerprint")?,
        client: row.opt_text("client")?,
        provider: row.opt_text("provider")?,
        model: row.opt_text("model")?,
        metadata: row.json("metadata")?,
    })
}

fn turn(row: &Row) -> Result<Turn, StoreError> {
    Ok(Turn {
        id: row.text("id")?,
        session: SessionKey { owner: row.text("owner")?, id: row.text("session_id")? },
        at: row.time("at")?,
        request_id: row.opt_text("request_id")?,
        role: row.text("role")?,
        kind: row.text("kind")?,
        status: row.opt_count("status")?,
        provider: row.opt_text("provider")?,
        model: row.opt_text("model")?,
        content: row.json("content")?,
        metadata: row.json("metadata")?,
        client: None,
        fingerprint: None,
    })
}
