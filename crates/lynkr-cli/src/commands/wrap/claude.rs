//! Claude Code. Where it has a login or a key of its own, that is its own business: it is told the address and nothing
//! else, and what it shows reaches its vendor untouched or nobody.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::prepare::{ANY_KEY, Facts, Prepared};

const BASE: &str = "ANTHROPIC_BASE_URL";
const TOKEN: &str = "ANTHROPIC_AUTH_TOKEN";
const HEADERS: &str = "ANTHROPIC_CUSTOM_HEADERS";

pub(super) fn prepare(facts: &Facts<'_>) -> Prepared {
    let mut set = vec![(BASE, facts.base.clone())];
    // Set to a cloud it would ask that one.
    let without = vec!["CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY"];
    if has_credential(facts) {
        // The gateway's key goes in a header that is for it alone.
        if let Some(key) = &facts.key {
            let own = facts.variable(HEADERS).map(|own| format!("{own}\n")).unwrap_or_default();
            set.push((HEADERS, format!("{own}x-lynkr-key: {key}")));
        }
    } else {
        // A bearer token, since Claude Code asks before it uses a key that it finds in the environment.
        set.push((TOKEN, facts.key.clone().unwrap_or_else(|| ANY_KEY.to_owned())));
    }
    let mut before = Vec::new();
    // What its own settings say of the address goes before the environment, and its command line before both.
    if settings_name_an_address(facts) && !facts.gives(&["--settings"]) {
        before = vec!["--settings".to_owned(), json!({"env": {BASE: facts.base}}).to_string()];
    }
    Prepared { set, without, before, says: Vec::new() }
}

/// Whether it has something to show: a key in the environment, or a login. A login doesn't count where none is passed
/// on. Whether there is one is all that is looked for.
fn has_credential(facts: &Facts<'_>) -> bool {
    let keys = ["ANTHROPIC_API_KEY", TOKEN];
    if keys.into_iter().any(|name| facts.variable(name).is_some()) {
        return true;
    }
    let settings = settings(facts);
    let helps = |settings: &Value| settings.get("apiKeyHelper").is_some();
    if settings.iter().any(helps) {
        return true;
    }
    facts.passes_logins && (facts.variable("CLAUDE_CODE_OAUTH_TOKEN").is_some() || is_logged_in(facts))
}

fn is_logged_in(facts: &Facts<'_>) -> bool {
    let kept = folder(facts).is_some_and(|folder| folder.join(".credentials.json").is_file());
    // Where the login is in the system's own keychain, the account stands here.
    let account = || {
        let file = facts.home?.join(".claude.json");
        let state: Value = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        state.get("oauthAccount").filter(|account| account.is_object()).map(|_| ())
    };
    kept || account().is_some()
}

fn settings_name_an_address(facts: &Facts<'_>) -> bool {
    // Those of the project that it works on count for it as well.
    let project = ["settings.json", "settings.local.json"].map(|name| PathBuf::from(".claude").join(name));
    let project = project.into_iter().filter_map(read);
    settings(facts).into_iter().chain(project).any(|settings| settings["env"].get(BASE).is_some())
}

/// The user's settings.
fn settings(facts: &Facts<'_>) -> Vec<Value> {
    let files = folder(facts).into_iter().map(|folder| folder.join("settings.json"));
    files.filter_map(read).collect()
}

fn read(file: PathBuf) -> Option<Value> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

fn folder(facts: &Facts<'_>) -> Option<PathBuf> {
    let named = facts.variable("CLAUDE_CONFIG_DIR").map(PathBuf::from);
    named.or_else(|| Some(facts.home?.join(".claude")))
}
