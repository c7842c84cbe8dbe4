//! Postgres: one pool, time-outs on the server's side, TLS as the URL asks for it.

mod maintain;
mod migrate;

use std::str::FromStr as _;

use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::{AssertSqlSafe, Executor};

use crate::database::Row;
use crate::error::StoreError;
use crate::options::StoreOptions;
use crate::statement::{Statement, Value};

/// An open Postgres database.
#[derive(Debug, Clone)]
pub(crate) struct Postgres {
    pool: PgPool,
}

impl Postgres {
    /// Connects and brings the schema up to date.
    pub(crate) async fn open(url: &str, options: &StoreOptions) -> Result<Self, StoreError> {
        let connect = connect_options(url, options)?;
        let pool = PoolOptions::new()
            .max_connections(options.connections)
            .acquire_timeout(options.connect_wait)
            .connect_with(connect)
            .await?;
        migrate::run(&pool).await?;
        Ok(Self { pool })
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Closes every connection.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

fn connect_options(url: &str, options: &StoreOptions) -> Result<PgConnectOptions, StoreError> {
    // What is wrong is told without the URL: it may hold a password.
    let connect = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Unusable("the Postgres URL can't be read".to_owned()))?;
    let wait = |duration: std::time::Duration| duration.as_millis().to_string();
    Ok(connect.application_name("lynkr").options([
        // Everything lies in a schema of its own: the database may be somebody else's as well.
        ("search_path", "lynkr".to_owned()),
        ("statement_timeout", wait(options.statement_wait)),
        ("lock_timeout", wait(options.lock_wait)),
        // A replica that hangs in the middle of a transaction must not hold its locks for ever.
        ("idle_in_transaction_session_timeout", wait(options.statement_wait)),
    ]))
}

/// A query with its values bound.
macro_rules! bound {
    ($statement:expr) => {{
        let mut query = sqlx::query::<sqlx::Postgres>(AssertSqlSafe($statement.sql.into_owned()));
        for value in $statement.values {
            query = match value {
                Value::Int(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bool(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
            };
        }
        query
    }};
}

/// Runs a statement; says how many rows it changed.
pub(crate) async fn execute<'c>(
    statement: Statement,
    on: impl Executor<'c, Database = sqlx::Postgres>,
) -> Result<u64, StoreError> {
    Ok(bound!(statement).execute(on).await?.rows_affected())
}

/// Runs a statement that returns rows.
pub(crate) async fn rows<'c>(
    statement: Statement,
    on: impl Executor<'c, Database = sqlx::Postgres>,
) -> Result<Vec<Row>, StoreError> {
    Ok(bound!(statement).fetch_all(on).await?.into_iter().map(Row::Postgres).collect())
}
