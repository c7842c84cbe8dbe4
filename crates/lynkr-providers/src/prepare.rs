//! From a call to the request that goes up, apart from its body.

use std::fmt;

use lynkr_protocol::Dialect;
use lynkr_types::{Blame, Fault, FaultKind, Retry};

use crate::credential::{self, CallerCredential, Credential, Origin, Target, Withheld};
use crate::endpoint::Endpoint;
use crate::headers::{ACCOUNT_NAMES, forward_headers};
use crate::provider::Provider;
use crate::query::{key_of, with_query};
use crate::registry::provider_named;
use crate::upstream::Upstream;

/// The version that is asked for when the client didn't say which.
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// The query key of Azure's API versions.
const API_VERSION: &str = "api-version";

/// What is asked of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// An answer of a model.
    Generate,
    /// How many tokens a request has.
    CountTokens,
    /// Which models there are.
    ListModels,
}

impl Operation {
    const fn name(self) -> &'static str {
        match self {
            Self::Generate => "answers",
            Self::CountTokens => "token counts",
            Self::ListModels => "model lists",
        }
    }
}

/// One call of a provider.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// What is asked.
    pub operation: Operation,
    /// The dialect that the client speaks.
    pub client: Dialect,
    /// The dialect that the provider is spoken to in; see [`Upstream::dialect_for`].
    pub upstream: Dialect,
    /// The model that goes up.
    pub model: &'a str,
    /// Whether the answer is streamed.
    pub stream: bool,
    /// The client's query, without its question mark.
    pub query: Option<&'a str>,
    /// The client's headers, names in lower case.
    pub client_headers: &'a [(String, String)],
    /// What the caller showed.
    pub caller_credential: Option<&'a CallerCredential>,
}

/// A request that is ready to go up, apart from its body.
#[derive(Clone)]
pub struct Prepared {
    /// The HTTP method.
    pub method: &'static str,
    /// The whole URL.
    pub url: String,
    /// The headers without the credential, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The credential.
    pub credential: Credential,
    /// The dialect of the body and of the answer.
    pub dialect: Dialect,
}

/// A query may hold a key, and a header may tell who the user is: only names are shown.
impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("method", &self.method)
            .field("url", &self.url.split('?').next().unwrap_or(""))
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("credential", &self.credential)
            .field("dialect", &self.dialect)
            .finish()
    }
}

/// Why a call can't be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// The vendor wants a credential, and there is none that may be sent to it.
    #[error("{provider} needs a key: set {key_env}{withheld}")]
    MissingCredential {
        /// The provider's name for people.
        provider: &'static str,
        /// The variable that holds its key.
        key_env: &'static str,
        /// What else would help: why the caller's credential was not used, where one can be.
        withheld: &'static str,
    },
    /// The provider can't be asked this.
    #[error("{provider} offers no {operation} here")]
    Unsupported {
        /// The provider's name for people.
        provider: &'static str,
        /// What was asked, as a plural.
        operation: &'static str,
    },
    /// The provider is not to be spoken to in this dialect.
    #[error("{provider} is not spoken to in the dialect {dialect} here")]
    Dialect {
        /// The provider's name for people.
        provider: &'static str,
        /// The dialect.
        dialect: Dialect,
    },
}

impl Fault for PrepareError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::MissingCredential { .. } => FaultKind::Authentication,
            Self::Unsupported { .. } => FaultKind::NotImplemented,
            Self::Dialect { .. } => FaultKind::Internal,
        }
    }

    fn blame(&self) -> Blame {
        match self {
            Self::MissingCredential { .. } => Blame::Client,
            Self::Unsupported { .. } => Blame::Upstream,
            Self::Dialect { .. } => Blame::Gateway,
        }
    }

    fn retry(&self) -> Retry {
        Retry::Never
    }
}

