//! `bench routing`: figures of the routing engine that need no gateway. Every part returns its Markdown and its JSON.

mod decision;
mod learning;

use anyhow::Context as _;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// A part of the suite: Markdown for people, JSON for comparisons.
pub(crate) struct Section {
    pub(crate) name: &'static str,
    pub(crate) markdown: String,
    pub(crate) figures: Value,
}

/// The parts, in the order in which they are printed.
const PARTS: &[fn() -> anyhow::Result<Section>] = &[decision::run, learning::run];

/// Runs all parts, prints each as soon as it is done, and writes the figures where that is wanted.
pub(crate) fn run(files: &[PathBuf]) -> anyhow::Result<()> {
    let mut figures = Map::new();
    for part in PARTS {
        let section = part()?;
        println!("{}\n", section.markdown);
        figures.insert(section.name.to_owned(), section.figures);
    }
    for path in files {
        let text = serde_json::to_string_pretty(&figures)?;
        std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}
