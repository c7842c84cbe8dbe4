//! A provider that is reached through a customer's project of a cloud: the URL names project and location.

use lynkr_config::{ExposeSecret as _, Problem, Source, Trust, Values};

use crate::credential;
use crate::pattern;
use crate::provider::Provider;

/// What stands for the project and the location in a URL.
const PLACEHOLDERS: (&str, &str) = ("{project}", "{location}");

/// How a provider is reached through a customer's project of a cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloudProject {
    /// The marker of the layout that is spoken there; an endpoint that holds it names its project itself.
    pub marker: &'static str,
    /// The settings that hold the project. The first is the provider's own and always decides; the rest are names
    /// that other programs use as well, which count where no key is configured.
    pub project_envs: &'static [&'static str],
    /// The settings that hold the location, the first that is set counts.
    pub location_envs: &'static [&'static str],
    /// The location when none is set.
    pub default_location: &'static str,
    /// The hosts of locations, first match first; `{location}` stands for the location.
    pub hosts: &'static [(&'static str, &'static str)],
    /// The path below the host, with `{project}` and `{location}`.
    pub path: &'static str,
}

/// A project and where it is reached.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The location's own host, as a URL.
    pub(crate) host: String,
    /// The path of the project, from its slash.
    pub(crate) path: String,
    /// The setting that named the project.
    pub(crate) env: &'static str,
    /// Where that setting came from; a project's file that says the location says the place.
    pub(crate) source: Source,
}

impl Place {
    /// The base URL, below another host if one is configured.
    pub(crate) fn base(&self, endpoint: Option<&str>) -> String {
        let host = endpoint.map_or(self.host.as_str(), |endpoint| {
            let endpoint = endpoint.trim_end_matches('/');
            // The version is the path's.
            endpoint.strip_suffix("/v1").unwrap_or(endpoint)
        });
        format!("{host}{}", self.path)
    }
}

/// Whether the provider's own setting names a project.
pub(crate) fn is_set(provider: &Provider, values: &Values) -> bool {
    let own = provider.project.and_then(|cloud| cloud.project_envs.first().copied());
    own.is_some_and(|env| values.text(env).is_some())
}

/// The project that the settings name, if they do and the provider is meant to be reached through it.
pub(crate) fn read(provider: &Provider, values: &Values) -> Result<Option<Place>, Problem> {
    let Some(cloud) = provider.project else { return Ok(None) };
    let has_key = provider.key_envs().any(|env| {
        let key = values.secret(env);
        key.is_some_and(|key| !credential::is_placeholder(key.expose_secret()))
    });
    let envs = if has_key { cloud.project_envs.get(..1).unwrap_or_default() } else { cloud.project_envs };
    let Some((env, project)) = first_set(envs, values) else { return Ok(None) };
    let (location_env, location) = match first_set(cloud.location_envs, values) {
        Some((env, location)) => (Some(env), location),
        None => (None, cloud.default_location),
    };
    // A project of an organisation's own domain is written `example.com:name`.
    check(env, project, "a project's id", |byte| matches!(byte, b'-' | b'_' | b'.' | b':'))?;
    if let Some(env) = location_env {
        check(env, location, "a location", |byte| byte == b'-')?;
    }
    let host = cloud.hosts.iter().find(|(pattern, _)| pattern::matches(pattern, location));
    let fill = |text: &str| text.replace(PLACEHOLDERS.0, project).replace(PLACEHOLDERS.1, location);
    let source = |env: &str| values.source(env).cloned().unwrap_or(Source::Default);
    let said_by_project = location_env.map(source).filter(|source| source.trust() == Trust::Project);
    Ok(Some(Place {
        host: fill(host.map_or("", |(_, host)| host)),
        path: fill(cloud.path),
        env,
        source: said_by_project.unwrap_or_else(|| source(env)),
    }))
}

fn first_set<'a>(envs: &[&'static str], values: &'a Values) -> Option<(&'static str, &'a str)> {
    envs.iter().find_map(|env| Some((*env, values.text(env)?)))
}

/// What becomes part of a URL must not be able to change the rest of it.
fn check(env: &str, text: &str, what: &str, also: impl Fn(u8) -> bool) -> Result<(), Problem> {
    let is_clean = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || also(byte));
    let only_dots = text.bytes().all(|byte| byte == b'.');
    if is_clean && !only_dots { Ok(()) } else { Err(Problem::error(env, format!("is not {what}"))) }
}
