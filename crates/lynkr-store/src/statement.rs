//! A statement with its values, before it is known which database runs it.
//!
//! Both databases take `$1`, `ON CONFLICT` and `RETURNING`, so every statement of a domain is written once. What
//! differs (types, locks, files) is in `sqlite` and `postgres`.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::time::Timestamp;

/// A value that is bound to a statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bool(bool),
    Bytes(Vec<u8>),
}

/// Postgres can't keep a zero byte in text, so neither database gets one.
fn storable(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
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
        Self::Text(Some(storable(value.to_owned())))
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::from(value.as_str())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(storable(value)))
    }
}

impl From<&Option<String>> for Value {
    fn from(value: &Option<String>) -> Self {
        Self::Text(value.clone().map(storable))
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(|text| storable(text.to_owned())))
    }
}

impl From<&serde_json::Value> for Value {
    fn from(value: &serde_json::Value) -> Self {
        Self::Text(Some(value.to_string()))
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

/// How many rows go into one statement, the larger first: few enough sizes that prepared statements are used again.
const ROWS_AT_ONCE: [usize; 3] = [64, 8, 1];

/// How rows go into a table. A row that is there already, by its id, is left alone: whoever isn't sure that a batch was
/// written can write it again.
#[derive(Debug)]
pub(crate) struct Insert {
    table: &'static str,
    columns: &'static [&'static str],
    /// For each number of rows, made at its first use: they are long, and every batch needs them.
    texts: [OnceLock<InsertText>; ROWS_AT_ONCE.len()],
}

/// A statement in the forms of both databases.
#[derive(Debug)]
struct InsertText {
    numbered: String,
    plain: String,
}

impl Insert {
    /// Rows of these columns, one of which is `id`.
    pub(crate) const fn new(table: &'static str, columns: &'static [&'static str]) -> Self {
        Self { table, columns, texts: [const { OnceLock::new() }; ROWS_AT_ONCE.len()] }
    }

    /// Statements that insert these records; `put` adds a record's values to the others.
    pub(crate) fn statements<R: Copy>(
        &'static self,
        mut records: &[R],
        put: impl Fn(R, &mut Vec<Value>),
    ) -> Vec<Statement> {
        let mut statements = Vec::new();
        let sizes = || ROWS_AT_ONCE.into_iter().zip(&self.texts);
        while let Some((size, text)) = sizes().find(|(size, _)| *size <= records.len()) {
            let InsertText { numbered, plain } = text.get_or_init(|| self.text(size));
            let mut values = Vec::with_capacity(size * self.columns.len());
            let (these, others) = records.split_at(size);
            for record in these {
                put(*record, &mut values);
            }
            statements.push(Statement { sql: Cow::Borrowed(numbered), plain: Some(plain), values });
            records = others;
        }
        statements
    }

    fn text(&self, size: usize) -> InsertText {
        let written = |place: fn(usize) -> String| {
            let width = self.columns.len();
            let row = |row: usize| {
                let places: Vec<String> = (row * width + 1..=(row + 1) * width).map(place).collect();
                format!("({})", places.join(", "))
            };
            let rows: Vec<String> = (0..size).map(row).collect();
            let columns = self.columns.join(", ");
            let rows = rows.join(", ");
            format!("INSERT INTO {} ({columns}) VALUES {rows} ON CONFLICT (id) DO NOTHING", self.table)
        };
        InsertText { numbered: written(|place| format!("${place}")), plain: written(|_| "?".to_owned()) }
    }
}

#[cfg(test)]
mod tests;
