//! A provider as it is configured here.

mod read;

use lynkr_config::{ExposeSecret as _, Problem, SecretString, Source, Trust, Values};
use lynkr_protocol::Dialect;

use crate::base::Base;
use crate::credential::{self, Target};
use crate::endpoint::{Endpoint, Offer, Version};
use crate::ollama::{self, KeepAlive};
use crate::pattern;
use crate::provider::Provider;

/// A provider as it is configured here: endpoint, key, model, and what is known about the server.
#[derive(Debug, Clone)]
pub struct Upstream {
    pub(crate) provider: &'static Provider,
    pub(crate) base: Base,
    endpoint_source: Source,
    pub(crate) key: Option<SecretString>,
    model: Option<String>,
    pub(crate) key_headers: Vec<(&'static str, String)>,
    pub(crate) api_version: Option<String>,
    pub(crate) anthropic_version: Option<String>,
    max_concurrent: Option<usize>,
    reasoning_effort: Option<String>,
    version: Option<Version>,
    keep_alive: Option<KeepAlive>,
    tool_models: Vec<String>,
    warnings: Vec<Problem>,
}

/// What is known about a model and tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolSupport {
    /// It can call tools, or it can't.
    Known(bool),
    /// The server tells: this is posted as JSON, and [`reports_tools`](crate::reports_tools) reads the answer.
    Ask {
        /// The whole URL.
        url: String,
        /// The body.
        body: String,
    },
}

impl Upstream {
    /// Whether the user has set this provider up: a usable key, or an endpoint of its own.
    pub fn configured(provider: &Provider, values: &Values) -> bool {
        let has_endpoint = provider
            .endpoint_env
            .and_then(|env| values.source(env))
            .is_some_and(|source| *source != Source::Default);
        let has_key = provider
            .key_env
            .and_then(|env| values.secret(env))
            .is_some_and(|key| !credential::is_placeholder(key.expose_secret()));
        match (provider.default_base, provider.key_required) {
            // Each customer has a host of their own there, which is no use without a key.
            (None, true) => has_endpoint && has_key,
            // A key alone says nothing about where a server is that has no host of its own.
            _ => {
                has_endpoint
                    || (has_key && provider.default_base.is_some() && !provider.vendor_hosts.is_empty())
            }
        }
    }

    /// The same upstream with the version that an Ollama server reported, which decides whether it speaks
    /// Anthropic Messages. A text that isn't a version is not taken.
    #[must_use]
    pub fn with_ollama_version(mut self, version: &str) -> Self {
        self.version = Version::parse(version);
        self
    }

    /// The provider.
    pub const fn provider(&self) -> &'static Provider {
        self.provider
    }

    /// Where the API is, for people: no query, which may hold a key.
    pub fn shown_endpoint(&self) -> String {
        format!("{:?}", self.base)
    }

    /// The URL of a path below the API's root, for questions that are no model calls.
    pub fn url_of(&self, path: &str) -> String {
        self.base.url(path)
    }

    /// The host, in lower case; the builtin provider has none.
    pub fn host(&self) -> Option<&str> {
        self.base.host()
    }

    /// Whether the endpoint is the vendor's own.
    pub fn is_vendor(&self) -> bool {
        self.base.is_vendor(self.provider)
    }

    /// Whether a key is configured. Without one the caller's own may be passed on.
    pub const fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// The model that the user configured for this provider.
    pub fn configured_model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// The dialect that the endpoint is the full path of, if it is one's.
    pub fn pinned(&self) -> Option<Dialect> {
        self.base.pinned()
    }

    /// What was odd about the settings, though they can be used.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// How long Ollama is to keep the model loaded, if the user said so.
    pub const fn keep_alive(&self) -> Option<&KeepAlive> {
        self.keep_alive.as_ref()
    }

    /// How many requests may be under way at once, if the provider bears only so many.
    pub const fn max_concurrent(&self) -> Option<usize> {
        self.max_concurrent
    }

    /// The reasoning effort that the user configured for clients that ask for none.
    pub fn default_reasoning_effort(&self) -> Option<&str> {
        self.reasoning_effort.as_deref()
    }

    /// Whether a model can call tools. Only Ollama has models that are known not to.
    pub fn tool_capable(&self, model: &str) -> bool {
        self.provider.name != ollama::PROVIDER.name || ollama::tool_capable(model, &self.tool_models)
    }

    /// What is known about a model and tools. A name on no list is the server's to explain: without its tools a
    /// coding client is no use, so they aren't taken away on a guess.
    pub fn tool_support(&self, model: &str) -> ToolSupport {
        if self.provider.name != ollama::PROVIDER.name {
            return ToolSupport::Known(true);
        }
        match ollama::known_tool_capable(model, &self.tool_models) {
            Some(known) => ToolSupport::Known(known),
            None => ToolSupport::Ask {
                url: self.base.url(ollama::SHOW_PATH),
                body: serde_json::json!({"model": model}).to_string(),
            },
        }
    }

    /// The dialects that this upstream can be spoken to in, in order of preference.
    pub fn dialects(&self) -> impl Iterator<Item = Dialect> + '_ {
        self.spoken_for(None)
    }

    fn spoken_for<'a>(&'a self, model: Option<&'a str>) -> impl Iterator<Item = Dialect> + 'a {
        self.base
            .dialects()
            .iter()
            .filter(move |endpoint| self.offers(endpoint, model))
            .map(|endpoint| endpoint.dialect)
    }

    /// The dialect to speak for a client of `client` that is to be answered by `model`.
    ///
    /// A pinned endpoint decides; then a model that has only one; then the client's own dialect, so that
    /// nothing has to be translated; then the model's better one; then the provider's first.
    pub fn dialect_for(&self, client: Dialect, model: &str) -> Dialect {
        let quirks = &self.provider.quirks;
        let offers = |dialect| self.spoken_for(Some(model)).any(|own| own == dialect);
        let responses = Dialect::OpenAiResponses;
        if let Some(pinned) = self.pinned() {
            return pinned;
        }
        if offers(responses) && pattern::any_matches(quirks.responses_only, model) {
            return responses;
        }
        if offers(client) {
            return client;
        }
        if offers(responses) && pattern::any_matches(quirks.responses_preferred, model) {
            return responses;
        }
        self.spoken_for(Some(model)).next().unwrap_or(client)
    }

    /// Whether a dialect can be spoken, for one model or for any.
    pub(crate) fn offers(&self, endpoint: &Endpoint, model: Option<&str>) -> bool {
        match (self.pinned(), endpoint.offer) {
            (Some(pinned), _) => pinned == endpoint.dialect,
            (None, Offer::Always) => true,
            (None, Offer::WhenPinned) => false,
            (None, Offer::ForModels(patterns)) => {
                model.is_none_or(|model| pattern::any_matches(patterns, model))
            }
            (None, Offer::Since(version)) => self.version.is_some_and(|own| own >= version),
        }
    }

    pub(crate) fn target(&self) -> Target {
        let is_project = self.endpoint_source.trust() == Trust::Project;
        // A customer's host is the vendor's for the customer, but not for whoever wrote the project.
        if self.base.is_common_vendor(self.provider) || (self.is_vendor() && !is_project) {
            return Target::Vendor;
        }
        match &self.endpoint_source {
            _ if is_project => Target::Project,
            Source::Default => Target::Assumed,
            _ => Target::Operator,
        }
    }
}

#[cfg(test)]
mod tests;
