//! API keys of the gateway's own callers.
//!
//! A key is 32 random bytes. Only its SHA-256 is kept: a secret of that much entropy needs no slow hash, and looking
//! the hash up in an index tells nobody by its timing how close a guess came.

mod limits;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::SecretString;
use serde_json::json;

pub use limits::KeyLimits;

use crate::database::{Database, Row, Work};
use crate::error::StoreError;
use crate::ids::{hex, record_id};
use crate::statement::sql;
use crate::time::Timestamp;

/// What every key of the gateway begins with, so that it is told from a vendor's.
pub const KEY_PREFIX: &str = "lynkr_";

/// How much of a key is kept readable, so that people can tell keys apart.
const SHOWN: usize = KEY_PREFIX.len() + 6;

/// A key to make.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewKey {
    /// What people call it.
    pub name: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// The user that it acts for.
    pub user: Option<String>,
    /// The team.
    pub team: Option<String>,
    /// The customer.
    pub customer: Option<String>,
    /// The organisation.
    pub organisation: Option<String>,
    /// What it may do besides asking models: `admin`, say.
    pub scopes: Vec<String>,
    /// The models that it may ask; empty for all.
    pub models: Vec<String>,
    /// The providers that it may ask; empty for all.
    pub providers: Vec<String>,
    /// How much it may ask.
    pub limits: KeyLimits,
}

/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: String,
    /// The beginning of the secret.
    pub prefix: String,
    /// What was set when it was made.
    pub rule: NewKey,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, give or take a flush of the batch writer.
    pub last_used_at: Option<Timestamp>,
}

/// A key that was just made. The secret is shown once and kept nowhere.
#[derive(Debug)]
pub struct CreatedKey {
    /// The key.
    pub key: ApiKey,
    /// What the client shows.
    pub secret: SecretString,
}

/// What a secret that somebody showed is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyCheck {
    /// It is good.
    Valid(Box<ApiKey>),
    /// It was good.
    Expired(Box<ApiKey>),
    /// It was taken back.
    Revoked(Box<ApiKey>),
    /// Nobody knows it.
    Unknown,
}

/// Keys.
#[derive(Debug, Clone, Copy)]
pub struct Keys<'s> {
    pub(crate) database: &'s Database,
}

const CREATE: &str = "INSERT INTO api_keys (id, hash, prefix, name, created_at, expires_at, user_id, team, customer, \
    organisation, scopes, models, providers, limits) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING *";

impl Keys<'_> {
    /// Makes a key.
    pub async fn create(&self, new: &NewKey, now: Timestamp) -> Result<CreatedKey, StoreError> {
        let mut random = [0_u8; 32];
        SystemRandom::new()
            .fill(&mut random)
            .map_err(|_| StoreError::Unusable("this machine gives no random numbers".to_owned()))?;
        let secret = format!("{KEY_PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        let statement = sql(CREATE)
            .bind(record_id())
            .bind(hash(&secret))
            .bind(secret.chars().take(SHOWN).collect::<String>())
            .bind(&new.name)
            .bind(now)
            .bind(new.expires_at)
            .bind(&new.user)
            .bind(&new.team)
            .bind(&new.customer)
            .bind(&new.organisation)
            .bind(&json!(new.scopes))
            .bind(&json!(new.models))
            .bind(&json!(new.providers))
            .bind(&new.limits.to_json());
        let rows = self.database.change(statement).await?;
        let key = rows.first().map(read).transpose()?;
        let key = key.ok_or_else(|| StoreError::Corrupt("a key vanished".to_owned()))?;
        Ok(CreatedKey { key, secret: SecretString::from(secret) })
    }

    /// What a secret is worth.
    pub async fn check(&self, secret: &str, now: Timestamp) -> Result<KeyCheck, StoreError> {
        if !secret.starts_with(KEY_PREFIX) {
            return Ok(KeyCheck::Unknown);
        }
        let statement = sql("SELECT * FROM api_keys WHERE hash = $1").bind(hash(secret));
        let rows = self.database.read(statement).await?;
        let Some(row) = rows.first() else { return Ok(KeyCheck::Unknown) };
        let key = Box::new(read(row)?);
        Ok(match (key.revoked_at, key.rule.expires_at) {
            (Some(_), _) => KeyCheck::Revoked(key),
            (None, Some(end)) if end <= now => KeyCheck::Expired(key),
            (None, _) => KeyCheck::Valid(key),
        })
    }

    /// Every key, the newest first.
    pub async fn list(&self) -> Result<Vec<ApiKey>, StoreError> {
        let statement = sql("SELECT * FROM api_keys ORDER BY created_at DESC, id DESC");
        self.database.read(statement).await?.iter().map(read).collect()
    }

    /// The keys with this id, this beginning or this name.
    pub async fn find(&self, text: &str) -> Result<Vec<ApiKey>, StoreError> {
        let statement =
            sql("SELECT * FROM api_keys WHERE id = $1 OR prefix = $1 OR name = $1 ORDER BY created_at DESC, id DESC")
                .bind(text);
        self.database.read(statement).await?.iter().map(read).collect()
    }

    /// Takes a key back; `false` when there is none, or it was taken back before.
    pub async fn revoke(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let statement = sql("UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
            .bind(id)
            .bind(now);
        Ok(self.database.execute(statement).await? > 0)
    }
}

/// Notes a key's use in somebody's transaction. It never goes back in time.
pub(crate) async fn touch(work: &mut Work, id: &str, at: Timestamp) -> Result<(), StoreError> {
    let statement = sql("UPDATE api_keys SET last_used_at = $2 WHERE id = $1 \
        AND (last_used_at IS NULL OR last_used_at < $2)")
    .bind(id)
    .bind(at);
    work.execute(statement).await.map(drop)
}

fn hash(secret: &str) -> String {
    hex(digest::digest(&digest::SHA256, secret.as_bytes()).as_ref())
}

fn read(row: &Row) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: row.text("id")?,
        prefix: row.text("prefix")?,
        rule: NewKey {
            name: row.text("name")?,
            expires_at: row.opt_time("expires_at")?,
            user: row.opt_text("user_id")?,
            team: row.opt_text("team")?,
            customer: row.opt_text("customer")?,
            organisation: row.opt_text("organisation")?,
            scopes: row.list("scopes")?,
            models: row.list("models")?,
            providers: row.list("providers")?,
            limits: KeyLimits::from_json(&row.json("limits")?),
        },
        created_at: row.time("created_at")?,
        revoked_at: row.opt_time("revoked_at")?,
        last_used_at: row.opt_time("last_used_at")?,
    })
}
