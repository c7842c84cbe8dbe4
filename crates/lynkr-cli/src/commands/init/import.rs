//! Other gateways' configurations, carried over: what they say in their words becomes settings here, and what has no
//! counterpart is named with the reason.

mod claude_code_router;
mod dotenv;
mod litellm;
mod servers;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use lynkr_config::Inputs;

use super::draft::Draft;
use crate::terminal::{Tone, toned};

/// More than any configuration.
const LARGEST_FILE: u64 = 1 << 20;

/// Whose configuration it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImportKind {
    /// A `.env` of Lynkr, of this version or of the older product.
    Env,
    /// LiteLLM's `config.yaml`.
    LiteLlm,
    /// claude-code-router's `config.json`.
    ClaudeCodeRouter,
}

impl ImportKind {
    /// The name for people.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Env => "a .env of Lynkr",
            Self::LiteLlm => "LiteLLM's config.yaml",
            Self::ClaudeCodeRouter => "claude-code-router's config.json",
        }
    }
}

/// One thing of the other configuration, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// What it is called there.
    pub(crate) what: String,
    /// What it is here, or why it is nothing.
    pub(crate) told: String,
}

/// What came of reading another configuration.
pub(crate) struct Import {
    pub(crate) kind: ImportKind,
    pub(crate) draft: Draft,
    /// What was carried over.
    pub(crate) carried: Vec<Note>,
    /// What has to be done by hand, or is lost.
    pub(crate) left: Vec<Note>,
    /// What needs no counterpart.
    pub(crate) needless: Vec<Note>,
}

impl Import {
    fn new(kind: ImportKind) -> Self {
        Self { kind, draft: Draft::default(), carried: vec![], left: vec![], needless: vec![] }
    }

    /// It is something here.
    fn carry(&mut self, what: impl Into<String>, told: impl Into<String>) {
        self.carried.push(Note { what: what.into(), told: told.into() });
    }

    /// It isn't, and that may be missed.
    fn leave(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.left.push(Note { what: what.into(), told: why.into() });
    }

    /// It isn't, and nobody will miss it.
    fn need_not(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.needless.push(Note { what: what.into(), told: why.into() });
    }

    /// Takes a setting; one that can't be taken is named.
    fn set(&mut self, what: &str, env: &str, value: &str) {
        match self.draft.set(env, value) {
            Ok(()) => self.carry(what, env),
            Err(why) => self.leave(what, format!("{why:#}")),
        }
    }

    /// The report. Values are not in it.
    pub(crate) fn report(&self) -> String {
        let mut text = format!("{}\n", toned(&format!("From {}:", self.kind.title()), Tone::Heading));
        let parts = [
            ("carried over", Tone::Good, &self.carried),
            ("not needed here", Tone::Quiet, &self.needless),
            ("could not be carried over", Tone::Warning, &self.left),
        ];
        for (title, tone, notes) in parts.into_iter().filter(|(_, _, notes)| !notes.is_empty()) {
            let _ = writeln!(text, "\n{}", toned(title, tone));
            let width = notes.iter().map(|note| note.what.chars().count()).max().unwrap_or(0).min(52);
            for note in notes {
                let _ = writeln!(text, "  {:width$}  {}", note.what, note.told);
            }
        }
        text.push('\n');
        text
    }
}

/// Reads a file and tells by its content whose it is.
pub(crate) fn read(path: &Path, inputs: &Inputs) -> anyhow::Result<Import> {
    let shown = path.display();
    let about = fs::metadata(path).with_context(|| format!("can't read {shown}"))?;
    if !about.is_file() {
        bail!("{shown} is no file");
    }
    if about.len() > LARGEST_FILE {
        bail!("{shown} is larger than 1 MiB, which no configuration is");
    }
    let bytes = fs::read(path).with_context(|| format!("can't read {shown}"))?;
    let Ok(text) = String::from_utf8(bytes) else { bail!("{shown} is no UTF-8 text") };
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let import = match kind_of(path, text) {
        ImportKind::Env => dotenv::import(text, inputs),
        ImportKind::LiteLlm => litellm::import(text, inputs),
        ImportKind::ClaudeCodeRouter => claude_code_router::import(text, inputs),
    };
    import.with_context(|| format!("{shown} can't be carried over"))
}

/// Whose configuration a text is: by its first sign, and where that could be anybody's, by the file's name.
fn kind_of(path: &Path, text: &str) -> ImportKind {
    let lines =
        || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '/', '*']));
    if lines().next().is_some_and(|line| line.starts_with('{')) {
        return ImportKind::ClaudeCodeRouter;
    }
    let sections = ["model_list:", "litellm_settings:", "general_settings:", "router_settings:"];
    if lines().any(|line| sections.iter().any(|section| line.starts_with(section))) {
        return ImportKind::LiteLlm;
    }
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("json" | "json5" | "jsonc") => ImportKind::ClaudeCodeRouter,
        Some("yaml" | "yml") => ImportKind::LiteLlm,
        _ => ImportKind::Env,
    }
}

#[cfg(test)]
mod tests;
