//! Checking a database that has its own tools for the rest.

use super::Postgres;
use crate::error::StoreError;

/// Rows that a healthy database can't have.
const CHECKS: &[(&str, &str)] = &[
    (
        "turns refer to sessions that aren't there",
        "SELECT COUNT(*) FROM turns LEFT JOIN sessions ON sessions.owner = turns.owner \
         AND sessions.id = turns.session_id WHERE sessions.id IS NULL",
    ),
    (
        "indexes are invalid",
        "SELECT COUNT(*) FROM pg_index JOIN pg_class ON pg_class.oid = pg_index.indexrelid \
         JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace \
         WHERE pg_namespace.nspname = 'lynkr' AND NOT pg_index.indisvalid",
    ),
];

impl Postgres {
    /// What is wrong with the tables; empty when nothing is.
    pub(crate) async fn check(&self) -> Result<Vec<String>, StoreError> {
        let mut problems = Vec::new();
        for (what, text) in CHECKS {
            let found: i64 = sqlx::query_scalar(*text).fetch_one(&self.pool).await?;
            if found > 0 {
                problems.push(format!("{found} {what}"));
            }
        }
        Ok(problems)
    }
}
