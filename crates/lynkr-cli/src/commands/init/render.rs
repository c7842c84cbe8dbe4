//! A draft as the text of a `.env` and of a `lynkr.toml`, in the order of the settings' tables.

use std::fmt::Write as _;

use anyhow::bail;
use lynkr_app::settings_tables;
use lynkr_config::{Kind, Setting, mask};

use super::draft::{Draft, NamedProvider, is_secret};
use crate::arguments::Format;

/// How secrets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrets {
    /// As they are, for a file.
    Written,
    /// Masked, for a screen.
    Masked,
}

/// What a `.env` begins with.
const HEAD: &str = "# Written by `lynkr init`. The reference is docs/configuration.md; `lynkr config` shows what is in effect.\n";

/// Whether a value can stand in either file, on one line.
pub(crate) fn can_stand(value: &str) -> anyhow::Result<()> {
    if value.chars().any(|character| character.is_control() || character == '\u{FDD0}') {
        bail!("it holds a line end or another invisible character");
    }
    if value.contains("\\$") {
        bail!("it holds `\\$`, of which a .env keeps the `$` alone");
    }
    Ok(())
}

/// The text of the `.env`: everything, or the secrets alone where the rest goes to a `lynkr.toml`.
pub(crate) fn env_text(draft: &Draft, format: Format, about: &str, secrets: Secrets) -> String {
    let mut text = HEAD.to_owned();
    let _ = writeln!(text, "# {about}");
    let mut section = "";
    for (setting, value) in rows(draft) {
        if format == Format::Toml && !is_secret(setting.kind) {
            continue;
        }
        if setting.section() != section {
            section = setting.section();
            let _ = write!(text, "\n# --- {section} ---\n");
        }
        let _ = writeln!(text, "{}={}", setting.env, env_value(&shown(setting.kind, value, secrets)));
    }
    let keys = draft.providers.iter().filter_map(|own| Some((own.key_env.as_ref()?, own.key.as_ref()?)));
    for (index, (env, key)) in keys.enumerate() {
        if index == 0 {
            text.push_str("\n# --- keys of the providers in lynkr.toml ---\n");
        }
        let _ = writeln!(text, "{env}={}", env_value(&shown(Kind::Secret, key, secrets)));
    }
    text
}

/// The text of the `lynkr.toml`: settings that are no secrets where it was asked for, and providers with names.
pub(crate) fn toml_text(draft: &Draft, format: Format, about: &str) -> String {
    let mut text = HEAD.to_owned();
    let _ = writeln!(text, "# {about}");
    let mut tables: Vec<(&str, Vec<String>)> = Vec::new();
    if format == Format::Toml {
        for (setting, value) in rows(draft).filter(|(setting, _)| !is_secret(setting.kind)) {
            let (table, key) = setting.toml.rsplit_once('.').unwrap_or(("", setting.toml));
            let line = format!("{key} = {}", toml_value(setting.kind, value));
            match tables.iter_mut().find(|(name, _)| *name == table) {
                Some((_, lines)) => lines.push(line),
                None => tables.push((table, vec![line])),
            }
        }
    }
    for (table, lines) in tables {
        let _ = write!(text, "\n[{table}]\n{}\n", lines.join("\n"));
    }
    text.push_str(&providers_toml(&draft.providers));
    text
}

/// The named providers alone. Their keys are in variables.
pub(crate) fn providers_toml(providers: &[NamedProvider]) -> String {
    let mut text = String::new();
    for provider in providers {
        let _ = write!(text, "\n[providers.{}]\nkind = {}\n", provider.name, quoted(provider.kind));
        if let Some(endpoint) = &provider.endpoint {
            let _ = writeln!(text, "endpoint = {}", quoted(endpoint));
        }
        if let Some(env) = &provider.key_env {
            let _ = writeln!(text, "api_key_env = {}", quoted(env));
        }
        if !provider.models.is_empty() {
            let models: Vec<String> = provider.models.iter().map(|model| quoted(model)).collect();
            let _ = writeln!(text, "models = [{}]", models.join(", "));
        }
    }
    text
}

/// The draft's settings, in the order of the tables.
fn rows(draft: &Draft) -> impl Iterator<Item = (&'static Setting, &str)> {
    let mut rows: Vec<(&'static Setting, &str)> = settings_tables()
        .into_iter()
        .flatten()
        .filter_map(|setting| Some((setting, draft.get(setting.env)?)))
        .collect();
    // A section's settings may lie in several tables.
    let first = |section: &str| {
        settings_tables().into_iter().flatten().position(|setting| setting.section() == section)
    };
    rows.sort_by_key(|(setting, _)| first(setting.section()));
    rows.into_iter()
}

fn shown(kind: Kind, value: &str, secrets: Secrets) -> String {
    if secrets == Secrets::Masked && is_secret(kind) { mask(value) } else { value.to_owned() }
}

/// A value as it stands in a `.env`, with quotes where it needs them.
fn env_value(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@,=+%~*[]{}".contains(c);
    if value.chars().all(is_plain) {
        return value.to_owned();
    }
    if !value.contains('\'') {
        return format!("'{value}'");
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

fn toml_value(kind: Kind, value: &str) -> String {
    let is_number = || value.parse::<u64>().is_ok();
    match kind {
        Kind::Bool if matches!(value, "true" | "false") => value.to_owned(),
        Kind::Integer { .. } | Kind::Milliseconds | Kind::Bytes if is_number() => value.to_owned(),
        Kind::List => {
            let items = value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(quoted);
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        _ => quoted(value),
    }
}

/// A basic string.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests;
