//! One of the two databases: run statements, read rows, open transactions.

use sqlx::{Postgres, Row as _, Sqlite, Transaction};

use crate::error::StoreError;
use crate::statement::Statement;
use crate::time::Timestamp;
use crate::{postgres, sqlite};

/// The database behind a store.
#[derive(Debug, Clone)]
pub(crate) enum Database {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Database {
    /// Runs a statement that changes something; says how many rows it changed.
    pub(crate) async fn execute(&self, statement: Statement) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(database) => sqlite::execute(statement, database.writer()).await,
            Self::Postgres(database) => postgres::execute(statement, database.pool()).await,
        }
    }

    /// Runs a statement that changes something and returns rows.
    pub(crate) async fn change(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(database) => sqlite::rows(statement, database.writer()).await,
            Self::Postgres(database) => postgres::rows(statement, database.pool()).await,
        }
    }

    /// Runs a statement that only reads.
    pub(crate) async fn read(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(database) => sqlite::rows(statement, database.readers()).await,
            Self::Postgres(database) => postgres::rows(statement, database.pool()).await,
        }
    }

    /// Opens a transaction that writes. Dropping it undoes what it did.
    pub(crate) async fn begin(&self) -> Result<Work, StoreError> {
        match self {
            Self::Sqlite(database) => Ok(Work::Sqlite(database.begin().await?)),
            Self::Postgres(database) => Ok(Work::Postgres(database.pool().begin().await?)),
        }
    }

    pub(crate) const fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// The name of the kind, for messages.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "Postgres",
        }
    }
}

/// A transaction.
pub(crate) enum Work {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Work {
    /// Whether nobody else writes until it ends, so that the newest rows are its own.
    pub(crate) const fn is_alone(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// Runs a statement; says how many rows it changed.
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(work) => sqlite::execute(statement, &mut **work).await,
            Self::Postgres(work) => postgres::execute(statement, &mut **work).await,
        }
    }

    /// Runs a statement that returns rows.
    pub(crate) async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(work) => sqlite::rows(statement, &mut **work).await,
            Self::Postgres(work) => postgres::rows(statement, &mut **work).await,
        }
    }

    /// Makes it last.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(work) => work.commit().await?,
            Self::Postgres(work) => work.commit().await?,
        }
        Ok(())
    }
}

/// A row of either database, read by the names of its columns.
#[derive(Debug)]
pub(crate) enum Row {
    Sqlite(sqlx::sqlite::SqliteRow),
    Postgres(sqlx::postgres::PgRow),
}

macro_rules! getter {
    ($(#[$doc:meta])* $name:ident, $type:ty) => {
        $(#[$doc])*
        pub(crate) fn $name(&self, column: &str) -> Result<$type, StoreError> {
            let value = match self {
                Self::Sqlite(row) => row.try_get(column),
                Self::Postgres(row) => row.try_get(column),
            };
            value.map_err(|error| StoreError::Corrupt(error.to_string()))
        }
    };
}

impl Row {
    getter!(
        /// Text.
        text, String
    );
    getter!(
        /// Text, or nothing.
        opt_text, Option<String>
    );
    getter!(
        /// A number.
        int, i64
    );
    getter!(
        /// A number, or nothing.
        opt_int, Option<i64>
    );
    getter!(
        /// A switch.
        bool, bool
    );
    getter!(
        /// Bytes.
        bytes, Vec<u8>
    );

    /// A count; what can't be one is zero.
    pub(crate) fn count(&self, column: &str) -> Result<u64, StoreError> {
        Ok(u64::try_from(self.int(column)?).unwrap_or(0))
    }

    /// A count, or nothing.
    pub(crate) fn opt_count(&self, column: &str) -> Result<Option<u64>, StoreError> {
        Ok(self.opt_int(column)?.map(|value| u64::try_from(value).unwrap_or(0)))
    }

    /// A point in time.
    pub(crate) fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        self.int(column).map(Timestamp::from_millis)
    }

    /// A point in time, or nothing.
    pub(crate) fn opt_time(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.opt_int(column)?.map(Timestamp::from_millis))
    }

    /// JSON.
    pub(crate) fn json(&self, column: &str) -> Result<serde_json::Value, StoreError> {
        let text = self.text(column)?;
        serde_json::from_str(&text).map_err(|error| StoreError::Corrupt(format!("{column}: {error}")))
    }

    /// A JSON list of texts.
    pub(crate) fn list(&self, column: &str) -> Result<Vec<String>, StoreError> {
        let value = self.json(column)?;
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())
    }
}
