//! Tables of `lynkr.toml` whose names the operator chooses: `[providers.work]`.
//!
//! What can be set in such a table is only known once its name is. So the names are read first; who owns the
//! section makes a table of settings for each, and [`load`](crate::load) reads them like any other.

use std::collections::BTreeMap;
use std::fmt;

use crate::file::read;
use crate::{Inputs, toml_file};

/// A table of a chosen name.
#[derive(Clone, PartialEq, Eq)]
pub struct NamedTable {
    /// The name.
    pub name: String,
    texts: BTreeMap<String, String>,
}

impl NamedTable {
    /// A text of the table, before anything is known of its meaning.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }
}

/// The texts may be secrets: only names are shown.
impl fmt::Debug for NamedTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedTable").field("name", &self.name).field("keys", &self.texts.keys()).finish()
    }
}

/// The tables below `section` in `lynkr.toml`, by name. A file that can't be read has none here; the problem
/// is reported by [`load`](crate::load).
pub fn named_tables(inputs: &Inputs, section: &str) -> Vec<NamedTable> {
    let text = inputs.toml_path().and_then(|path| read(&path).ok()).unwrap_or_default();
    let tables = toml_file::tables_below(&text, section).into_iter();
    tables.map(|(name, texts)| NamedTable { name, texts: texts.into_iter().collect() }).collect()
}

#[cfg(test)]
mod tests;
