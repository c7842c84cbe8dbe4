//! Codex, by settings on its command line. A login of its own is used where it is good for the provider that answers.

use std::path::PathBuf;

use super::prepare::{ANY_KEY, Facts, Prepared};

/// The variable that Codex is told to take its key from.
const KEY: &str = "LYNKR_CODEX_KEY";

pub(super) fn prepare(facts: &Facts<'_>) -> Prepared {
    let is_its_own_vendor = matches!(facts.provider.as_str(), "openai" | "chatgpt");
    if facts.key.is_none() && facts.passes_logins && is_its_own_vendor && is_logged_in(facts) {
        let before = setting("openai_base_url", &format!("{}/v1", facts.base));
        return Prepared { before, ..Prepared::default() };
    }
    let mut before = setting("model_provider", "lynkr");
    before.extend(setting("model_providers.lynkr.name", "Lynkr"));
    before.extend(setting("model_providers.lynkr.base_url", &format!("{}/v1", facts.base)));
    before.extend(setting("model_providers.lynkr.wire_api", "responses"));
    before.extend(setting("model_providers.lynkr.env_key", KEY));
    // For its own newest models it offers tools in a form of OpenAI's own.
    if facts.provider != "openai" && !facts.gives(&["-m", "--model", "-p", "--profile"]) {
        before.extend(setting("model", &facts.model));
    }
    let key = facts.key.clone().unwrap_or_else(|| {
        let own = is_its_own_vendor
            .then(|| facts.variable("CODEX_API_KEY").or_else(|| facts.variable("OPENAI_API_KEY")));
        own.flatten().unwrap_or(ANY_KEY).to_owned()
    });
    Prepared { set: vec![(KEY, key)], before, ..Prepared::default() }
}

/// Whether there is a login is all that is looked for.
fn is_logged_in(facts: &Facts<'_>) -> bool {
    let named = facts.variable("CODEX_HOME").map(PathBuf::from);
    let folder = named.or_else(|| Some(facts.home?.join(".codex")));
    folder.is_some_and(|folder| folder.join("auth.json").is_file())
}

/// One setting, in TOML's form.
fn setting(name: &str, text: &str) -> Vec<String> {
    vec!["-c".to_owned(), format!("{name}={}", serde_json::Value::from(text))]
}
