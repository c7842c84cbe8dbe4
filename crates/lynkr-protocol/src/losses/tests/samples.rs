//! For each row of the table, the smallest requests that say the thing: one in each line of `losses.jsonl`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Dialect;
use crate::wire::Json;

/// A request that says what a row is about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sample {
    /// The row's feature, and how its words about it begin.
    pub(super) feature: String,
    #[serde(default)]
    pub(super) about: String,
    /// The client's dialect.
    #[serde(deserialize_with = "dialect")]
    pub(super) from: Dialect,
    /// The one dialect that it goes to; else it goes to all others.
    to: Option<String>,
    /// A dialect that it doesn't go to, where the row is about all other clients.
    not_to: Option<String>,
    /// The loss's neutral name, where it isn't the row's.
    pub(super) loss: Option<String>,
    /// Other losses that come with it, in the client's words.
    #[serde(default)]
    pub(super) beside: Vec<String>,
    pub(super) request: Json,
    /// What the target's body holds when the thing is kept, and doesn't when it is implied.
    #[serde(default)]
    kept: String,
    /// The same for single targets.
    #[serde(default)]
    kept_in: BTreeMap<String, String>,
}

fn dialect<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Dialect, D::Error> {
    let name = String::deserialize(deserializer)?;
    name.parse().map_err(serde::de::Error::custom)
}

impl Sample {
    pub(super) fn word(&self, target: Dialect) -> &str {
        self.kept_in.get(target.name()).unwrap_or(&self.kept)
    }

    /// The dialects that it goes to.
    pub(super) fn targets(&self) -> impl Iterator<Item = Dialect> {
        let only = self.to.as_deref();
        let but = self.not_to.as_deref();
        let goes = move |target: &Dialect| {
            only.is_none_or(|only| only == target.name()) && but != Some(target.name())
        };
        Dialect::ALL.into_iter().filter(|target| *target != self.from).filter(goes)
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let lines = include_str!("../../../../../tests/fixtures/dialects/losses.jsonl").lines();
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    lines.map(read).collect()
}
