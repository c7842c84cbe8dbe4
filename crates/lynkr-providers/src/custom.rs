//! Providers that the operator names in `lynkr.toml`, as many of a kind as there are accounts and servers:
//!
//! ```toml
//! [providers.work]
//! kind = "openrouter"
//! api_key_env = "WORK_OPENROUTER_KEY"
//! ```
//!
//! Such a provider is a copy of its kind's table with settings of its own, so that all rules about endpoints,
//! keys and trust are the kind's. First [`custom_settings`] makes the settings of each named table, then, when
//! they are read, [`custom_providers`] makes the providers.
//!
//! What is made here lives as long as the process, like the tables that it stands beside: a few hundred bytes for each
//! named provider, once, however often the configuration is read (`intern.rs`).

mod build;
mod intern;

use std::collections::BTreeSet;

use lynkr_config::{Kind, NamedTable, Problem, SETTINGS, Setting, Values};

use crate::provider::Provider;
use crate::registry::{provider_named, settings_tables};
use build::Builder;

/// The section of `lynkr.toml`.
pub const CUSTOM_SECTION: &str = "providers";

/// The longest name.
const MOST_NAME: usize = 40;

/// What can be set: key, form, meaning.
pub(crate) const FIELDS: &[(&str, Kind, &str)] = &[
    (
        "kind",
        Kind::Text,
        "What it is: `openai-compatible`, `anthropic-compatible`, or the name of any provider in this document.",
    ),
    ("endpoint", Kind::Url, "Where it is. Unset, the kind's own endpoint, if it has one."),
    ("api_key", Kind::Secret, "Its key."),
    ("api_key_env", Kind::Text, "The name of a variable that holds its key; it goes before `api_key`."),
    (
        "model",
        Kind::Text,
        "The model for clients that ask for one that it doesn't have. Unset, the first of `models`.",
    ),
    ("models", Kind::List, "The models that it has. Unset, the server is asked for its list."),
    ("headers", Kind::Headers, "Headers that every request to it carries. Their values are never shown."),
    (
        "dialects",
        Kind::List,
        "The dialects that it is spoken to in, in order of preference: `anthropic`, `openai_chat`, \
         `openai_responses`, `ollama`, `gemini`. Unset, the kind's own.",
    ),
    (
        "max_tokens",
        Kind::Integer { min: 1, max: 10_000_000 },
        "The token limit for requests without one, where the dialect demands one.",
    ),
    (
        "max_concurrent",
        Kind::Integer { min: 1, max: 100_000 },
        "How many requests may be under way at once; the others wait.",
    ),
    (
        "timeout",
        Kind::Milliseconds,
        "How long it may take to begin its answer, and for the whole of one that isn't streamed.",
    ),
    ("stream_usage", Kind::Bool, "Whether a chat stream may be asked for usage."),
    (
        "developer_role",
        Kind::Bool,
        "Whether chat takes the role `developer`; where not, it becomes `system`.",
    ),
    ("late_system", Kind::Bool, "Whether chat takes instructions in mid-conversation."),
    ("cache_control", Kind::Bool, "Whether chat takes Anthropic's `cache_control` marks."),
    ("reasoning_content", Kind::Bool, "Whether earlier turns' `reasoning_content` is sent back in chat."),
    ("reasoning_effort", Kind::List, "Models that take a reasoning effort, as patterns with `*`."),
    (
        "max_completion_tokens",
        Kind::List,
        "Models that want `max_completion_tokens` instead of `max_tokens`, as patterns with `*`.",
    ),
];

/// The settings of every named provider, one table each.
pub fn custom_settings(tables: &[NamedTable]) -> Vec<&'static [Setting]> {
    let mut taken = known_variables();
    tables.iter().map(|table| settings_of(table, &mut taken)).collect()
}

/// The variables that settings have already.
fn known_variables() -> BTreeSet<&'static str> {
    let tables = settings_tables();
    tables.iter().copied().chain([SETTINGS]).flatten().map(|setting| setting.env).collect()
}

