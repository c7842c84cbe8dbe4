//! What both databases' migrations share. Migrations go forward only; a schema that is newer than the program is
//! refused before anything is touched.

use crate::error::StoreError;
use crate::time::Timestamp;

/// One step of the schema.
#[derive(Debug)]
pub(crate) struct Migration {
    /// Its number; they count from 1 without gaps.
    pub(crate) version: i64,
    /// Its statements.
    pub(crate) text: &'static str,
}

pub(crate) const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS lynkr_schema (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)";
pub(crate) const NEWEST: &str = "SELECT MAX(version) FROM lynkr_schema";
pub(crate) const NOTE: &str = "INSERT INTO lynkr_schema (version, applied_at) VALUES ($1, $2)";

/// The steps that a store with the found version lacks.
pub(crate) fn missing(all: &'static [Migration], found: i64) -> Result<Vec<&'static Migration>, StoreError> {
    let known = all.iter().map(|migration| migration.version).max().unwrap_or(0);
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    Ok(all.iter().filter(|migration| migration.version > found).collect())
}

pub(crate) fn now() -> i64 {
    Timestamp::now().as_millis()
}
