//! Which database, and how patient to be with it.

use std::path::PathBuf;
use std::time::Duration;

use lynkr_config::{ExposeSecret as _, Problem, SecretString, Source, Trust, Values};

use crate::Store;
use crate::error::StoreError;
use crate::writer::WriterOptions;

/// The file's name in the state folder.
pub(crate) const FILE: &str = "lynkr.db";

/// Where the store is.
#[derive(Debug, Clone)]
pub enum StoreUrl {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A Postgres server; the URL may hold a password.
    Postgres(SecretString),
}

impl StoreUrl {
    /// Reads `postgres://…`, `postgresql://…`, `sqlite:<path>` or `sqlite://<path>`.
    ///
    /// # Errors
    /// For anything else. The message doesn't repeat the text, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let text = text.trim();
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            url::Url::parse(text)
                .map_err(|error| StoreError::Unusable(format!("the Postgres URL can't be read: {error}")))?;
            return Ok(Self::Postgres(SecretString::from(text)));
        }
        let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"));
        match path {
            Some("" | ":memory:") => {
                Err(StoreError::Unusable("an SQLite store needs a file: sqlite:/path/to/lynkr.db".to_owned()))
            }
            Some(path) if path.contains('?') => {
                Err(StoreError::Unusable("an SQLite store takes a path without parameters".to_owned()))
            }
            Some(path) => Ok(Self::Sqlite(PathBuf::from(path))),
            None => Err(StoreError::Unusable(
                "the store's URL begins with neither postgres:// nor sqlite:".to_owned(),
            )),
        }
    }

    /// The store that the settings name: `LYNKR_DATABASE_URL`, else `DATABASE_URL` (which the configuration takes
    /// from the process environment alone), else the file `SESSION_DB_PATH`, else `lynkr.db` in the state folder.
    ///
    /// A `DATABASE_URL` of a kind that Lynkr can't use is some other program's and is left alone.
    ///
    /// # Errors
    /// What is wrong with a setting. A server that the `.env` of a project names is refused: whoever wrote the
    /// project would get every conversation.
    pub fn from_values(values: &Values) -> Result<Self, Problem> {
        if let Some(text) = operators(values, "LYNKR_DATABASE_URL")? {
            return Self::parse(text)
                .map_err(|error| Problem::error("LYNKR_DATABASE_URL", error.to_string()));
        }
        let ambient = values.secret("DATABASE_URL").filter(|_| {
            values
                .source("DATABASE_URL")
                .is_some_and(|source| matches!(source, Source::Environment | Source::Flag))
        });
        if let Some(Ok(url)) = ambient.map(|text| Self::parse(text.expose_secret())) {
            return Ok(url);
        }
        if let Some(path) = values.path("SESSION_DB_PATH") {
            return Ok(Self::Sqlite(path.to_owned()));
        }
        let folder = values.path("LYNKR_STATE_DIR").ok_or_else(|| {
            Problem::error("LYNKR_STATE_DIR", "has no value, and there is no home folder to choose one in")
                .with_hint("set LYNKR_STATE_DIR or SESSION_DB_PATH")
        })?;
        Ok(Self::Sqlite(Store::default_file(folder)))
    }

    /// What may be shown of it: the path, or the server without user, password and parameters.
    pub fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(text) => match url::Url::parse(text.expose_secret()) {
                Ok(url) => format!(
                    "postgres://{}{}{}",
                    url.host_str().unwrap_or("localhost"),
                    url.port().map(|port| format!(":{port}")).unwrap_or_default(),
                    url.path()
                ),
                Err(_) => "postgres".to_owned(),
            },
        }
    }
}

/// The Redis server that `REDIS_URL` names.
///
/// # Errors
/// When the `.env` of a project names it: shared limits and caches are the operator's.
pub fn redis_url(values: &Values) -> Result<Option<SecretString>, Problem> {
    Ok(operators(values, "REDIS_URL")?.map(SecretString::from))
}

/// A URL that only the operator may give.
fn operators<'v>(values: &'v Values, env: &'static str) -> Result<Option<&'v str>, Problem> {
    let Some(text) = values.secret(env) else { return Ok(None) };
    match values.source(env) {
        Some(source) if source.trust() == Trust::Project => Err(Problem::error(
            env,
            "is refused here: a project can't say where the gateway keeps what it knows",
        )
        .with_source(source)
        .with_hint("set it in the environment, in the configuration folder, or with --env-file")),
        _ => Ok(Some(text.expose_secret())),
    }
}

/// How to open a store.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Where it is.
    pub url: StoreUrl,
    /// How long to wait for somebody else's lock.
    pub lock_wait: Duration,
    /// How long one statement may take (Postgres).
    pub statement_wait: Duration,
    /// How long to wait for a connection (Postgres).
    pub connect_wait: Duration,
    /// How many connections to keep at most (Postgres).
    pub connections: u32,
    /// The most pages that the file may have (SQLite); `None` for as many as the disk holds.
    pub most_pages: Option<u32>,
    /// How the batch writer works.
    pub writer: WriterOptions,
    /// How often room that is held ahead of requests is brought to what is wanted, and what they cost is settled; `None`
    /// where nobody does it unless asked to.
    pub rounds: Option<Duration>,
}

impl StoreOptions {
    /// The defaults for a store at this place.
    pub fn new(url: StoreUrl) -> Self {
        Self {
            url,
            lock_wait: Duration::from_secs(5),
            statement_wait: Duration::from_secs(10),
            connect_wait: Duration::from_secs(3),
            connections: 8,
            most_pages: None,
            writer: WriterOptions::default(),
            rounds: Some(Duration::from_millis(250)),
        }
    }
}

#[cfg(test)]
mod tests;
