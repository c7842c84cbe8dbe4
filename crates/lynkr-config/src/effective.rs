//! The settings in effect, one row each, as `lynkr config` prints them.

use crate::{Loaded, Setting};

/// A setting as it is in effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The environment name.
    pub name: &'static str,
    /// The path in `lynkr.toml`.
    pub toml: &'static str,
    /// The value, masked where it is a secret; `None` when unset.
    pub value: Option<String>,
    /// Where it came from; `unset` when it has no value.
    pub source: String,
}

/// Every setting of the tables, in table order.
pub fn effective(loaded: &Loaded, tables: &[&'static [Setting]]) -> Vec<Row> {
    tables
        .iter()
        .flat_map(|table| table.iter())
        .map(|setting| Row {
            name: setting.env,
            toml: setting.toml,
            value: loaded.values.shown(setting.env),
            source: loaded.values.source(setting.env).map_or_else(|| "unset".to_owned(), ToString::to_string),
        })
        .collect()
}
