//! Names for new rows.

use std::borrow::Cow;

use ring::digest;
use uuid::{ContextV7, Uuid};

use crate::statement::Value;

/// A new id for a record: unique across replicas, and in the order of time, so that indexes grow at their end. Within a
/// millisecond only those of one thread are in their order.
///
/// A record has its id before it is written. Whoever isn't sure whether a record was written can write it again.
pub fn record_id() -> String {
    // With what threads share for this, each id would wait for the other cores.
    let id = ORDER.with(|order| Uuid::new_v7(uuid::Timestamp::now(order)));
    id.simple().encode_lower(&mut Uuid::encode_buffer()).to_owned()
}

thread_local! {
    /// Puts the ids of one millisecond in their order.
    static ORDER: ContextV7 = const { ContextV7::new() };
}

/// Longer names than this are kept by their beginning and their digest.
const LONGEST: usize = 256;
const BEGINNING: usize = 128;

/// A name that a client may have chosen, for a column that is indexed: Postgres refuses rows whose indexed texts are
/// long. What is written and what is looked for go the same way, so a long name is still found.
pub(crate) fn bounded(name: &str) -> String {
    within_bounds(name).into_owned()
}

/// The same without a copy of what is short enough.
pub(crate) fn within_bounds(name: &str) -> Cow<'_, str> {
    if name.len() <= LONGEST {
        return Cow::Borrowed(name);
    }
    let beginning = name.char_indices().take_while(|(at, _)| *at < BEGINNING).map(|(_, letter)| letter);
    let digest = digest::digest(&digest::SHA256, name.as_bytes());
    Cow::Owned(beginning.chain(['~']).collect::<String>() + &hex(digest.as_ref()))
}

/// Such a name as a value.
pub(crate) fn id(name: &str) -> Value {
    (&*within_bounds(name)).into()
}

/// Such a name as a value, or nothing.
pub(crate) fn opt_id(name: Option<&String>) -> Value {
    name.map_or(Value::Text(None), |name| id(name))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().map_or('0', char::from);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests;