impl Upstream {
    /// Turns a call into a request.
    pub fn prepare(&self, call: &Call<'_>) -> Result<Prepared, PrepareError> {
        let credential = self.credential(call)?;
        let (method, url) = self.method_and_url(call)?;
        let mut headers = Vec::new();
        if method == "POST" {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        headers.extend(self.forwarded(call, &credential));
        add_missing(&mut headers, "accept", accepted(call));
        if call.upstream == Dialect::Anthropic && self.provider.endpoint(Dialect::Anthropic).is_some() {
            let version = self.anthropic_version.as_deref().unwrap_or(ANTHROPIC_VERSION);
            add_missing(&mut headers, "anthropic-version", version);
        }
        if credential.origin() == Some(Origin::Configured) {
            headers.extend(self.key_headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        }
        Ok(Prepared { method, url, headers, credential, dialect: call.upstream })
    }

    fn credential(&self, call: &Call<'_>) -> Result<Credential, PrepareError> {
        let scheme = self.provider.auth.within(call.upstream);
        if let Some(key) = &self.key {
            return Ok(Credential::configured(scheme, key));
        }
        let (provider, target) = match call.caller_credential.and_then(|caller| self.home_of(caller)) {
            Some(vendor) => (vendor, Target::Vendor),
            None => (self.provider, self.target()),
        };
        let withheld = match credential::may_pass(call.caller_credential, provider, target) {
            Ok(caller) => return Ok(Credential::passed_on(scheme, &caller)),
            Err(withheld) => withheld,
        };
        match self.provider.key_env {
            Some(key_env) if self.provider.key_required && self.is_vendor() => {
                Err(PrepareError::MissingCredential {
                    provider: self.provider.title,
                    key_env,
                    withheld: match withheld {
                        _ if !credential::is_known_by_form(self.provider) => "",
                        Withheld::Absent => ", or let the client send its own (it sent none)",
                        Withheld::Placeholder => ", or let the client send its own (it sent a placeholder)",
                        Withheld::OtherHost => {
                            ", or let the client send its own (what it sent is not for this provider and \
                             was not passed on)"
                        }
                    },
                })
            }
            Some(_) | None => Ok(Credential::None),
        }
    }

    /// The vendor that the caller's credential is for, if the endpoint is that vendor's, whatever provider it
    /// is set up for.
    fn home_of(&self, caller: &CallerCredential) -> Option<&'static Provider> {
        let vendor = credential::vendor_of(caller).and_then(provider_named)?;
        self.base.is_common_vendor(vendor).then_some(vendor)
    }

    fn method_and_url(&self, call: &Call<'_>) -> Result<(&'static str, String), PrepareError> {
        let provider = self.provider.title;
        let unsupported = PrepareError::Unsupported { provider, operation: call.operation.name() };
        let spoken = || {
            let endpoint = self.base.endpoint(call.upstream);
            endpoint.filter(|endpoint| self.offers(endpoint, Some(call.model)))
        };
        let (method, url, defaults) = match call.operation {
            Operation::Generate => {
                let (url, defaults) = spoken()
                    .map(|endpoint| self.endpoint_url(endpoint, call.model))
                    .ok_or(PrepareError::Dialect { provider, dialect: call.upstream })?;
                ("POST", url, defaults)
            }
            Operation::CountTokens if self.provider.counts_tokens && call.upstream == Dialect::Anthropic => {
                let endpoint = spoken().ok_or(unsupported)?;
                let (url, defaults) = self.endpoint_url(endpoint, call.model);
                ("POST", format!("{url}/count_tokens"), defaults)
            }
            Operation::CountTokens => return Err(unsupported),
            Operation::ListModels => {
                ("GET", self.base.url(self.base.models_path().ok_or(unsupported)?), Vec::new())
            }
        };
        let client_query = call.query.filter(|_| call.client == call.upstream).unwrap_or("");
        Ok((method, with_query(url, self.base.query(), &defaults, client_query)))
    }

    /// A dialect's URL without a query, and the query that it wants unless the endpoint has one itself.
    fn endpoint_url(&self, endpoint: &Endpoint, model: &str) -> (String, Vec<String>) {
        let (path, query) = endpoint.path.split_once('?').unwrap_or((endpoint.path, ""));
        let url = self.base.dialect_url(endpoint.dialect, path, model);
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            match (key_of(pair), &self.api_version) {
                (API_VERSION, Some(version)) => format!("{API_VERSION}={version}"),
                _ => pair.to_owned(),
            }
        });
        (url, pairs.collect())
    }

    /// The client's headers that go up. What says whom a request is counted to belongs to the caller's own
    /// credential, and doesn't go with the configured one.
    fn forwarded(&self, call: &Call<'_>, credential: &Credential) -> Vec<(String, String)> {
        let mut headers = forward_headers(self.provider, call.client, call.upstream, call.client_headers);
        if credential.origin() != Some(Origin::Caller) {
            headers.retain(|(name, _)| !ACCOUNT_NAMES.contains(&name.as_str()));
        }
        headers
    }
}

fn add_missing(headers: &mut Vec<(String, String)>, name: &str, value: &str) {
    if !headers.iter().any(|(own, _)| own == name) {
        headers.push((name.to_owned(), value.to_owned()));
    }
}

const fn accepted(call: &Call<'_>) -> &'static str {
    match (call.stream && matches!(call.operation, Operation::Generate), call.upstream) {
        (false, _) => "application/json",
        (true, Dialect::Ollama) => "application/x-ndjson",
        (true, Dialect::Anthropic | Dialect::OpenAiChat | Dialect::OpenAiResponses | Dialect::Gemini) => {
            "text/event-stream"
        }
    }
}

#[cfg(test)]
mod tests;
