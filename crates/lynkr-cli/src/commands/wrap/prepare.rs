//! What each client is started with so that it asks the gateway: variables, arguments, and never a change of its files.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use super::{claude, codex, gemini};
use crate::clients::Client;

/// What stands where a client demands a key and none is needed.
pub(super) const ANY_KEY: &str = "lynkr";

/// What is known when a client is started.
pub(super) struct Facts<'a> {
    /// The gateway's URL, without a path.
    pub(super) base: String,
    /// The key that the gateway demands, if it demands one.
    pub(super) key: Option<String>,
    /// The kind of the provider that answers.
    pub(super) provider: String,
    /// A name of a model for clients that demand one.
    pub(super) model: String,
    /// Whether a client's own login is passed on to its vendor.
    pub(super) passes_logins: bool,
    pub(super) environment: &'a BTreeMap<String, String>,
    pub(super) home: Option<&'a Path>,
    /// What the user gave the client.
    pub(super) given: &'a [OsString],
}

/// What a client is started with.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Prepared {
    /// Variables.
    pub(super) set: Vec<(&'static str, String)>,
    /// Variables that it doesn't get.
    pub(super) without: Vec<&'static str>,
    /// Arguments before the user's.
    pub(super) before: Vec<String>,
    /// What the user is told.
    pub(super) says: Vec<String>,
}

/// What a client is started with.
pub(super) fn of(client: Client, facts: &Facts<'_>) -> anyhow::Result<Prepared> {
    Ok(match client {
        Client::Claude => claude::prepare(facts),
        Client::Codex => codex::prepare(facts),
        Client::Copilot => copilot(facts),
        Client::Gemini => gemini::prepare(facts)?,
        Client::Aider => aider(facts),
        Client::Cursor => cursor(facts),
    })
}

impl Facts<'_> {
    /// A variable of the user's, if it says something.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Whether the user gave one of these options, with its value or before it.
    pub(super) fn gives(&self, options: &[&str]) -> bool {
        let is = |word: &str| {
            options.iter().any(|option| {
                word == *option || word.strip_prefix(option).is_some_and(|rest| rest.starts_with('='))
            })
        };
        let own = self.given.iter().filter_map(|word| word.to_str());
        own.take_while(|word| *word != "--").any(is)
    }

    /// What the client shows as its key: the gateway's, else the client's own as the user has it, else any.
    pub(super) fn shown_key(&self, own: &str) -> String {
        let own = || self.variable(own).unwrap_or(ANY_KEY).to_owned();
        self.key.clone().unwrap_or_else(own)
    }
}

/// It demands a model, and no login when it is told where to ask.
fn copilot(facts: &Facts<'_>) -> Prepared {
    let mut set = vec![
        ("COPILOT_PROVIDER_BASE_URL", format!("{}/v1", facts.base)),
        ("COPILOT_PROVIDER_API_KEY", facts.shown_key("COPILOT_PROVIDER_API_KEY")),
        ("COPILOT_OFFLINE", "true".to_owned()),
    ];
    // Anthropic's clients take the address without a path.
    if facts.variable("COPILOT_PROVIDER_TYPE").is_some_and(|kind| kind != "openai") {
        set[0].1.clone_from(&facts.base);
    }
    if facts.variable("COPILOT_MODEL").is_none() {
        set.push(("COPILOT_MODEL", facts.model.clone()));
    }
    Prepared { set, ..Prepared::default() }
}

/// The first part of its model's name is the dialect. Options go before what its own files say.
fn aider(facts: &Facts<'_>) -> Prepared {
    let versioned = format!("{}/v1", facts.base);
    let set = vec![
        ("OPENAI_API_BASE", versioned.clone()),
        ("OPENAI_API_KEY", facts.shown_key("OPENAI_API_KEY")),
        ("ANTHROPIC_API_BASE", facts.base.clone()),
        ("ANTHROPIC_API_KEY", facts.shown_key("ANTHROPIC_API_KEY")),
        ("OLLAMA_API_BASE", facts.base.clone()),
    ];
    let mut before = Vec::new();
    if !facts.gives(&["--openai-api-base"]) {
        before.extend(["--openai-api-base".to_owned(), versioned]);
    }
    if !facts.gives(&["--model"]) && facts.variable("AIDER_MODEL").is_none() {
        before.extend(["--model".to_owned(), format!("openai/{}", facts.model)]);
    }
    Prepared { set, before, ..Prepared::default() }
}

/// Its own servers ask the model, and it reads no variable: what has to be set can only be told.
fn cursor(facts: &Facts<'_>) -> Prepared {
    let says = vec![
        "Cursor reads no variable for this, and its own servers ask the model: they can't reach this machine's address.".to_owned(),
        format!("In Settings, Models: turn on \"Override OpenAI Base URL\" and give an HTTPS address that leads to {}/v1;", facts.base),
        "the key there is one of the gateway's (`lynkr keys create`). docs/clients.md has the rest.".to_owned(),
    ];
    Prepared { says, ..Prepared::default() }
}

/// This machine is reached without a proxy, where the user has one.
pub(super) fn no_proxy(environment: &BTreeMap<String, String>) -> Vec<(&'static str, String)> {
    let set = |name: &str| environment.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
    let proxies = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    if !proxies.into_iter().any(|name| set(name).is_some()) {
        return Vec::new();
    }
    let mut names: Vec<&str> =
        set("NO_PROXY").or_else(|| set("no_proxy")).unwrap_or_default().split(',').map(str::trim).collect();
    names.retain(|name| !name.is_empty());
    for own in ["127.0.0.1", "localhost"] {
        if !names.contains(&own) {
            names.push(own);
        }
    }
    let names = names.join(",");
    vec![("NO_PROXY", names.clone()), ("no_proxy", names)]
}

#[cfg(test)]
pub(super) mod tests;
