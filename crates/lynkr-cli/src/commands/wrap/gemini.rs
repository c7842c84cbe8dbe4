//! Gemini CLI. How it signs in decides whom it asks, and only its own settings change that: where they leave it open, or
//! say a key, the environment does the rest.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::bail;
use serde_json::Value;

use super::prepare::{Facts, Prepared};

const VERTEX: &str = "GOOGLE_GENAI_USE_VERTEXAI";
const BASE: &str = "GOOGLE_GEMINI_BASE_URL";

pub(super) fn prepare(facts: &Facts<'_>) -> anyhow::Result<Prepared> {
    let (mut set, mut without) = (Vec::new(), vec!["GOOGLE_GENAI_USE_GCA"]);
    match selected(facts).as_deref() {
        Some("gemini-api-key" | "gateway") => {
            set.push((BASE, facts.base.clone()));
            set.push(("GEMINI_API_KEY", facts.shown_key("GEMINI_API_KEY")));
            without.push(VERTEX);
        }
        // Vertex's form is the one that is taken from the environment alone: beside a base address for the other, an
        // API key isn't taken as a way to sign in.
        None | Some("vertex-ai") => {
            set.push(("GOOGLE_VERTEX_BASE_URL", facts.base.clone()));
            set.push(("GOOGLE_API_KEY", facts.shown_key("GOOGLE_API_KEY")));
            set.push((VERTEX, "true".to_owned()));
            set.push(("GEMINI_DEFAULT_AUTH_TYPE", "vertex-ai".to_owned()));
            without.extend([BASE, "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"]);
        }
        Some(other) => bail!(
            "Gemini CLI is set to sign in by `{other}` (security.auth.selectedType in ~/.gemini/settings.json), and \
             then asks nobody but Google\n\
             hint: choose an API key in it with /auth; any text does as the key"
        ),
    }
    Ok(Prepared { set, without, ..Prepared::default() })
}

/// How it signs in, as far as its settings say: those of the project that it works on go before the user's.
fn selected(facts: &Facts<'_>) -> Option<String> {
    let home = facts.variable("GEMINI_CLI_HOME").map(Path::new).or(facts.home);
    let folders = [Some(PathBuf::new()), home.map(Path::to_owned)];
    let read = |folder: PathBuf| -> Option<String> {
        let text = fs::read(folder.join(".gemini/settings.json")).ok()?;
        let settings: Value = serde_json::from_slice(&text).ok()?;
        settings["security"]["auth"]["selectedType"].as_str().map(str::to_owned)
    };
    folders.into_iter().flatten().find_map(read)
}
