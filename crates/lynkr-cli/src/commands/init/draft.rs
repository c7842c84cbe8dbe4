//! The configuration that is being put together: settings by name, and providers with names of their own.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};
use lynkr_app::{load, settings_tables};
use lynkr_config::{Inputs, Kind, Loaded, Problem, Setting, Severity, nearest};

use super::render;

/// What is to be written.
#[derive(Clone, Default)]
pub(crate) struct Draft {
    settings: BTreeMap<&'static str, String>,
    /// Providers that only `lynkr.toml` can name.
    pub(crate) providers: Vec<NamedProvider>,
}

/// A provider under a name of its own: `[providers.NAME]`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct NamedProvider {
    /// Its name.
    pub(crate) name: String,
    /// What it is a copy of.
    pub(crate) kind: &'static str,
    /// Where it is, unless the kind says so.
    pub(crate) endpoint: Option<String>,
    /// The variable that holds its key, if it wants one.
    pub(crate) key_env: Option<String>,
    /// The key itself, where it is to be written.
    pub(crate) key: Option<String>,
    /// The models that it has.
    pub(crate) models: BTreeSet<String>,
}

/// The setting of this name, in any case.
pub(crate) fn setting_named(name: &str) -> Option<&'static Setting> {
    let tables = settings_tables();
    tables.into_iter().flatten().find(|setting| setting.env.eq_ignore_ascii_case(name) && !setting.file_only)
}

/// Whether a setting's value may not be shown.
pub(crate) const fn is_secret(kind: Kind) -> bool {
    matches!(kind, Kind::Secret | Kind::ServerUrl | Kind::Headers)
}

impl Draft {
    /// Takes a setting; a later value replaces an earlier one, and an empty one takes it away.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> anyhow::Result<()> {
        let Some(setting) = setting_named(name) else {
            let tables = settings_tables();
            let known = tables.into_iter().flatten().map(|setting| setting.env);
            match nearest(name, known) {
                Some(near) => bail!("{name} is no setting; did you mean {near}?"),
                None => bail!("{name} is no setting; docs/configuration.md has all of them"),
            }
        };
        if setting.process_only {
            bail!("{} counts in the process's environment only, not in a file", setting.env);
        }
        let value = value.trim();
        render::can_stand(value).with_context(|| format!("{} can't be written", setting.env))?;
        if value.is_empty() {
            self.settings.remove(setting.env);
        } else {
            self.settings.insert(setting.env, value.to_owned());
        }
        Ok(())
    }

    /// A setting's value so far.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }

    /// The settings so far, by name.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.settings.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.settings.is_empty() && self.providers.is_empty()
    }

    /// Whether it holds a key, or anything else that is nobody else's business.
    pub(crate) fn has_secrets(&self) -> bool {
        let kind = |name: &str| setting_named(name).map(|setting| setting.kind);
        self.settings.keys().any(|name| kind(name).is_some_and(is_secret))
            || self.providers.iter().any(|provider| provider.key.is_some())
    }

    /// What the gateway would make of it, without its being written. No secret touches the disk.
    ///
    /// `replaces_toml` says whether the `lynkr.toml` that is there now would be gone.
    pub(crate) fn loaded(&self, inputs: &Inputs, replaces_toml: bool) -> anyhow::Result<Loaded> {
        let folder = tempfile::TempDir::new().context("can't make a temporary folder")?;
        let empty = folder.path().join("empty.env");
        std::fs::write(&empty, "")?;
        let mut inputs = Inputs { env_file: Some(empty), project_dir: None, ..inputs.clone() };
        inputs.flags = self.settings.iter().map(|(name, value)| (*name, value.clone())).collect();
        if replaces_toml || !self.providers.is_empty() {
            let file = folder.path().join("lynkr.toml");
            std::fs::write(&file, render::providers_toml(&self.providers))?;
            inputs.toml_file = Some(file);
        }
        for provider in &self.providers {
            if let (Some(env), Some(key)) = (&provider.key_env, &provider.key) {
                inputs.environment.insert(env.clone(), key.clone());
            }
        }
        Ok(load(&inputs))
    }
}

/// The problems that keep a configuration from being used.
pub(crate) fn errors(loaded: &Loaded) -> Vec<&Problem> {
    loaded.problems.iter().filter(|problem| problem.severity == Severity::Error).collect()
}
