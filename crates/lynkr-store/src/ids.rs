//! Names for new rows.

use uuid::Uuid;

/// A new id for a record: unique across replicas, and in the order of time, so that indexes grow at their end.
///
/// A record has its id before it is written. Whoever isn't sure whether a record was written can write it again.
pub fn record_id() -> String {
    Uuid::now_v7().simple().to_string()
}
