//! What a surface may tell of the providers: plain values, without keys and without the queries of endpoints.

use std::sync::Arc;

use lynkr_protocol::Dialect;
use lynkr_providers::Upstream;

use crate::gateway::Gateway;
use crate::health::Figures;

/// A provider as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderEntry {
    /// Its name.
    pub name: &'static str,
    /// The kind of provider that it is: its own name, unless it was named in the configuration.
    pub kind: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Other names that are understood.
    pub aliases: &'static [&'static str],
    /// Where it is; the builtin responder is nowhere.
    pub endpoint: Option<String>,
    /// The dialects that it is spoken to in, in order of preference.
    pub dialects: Vec<Dialect>,
    /// The model that the user configured for it.
    pub model: Option<String>,
    /// Whether a key is configured.
    pub has_key: bool,
    /// Whether the user has set it up, rather than that it can be asked as it comes.
    pub configured: bool,
    /// Whether it answers requests that name no provider.
    pub active: bool,
}

/// How a provider fares.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderHealth {
    /// Its name.
    pub name: &'static str,
    /// All that was asked of it.
    pub total: Figures,
    /// By model, those that were asked for of late.
    pub models: Vec<(String, Figures)>,
}

impl Gateway {
    /// The providers that the user has set up, and the active one however it was found, which comes first.
    pub fn providers(&self) -> Vec<ProviderEntry> {
        self.upstreams()
            .map(|upstream| self.entry(upstream))
            .filter(|own| own.configured || own.active)
            .collect()
    }

    /// A provider that can be asked, by its name or another that it is known under, in any case.
    pub fn provider(&self, name: &str) -> Option<ProviderEntry> {
        self.upstream_called(name).map(|upstream| self.entry(upstream))
    }

    /// How the providers fare that are set up or that somebody has asked.
    pub fn provider_healths(&self) -> Vec<ProviderHealth> {
        let is_shown = |upstream: &&Upstream| {
            let entry = self.entry(upstream);
            entry.configured || entry.active || self.health().of(entry.name) != Figures::default()
        };
        self.upstreams().filter(is_shown).map(|upstream| self.health_entry(upstream)).collect()
    }

    /// How one provider fares, by any of its names.
    pub fn provider_health(&self, name: &str) -> Option<ProviderHealth> {
        self.upstream_called(name).map(|upstream| self.health_entry(upstream))
    }

    /// The wall's clock, in seconds of Unix time.
    pub fn unix_seconds(&self) -> u64 {
        self.ambient().unix_seconds()
    }

    /// What is known of a provider's models: the configured one, then, where it is the active one, its list, and
    /// without either the one that it falls back to. `None` when nothing is known.
    pub async fn models_of(&self, provider: &ProviderEntry) -> Option<Vec<String>> {
        let mut models: Vec<String> = provider.model.clone().into_iter().collect();
        let upstream = self.upstream(provider.name)?;
        let listed = if provider.active {
            self.listed_models().await
        } else {
            Arc::new(upstream.configured_models().to_vec())
        };
        for model in listed.iter().filter(|model| provider.model.as_ref() != Some(model)) {
            models.push(model.clone());
        }
        let fallback = upstream.provider().default_model;
        if models.is_empty() && !fallback.is_empty() {
            models.push(fallback.to_owned());
        }
        (!models.is_empty()).then_some(models)
    }

    fn upstream_called(&self, name: &str) -> Option<&Upstream> {
        self.upstreams().find(|upstream| upstream.provider().is_called(name))
    }

    fn entry(&self, upstream: &Upstream) -> ProviderEntry {
        let provider = upstream.provider();
        ProviderEntry {
            name: provider.name,
            kind: provider.kind_name(),
            title: provider.title,
            aliases: provider.aliases,
            endpoint: upstream.shown_url(),
            dialects: upstream.dialects().collect(),
            model: upstream.configured_model().map(str::to_owned),
            has_key: upstream.has_key(),
            configured: upstream.is_configured(),
            active: provider.name == self.active().provider().name,
        }
    }

    fn health_entry(&self, upstream: &Upstream) -> ProviderHealth {
        let name = upstream.provider().name;
        ProviderHealth { name, total: self.health().of(name), models: self.health().of_models(name) }
    }
}
