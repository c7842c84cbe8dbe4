//! A provider as it is configured here.

use lynkr_config::{ExposeSecret as _, Problem, SecretString, Source, Trust, Values};
use lynkr_protocol::Dialect;

use crate::base::{BadBase, Base};
use crate::credential::{self, Target};
use crate::ollama::{self, KeepAlive};
use crate::pattern;
use crate::provider::{Endpoint, Offer, Provider, Version};

/// A provider as it is configured here: endpoint, key, model, and what is known about the server.
#[derive(Debug, Clone)]
pub struct Upstream {
    pub(crate) provider: &'static Provider,
    pub(crate) base: Base,
    endpoint_source: Source,
    pub(crate) key: Option<SecretString>,
    model: Option<String>,
    pub(crate) key_headers: Vec<(&'static str, String)>,
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
    /// Reads a provider's settings. All that is wrong with them comes back at once.
    pub fn from_values(provider: &'static Provider, values: &Values) -> Result<Self, Vec<Problem>> {
        let (base, endpoint_source) = read_endpoint(provider, values).map_err(|problem| vec![problem])?;
        let mut upstream = Self {
            provider,
            base,
            endpoint_source,
            key: None,
            model: None,
            key_headers: Vec::new(),
            version: None,
            keep_alive: values.text("OLLAMA_KEEP_ALIVE").map(KeepAlive::parse),
            tool_models: values.list("OLLAMA_TOOL_MODELS").to_vec(),
            warnings: Vec::new(),
        };
        let mut problems = Vec::new();
        problems.extend(upstream.read_key(values).err());
        problems.extend(upstream.read_key_headers(values));
        upstream.read_model(values);
        if problems.is_empty() { Ok(upstream) } else { Err(problems) }
    }

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
        // A key alone says nothing about where a server is that has no host of its own.
        has_endpoint || (has_key && !provider.vendor_hosts.is_empty())
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
        self.provider
            .dialects
            .iter()
            .filter(|endpoint| self.offers(endpoint))
            .map(|endpoint| endpoint.dialect)
    }

    /// The dialect to speak for a client of `client` that is to be answered by `model`.
    ///
    /// A pinned endpoint decides; then a model that has only one; then the client's own dialect, so that
    /// nothing has to be translated; then the model's better one; then the provider's first.
    pub fn dialect_for(&self, client: Dialect, model: &str) -> Dialect {
        let quirks = &self.provider.quirks;
        let offers = |dialect| self.dialects().any(|own| own == dialect);
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
        self.dialects().next().unwrap_or(client)
    }

    pub(crate) fn offers(&self, endpoint: &Endpoint) -> bool {
        match (self.pinned(), endpoint.offer) {
            (Some(pinned), _) => pinned == endpoint.dialect,
            (None, Offer::Always) => true,
            (None, Offer::WhenPinned) => false,
            (None, Offer::Since(version)) => self.version.is_some_and(|own| own >= version),
        }
    }

    pub(crate) fn target(&self) -> Target {
        if self.is_vendor() {
            return Target::Vendor;
        }
        match (self.endpoint_source.trust(), &self.endpoint_source) {
            (Trust::Project, _) => Target::Project,
            (Trust::Operator, Source::Default) => Target::Assumed,
            (Trust::Operator, _) => Target::Operator,
        }
    }

    fn read_key(&mut self, values: &Values) -> Result<(), Problem> {
        let Some(env) = self.provider.key_env else { return Ok(()) };
        let (Some(key), Some(source)) = (values.secret(env), values.source(env)) else { return Ok(()) };
        if credential::is_subscription(key.expose_secret()) {
            return Err(Problem::error(
                env,
                "is a subscription token, which only the official client may use",
            )
            .with_source(source)
            .with_hint("unset it and log in with the client: its own token is passed on to its vendor"));
        }
        if self.is_vendor() && credential::is_placeholder(key.expose_secret()) {
            self.warnings.push(
                Problem::warning(env, "is a placeholder and is not sent to the vendor").with_source(source),
            );
            return Ok(());
        }
        if self.target() == Target::Project && *source != self.endpoint_source {
            return Err(self.mixed_sources(env, source));
        }
        self.key = Some(key.clone());
        Ok(())
    }

    /// A cloned project's `.env` must not be able to send the operator's key to a host of its choice.
    fn mixed_sources(&self, key_env: &str, key_source: &Source) -> Problem {
        let endpoint_env = self.provider.endpoint_env.unwrap_or(self.provider.name);
        let message = format!(
            "comes from the project's own file, but {key_env} comes from elsewhere ({key_source}); the key \
             is not sent to that endpoint"
        );
        Problem::error(endpoint_env, message).with_source(&self.endpoint_source).with_hint(format!(
            "if you trust the endpoint, set {endpoint_env} in the environment or in your own configuration \
             folder; else remove it, or put a key for it into the same file"
        ))
    }

    fn read_key_headers(&mut self, values: &Values) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (env, header) in self.provider.header_settings {
            match values.text(env) {
                Some(value) if value.bytes().all(|byte| byte.is_ascii_graphic()) => {
                    self.key_headers.push((header, value.to_owned()));
                }
                Some(_) => {
                    problems.push(Problem::error(*env, "holds a character that can't stand in a header"));
                }
                None => {}
            }
        }
        problems
    }

    /// A client may share the variable and write its own short names into it, which the vendor doesn't know.
    fn read_model(&mut self, values: &Values) {
        let Some(env) = self.provider.model_env else { return };
        let Some(model) = values.text(env) else { return };
        if self.is_vendor() && self.provider.families_complete && !self.provider.has_family(model) {
            let problem = Problem::warning(
                env,
                format!("names `{model}`, which is no model of {}, and has no effect", self.provider.title),
            );
            self.warnings.push(match values.source(env) {
                Some(source) => problem.with_source(source),
                None => problem,
            });
            return;
        }
        self.model = Some(model.to_owned());
    }
}

fn read_endpoint(provider: &'static Provider, values: &Values) -> Result<(Base, Source), Problem> {
    let env = provider.endpoint_env.unwrap_or(provider.name);
    let configured = provider.endpoint_env.and_then(|env| values.text(env));
    let source = provider.endpoint_env.and_then(|env| values.source(env)).cloned().unwrap_or(Source::Default);
    let Some(text) = configured.or(provider.default_base) else {
        return Err(Problem::error(env, format!("must be set for the provider {}", provider.name))
            .with_hint("give the server's base URL, such as http://127.0.0.1:8000/v1"));
    };
    let base = Base::parse(provider, text).map_err(|bad| {
        let problem = match bad {
            BadBase::NotUrl => Problem::error(env, "is not a URL"),
            BadBase::OtherDialect(dialect) => Problem::error(
                env,
                format!("is the full path of the dialect {dialect}, which {} doesn't speak", provider.name),
            )
            .with_hint("give the base URL, or use openai-compatible or anthropic-compatible"),
        };
        problem.with_source(&source)
    })?;
    Ok((base, source))
}

#[cfg(test)]
mod tests;
