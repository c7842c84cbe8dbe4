//! Writes the provider document from the table, so that it can't drift from the code.

use std::fmt::Write as _;

use crate::credential::is_known_by_form;
use crate::endpoint::{Endpoint, Offer};
use crate::provider::Provider;
use crate::registry::PROVIDERS;

const INTRODUCTION: &str = "\
# Providers

<!-- Generated from the provider table; change it and run `cargo xtask codegen`. -->

`MODEL_PROVIDER` chooses the provider. Unset, the gateway takes the first vendor that has a key, then the first
other provider that is set up, then a model server that answers on this machine, and else the builtin responder.
A client can choose for one request by its model name: `openai:gpt-4o` or `openai/gpt-4o`.

Models that a provider doesn't know are answered by the model that you configured for it, then by `MODEL_DEFAULT`,
then by the provider's counterpart, if the list below has one, and else by its default model. The receipt says so.

Every endpoint setting takes the host, the base URL with or without its version, or the full path of one
dialect; a full path settles that this dialect is spoken. Otherwise the client's own dialect is spoken where
the provider has it, and else the first one below.

A configured key is used for every request. Without one the caller's own key or token is passed on, but only to
the vendor whose form it has, or to an endpoint that you set up without a key. Placeholders such as `dummy`
never go to a vendor.
";

/// The text of `docs/providers.md`.
pub fn providers_markdown() -> String {
    let mut text = INTRODUCTION.to_owned();
    for provider in PROVIDERS {
        add_provider(&mut text, provider);
    }
    text
}

fn add_provider(text: &mut String, provider: &Provider) {
    let _ = write!(text, "\n## {} (`{}`)\n\n", provider.title, provider.name);
    if !provider.notes.is_empty() {
        let _ = write!(text, "{}\n\n", provider.notes);
    }
    if !provider.aliases.is_empty() {
        let _ = writeln!(text, "- Also called: {}", list(provider.aliases.iter().copied()));
    }
    let _ = writeln!(text, "- Dialects: {}", dialects(provider.dialects));
    for layout in provider.layouts {
        let _ = writeln!(text, "- With `{}` in the endpoint: {}", layout.marker, dialects(layout.dialects));
    }
    let base =
        provider.default_base.map_or("which must be set".to_owned(), |base| format!("by default `{base}`"));
    match provider.endpoint_env {
        Some(env) => {
            let _ = writeln!(text, "- Endpoint: `{env}`, {base}");
        }
        None => {
            let _ = writeln!(text, "- Endpoint: none");
        }
    }
    let _ = writeln!(text, "- Key: {}", key(provider));
    if !provider.default_model.is_empty() {
        let _ = writeln!(text, "- Default model: `{}`", provider.default_model);
    }
    if !provider.quirks.model_map.is_empty() {
        let _ = writeln!(text, "- Counterparts, where no model is configured: {}", counterparts(provider));
    }
    if !provider.families.is_empty() {
        let _ = writeln!(text, "- Model names begin with: {}", list(provider.families.iter().copied()));
    }
    if !provider.settings.is_empty() {
        let _ = writeln!(text, "- Settings: {}", list(provider.settings.iter().map(|setting| setting.env)));
    }
}

fn dialects(endpoints: &[Endpoint]) -> String {
    let texts = endpoints.iter().map(|endpoint| {
        let condition = match endpoint.offer {
            Offer::Always => String::new(),
            Offer::WhenPinned => " when the endpoint is this full path".to_owned(),
            Offer::Since(version) => format!(" since version {version}"),
            Offer::ForModels(patterns) => format!(" for {}", list(patterns.iter().copied())),
        };
        format!("{} at `{}`{condition}", endpoint.dialect, endpoint.path)
    });
    texts.collect::<Vec<_>>().join(", ")
}

fn counterparts(provider: &Provider) -> String {
    let texts = provider.quirks.model_map.iter().map(|(theirs, own)| match *own {
        "*" => format!("`{theirs}` as it is"),
        own => format!("`{theirs}` is `{own}`"),
    });
    texts.collect::<Vec<_>>().join(", ")
}

fn key(provider: &Provider) -> String {
    match (provider.key_env, provider.key_required) {
        (None, _) => "none".to_owned(),
        (Some(env), true) if is_known_by_form(provider) => format!("`{env}`, or the caller's own"),
        (Some(env), true) => format!("`{env}`"),
        (Some(env), false) => format!("`{env}`, if the server wants one"),
    }
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    items.map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
