//! Writes the provider document from the table, so that it can't drift from the code.

use std::fmt::Write as _;

use lynkr_config::Kind;
use lynkr_protocol::Dialect;

use crate::api;
use crate::credential::is_known_by_form;
use crate::custom::FIELDS;
use crate::endpoint::{Endpoint, Offer};
use crate::provider::Provider;
use crate::registry::PROVIDERS;

const INTRODUCTION: &str = "\
# Providers

<!-- Generated from the provider table; change it and run `cargo xtask codegen`. -->

Any client works with any provider: where both speak the same dialect, bytes pass through; else they are translated,
streams and tools included ([dialects.md](dialects.md) has what a translation keeps).

## Choosing one

`MODEL_PROVIDER` chooses the provider, by its name or any other that is listed below. Unset, the gateway takes the first
vendor that has a key, then the first provider that is [named in `lynkr.toml`](#providers-of-your-own), then the first
other provider that is set up, then a model server that answers on this machine, and else the builtin responder.

A client can choose for one request by its model name: `openai:gpt-4o` or `openai/gpt-4o`.

Models that a provider doesn't know are answered by the model that you configured for it, then by `MODEL_DEFAULT`,
then by the provider's counterpart, if the list below has one, and else by its default model. The receipt says so.

## Endpoints and keys

Every endpoint setting takes the host, the base URL with or without its version, or the full path of one
dialect; a full path settles that this dialect is spoken. Otherwise the client's own dialect is spoken where
the provider has it, and else the first one below.

A configured key is used for every request. Without one the caller's own key or token is passed on, but only to
the vendor whose form it has, or to an endpoint that you set up without a key. Placeholders such as `dummy`
never go to a vendor.

Settings are environment variables, or lines of `.env`; [configuration.md](configuration.md) has their names in
`lynkr.toml` and the order in which they count.
";

const CAPABILITIES: &str = "
## What each can do

Streaming, tools, pictures and reasoning work with all of them, as far as the model goes and the dialect has room
for them. *Dialects* are those that pass through untouched;
the first is spoken where a translation is needed. *Caching*: whether Anthropic's `cache_control` marks arrive; other
vendors cache by themselves. *Counts*: whether `count_tokens` is the provider's own number; elsewhere it is a tokenizer's or an estimate,
which says so ([tokens.md](tokens.md)). *List*: whether `/v1/models` shows the provider's own list.

| Provider | Dialects | Caching | Counts | Embeddings | List | Key |
|---|---|---|---|---|---|---|
";

const CUSTOM: &str = "
## Providers of your own

Two accounts of one vendor, or three servers on one machine: give each a name in `lynkr.toml`. A named provider follows
all rules of its kind, with settings of its own; the kind's variables are not its.

```toml
[models]
provider = \"work\"                       # or leave it, and ask for `work:openai/gpt-4o`

[providers.work]
kind = \"openrouter\"
api_key_env = \"WORK_OPENROUTER_KEY\"

[providers.gpu-box]
kind = \"openai-compatible\"
endpoint = \"http://127.0.0.1:8000/v1\"
models = [\"qwen3-coder\"]
headers = { x-tenant = \"team-7\" }
stream_usage = false
```

A name is made of lower-case letters, digits, `-` and `_`, begins with a letter, and is no provider's already. It stands
wherever a provider is named: in `MODEL_PROVIDER`, before a model (`gpu-box:qwen3-coder`), in aliases. Only `lynkr.toml`
can set these, and it is never read from the working directory; the variable that `api_key_env` names is looked for like
any other setting.

| Key | Takes | Meaning |
|---|---|---|
";

/// The text of `docs/providers.md`.
pub fn providers_markdown() -> String {
    let mut text = INTRODUCTION.to_owned();
    text.push_str(CAPABILITIES);
    for provider in PROVIDERS {
        add_capabilities(&mut text, provider);
    }
    text.push_str(CUSTOM);
    for (field, kind, meaning) in FIELDS {
        let _ = writeln!(text, "| `{field}` | {} | {meaning} |", takes(*kind));
    }
    for provider in PROVIDERS {
        add_provider(&mut text, provider);
    }
    text
}

/// One row of the overview.
fn add_capabilities(text: &mut String, provider: &Provider) {
    let all = || provider.layouts.iter().flat_map(|layout| layout.dialects).chain(provider.dialects);
    let caches =
        provider.quirks.cache_control || all().any(|endpoint| endpoint.dialect == Dialect::Anthropic);
    let mut spoken: Vec<&str> = Vec::new();
    for endpoint in provider.dialects {
        if !spoken.contains(&endpoint.dialect.name()) {
            spoken.push(endpoint.dialect.name());
        }
    }
    let mark = |has: bool| if has { "yes" } else { "–" };
    let _ = writeln!(
        text,
        "| [{}](#{}) | {} | {} | {} | {} | {} | {} |",
        provider.title,
        anchor(provider),
        spoken.join(", "),
        mark(caches && provider.endpoint_env.is_some()),
        mark(provider.has_counter()),
        mark(provider.embeddings.is_some()),
        mark(provider.models_path.is_some()),
        if provider.key_required { "needed" } else { "–" },
    );
}

/// What a link to a provider's section ends with: the heading in lower case, spaces as hyphens, punctuation left
/// out ("Section links" in GitHub's "Basic writing and formatting syntax").
fn anchor(provider: &Provider) -> String {
    let heading = format!("{} {}", provider.title, provider.name).to_lowercase();
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

const fn takes(kind: Kind) -> &'static str {
    match kind {
        Kind::Url => "URL",
        Kind::Secret => "**secret**",
        Kind::List => "list",
        Kind::Headers | Kind::Pairs => "table",
        Kind::Bool => "switch",
        Kind::Integer { .. } | Kind::Bytes | Kind::Share => "number",
        Kind::Text | Kind::Path | Kind::Milliseconds | Kind::Choice(_) | Kind::ServerUrl => "text",
    }
}

/// The lines that set a provider up.
fn add_set_up(text: &mut String, provider: &Provider) {
    let mut lines = vec![format!("MODEL_PROVIDER={}", provider.name)];
    if let Some(env) = provider.endpoint_env.filter(|_| provider.default_base.is_none()) {
        lines.push(format!("{env}={}", provider.endpoint_example));
    }
    if let Some(env) = provider.key_env.filter(|_| provider.key_required) {
        lines.push(format!("{env}=…"));
    }
    if let Some(env) = provider.model_env {
        let model = if provider.default_model.is_empty() { "your-model" } else { provider.default_model };
        lines.push(format!("{env}={model}   # for clients that ask for one that it doesn't have"));
    }
    let _ = write!(text, "```sh\n{}\n```\n\n", lines.join("\n"));
}

/// What is out of the ordinary, where the table says so.
fn add_limits(text: &mut String, provider: &Provider) {
    let quirks = &provider.quirks;
    let named = |patterns: &[&'static str]| list(patterns.iter().copied());
    let mut limits: Vec<String> = Vec::new();
    if !quirks.responses_only.is_empty() {
        limits.push(format!("{} answer on Responses only", named(quirks.responses_only)));
    }
    if !quirks.fixed_sampling.is_empty() {
        limits
            .push(format!("{} take no sampling settings, which are left out", named(quirks.fixed_sampling)));
    }
    limits.extend(
        quirks
            .max_tokens_caps
            .iter()
            .map(|(pattern, cap)| format!("`{pattern}` writes at most {cap} tokens")),
    );
    if !quirks.stream_usage_option {
        limits.push("a chat stream isn't asked for usage".to_owned());
    }
    if !quirks.late_system {
        limits.push("instructions in mid-conversation are moved".to_owned());
    }
    if let Some(env) = provider.max_concurrent_env {
        limits.push(format!("`{env}` requests at a time, the others wait"));
    }
    if let Some(env) = provider.timeout_env {
        limits.push(format!("`{env}` for the beginning of an answer, and for one that isn't streamed"));
    }
    if !quirks.reasoning_effort.is_empty() {
        let _ = writeln!(text, "- Reasoning effort, in chat: {}", named(quirks.reasoning_effort));
    }
    if !limits.is_empty() {
        let _ = writeln!(text, "- Limits: {}", limits.join("; "));
    }
}

fn add_provider(text: &mut String, provider: &Provider) {
    let _ = write!(text, "\n## {} (`{}`)\n\n", provider.title, provider.name);
    if !provider.notes.is_empty() {
        let _ = write!(text, "{}\n\n", provider.notes);
    }
    add_set_up(text, provider);
    if !provider.aliases.is_empty() {
        let _ = writeln!(text, "- Also called: {}", list(provider.aliases.iter().copied()));
    }
    let _ = writeln!(text, "- Dialects: {}", dialects(provider.dialects));
    for layout in provider.layouts {
        let _ = writeln!(text, "- With `{}` in the endpoint: {}", layout.marker, dialects(layout.dialects));
    }
    if let Some(embeddings) = provider.embeddings {
        let _ =
            writeln!(text, "- Embeddings: at `{}`", embeddings.path.split('?').next().unwrap_or_default());
    }
    let passed = api::names_of(provider);
    if !passed.is_empty() {
        let _ = writeln!(text, "- Passed through as well: {}", passed.join(", "));
    }
    let base =
        provider.default_base.map_or("which must be set".to_owned(), |base| format!("by default `{base}`"));
    if provider.endpoint_env.is_some() {
        let _ = writeln!(text, "- Endpoint: {}, {base}", list(provider.endpoint_envs()));
    } else {
        let _ = writeln!(text, "- Endpoint: none");
    }
    if let Some(cloud) = &provider.regions {
        let envs = list(cloud.envs.iter().copied());
        let _ = writeln!(text, "- Region: {envs}, by default `{}`", cloud.default);
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
    add_limits(text, provider);
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
            Offer::ExceptModels(patterns) => format!(" for all but {}", list(patterns.iter().copied())),
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
        (Some(_), true) if is_known_by_form(provider) => {
            format!("{}, or the caller's own", list(provider.key_envs()))
        }
        (Some(_), true) => list(provider.key_envs()),
        (Some(_), false) => format!("{}, if the server wants one", list(provider.key_envs())),
    }
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    items.map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
