//! Where a provider's API is, from whatever form of URL the user wrote: the host, the base with or without
//! its version, or the full path of one dialect.

use std::fmt;

use lynkr_protocol::Dialect;
use url::Url;

use crate::endpoint::Endpoint;
use crate::pattern;
use crate::provider::Provider;
use crate::template;

/// How the full path of each dialect ends, and so how a pinned endpoint is recognised.
const ENDINGS: &[(&str, Dialect)] = &[
    ("/chat/completions", Dialect::OpenAiChat),
    ("/invocations", Dialect::OpenAiChat),
    ("/responses", Dialect::OpenAiResponses),
    ("/messages", Dialect::Anthropic),
    ("/api/chat", Dialect::Ollama),
];

/// Where a provider's API is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Base {
    /// Everything before the version: `https://openrouter.ai/api`.
    root: String,
    /// The version segment that stands in for `/v1`, if the endpoint has another one.
    version: Option<String>,
    /// The one dialect that the endpoint is the full path of.
    pinned: Option<Dialect>,
    /// That full path as it was written, unless it names a model.
    whole: Option<String>,
    /// The model that the endpoint's path names.
    model: Option<String>,
    /// The query that every request carries, without its question mark.
    query: Option<String>,
    /// The host, in lower case; `None` for the builtin provider.
    host: Option<String>,
    /// Whether the endpoint is `https` on its usual port.
    is_public_https: bool,
    /// The dialects that this part of the provider's API speaks.
    dialects: &'static [Endpoint],
    /// Where this part lists its models.
    models_path: Option<&'static str>,
    /// The marker of this part, unless it is the provider's whole API.
    marker: Option<&'static str>,
}

/// Why an endpoint can't be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BadBase {
    /// It is no URL.
    NotUrl,
    /// It is the full path of a dialect that the provider doesn't speak.
    OtherDialect(Dialect),
}

impl Base {
    pub(crate) fn parse(provider: &Provider, text: &str) -> Result<Self, BadBase> {
        let mut base = Self {
            root: text.to_owned(),
            version: None,
            pinned: None,
            whole: None,
            model: None,
            query: None,
            host: None,
            is_public_https: false,
            dialects: provider.dialects,
            models_path: provider.models_path,
            marker: None,
        };
        if text == "builtin:" {
            return Ok(base);
        }
        let url = Url::parse(text).map_err(|_| BadBase::NotUrl)?;
        let host = url.host_str().ok_or(BadBase::NotUrl)?.to_ascii_lowercase();
        let path = url.path().trim_end_matches('/');
        let place = format!("{host}{path}");
        if let Some(layout) = provider.layouts.iter().find(|layout| place.contains(layout.marker)) {
            base.dialects = layout.dialects;
            base.models_path = layout.models_path;
            base.marker = Some(layout.marker);
        }
        base.is_public_https = url.scheme() == "https" && url.port().is_none();
        base.query = url.query().filter(|query| !query.is_empty()).map(str::to_owned);
        base.host = Some(host);
        base.read_path(&url.origin().ascii_serialization(), path)?;
        Ok(base)
    }

    fn read_path(&mut self, origin: &str, path: &str) -> Result<(), BadBase> {
        let named = self.dialects.iter().find_map(|own| Some((own.dialect, template::read(own.path, path)?)));
        if let Some((dialect, named)) = named {
            self.root = format!("{origin}{}", named.root);
            self.pinned = Some(dialect);
            self.model = Some(named.model.to_owned());
            return Ok(());
        }
        let pinned = pinned_dialect(self.dialects, path)?;
        let base_path = match pinned {
            Some((_, ending)) => path.strip_suffix(ending).unwrap_or(path),
            None => path,
        };
        let (root, version) = split_version(self.dialects, base_path);
        self.root = format!("{origin}{root}");
        self.version = version;
        self.pinned = pinned.map(|(dialect, _)| dialect);
        self.whole = pinned.map(|_| format!("{origin}{path}"));
        Ok(())
    }

