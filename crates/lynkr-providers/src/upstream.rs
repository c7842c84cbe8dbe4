//! A provider as it is configured here.

mod embed;
mod named;
mod read;

use std::borrow::Cow;
use std::time::Duration;

use lynkr_config::{ExposeSecret as _, Problem, SecretString, Source, Trust, Values};
use lynkr_protocol::Dialect;

use crate::base::Base;
use crate::credential::{self, AmbientCredential, Target};
use crate::endpoint::{Endpoint, Offer, Version};
use crate::envelope::Envelope;
use crate::ollama::{self, KeepAlive};
use crate::pattern;
use crate::project;
use crate::provider::{AuthScheme, Names, Provider};
use crate::quirks;

/// A provider as it is configured here: endpoint, key, model, and what is known about the server.
#[derive(Debug, Clone)]
pub struct Upstream {
    pub(crate) provider: &'static Provider,
    pub(crate) base: Base,
    endpoint_source: Source,
    /// The setting that says where the API is.
    endpoint_env: &'static str,
    pub(crate) key: Option<SecretString>,
    model: Option<String>,
    pub(crate) key_headers: Vec<(&'static str, String)>,
    pub(crate) api_version: Option<String>,
    /// The cloud region that the endpoint is in, where the provider has regions.
    pub(crate) region: Option<String>,
    pub(crate) anthropic_version: Option<String>,
    max_concurrent: Option<usize>,
    timeout: Option<Duration>,
    reasoning_effort: Option<String>,
    version: Option<Version>,
    keep_alive: Option<KeepAlive>,
    tool_models: Vec<String>,
    /// Whether subscription tokens of official clients pass.
    pub(crate) subscriptions: bool,
    /// Betas that the operator vouches for, where a cloud takes only some.
    pub(crate) allowed_betas: Vec<String>,
    embeddings: embed::Place,
    warnings: Vec<Problem>,
    configured: bool,
    /// The models that it has, where the operator said so.
    models: Vec<String>,
    /// Headers that the operator wants on every request; their values may be credentials.
    pub(crate) extra_headers: Vec<(String, SecretString)>,
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
        // Whoever gives a provider a name wants it.
        if provider.kind.is_some() {
            return true;
        }
        let has_endpoint = provider
            .endpoint_envs()
            .filter_map(|env| values.source(env))
            .any(|source| *source != Source::Default);
        let has_key = provider
            .key_envs()
            .filter_map(|env| values.secret(env))
            .any(|key| !credential::is_placeholder(key.expose_secret()));
        match (provider.default_base, provider.key_required) {
            // Each customer has a host of their own there, which is no use without a key.
            (None, true) => has_endpoint && has_key,
            // A key alone says nothing about where a server is that has no host of its own.
            _ => {
                has_endpoint
                    || project::is_set(provider, values)
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

    /// Where the API is, as a URL without a query, which may hold a key. The builtin provider is nowhere.
    pub fn shown_url(&self) -> Option<String> {
        self.host().map(|_| self.base.shown_url())
    }

    /// The URL of a path below the API's root, for questions that are no model calls.
    pub fn url_of(&self, path: &str) -> String {
        self.base.url(path)
    }

    /// The host, in lower case; the builtin provider has none.
    pub fn host(&self) -> Option<&str> {
        self.base.host()
    }

    /// Whether the user has set it up, rather than that it can be used with a caller's own key or as it comes.
    pub const fn is_configured(&self) -> bool {
        self.configured
    }

    /// Betas that the operator vouches for, where a cloud takes only some; see [`map_betas`](crate::map_betas).
    pub fn allowed_betas(&self) -> &[String] {
        &self.allowed_betas
    }

    /// Whether the endpoint is the vendor's own.
    pub fn is_vendor(&self) -> bool {
        self.base.is_vendor(self.provider)
    }

    /// Whether the endpoint is a project of a customer's, which is reached with the customer's credentials only.
    pub(crate) fn is_in_project(&self) -> bool {
        let cloud = self.provider.project.map(|cloud| cloud.marker);
        cloud.is_some() && self.base.marker() == cloud
    }

    fn names(&self) -> Option<&'static Names> {
        self.provider.names.iter().find(|names| Some(names.marker) == self.base.marker())
    }

    /// Whether a model name begins as those of this part of the vendor's API do.
    pub(crate) fn has_family(&self, model: &str) -> bool {
        let families = self.names().map_or(self.provider.families, |names| names.families);
        let siblings = self.names().map_or(&[][..], |names| names.siblings);
        let is_sibling = |family: &&str| {
            model.starts_with(family) && self.model.as_deref().is_none_or(|own| own.starts_with(family))
        };
        families.iter().any(|family| model.starts_with(family)) || siblings.iter().any(is_sibling)
    }

    /// What another vendor's model name becomes here, if there is a counterpart.
    pub(crate) fn counterpart<'a>(&self, model: &'a str) -> Option<Cow<'a, str>> {
        let own = match self.names() {
            Some(names) => quirks::counterpart(names.model_map, model),
            None => self.provider.quirks.counterpart(model),
        };
        match (self.provider.regions, &self.region) {
            (Some(cloud), Some(region)) => own.map(|own| cloud.profile(region, &own).into()),
            _ => own,
        }
    }

