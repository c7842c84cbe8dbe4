//! Which provider answers, and under which model name it is asked.

use std::collections::BTreeMap;

use crate::custom::find_provider;
use crate::discovery;
use crate::ollama;
use crate::provider::{ModelNames, Provider};
use crate::upstream::Upstream;

/// The active provider with the models that it is known to serve.
#[derive(Debug, Clone, Copy)]
pub struct Route<'a> {
    /// The provider as configured.
    pub upstream: &'a Upstream,
    /// The models on its list; empty when the list isn't known.
    pub models: &'a [String],
    /// The providers that the operator gave names of their own.
    pub custom: &'a [&'static Provider],
}

/// What the configuration says about model names.
#[derive(Debug, Clone, Copy)]
pub struct ModelRules<'a> {
    /// `LYNKR_FORCE_MODEL`.
    pub force: Option<&'a str>,
    /// `MODEL_DEFAULT`.
    pub default: Option<&'a str>,
    /// `LYNKR_MODEL_ALIASES`.
    pub aliases: &'a BTreeMap<String, String>,
}

/// The choice, and the rule that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Who answers.
    pub provider: &'static Provider,
    /// The model name that goes up.
    pub model: String,
    /// The rule that chose it, for the receipt.
    pub why: &'static str,
    /// Whether the user said so, here or in the configuration; else the gateway made do.
    pub by_user: bool,
}

impl Chosen {
    fn new(provider: &'static Provider, model: impl Into<String>, why: &'static str) -> Self {
        Self { provider, model: provider.quirks.spelled(model.into()), why, by_user: true }
    }

    fn made_do(provider: &'static Provider, model: impl Into<String>, why: &'static str) -> Self {
        Self { by_user: false, ..Self::new(provider, model, why) }
    }
}

/// Decides which provider answers and which model name goes up.
///
/// In order: the forced model; a provider that the client names (`openai:gpt-4o`, `openai/gpt-4o`); an
/// alias; the client's own name, where it belongs to the active provider; the model that the user configured
/// for the provider, or for all; the provider's counterpart of the name; what the provider has. A suffix such
/// as `[1m]` is part of the name.
///
/// A name under which another vendor's model was shown to Claude Code stands for that model, unless somebody
/// really has a model of that name.
pub fn choose_model(asked: &str, route: &Route<'_>, rules: &ModelRules<'_>) -> Chosen {
    let is_taken = rules.aliases.contains_key(asked.trim()) || is_served(asked.trim(), route.models);
    let asked = discovery::meant_by(asked.trim()).filter(|_| !is_taken).unwrap_or(asked);
    let active = route.upstream.provider();
    let named = |name: &str, why| match split_provider(name, route) {
        Some((provider, model)) => Chosen::new(provider, model, why),
        None => Chosen::new(active, name, why),
    };
    let asked = asked.trim();
    if let Some(force) = rules.force {
        return named(force, "forced");
    }
    if let Some((provider, model)) = split_provider(asked, route) {
        return Chosen::new(provider, model, "named by client");
    }
    if let Some(target) = rules.aliases.get(asked) {
        return named(target, "alias");
    }
    if belongs(asked, route, rules) {
        return Chosen::new(active, asked, "asked for");
    }
    if let Some(model) = route.upstream.configured_model() {
        return Chosen::new(active, model, "provider's model");
    }
    if let Some(model) = rules.default {
        return named(model, "default model");
    }
    if let Some(model) = route.upstream.counterpart(asked) {
        return Chosen::made_do(active, model, "provider's counterpart");
    }
    match served(route) {
        Some(model) => Chosen::made_do(active, model, "served model"),
        None => Chosen::made_do(active, active.default_model, "built-in default"),
    }
}

/// Splits `provider:model` or `provider/model`, if the part before names a provider and the whole isn't one
/// of the active provider's own names.
pub(crate) fn split_provider<'a>(name: &'a str, route: &Route<'_>) -> Option<(&'static Provider, &'a str)> {
    if is_served(name, route.models) {
        return None;
    }
    if let Some((provider, model)) = name.split_once(':')
        && let Some(provider) = find_provider(provider, route.custom)
        && !model.is_empty()
    {
        return Some((provider, model));
    }
    let (provider, model) = name.split_once('/')?;
    let provider = find_provider(provider, route.custom).filter(|_| !model.is_empty())?;
    let active = route.upstream.provider();
    let slashes_are_its_own = match active.model_names {
        ModelNames::Plain | ModelNames::Any => false,
        ModelNames::Slashed => provider.name != active.name || !model.contains('/'),
        ModelNames::Served => route.models.is_empty(),
    };
    // `openrouter/auto` is the whole name of a model there.
    let is_vendor = provider.kind.is_none();
    let is_whole_name = is_vendor && provider.model_names == ModelNames::Slashed && !model.contains('/');
    match (slashes_are_its_own, is_whole_name) {
        (true, _) => None,
        (false, true) => Some((provider, name)),
        (false, false) => Some((provider, model)),
    }
}

/// Whether the client's name belongs to the active provider.
fn belongs(asked: &str, route: &Route<'_>, rules: &ModelRules<'_>) -> bool {
    let provider = route.upstream.provider();
    if asked.is_empty() {
        return false;
    }
    if route.upstream.has_family(asked) || is_served(asked, route.models) {
        return true;
    }
    match provider.model_names {
        ModelNames::Any => true,
        ModelNames::Slashed => asked.contains('/'),
        ModelNames::Plain => false,
        // Nobody knows what the server has and nothing else is configured: the client may well know.
        ModelNames::Served => {
            let has_other = route.upstream.configured_model().is_some()
                || rules.default.is_some()
                || !provider.default_model.is_empty();
            route.models.is_empty() && !has_other
        }
    }
}

/// Whether a server lists a model. Ollama lists `qwen3` as `qwen3:latest`.
fn is_served(name: &str, models: &[String]) -> bool {
    models.iter().any(|served| served == name || served.strip_suffix(":latest") == Some(name))
}

/// The best of the models that a local server has, when the user chose none: one that can call tools, since
/// coding tools are no use without.
fn served<'a>(route: &Route<'a>) -> Option<&'a str> {
    let provider = route.upstream.provider();
    if provider.model_names != ModelNames::Served {
        return None;
    }
    let mut models = route.models.iter().map(String::as_str);
    if provider.kind_name() != ollama::PROVIDER.name {
        return models.next();
    }
    let capable = models.clone().find(|model| route.upstream.tool_capable(model));
    let documented = models.clone().find(|model| *model == provider.default_model);
    capable.or(documented).or_else(|| models.next())
}

#[cfg(test)]
mod tests;
