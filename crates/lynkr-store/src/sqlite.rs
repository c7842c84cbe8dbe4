//! SQLite: one connection that writes, a few that read, one file that only its owner may open.

mod files;
mod maintain;
mod migrate;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::pool::PoolOptions;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use sqlx::{Arguments as _, AssertSqlSafe, Executor, SqlSafeStr as _, Transaction};

use crate::database::Row;
use crate::error::StoreError;
use crate::options::StoreOptions;
use crate::statement::{Statement, Value};

/// As many may read at once. Reading never waits for writing in WAL mode.
const READERS: u32 = 4;

/// How much of the file a connection keeps in memory, in KiB. SQLite's own default is 2,000 for each; the operating system
/// keeps what is read often anyway.
const WRITER_CACHE: u32 = 2_048;
const READER_CACHE: u32 = 256;

/// So many pages of the WAL go back into the database together: pages of an index that many batches touch go back once.
const CHECKPOINT: &str = "2000";

/// The size of a page of a new file, in bytes. Each page is read and written by calls of the system of its own, which cost about
/// as much as SQLite's own work: twice its default is half as many.
const PAGE: u32 = 8_192;

const BEGIN: &str = "BEGIN IMMEDIATE";

/// How long to wait before a lock is asked for again that SQLite itself doesn't wait for.
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// An open SQLite database.
#[derive(Debug, Clone)]
pub(crate) struct Sqlite {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Sqlite {
    /// Opens the file, makes it if it isn't there, and brings its schema up to date.
    pub(crate) async fn open(path: &Path, options: &StoreOptions) -> Result<Self, StoreError> {
        files::prepare(path)?;
        let connect = connect_options(path, options);
        let reading =
            connect.clone().pragma("query_only", "ON").pragma("cache_size", kibibytes(READER_CACHE));
        // The writer comes first: it switches the file to WAL mode, which readers can't.
        let writer = writing(connect, options).await?;
        migrate::run(&writer).await?;
        let readers = pool(READERS, options).connect_lazy_with(reading);
        files::restrict(path)?;
        Ok(Self { path: path.to_owned(), writer, readers })
    }

    pub(crate) fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Takes the lock at once: a transaction that reads first and writes later fails when another wrote in between.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, sqlx::Sqlite>, StoreError> {
        match self.writer.begin_with(BEGIN).await {
            // SQLite ended the last transaction by itself, as it does where the disk is full, and the connection can't know.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.writer.acquire().await?.close().await?;
                Ok(self.writer.begin_with(BEGIN).await?)
            }
            begun => Ok(begun?),
        }
    }

    /// Closes every connection; the last one writes the WAL back.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// The connection that writes. SQLite doesn't wait for others who switch the same file to WAL mode (its busy handler isn't
/// asked where waiting could be a deadlock), so this waits as long as for any other lock.
async fn writing(connect: SqliteConnectOptions, options: &StoreOptions) -> Result<SqlitePool, StoreError> {
    let until = Instant::now() + options.lock_wait;
    loop {
        match pool(1, options).connect_with(connect.clone()).await.map_err(StoreError::from) {
            Err(StoreError::Unavailable(sqlx::Error::Database(_))) if Instant::now() < until => {
                tokio::time::sleep(LOCK_PAUSE).await;
            }
            ended => return ended,
        }
    }
}

fn connect_options(path: &Path, options: &StoreOptions) -> SqliteConnectOptions {
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .page_size(PAGE)
        .journal_mode(SqliteJournalMode::Wal)
        // Safe against a killed process; a power cut may take the last transactions, never the file's soundness.
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .pragma("cache_size", kibibytes(WRITER_CACHE))
        .pragma("wal_autocheckpoint", CHECKPOINT)
        // A statement of many rows notes each page that it changes, so that it can be undone alone: not in a file.
        .pragma("temp_store", "MEMORY")
        .busy_timeout(options.lock_wait);
    match options.most_pages {
        Some(pages) => connect.pragma("max_page_count", pages.to_string()),
        None => connect,
    }
}

/// A size as `PRAGMA cache_size` takes it: positive numbers would be pages.
fn kibibytes(size: u32) -> String {
    format!("-{size}")
}

fn pool(connections: u32, options: &StoreOptions) -> PoolOptions<sqlx::Sqlite> {
    PoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(options.lock_wait + Duration::from_secs(1))
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// The same statement with `?` for `$1`, `$2` and so on, where these stand in order and each once. SQLite keeps the names of
/// places in a list that it walks through for each of them: with thousands of places that is most of its work.
fn without_numbers(sql: Cow<'static, str>) -> Cow<'static, str> {
    let mut plain = String::with_capacity(sql.len());
    let (mut rest, mut next) = (&*sql, 1_usize);
    while let Some((before, after)) = rest.split_once('$') {
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = after.split_at_checked(digits).unwrap_or((after, ""));
        if number.parse() != Ok(next) {
            return sql;
        }
        plain.push_str(before);
        plain.push('?');
        (rest, next) = (behind, next + 1);
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn arguments(values: Vec<Value>) -> Result<SqliteArguments, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        match value {
            Value::Int(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
            Value::Bool(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// A query with its values bound.
macro_rules! bound {
    ($statement:expr) => {{
        let text = match $statement.plain {
            Some(plain) => plain.into_sql_str(),
            None => AssertSqlSafe(without_numbers($statement.sql).into_owned()).into_sql_str(),
        };
        sqlx::query_with::<sqlx::Sqlite, _>(text, arguments($statement.values)?)
    }};
}

/// Runs a statement; says how many rows it changed.
pub(crate) async fn execute<'c>(
    statement: Statement,
    on: impl Executor<'c, Database = sqlx::Sqlite>,
) -> Result<u64, StoreError> {
    Ok(bound!(statement).execute(on).await?.rows_affected())
}

/// Runs a statement that returns rows.
pub(crate) async fn rows<'c>(
    statement: Statement,
    on: impl Executor<'c, Database = sqlx::Sqlite>,
) -> Result<Vec<Row>, StoreError> {
    Ok(bound!(statement).fetch_all(on).await?.into_iter().map(Row::Sqlite).collect())
}

#[cfg(test)]
mod tests;
