//! How a provider's settings are read, and what can be wrong with them.

use lynkr_config::{ExposeSecret as _, Problem, Source, Trust, Values};

use super::Upstream;
use crate::base::{BadBase, Base};
use crate::betas;
use crate::credential::{self, Target};
use crate::ollama::KeepAlive;
use crate::project;
use crate::provider::Provider;
use crate::region::{self, CloudRegions};
use crate::subscription;

impl Upstream {
    /// Reads a provider's settings. All that is wrong with them comes back at once.
    pub fn from_values(provider: &'static Provider, values: &Values) -> Result<Self, Vec<Problem>> {
        let endpoint = read_endpoint(provider, values).map_err(|problem| vec![problem])?;
        let mut upstream = Self::at(provider, endpoint, values)?;
        upstream.read_embeddings(values)?;
        Ok(upstream)
    }

    /// A provider's settings with an endpoint that is read already.
    pub(super) fn at(
        provider: &'static Provider,
        endpoint: Endpoint,
        values: &Values,
    ) -> Result<Self, Vec<Problem>> {
        let concurrent = provider.max_concurrent_env.map(|env| values.integer(env)).filter(|most| *most > 0);
        let effort = provider.reasoning_effort_env.and_then(|env| values.text(env));
        let mut upstream = Self {
            provider,
            base: endpoint.base,
            endpoint_source: endpoint.source,
            endpoint_env: endpoint.env,
            key: None,
            model: None,
            key_headers: Vec::new(),
            api_version: None,
            region: endpoint.region,
            anthropic_version: None,
            max_concurrent: concurrent.and_then(|most| usize::try_from(most).ok()),
            timeout: provider.timeout_env.map(|env| values.milliseconds(env)).filter(|time| !time.is_zero()),
            reasoning_effort: effort.map(str::to_owned),
            version: None,
            keep_alive: values.text("OLLAMA_KEEP_ALIVE").map(KeepAlive::parse),
            tool_models: values.list("OLLAMA_TOOL_MODELS").to_vec(),
            subscriptions: values.bool(subscription::SWITCH),
            allowed_betas: values.list(betas::ALLOWED).to_vec(),
            embeddings: super::embed::Place::default(),
            warnings: Vec::new(),
            configured: Self::configured(provider, values),
            models: Vec::new(),
            extra_headers: Vec::new(),
        };
        let mut problems = Vec::new();
        problems.extend(upstream.read_key(values).err());
        problems.extend(upstream.read_key_headers(values));
        problems.extend(upstream.read_versions(values).err());
        problems.extend(upstream.read_custom(values));
        upstream.read_model(values);
        if problems.is_empty() { Ok(upstream) } else { Err(problems) }
    }

    fn read_key(&mut self, values: &Values) -> Result<(), Problem> {
        // Keys under names that other programs use are not for a project of the customer's.
        let envs = self.provider.key_envs().take(if self.is_in_project() { 1 } else { usize::MAX });
        for env in envs {
            self.read_key_of(env, values)?;
            if self.key.is_some() {
                break;
            }
        }
        Ok(())
    }

