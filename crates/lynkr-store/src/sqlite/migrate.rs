//! Brings the schema up to date in one transaction: two processes that start together do it one after the other.

use sqlx::SqlitePool;

use crate::error::StoreError;
use crate::migrations::{self, Migration};

const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, text: include_str!("../../migrations/sqlite/0001_base.sql") },
    Migration { version: 2, text: include_str!("../../migrations/sqlite/0002_price_source.sql") },
    Migration { version: 3, text: include_str!("../../migrations/sqlite/0003_learned_state.sql") },
    Migration { version: 4, text: include_str!("../../migrations/sqlite/0004_session_pins.sql") },
    Migration { version: 5, text: include_str!("../../migrations/sqlite/0005_read_models.sql") },
    Migration { version: 6, text: include_str!("../../migrations/sqlite/0006_room_ahead.sql") },
    Migration { version: 7, text: include_str!("../../migrations/sqlite/0007_sessions_in_parts.sql") },
];

pub(super) async fn run(pool: &SqlitePool) -> Result<(), StoreError> {
    let mut work = pool.begin_with("BEGIN IMMEDIATE").await?;
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
