//! A statement with its values, before it is known which database runs it.
//!
//! Both databases take `$1`, `ON CONFLICT` and `RETURNING`, so every statement of a domain is written once. What
//! differs (types, locks, files) is in `sqlite` and `postgres`.

use std::borrow::Cow;
use std::sync::Arc;

use crate::time::Timestamp;

mod insert;

pub(crate) use insert::{Columns, Insert};

/// A value that is bound to a statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Int(Option<i64>),
    /// Shared, so that values which many rows have needn't be copied for each.
    Text(Option<Arc<str>>),
    Bool(bool),
    Bytes(Vec<u8>),
}

/// Postgres can't keep a zero byte in text, so neither database gets one.
fn storable(text: &str) -> Arc<str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

/// Counts beyond what a database can keep are kept as the largest that it can.
pub(crate) fn clamped(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Int(Some(clamped(value)))
    }
}

impl From<u16> for Value {
    fn from(value: u16) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}

impl From<Option<u64>> for Value {
    fn from(value: Option<u64>) -> Self {
        Self::Int(value.map(clamped))
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::Int(Some(value.as_millis()))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(value: Option<Timestamp>) -> Self {
        Self::Int(value.map(Timestamp::as_millis))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(storable(value)))
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::from(value.as_str())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::from(value.as_str())
    }
}

impl From<&Option<String>> for Value {
    fn from(value: &Option<String>) -> Self {
        Self::Text(value.as_deref().map(storable))
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(storable))
    }
}

impl From<&serde_json::Value> for Value {
    fn from(value: &serde_json::Value) -> Self {
        Self::Text(Some(value.to_string().into()))
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

/// A statement and what is bound to `$1`, `$2` and so on.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) sql: Cow<'static, str>,
    /// The same with `?` for each place, where that is known already.
    pub(crate) plain: Option<&'static str>,
    pub(crate) values: Vec<Value>,
}

/// A statement without values yet. The text is the program's own: what comes from outside is bound, never spliced.
pub(crate) fn sql(text: impl Into<Cow<'static, str>>) -> Statement {
    Statement { sql: text.into(), plain: None, values: Vec::new() }
}

impl Statement {
    /// The same with one more value.
    #[must_use]
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Binds a value and appends the text, in which `?` stands for the value's place.
    pub(crate) fn push(&mut self, text: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        let place = format!("${}", self.values.len());
        self.plain = None;
        self.sql.to_mut().push_str(&text.replace('?', &place));
    }

    /// Appends text.
    pub(crate) fn append(&mut self, text: &str) {
        self.plain = None;
        self.sql.to_mut().push_str(text);
    }
}

#[cfg(test)]
mod tests;
