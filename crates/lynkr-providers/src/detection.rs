//! Which providers are looked for when none is configured, and how a server is recognised. The asking
//! itself is done elsewhere.

use serde_json::Value;

use crate::lines::Headers;
use crate::provider::Provider;
use crate::registry::PROVIDERS;

/// How a local server is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// Its place among the local servers; lower is asked for first.
    pub rank: u8,
    /// Where it usually is.
    pub url: &'static str,
    /// What only it answers.
    pub path: &'static str,
    /// What its answer must hold.
    pub proof: Proof,
}

/// What an answer must hold to prove which server gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A JSON object with a text of this name.
    JsonText(&'static str),
    /// A JSON object with a list of this name.
    JsonArray(&'static str),
    /// A JSON object with an object of this name.
    JsonObject(&'static str),
}

impl Probe {
    /// Whether an answer proves the server. Another Lynkr is refused: its builtin provider speaks like an
    /// Ollama, and two gateways that take each other for a model server would send requests in a circle.
    pub fn proves(&self, status: u16, headers: &Headers, body: &[u8]) -> bool {
        if status != 200 || is_lynkr(headers) {
            return false;
        }
        let Ok(answer) = serde_json::from_slice::<Value>(body) else { return false };
        match self.proof {
            Proof::JsonText(name) => answer.get(name).is_some_and(Value::is_string),
            Proof::JsonArray(name) => answer.get(name).is_some_and(Value::is_array),
            Proof::JsonObject(name) => answer.get(name).is_some_and(Value::is_object),
        }
    }
}

/// Whether an answer is another Lynkr's.
pub fn is_lynkr(headers: &Headers) -> bool {
    headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("x-lynkr-version")
            || (name.eq_ignore_ascii_case("server") && value.trim().to_ascii_lowercase().starts_with("lynkr"))
    })
}

/// The version that an Ollama server reports in its answer to `/api/version`.
pub fn reported_version(body: &[u8]) -> Option<String> {
    serde_json::from_slice::<Value>(body).ok()?.get("version")?.as_str().map(str::to_owned)
}

/// How a provider is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is taken if [`Upstream::configured`](crate::Upstream::configured) says so.
    Configured,
    /// It is taken if a server answers as it does.
    Local(Probe),
}

/// One provider to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detection {
    /// The provider.
    pub provider: &'static Provider,
    /// How it is looked for.
    pub step: Step,
}

/// The vendors that are looked for first: whoever has set up one of these may have a key of another for
/// something else, such as embeddings. The rest follow by name.
const FIRST: &[&str] =
    &["databricks", "anthropic", "azure-anthropic", "azure-openai", "openai", "openrouter"];

/// What is looked for, in order: vendors that have a key, providers that the operator gave a name, other
/// providers that are set up, then servers on
/// this machine. When all of it fails, the builtin provider is left.
pub fn detection_order(custom: &[&'static Provider]) -> Vec<Detection> {
    let configurable = PROVIDERS.iter().copied().filter(|provider| provider.endpoint_env.is_some());
    let (mut vendors, others): (Vec<&Provider>, Vec<&Provider>) =
        configurable.partition(|provider| provider.key_required);
    let place = |provider: &Provider| FIRST.iter().position(|name| *name == provider.name);
    vendors.sort_by_key(|provider| place(provider).unwrap_or(FIRST.len()));
    let mut local: Vec<(&'static Provider, Probe)> =
        PROVIDERS.iter().filter_map(|provider| Some((*provider, provider.local_probe?))).collect();
    local.sort_by_key(|(_, probe)| probe.rank);
    let configured = vendors
        .into_iter()
        .chain(custom.iter().copied())
        .chain(others)
        .map(|provider| Detection { provider, step: Step::Configured });
    let local = local.into_iter().map(|(provider, probe)| Detection { provider, step: Step::Local(probe) });
    configured.chain(local).collect()
}

#[cfg(test)]
mod tests;
