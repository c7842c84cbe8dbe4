//! What can go wrong with the store, named for what the caller can do about it.

use std::io;
use std::path::PathBuf;

use lynkr_types::{Blame, Fault, FaultKind, Retry};

/// Why the store can't do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It can't be reached, is locked by somebody else, or took too long. The same call may succeed later.
    #[error("the store can't be reached or is busy")]
    Unavailable(#[source] sqlx::Error),
    /// The shared cache can't be reached or took too long. The same call may succeed later.
    #[error("the shared cache can't be reached")]
    CacheUnavailable(#[source] redis::RedisError),
    /// There is no room, or no right to write. Somebody has to make room or change the rights.
    #[error("the store can't be written: {reason}")]
    Unwritable {
        /// What is missing.
        reason: Unwritable,
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
    /// The schema is newer than this program: a newer version has used the store.
    #[error("the store has schema {found}, and this program knows {known} at most: use the newer program")]
    NewerSchema {
        /// The schema in the store.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// The database refused a statement or a value, or answered with what can't be read.
    #[error("the database refused")]
    Refused(#[source] sqlx::Error),
    /// What is stored isn't what this program stores there.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// A file or folder of the store.
    #[error("can't use {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The store's address or an option can't be used, or the store can't do what was asked.
    #[error("{0}")]
    Unusable(String),
}

/// Why nothing can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwritable {
    /// The disk, or the room that the database may take, is full.
    Full,
    /// The file or the database may only be read.
    ReadOnly,
}

impl std::fmt::Display for Unwritable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Full => "there is no room left",
            Self::ReadOnly => "it may only be read",
        })
    }
}

impl StoreError {
    /// Whether the same call may succeed later without anybody changing the call.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::CacheUnavailable(_) | Self::Unwritable { .. })
    }

    /// A file or folder that can't be used.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}

impl Fault for StoreError {
    fn kind(&self) -> FaultKind {
        if self.may_pass() { FaultKind::Unavailable } else { FaultKind::Internal }
    }

    fn blame(&self) -> Blame {
        Blame::Gateway
    }

    fn retry(&self) -> Retry {
        if self.may_pass() { Retry::Same(None) } else { Retry::Never }
    }
}

/// What SQLite says in its primary result codes.
const SQLITE: &[(i32, Verdict)] = &[
    (5, Verdict::Busy),     // SQLITE_BUSY
    (6, Verdict::Busy),     // SQLITE_LOCKED
    (8, Verdict::ReadOnly), // SQLITE_READONLY
    (10, Verdict::Busy),    // SQLITE_IOERR
    (11, Verdict::Corrupt), // SQLITE_CORRUPT
    (13, Verdict::Full),    // SQLITE_FULL
    (14, Verdict::Busy),    // SQLITE_CANTOPEN
    (26, Verdict::Corrupt), // SQLITE_NOTADB
];

/// What Postgres says, by class or whole code of SQLSTATE.
const POSTGRES: &[(&str, Verdict)] = &[
    ("08", Verdict::Busy),        // connection exceptions
    ("25006", Verdict::ReadOnly), // read-only transaction: a standby
    ("28", Verdict::Refused),     // authorization
    ("40", Verdict::Busy),        // serialization failure, deadlock
    ("53100", Verdict::Full),     // disk full
    ("53", Verdict::Busy),        // too many connections, out of memory
    ("55P03", Verdict::Busy),     // lock not available
    ("57", Verdict::Busy),        // statement time-out, shutting down, starting up
    ("58", Verdict::Busy),        // errors of the system below
    ("XX001", Verdict::Corrupt),
    ("XX002", Verdict::Corrupt),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Busy,
    Full,
    ReadOnly,
    Corrupt,
    Refused,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match verdict(&error) {
            Verdict::Busy => Self::Unavailable(error),
            Verdict::Full => Self::Unwritable { reason: Unwritable::Full, source: error },
            Verdict::ReadOnly => Self::Unwritable { reason: Unwritable::ReadOnly, source: error },
            Verdict::Corrupt => Self::Corrupt(error.to_string()),
            Verdict::Refused => Self::Refused(error),
        }
    }
}

fn verdict(error: &sqlx::Error) -> Verdict {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            match error.try_downcast_ref::<sqlx::sqlite::SqliteError>() {
                Some(_) => sqlite_verdict(&code),
                None => postgres_verdict(&code),
            }
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed
        // A server that goes down in the middle of a message.
        | sqlx::Error::Protocol(_) => Verdict::Busy,
        _ => Verdict::Refused,
    }
}

fn sqlite_verdict(code: &str) -> Verdict {
    // The low byte of an extended result code is the primary one.
    let primary = code.parse::<i32>().map_or(0, |code| code & 0xff);
    SQLITE.iter().find(|(known, _)| *known == primary).map_or(Verdict::Refused, |(_, verdict)| *verdict)
}

fn postgres_verdict(code: &str) -> Verdict {
    POSTGRES
        .iter()
        .find(|(known, _)| code.starts_with(known))
        .map_or(Verdict::Refused, |(_, verdict)| *verdict)
}

impl From<redis::RedisError> for StoreError {
    fn from(error: redis::RedisError) -> Self {
        let wrong_address = matches!(error.kind(), redis::ErrorKind::InvalidClientConfig);
        if wrong_address { Self::Unusable(error.to_string()) } else { Self::CacheUnavailable(error) }
    }
}

#[cfg(test)]
mod tests;