    /// The endpoint as a URL that can be shown: without its query, which may hold a key.
    pub(crate) fn shown_url(&self) -> String {
        let base = || format!("{}{}", self.root, self.version.as_deref().unwrap_or(""));
        self.whole.clone().unwrap_or_else(base)
    }

    /// The dialect that the endpoint is the full path of, if it is one's.
    pub(crate) const fn pinned(&self) -> Option<Dialect> {
        self.pinned
    }

    /// The dialects that this part of the provider's API speaks, in order of preference.
    pub(crate) const fn dialects(&self) -> &'static [Endpoint] {
        self.dialects
    }

    /// Where a dialect is spoken here, if it is at all.
    pub(crate) fn endpoint(&self, dialect: Dialect) -> Option<&'static Endpoint> {
        self.dialects.iter().find(|endpoint| endpoint.dialect == dialect)
    }

    /// Where the models are listed, if they are.
    pub(crate) const fn models_path(&self) -> Option<&'static str> {
        self.models_path
    }

    /// The marker of the part of the provider's API that the endpoint is of, if it is of one.
    pub(crate) const fn marker(&self) -> Option<&'static str> {
        self.marker
    }

    /// The model that the endpoint's path names.
    pub(crate) fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Whether this is the vendor's own API, reached safely.
    pub(crate) fn is_vendor(&self, provider: &Provider) -> bool {
        self.is_public_https
            && self.host.as_deref().is_some_and(|host| pattern::any_matches(provider.vendor_hosts, host))
    }

    /// Whether this is the vendor's own API and nobody else's: not a host that carries a customer's name.
    pub(crate) fn is_common_vendor(&self, provider: &Provider) -> bool {
        self.is_public_https && self.host.as_deref().is_some_and(|host| provider.vendor_hosts.contains(&host))
    }

    pub(crate) fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    pub(crate) fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// The URL of a dialect's endpoint, without a query.
    pub(crate) fn dialect_url(&self, dialect: Dialect, path: &str, model: &str) -> String {
        match &self.whole {
            Some(url) if self.pinned == Some(dialect) => url.clone(),
            _ => template::fill(&self.url(path), model),
        }
    }

    /// The URL of a path below the root, without a query. A version at its start is replaced by the endpoint's
    /// own.
    pub(crate) fn url(&self, path: &str) -> String {
        let rest = path.strip_prefix('/').and_then(|path| path.split_once('/'));
        match (&self.version, rest) {
            (Some(version), Some((first, rest))) if is_version(first) => {
                format!("{}{version}/{rest}", self.root)
            }
            _ => format!("{}{path}", self.root),
        }
    }
}

/// Shows where the API is, but not the query, which may hold a key.
impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.version.as_deref().unwrap_or("");
        write!(f, "{}{version}", self.root)?;
        match self.pinned() {
            Some(dialect) => write!(f, " (pinned to {dialect})"),
            None => Ok(()),
        }
    }
}

/// The dialect that a path ends as, with that ending.
fn pinned_dialect(dialects: &[Endpoint], path: &str) -> Result<Option<(Dialect, &'static str)>, BadBase> {
    let found = ENDINGS.iter().find(|(ending, _)| path.ends_with(ending));
    match found {
        Some((_, dialect)) if dialects.iter().all(|own| own.dialect != *dialect) => {
            Err(BadBase::OtherDialect(*dialect))
        }
        Some((ending, dialect)) => Ok(Some((*dialect, ending))),
        None => Ok(None),
    }
}

/// Splits what the provider's paths begin with (`/v1`, and `/api` for Ollama) off the end of a path; another
/// version (`/v4`, `/v1beta`) is split off and kept.
fn split_version<'a>(dialects: &[Endpoint], path: &'a str) -> (&'a str, Option<String>) {
    let starts = dialects.iter().filter_map(|endpoint| endpoint.path.split('/').nth(1));
    for start in starts {
        if let Some(root) = path.strip_suffix(start).and_then(|root| root.strip_suffix('/')) {
            return (root, None);
        }
    }
    match path.rsplit_once('/') {
        Some((root, last)) if is_version(last) => (root, Some(format!("/{last}"))),
        _ => (path, None),
    }
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests;