    /// Whether a key is configured. Without one the caller's own may be passed on.
    pub const fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// The model that the user configured for this provider.
    pub fn configured_model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// The models that it has, where the operator said so.
    pub fn configured_models(&self) -> &[String] {
        &self.models
    }

    /// The dialect that the endpoint is the full path of, if it is one's.
    pub fn pinned(&self) -> Option<Dialect> {
        self.base.pinned()
    }

    /// Whether Claude Code's billing line means something to whoever answers: Anthropic and the clouds read it of
    /// requests for Claude, wherever those are served.
    pub fn reads_billing_line(&self, model: &str) -> bool {
        let claude = |name: &str| name.to_ascii_lowercase().contains("claude");
        self.provider.families.iter().any(|family| claude(family)) || claude(model)
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

    /// How long it may take to begin its answer, and for the whole of one that isn't streamed, if the user said so.
    pub const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// The reasoning effort that the user configured for clients that ask for none.
    pub fn default_reasoning_effort(&self) -> Option<&str> {
        self.reasoning_effort.as_deref()
    }

    /// Whether it wants a key and none is configured: then only callers that bring one reach it.
    pub fn lacks_key(&self) -> bool {
        self.provider.key_required && !self.has_key() && self.ambient_credential().is_none()
    }

    /// The model that is asked for where nobody names one: the configured one, the counterpart of the one that the client
    /// asked for, else the built-in default.
    pub fn own_model(&self, asked: &str) -> String {
        let counterpart = self.counterpart(asked);
        self.configured_model().or(counterpart.as_deref()).unwrap_or(self.provider.default_model).to_owned()
    }

    /// A model's name as the provider spells it.
    pub fn spelled(&self, model: &str) -> String {
        self.provider.quirks.spelled(model.to_owned())
    }

    /// Whether a model can call tools. Only Ollama has models that are known not to.
    pub fn tool_capable(&self, model: &str) -> bool {
        self.provider.kind_name() != ollama::PROVIDER.name || ollama::tool_capable(model, &self.tool_models)
    }

    /// What is known about a model and tools. A name on no list is the server's to explain: without its tools a
    /// coding client is no use, so they aren't taken away on a guess.
    pub fn tool_support(&self, model: &str) -> ToolSupport {
        if self.provider.kind_name() != ollama::PROVIDER.name {
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

    /// What the machine's own credentials are asked for, where no key is configured. They are the operator's: what
    /// a project's file says about the endpoint is never joined with them.
    pub(crate) fn ambient_credential(&self) -> Option<AmbientCredential> {
        let trusted = matches!(self.target(), Target::Vendor | Target::Operator);
        match self.provider.auth {
            AuthScheme::Aws if trusted => {
                let (region, cloud) = (self.region.clone()?, self.provider.regions?);
                Some(AmbientCredential::AwsSigV4 { region, service: cloud.service })
            }
            AuthScheme::Google if trusted && self.is_in_project() => Some(AmbientCredential::GoogleToken),
            _ => None,
        }
    }

    /// What is wrapped around a dialect for a model, if anything.
    pub fn envelope(&self, dialect: Dialect, model: &str) -> Option<&'static Envelope> {
        self.base.endpoint(dialect).filter(|endpoint| self.offers(endpoint, Some(model)))?.envelope
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
            (None, Offer::ExceptModels(patterns)) => {
                model.is_none_or(|model| !pattern::any_matches(patterns, model))
            }
            (None, Offer::Since(version)) => self.version.is_some_and(|own| own >= version),
        }
    }

    pub(crate) fn target(&self) -> Target {
        let is_project = self.endpoint_source.trust() == Trust::Project;
        // A customer's host is the vendor's for the customer, but not for whoever wrote the project.
        let is_common = self.base.is_common_vendor(self.provider) && !self.is_in_project();
        if is_common || (self.is_vendor() && !is_project) {
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