    fn read_key_of(&mut self, env: &'static str, values: &Values) -> Result<(), Problem> {
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
        let endpoint_env = self.endpoint_env;
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

    fn read_versions(&mut self, values: &Values) -> Result<(), Problem> {
        self.api_version = read_version(self.provider.api_version_env, values)?;
        self.anthropic_version = read_version(self.provider.anthropic_version_env, values)?;
        Ok(())
    }

    /// What the endpoint's path names is the model, whatever the setting says. Else the setting, in which a
    /// client that shares the variable may have put its own short names, which the vendor doesn't know.
    fn read_model(&mut self, values: &Values) {
        let set = self.provider.model_env.and_then(|env| Some((env, values.text(env)?)));
        if let Some(named) = self.base.model() {
            let named = named.to_owned();
            if let Some((env, _)) = set.filter(|(_, model)| *model != named) {
                self.warn(env, format!("has no effect: the endpoint's path says `{named}`"), values);
            }
            self.model = Some(named);
            return;
        }
        let Some((env, model)) = set else {
            self.model = self.models.first().cloned();
            return;
        };
        if self.is_vendor() && self.provider.families_complete && !self.has_family(model) {
            let title = self.provider.title;
            let message = format!("names `{model}`, which is no model of {title}, and has no effect");
            self.warn(env, message, values);
            return;
        }
        self.model = Some(self.provider.quirks.spelled(model.to_owned()));
    }

    fn warn(&mut self, env: &'static str, message: String, values: &Values) {
        let problem = Problem::warning(env, message);
        self.warnings.push(match values.source(env) {
            Some(source) => problem.with_source(source),
            None => problem,
        });
    }
}

/// A version for a query or a header.
fn read_version(env: Option<&'static str>, values: &Values) -> Result<Option<String>, Problem> {
    let Some((env, version)) = env.and_then(|env| Some((env, values.text(env)?))) else { return Ok(None) };
    let is_clean = version.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    if is_clean && !version.is_empty() {
        return Ok(Some(version.to_owned()));
    }
    Err(Problem::error(env, "is no version: only letters, digits, `-` and `.` can stand in one"))
}

/// Where the API is, and who says so.
pub(in crate::upstream) struct Endpoint {
    pub(in crate::upstream) base: Base,
    pub(in crate::upstream) source: Source,
    /// The setting that said it.
    pub(in crate::upstream) env: &'static str,
    /// The cloud region that it is in, where the provider has regions.
    pub(in crate::upstream) region: Option<String>,
}

fn read_endpoint(provider: &'static Provider, values: &Values) -> Result<Endpoint, Problem> {
    let is_set = |env: &&str| values.source(env).is_some_and(|source| *source != Source::Default);
    let set = provider.endpoint_envs().find(is_set).or(provider.endpoint_env);
    let env = set.unwrap_or(provider.name);
    let configured = set.and_then(|env| values.text(env));
    let source = set.and_then(|env| values.source(env)).cloned().unwrap_or(Source::Default);
    if let Some(endpoint) = read_project(provider, values, configured.filter(|_| source != Source::Default))?
    {
        return Ok(endpoint);
    }
    if let Some(cloud) = provider.regions {
        let configured = configured.filter(|_| source != Source::Default);
        return read_in_region(provider, values, &cloud, configured.map(|text| (env, text, source)));
    }
    let Some(text) = configured.or(provider.default_base) else {
        return Err(Problem::error(env, format!("must be set for the provider {}", provider.name))
            .with_hint(format!("give the server's URL, such as {}", provider.endpoint_example)));
    };
    let text = match read_path(provider, values)? {
        Some(path) => format!("{}{path}", text.trim_end_matches('/')),
        None => text.to_owned(),
    };
    let base = parse_base(provider, &text, env, &source)?;
    Ok(Endpoint { base, source, env, region: None })
}

/// The configured endpoint, or the region's own host. Which region it is changes nothing about whose host it is.
fn read_in_region(
    provider: &'static Provider,
    values: &Values,
    cloud: &CloudRegions,
    configured: Option<(&'static str, &str, Source)>,
) -> Result<Endpoint, Problem> {
    if let Some((env, text, source)) = configured {
        let base = parse_base(provider, text, env, &source)?;
        let region = region::read(provider, values, base.host())?;
        return Ok(Endpoint { base, source, env, region });
    }
    let region = region::read(provider, values, None)?;
    let env = provider.endpoint_env.unwrap_or(provider.name);
    let host = region.as_deref().map(|region| cloud.host(region)).unwrap_or_default();
    let base = parse_base(provider, &host, env, &Source::Default)?;
    Ok(Endpoint { base, source: Source::Default, env, region })
}

/// The endpoint below a customer's project, where the settings name one and the endpoint doesn't.
fn read_project(
    provider: &'static Provider,
    values: &Values,
    endpoint: Option<&str>,
) -> Result<Option<Endpoint>, Problem> {
    let marker = provider.project.map_or("", |cloud| cloud.marker);
    if endpoint.is_some_and(|endpoint| endpoint.contains(marker)) {
        return Ok(None);
    }
    let Some(place) = project::read(provider, values)? else { return Ok(None) };
    let endpoint_source = provider.endpoint_env.and_then(|env| values.source(env)).cloned();
    let said_by_project = endpoint_source.filter(|source| source.trust() == Trust::Project);
    let env = match (&said_by_project, provider.endpoint_env) {
        (Some(_), Some(env)) => env,
        _ => place.env,
    };
    let base = parse_base(provider, &place.base(endpoint), env, &place.source)?;
    let source = said_by_project.unwrap_or(place.source);
    Ok(Some(Endpoint { base, source, env, region: None }))
}

fn parse_base(
    provider: &'static Provider,
    text: &str,
    env: &'static str,
    source: &Source,
) -> Result<Base, Problem> {
    Base::parse(provider, text).map_err(|bad| {
        let problem = match bad {
            BadBase::NotUrl => Problem::error(env, "is not a URL"),
            BadBase::OtherDialect(dialect) => Problem::error(
                env,
                format!("is the full path of the dialect {dialect}, which {} doesn't speak", provider.name),
            )
            .with_hint("give the base URL, or use openai-compatible or anthropic-compatible"),
        };
        problem.with_source(source)
    })
}

/// The path below the endpoint. It begins with a slash, so that it can't become part of the host.
fn read_path<'a>(provider: &Provider, values: &'a Values) -> Result<Option<&'a str>, Problem> {
    let Some(env) = provider.endpoint_path_env else { return Ok(None) };
    match values.text(env) {
        Some(path) if path.starts_with('/') => Ok(Some(path)),
        Some(_) => Err(Problem::error(env, "must begin with a slash").with_hint(
            "give the path only, such as /serving-endpoints/databricks-claude-sonnet-4-5/invocations",
        )),
        None => Ok(None),
    }
}
