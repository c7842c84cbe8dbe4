//! From a call to the request that goes up, apart from its body.

use std::fmt;

use lynkr_protocol::Dialect;
use lynkr_types::{Blame, Fault, FaultKind, Retry};

use crate::credential::{self, CallerCredential, Credential, Origin, Target, Withheld};
use crate::headers::{ACCOUNT_NAMES, forward_headers};
use crate::upstream::Upstream;

/// The version that is asked for when the client didn't say which.
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// Query keys of the client that are the gateway's own, or that may hold a credential.
const WITHHELD_QUERY_KEYS: &[&str] = &["stream", "key", "api_key", "api-key", "access_token"];

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
    #[error("{provider} needs a key: set {key_env}, or let the client send its own ({withheld})")]
    MissingCredential {
        /// The provider's name for people.
        provider: &'static str,
        /// The variable that holds its key.
        key_env: &'static str,
        /// Why the caller's credential was not used.
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
            add_missing(&mut headers, "anthropic-version", ANTHROPIC_VERSION);
        }
        if credential.origin() == Some(Origin::Configured) {
            headers.extend(self.key_headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        }
        Ok(Prepared { method, url, headers, credential, dialect: call.upstream })
    }

    fn credential(&self, call: &Call<'_>) -> Result<Credential, PrepareError> {
        if let Some(key) = &self.key {
            return Ok(Credential::configured(self.provider.auth, key));
        }
        let withheld = match credential::may_pass(call.caller_credential, self.provider, self.target()) {
            Ok(caller) => return Ok(Credential::passed_on(self.provider.auth, &caller)),
            Err(withheld) => withheld,
        };
        match self.provider.key_env {
            Some(key_env) if self.provider.key_required && self.target() == Target::Vendor => {
                Err(PrepareError::MissingCredential {
                    provider: self.provider.title,
                    key_env,
                    withheld: match withheld {
                        Withheld::Absent => "it sent none",
                        Withheld::Placeholder => "it sent a placeholder",
                        Withheld::OtherHost => "what it sent is not for this provider and was not passed on",
                    },
                })
            }
            Some(_) | None => Ok(Credential::None),
        }
    }

    fn method_and_url(&self, call: &Call<'_>) -> Result<(&'static str, String), PrepareError> {
        let provider = self.provider;
        let unsupported =
            PrepareError::Unsupported { provider: provider.title, operation: call.operation.name() };
        let (method, url) = match call.operation {
            Operation::Generate => {
                let endpoint = provider
                    .endpoint(call.upstream)
                    .filter(|endpoint| self.offers(endpoint))
                    .ok_or(PrepareError::Dialect { provider: provider.title, dialect: call.upstream })?;
                ("POST", self.base.dialect_url(endpoint.dialect, endpoint.path))
            }
            Operation::CountTokens => match provider.count_tokens_path {
                Some(path) if call.upstream == Dialect::Anthropic => ("POST", self.base.url(path)),
                Some(_) | None => return Err(unsupported),
            },
            Operation::ListModels => ("GET", self.base.url(provider.models_path)),
        };
        let client_query = call.query.filter(|_| call.client == call.upstream).unwrap_or("");
        Ok((method, with_query(url, self.base.query(), client_query)))
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
        (
            true,
            Dialect::Anthropic | Dialect::OpenAiChat | Dialect::OpenAiResponses | Dialect::Gemini,
        ) => "text/event-stream",
    }
}

fn with_query(mut url: String, own: Option<&str>, client: &str) -> String {
    let client = client.split('&').filter(|pair| {
        let key = pair.split('=').next().unwrap_or("");
        let is_clean = pair.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        !pair.is_empty() && is_clean && !WITHHELD_QUERY_KEYS.iter().any(|own| own.eq_ignore_ascii_case(key))
    });
    for (index, pair) in own.into_iter().chain(client).enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        url.push_str(pair);
    }
    url
}

#[cfg(test)]
mod tests;