fn settings_of(table: &NamedTable, taken: &mut BTreeSet<&'static str>) -> &'static [Setting] {
    let setting = |(field, kind, doc): &(&str, Kind, &'static str)| {
        let path = intern::text(path_of(&table.name, field));
        let variable = table.text("api_key_env").filter(|name| *field == "api_key" && is_variable(name));
        match variable {
            // The variable is the key's, like any other setting's; unless it is another setting's already, whose
            // value is then this one's as well.
            Some(variable) if !taken.contains(variable) => {
                let variable = intern::text(variable.to_owned());
                taken.insert(variable);
                Setting::new(variable, path, *kind, doc)
            }
            Some(_) | None => Setting::in_file(path, *kind, doc),
        }
    };
    let settings: Vec<Setting> = FIELDS.iter().map(setting).collect();
    intern::settings(settings)
}

/// The named providers, by name, and what is wrong with those that can't be made.
#[derive(Debug, Clone, Default)]
pub struct CustomProviders {
    /// Those that can be set up.
    pub providers: Vec<&'static Provider>,
    /// What is wrong with the others.
    pub problems: Vec<Problem>,
}

/// Makes the named providers of the settings that were read.
pub fn custom_providers(values: &Values) -> CustomProviders {
    let mut custom = CustomProviders::default();
    for name in names(values) {
        match check_name(name)
            .map_err(|problem| vec![problem])
            .and_then(|()| Builder { name, values }.build())
        {
            Ok(provider) => custom.providers.extend(intern::provider(&provider)),
            Err(problems) => {
                let source = values.names().find(|own| belongs(own, name)).and_then(|own| values.source(own));
                let with_source = |problem: Problem| match source {
                    Some(source) => problem.with_source(source),
                    None => problem,
                };
                custom.problems.extend(problems.into_iter().map(with_source));
            }
        }
    }
    custom
}

/// The provider of a name or alias, in any case: a built-in one, or one of the named ones.
pub fn find_provider(name: &str, custom: &[&'static Provider]) -> Option<&'static Provider> {
    let own = custom.iter().copied().find(|provider| provider.is_called(name.trim()));
    own.or_else(|| provider_named(name))
}

/// The names that have a setting, each once.
fn names(values: &Values) -> BTreeSet<&'static str> {
    let name =
        |path: &'static str| Some(path.strip_prefix(CUSTOM_SECTION)?.strip_prefix('.')?.rsplit_once('.')?.0);
    values.names().filter_map(name).collect()
}

fn belongs(path: &str, name: &str) -> bool {
    path.strip_prefix(CUSTOM_SECTION)
        .and_then(|rest| rest.strip_prefix('.')?.strip_prefix(name))
        .is_some_and(|rest| rest.starts_with('.'))
}

/// A name stands in model names (`work:gpt-4o`), URLs and logs, and never for another provider.
fn check_name(name: &str) -> Result<(), Problem> {
    let key = format!("{CUSTOM_SECTION}.{name}");
    if let Some(known) = provider_named(name) {
        let message = format!("is a name of {}, which has settings of its own", known.title);
        return Err(Problem::error(key, message).with_hint("choose another name"));
    }
    let mut letters = name.bytes();
    let begins_well = letters.next().is_some_and(|first| first.is_ascii_lowercase());
    let goes_on_well =
        letters.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'));
    if begins_well && goes_on_well && name.len() <= MOST_NAME {
        return Ok(());
    }
    Err(Problem::error(key, "is no name for a provider")
        .with_hint("use lower-case letters, digits, `-` and `_`, a letter first, at most 40 of them"))
}

fn is_variable(name: &str) -> bool {
    let begins_well = name.bytes().next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    begins_well && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The path of a setting in `lynkr.toml`.
pub(crate) fn path_of(name: &str, field: &str) -> String {
    format!("{CUSTOM_SECTION}.{name}.{field}")
}

#[cfg(test)]
mod tests;
