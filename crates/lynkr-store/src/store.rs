//! The store: open, use by parts, check, copy, close.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::ExposeSecret as _;

use crate::audit::Audit;
use crate::budgets::Budgets;
use crate::database::Database;
use crate::error::StoreError;
use crate::keys::Keys;
use crate::learned::LearnedState;
use crate::limits::StoreLimits;
use crate::options::{StoreOptions, StoreUrl};
use crate::pins::Pins;
use crate::purse::Purse;
use crate::responses::Responses;
use crate::retention::{self, Forgotten, Retention};
use crate::sessions::Sessions;
use crate::statement::sql;
use crate::telemetry::Telemetry;
use crate::time::Timestamp;
use crate::usage::Usage;
use crate::writer::Writer;
use crate::{export, postgres, sqlite};

/// An open store. Clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    database: Database,
    writer: Writer,
    purse: Purse,
    shown: String,
}

impl Store {
    /// Opens the store, makes it if it isn't there, brings its schema up to date and starts the batch writer.
    ///
    /// Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// When it can't be reached or made, or when a newer program has used it.
    pub async fn open(options: &StoreOptions) -> Result<Self, StoreError> {
        let database = match &options.url {
            StoreUrl::Sqlite(path) => Database::Sqlite(sqlite::Sqlite::open(path, options).await?),
            StoreUrl::Postgres(url) => {
                Database::Postgres(postgres::Postgres::open(url.expose_secret(), options).await?)
            }
        };
        let writer = Writer::start(database.clone(), options.writer);
        let purse = Purse::new(database.clone(), options.rounds);
        Ok(Self { database, writer, purse, shown: options.url.shown() })
    }

    /// Sessions and transcripts.
    pub const fn sessions(&self) -> Sessions<'_> {
        Sessions { database: &self.database }
    }

    /// Usage records.
    pub const fn usage(&self) -> Usage<'_> {
        Usage { database: &self.database }
    }

    /// Telemetry.
    pub const fn telemetry(&self) -> Telemetry<'_> {
        Telemetry { database: &self.database }
    }

    /// Budgets.
    pub const fn budgets(&self) -> Budgets<'_> {
        Budgets { database: &self.database }
    }

    /// API keys.
    pub const fn keys(&self) -> Keys<'_> {
        Keys { database: &self.database }
    }

    /// The audit log.
    pub const fn audit(&self) -> Audit<'_> {
        Audit { database: &self.database }
    }

    /// Stored answers.
    pub const fn responses(&self) -> Responses<'_> {
        Responses { database: &self.database }
    }

    /// Which models sessions stay with.
    pub const fn pins(&self) -> Pins<'_> {
        Pins { database: &self.database }
    }

    /// What is learned.
    pub const fn learned(&self) -> LearnedState<'_> {
        LearnedState { database: &self.database }
    }

    /// Rate limits that all processes on this store share.
    pub fn limits(&self) -> StoreLimits {
        StoreLimits { database: self.database.clone() }
    }

    /// The batch writer.
    pub const fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Room in budgets, ahead of requests.
    pub const fn purse(&self) -> &Purse {
        &self.purse
    }

    /// `SQLite` or `Postgres`.
    pub const fn kind(&self) -> &'static str {
        self.database.name()
    }

    /// Where it is, without a password.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The file, where there is one.
    pub fn file(&self) -> Option<&Path> {
        match &self.database {
            Database::Sqlite(database) => Some(database.path()),
            Database::Postgres(_) => None,
        }
    }

    /// Asks it for an answer: for readiness.
    pub async fn ping(&self) -> Result<(), StoreError> {
        // A table of the store's own: that the file can't be read any more is found out as well.
        self.database.read(sql("SELECT COUNT(*) AS keys FROM lynkr_schema")).await.map(drop)
    }

    /// The version of the schema.
    pub async fn schema(&self) -> Result<i64, StoreError> {
        let rows = self.database.read(sql("SELECT MAX(version) AS version FROM lynkr_schema")).await?;
        rows.first().map_or(Ok(0), |row| row.int("version"))
    }

    /// What is wrong with what is stored, a sentence each; empty when nothing is. Takes long on a large store.
    pub async fn check(&self) -> Result<Vec<String>, StoreError> {
        match &self.database {
            Database::Sqlite(database) => database.check().await,
            Database::Postgres(database) => database.check().await,
        }
    }

    /// Writes a consistent copy to a new file, which only its owner may open, while the store is in use.
    ///
    /// # Errors
    /// For Postgres, which has `pg_dump`; and when the file is there already.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        match &self.database {
            Database::Sqlite(database) => database.backup(to).await,
            Database::Postgres(_) => Err(StoreError::Unusable(
                "a Postgres store is copied with Postgres's own tools: pg_dump --schema=lynkr".to_owned(),
            )),
        }
    }

    /// Writes everything as one JSON object a line; says how many lines. Keys come without their hashes.
    pub async fn export(&self, to: &mut (dyn Write + Send)) -> Result<u64, StoreError> {
        export::run(&self.database, to).await
    }

    /// Forgets what is old.
    pub async fn forget(&self, keep: &Retention, now: Timestamp) -> Result<Forgotten, StoreError> {
        retention::run(&self.database, keep, now).await
    }

    /// Writes what waits and closes every connection; `false` when records were lost because there was no time.
    pub async fn close(&self, within: Duration) -> bool {
        let (written, settled) = tokio::join!(self.writer.close(within), self.purse.close(within));
        match &self.database {
            Database::Sqlite(database) => database.close().await,
            Database::Postgres(database) => database.close().await,
        }
        written && settled
    }

    /// The default file's place in a state folder.
    pub fn default_file(state_dir: &Path) -> PathBuf {
        state_dir.join(crate::options::FILE)
    }
}
