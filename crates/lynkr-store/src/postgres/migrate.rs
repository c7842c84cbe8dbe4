//! Brings the schema up to date in one transaction, under a lock: replicas that start together do it one after the
//! other.

use sqlx::PgPool;

use crate::error::StoreError;
use crate::migrations::{self, Migration};

const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, text: include_str!("../../migrations/postgres/0001_base.sql") },
    Migration { version: 2, text: include_str!("../../migrations/postgres/0002_price_source.sql") },
    Migration { version: 3, text: include_str!("../../migrations/postgres/0003_learned_state.sql") },
    Migration { version: 4, text: include_str!("../../migrations/postgres/0004_session_pins.sql") },
    Migration { version: 5, text: include_str!("../../migrations/postgres/0005_read_models.sql") },
    Migration { version: 6, text: include_str!("../../migrations/postgres/0006_room_ahead.sql") },
    Migration { version: 7, text: include_str!("../../migrations/postgres/0007_sessions_in_parts.sql") },
];

/// The lock's number: any, as long as it is always the same. The letters of "lynkr".
const LOCK: i64 = 0x6c_79_6e_6b_72;

pub(super) async fn run(pool: &PgPool) -> Result<(), StoreError> {
    let mut work = pool.begin().await?;
    // A replica that waits for another's migration waits as long as that takes.
    sqlx::raw_sql("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0").execute(&mut *work).await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *work).await?;
    sqlx::raw_sql("CREATE SCHEMA IF NOT EXISTS lynkr").execute(&mut *work).await?;
    sqlx::raw_sql(migrations::TABLE).execute(&mut *work).await?;
    let found: Option<i64> = sqlx::query_scalar(migrations::NEWEST).fetch_one(&mut *work).await?;
    for migration in migrations::missing(MIGRATIONS, found.unwrap_or(0))? {
        sqlx::raw_sql(migration.text).execute(&mut *work).await?;
        sqlx::query(migrations::NOTE)
            .bind(migration.version)
            .bind(migrations::now())
            .execute(&mut *work)
            .await?;
    }
    work.commit().await?;
    Ok(())
}
