//! Which provider answers, and why: what the configuration says, else what is found.

use std::collections::BTreeMap;

use lynkr_config::{Problem, Values};
use lynkr_http::Transport;
use lynkr_providers::{
    PROVIDERS, Provider, Step, Upstream, custom_providers, detection_order, provider_named, resolve_provider,
};

use crate::probe;

/// Why a provider was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// `MODEL_PROVIDER` names it.
    Named,
    /// It is set up, by the settings of these names.
    Configured(Vec<&'static str>),
    /// It answered on this machine, at this URL.
    Running(&'static str),
    /// Nothing else was found.
    Nothing,
}

/// The provider that answers, and the others that could be asked by name.
#[derive(Debug)]
pub struct Choice {
    /// The provider that answers.
    pub active: Upstream,
    /// Why.
    pub found: Found,
    /// The others that are usable.
    pub others: Vec<Upstream>,
    /// Why the remaining ones aren't, by name.
    pub unusable: BTreeMap<String, String>,
}

/// What is wrong with the providers' settings. Only the active provider's faults keep the gateway from starting.
pub(crate) fn problems(values: &Values) -> Vec<Problem> {
    let named = values.text("MODEL_PROVIDER");
    let custom = custom_providers(values);
    let mut problems = custom.problems;
    let active = match named.map(|name| resolve_provider(name, &custom.providers)) {
        Some(Ok(provider)) => Some(provider.name),
        Some(Err(problem)) => {
            problems.push(problem);
            None
        }
        None => None,
    };
    let embeds = match embeddings_provider(values, &custom.providers) {
        Ok(provider) => provider.map(|provider| provider.name),
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    for provider in all(&custom.providers) {
        let is_wanted = [active, embeds].contains(&Some(provider.name));
        match Upstream::from_values(provider, values) {
            Ok(upstream) => problems.extend(upstream.warnings().iter().cloned()),
            // A provider that nobody set up has nothing wrong with it.
            Err(found) if is_wanted || Upstream::configured(provider, values) => {
                problems.extend(found);
            }
            Err(_) => {}
        }
    }
    problems
}

/// The provider that `EMBEDDINGS_PROVIDER` names, or what is wrong with the name.
fn embeddings_provider(
    values: &Values,
    custom: &[&'static Provider],
) -> Result<Option<&'static Provider>, Problem> {
    const ENV: &str = "EMBEDDINGS_PROVIDER";
    let Some(name) = values.text(ENV) else { return Ok(None) };
    let named = |problem: Problem| match values.source(ENV) {
        Some(source) => Problem { key: ENV.into(), ..problem }.with_source(source),
        None => Problem { key: ENV.into(), ..problem },
    };
    let provider = resolve_provider(name, custom).map_err(named)?;
    if provider.embeddings.is_some() {
        return Ok(Some(provider));
    }
    let makers: Vec<&str> = all(custom).filter(|own| own.embeddings.is_some()).map(|own| own.name).collect();
    let problem = Problem::error(ENV, format!("is `{name}`, which makes no embeddings"));
    Err(named(problem.with_hint(format!("these do: {}", makers.join(", ")))))
}

/// Chooses. The settings must have no errors; what can't be used then is left out with its reason.
pub(crate) async fn choose(values: &Values, http: &dyn Transport) -> Result<Choice, Vec<Problem>> {
    let custom = custom_providers(values).providers;
    let (provider, found) = match values.text("MODEL_PROVIDER") {
        Some(name) => (resolve_provider(name, &custom).map_err(|problem| vec![problem])?, Found::Named),
        None => detect(values, &custom, http).await,
    };
    let active = with_version(Upstream::from_values(provider, values)?, http).await;
    let mut others = Vec::new();
    let mut unusable = BTreeMap::new();
    for other in all(&custom).filter(|other| other.name != provider.name) {
        match Upstream::from_values(other, values) {
            Ok(upstream) => others.push(upstream),
            Err(problems) => {
                let why: Vec<String> =
                    problems.iter().map(|problem| format!("{} {}", problem.key, problem.message)).collect();
                unusable.insert(other.name.to_owned(), why.join("; "));
            }
        }
    }
    Ok(Choice { active, found, others, unusable })
}

/// The built-in providers, and those that the operator gave names.
fn all(custom: &[&'static Provider]) -> impl Iterator<Item = &'static Provider> {
    PROVIDERS.iter().copied().chain(custom.iter().copied())
}

async fn detect(
    values: &Values,
    custom: &[&'static Provider],
    http: &dyn Transport,
) -> (&'static Provider, Found) {
    for detection in detection_order(custom) {
        let provider = detection.provider;
        match detection.step {
            Step::Configured if Upstream::configured(provider, values) => {
                return (provider, Found::Configured(names_set(provider, values)));
            }
            Step::Configured => {}
            Step::Local(local) => {
                if probe::proves(http, &local).await.is_some() {
                    return (provider, Found::Running(local.url));
                }
            }
        }
    }
    let builtin = provider_named("builtin").unwrap_or(PROVIDERS[0]);
    (builtin, Found::Nothing)
}

/// The provider's settings that somebody set.
fn names_set(provider: &Provider, values: &Values) -> Vec<&'static str> {
    let own_project = provider.project.and_then(|cloud| cloud.project_envs.first().copied());
    provider
        .key_envs()
        .chain(own_project)
        .chain(provider.endpoint_envs())
        .filter(|env| values.source(env).is_some_and(|source| *source != lynkr_config::Source::Default))
        .collect()
}

/// An Ollama server's version decides which dialects it speaks.
async fn with_version(upstream: Upstream, http: &dyn Transport) -> Upstream {
    if upstream.provider().kind_name() != "ollama" {
        return upstream;
    }
    match probe::ollama_version(http, &upstream.url_of("/api/version")).await {
        Some(version) => upstream.with_ollama_version(&version),
        None => upstream,
    }
}
