//! The list of providers: a new one is a file and two lines here.

use lynkr_config::{Problem, Setting, nearest};

use crate::custom::find_provider;
use crate::provider::Provider;
use crate::{
    anthropic, anthropic_compatible, atlas, azure_anthropic, azure_openai, baidu, bedrock, betas, builtin,
    chatgpt, databricks, deepseek, edenai, llamacpp, lmstudio, moonshot, ollama, openai, openai_compatible,
    openrouter, subscription, vertex, zai,
};

/// Every provider, in alphabetical order.
pub static PROVIDERS: &[&Provider] = &[
    &anthropic::PROVIDER,
    &anthropic_compatible::PROVIDER,
    &atlas::PROVIDER,
    &azure_anthropic::PROVIDER,
    &azure_openai::PROVIDER,
    &baidu::PROVIDER,
    &bedrock::PROVIDER,
    &builtin::PROVIDER,
    &chatgpt::PROVIDER,
    &databricks::PROVIDER,
    &deepseek::PROVIDER,
    &edenai::PROVIDER,
    &llamacpp::PROVIDER,
    &lmstudio::PROVIDER,
    &moonshot::PROVIDER,
    &ollama::PROVIDER,
    &openai::PROVIDER,
    &openai_compatible::PROVIDER,
    &openrouter::PROVIDER,
    &vertex::PROVIDER,
    &zai::PROVIDER,
];

/// The provider of a name or alias, in any case.
pub fn provider_named(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().copied().find(|provider| provider.is_called(name.trim()))
}

/// The provider that `MODEL_PROVIDER` names, a built-in one or one of the `custom` ones, or what is wrong with the name.
pub fn resolve_provider(name: &str, custom: &[&'static Provider]) -> Result<&'static Provider, Problem> {
    find_provider(name, custom).ok_or_else(|| {
        let names: Vec<&str> = PROVIDERS.iter().chain(custom).map(|provider| provider.name).collect();
        let problem = Problem::error(
            "MODEL_PROVIDER",
            format!("`{name}` is no provider; there are {}", names.join(", ")),
        );
        match nearest(name, names) {
            Some(near) => problem.with_hint(format!("did you mean {near}?")),
            None => problem.with_hint("for any other server, use openai-compatible or anthropic-compatible"),
        }
    })
}

/// The settings tables of all providers, and of the rules that they share.
pub fn settings_tables() -> Vec<&'static [Setting]> {
    let own = PROVIDERS.iter().map(|provider| provider.settings).filter(|table| !table.is_empty());
    own.chain([betas::SETTINGS, subscription::SETTINGS]).collect()
}

#[cfg(test)]
mod tests;
