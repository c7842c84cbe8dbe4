//! From a call to the request that goes up, apart from its body.

use std::fmt;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use lynkr_config::ExposeSecret as _;
use lynkr_protocol::Dialect;
use lynkr_types::{Blame, Fault, FaultKind, Retry};

use crate::betas::{Cloud, map_betas};
use crate::credential::{self, CallerCredential, Credential, Origin, Target, Withheld};
use crate::endpoint::Endpoint;
use crate::envelope::{BetaPlace, Envelope, Frames};
use crate::headers::{ACCOUNT_NAMES, forward_headers};
use crate::lines::Headers;
use crate::provider::Provider;
use crate::query::{WITHHELD_KEYS, key_of, with_query};
use crate::registry::provider_named;
use crate::subscription::{verbatim_credential, verbatim_headers};
use crate::upstream::Upstream;

/// The version that is asked for when the client didn't say which.
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// The header that says which version is asked for.
const VERSION_HEADER: HeaderName = HeaderName::from_static("anthropic-version");

/// The type of AWS's event streams.
const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";

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
    /// Embeddings, in the form that the provider's table names.
    Embeddings,
    /// Another part of the vendor's API; see [`Upstream::prepare_api`].
    Api,
}

impl Operation {
    const fn name(self) -> &'static str {
        match self {
            Self::Generate => "answers",
            Self::CountTokens => "token counts",
            Self::ListModels => "model lists",
            Self::Embeddings => "embeddings",
            Self::Api => "such calls",
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
    pub client_headers: &'a Headers,
    /// What the caller showed.
    pub caller_credential: Option<CallerCredential<'a>>,
}

/// A request that is ready to go up, apart from its body.
#[derive(Clone)]
pub struct Prepared {
    /// The HTTP method.
    pub method: &'static str,
    /// The whole URL.
    pub url: String,
    /// The headers without the credential.
    pub headers: Headers,
    /// The credential.
    pub credential: Credential,
    /// How many headers stand before the credential.
    pub place: usize,
    /// Whether this is the official client's own request, which passes untouched: nothing is added to it, and
    /// whether it is sent again is the client's to say.
    pub verbatim: bool,
    /// The dialect of the body and of the answer.
    pub dialect: Dialect,
}

/// A query may hold a key, and a header may tell who the user is: only names are shown.
impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("method", &self.method)
            .field("url", &self.url.split('?').next().unwrap_or(""))
            .field("headers", &self.headers)
            .field("credential", &self.credential)
            .field("place", &self.place)
            .field("verbatim", &self.verbatim)
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
    /// The vendor answers to subscribers only, and the caller isn't known as one.
    #[error("{provider} answers to the official client's own sign-in only{withheld}")]
    MissingSubscription {
        /// The provider's name for people.
        provider: &'static str,
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

impl Prepared {
    /// All headers in their order, the secret one among them and marked as such, with room for two more.
    ///
    /// # Errors
    ///
    /// The name of the credential's header, where the credential holds what can't stand in one.
    pub fn header_map(&self) -> Result<HeaderMap, &'static str> {
        let mut map = HeaderMap::with_capacity(self.headers.len() + 3);
        let lines = self.headers.lines();
        let (before, after) = lines.split_at_checked(self.place).unwrap_or((lines, &[]));
        for (name, value) in before {
            map.append(name.clone(), value.clone());
        }
        if let Some((name, secret)) = self.credential.header() {
            let own = HeaderName::from_bytes(name.as_bytes()).map_err(|_| name)?;
            let mut value = HeaderValue::from_str(secret).map_err(|_| name)?;
            value.set_sensitive(true);
            map.append(own, value);
        }
        for (name, value) in after {
            map.append(name.clone(), value.clone());
        }
        Ok(map)
    }
}

impl Fault for PrepareError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::MissingCredential { .. } | Self::MissingSubscription { .. } => FaultKind::Authentication,
            Self::Unsupported { .. } => FaultKind::NotImplemented,
            Self::Dialect { .. } => FaultKind::Internal,
        }
    }

    fn blame(&self) -> Blame {
        match self {
            Self::MissingCredential { .. } | Self::MissingSubscription { .. } => Blame::Client,
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
        let (method, url) = match self.method_and_url(call) {
            Ok(found) => found,
            // Without a credential it makes no difference where it would have gone.
            Err(error) => return Err(self.credential(call).err().unwrap_or(error)),
        };
        self.request(call, method, url, (method == "POST").then_some("application/json"))
    }

    /// A request for a URL that is known already.
    pub(crate) fn request(
        &self,
        call: &Call<'_>,
        method: &'static str,
        url: String,
        content_type: Option<&str>,
    ) -> Result<Prepared, PrepareError> {
        let credential = self.credential(call)?;
        if credential.origin() == Some(Origin::Subscription) {
            return Ok(verbatim(call, credential, (method, url), content_type));
        }
        let mut headers = Headers::with_capacity(call.client_headers.len() + 4);
        if let Some(content_type) = content_type {
            headers.add(CONTENT_TYPE.as_str(), content_type);
        }
        headers.extend(self.forwarded(call, &credential));
        let envelope = self.envelope(call.upstream, call.model);
        let frames = envelope.map_or(Frames::ServerSentEvents, |envelope| envelope.frames);
        if frames == Frames::AwsEventStream {
            headers.remove("accept");
        }
        headers.add_missing(ACCEPT, accepted(call, frames));
        if let Some(envelope) = envelope {
            headers.retain(|name, _| !is_in_body(name, envelope));
            map_beta_header(&mut headers, envelope, &self.allowed_betas);
        } else if call.upstream == Dialect::Anthropic && self.provider.speaks(Dialect::Anthropic) {
            match &self.anthropic_version {
                None => headers.add_missing(VERSION_HEADER, ANTHROPIC_VERSION),
                Some(_) if headers.get(VERSION_HEADER.as_str()).is_some() => {}
                Some(version) => {
                    headers.add(VERSION_HEADER.as_str(), version);
                }
            }
        }
        if credential.origin() == Some(Origin::Configured) {
            headers.extend(self.key_headers.iter().map(|(name, value)| (name, value)).collect());
        }
        for (name, value) in &self.extra_headers {
            headers.remove(name);
            headers.add(name, value.expose_secret());
        }
        let (place, dialect) = (headers.len(), call.upstream);
        Ok(Prepared { method, url, headers, credential, place, verbatim: false, dialect })
    }

    fn credential(&self, call: &Call<'_>) -> Result<Credential, PrepareError> {
        let scheme = self.provider.auth.within(call.upstream);
        let subscription = call.caller_credential.filter(|caller| caller.is_subscription());
        let passes =
            subscription.is_some_and(|caller| self.passes_subscription(caller, call.client, call.upstream));
        if passes && let Some(own) = verbatim_credential(call.client_headers) {
            return Ok(own);
        }
        if let Some(key) = &self.key {
            return Ok(Credential::configured(scheme, key));
        }
        if let Some(ambient) = self.ambient_credential() {
            return Ok(Credential::Ambient(ambient));
        }
        let (provider, target) = match call.caller_credential.and_then(|caller| self.home_of(caller)) {
            Some(vendor) => (vendor, Target::Vendor),
            None => (self.provider, self.target()),
        };
        let withheld = match credential::may_pass(call.caller_credential, provider, target) {
            Ok(_) if subscription.is_some() && !self.subscriptions => Withheld::SwitchedOff,
            Ok(_) if subscription.is_some() => Withheld::OtherDialect,
            Ok(caller) => return Ok(Credential::passed_on(scheme, caller)),
            Err(withheld) => withheld,
        };
        if self.provider.key_required && self.is_vendor() {
            return Err(self.missing(withheld));
        }
        Ok(Credential::None)
    }

    fn missing(&self, withheld: Withheld) -> PrepareError {
        let provider = self.provider.title;
        let Some(key_env) = self.provider.key_env else {
            return PrepareError::MissingSubscription { provider, withheld: withheld.no_subscriber() };
        };
        let known = credential::is_known_by_form(self.provider);
        PrepareError::MissingCredential { provider, key_env, withheld: withheld.beside_key(known) }
    }

    /// The vendor that the caller's credential is for, if the endpoint is that vendor's, whatever provider it
    /// is set up for.
    pub(crate) fn home_of(&self, caller: CallerCredential<'_>) -> Option<&'static Provider> {
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
                    .map(|endpoint| self.endpoint_url(endpoint, endpoint.path_for(call.stream), call))
                    .ok_or(PrepareError::Dialect { provider, dialect: call.upstream })?;
                ("POST", url, defaults)
            }
            Operation::CountTokens => {
                let endpoint = spoken().ok_or(unsupported.clone())?;
                let (url, defaults) = self.count_url(endpoint, call).ok_or(unsupported)?;
                ("POST", url, defaults)
            }
            Operation::Embeddings => {
                let (url, defaults) = self.embeddings_url(call.model).ok_or(unsupported)?;
                ("POST", url, defaults)
            }
            Operation::Api => return Err(unsupported),
            Operation::ListModels => {
                let (path, query) = split_query(self.base.models_path().ok_or(unsupported)?);
                ("GET", self.base.url(path), pairs(query).map(str::to_owned).collect())
            }
        };
        // A cloud's own paths have no query of the vendor's.
        let is_vendors = call.client == call.upstream && self.envelope(call.upstream, call.model).is_none();
        let client_query = call.query.filter(|_| is_vendors).unwrap_or("");
        Ok((method, with_query(url, self.base.query(), &defaults, (client_query, WITHHELD_KEYS))))
    }

    /// A dialect's URL without a query, and the query that it wants unless the endpoint has one itself.
    fn endpoint_url(&self, endpoint: &Endpoint, path: &str, call: &Call<'_>) -> (String, Vec<String>) {
        let (path, query) = split_query(path);
        let url = self.base.dialect_url(endpoint.dialect, path, call.model);
        (url, self.query_of_path(query))
    }

    /// The query that a path wants, with the configured API version in it.
    pub(crate) fn query_of_path(&self, query: &str) -> Vec<String> {
        let pairs = pairs(query).map(|pair| match (key_of(pair), &self.api_version) {
            (API_VERSION, Some(version)) => format!("{API_VERSION}={version}"),
            _ => pair.to_owned(),
        });
        pairs.collect()
    }

    /// The same for a token count, where there are any: at a path of their own, or below the messages.
    fn count_url(&self, endpoint: &Endpoint, call: &Call<'_>) -> Option<(String, Vec<String>)> {
        if let Some(path) = endpoint.count_path {
            return Some(self.endpoint_url(endpoint, path, call));
        }
        if !self.has_count(endpoint) {
            return None;
        }
        let (url, defaults) = self.endpoint_url(endpoint, endpoint.path_for(false), call);
        Some((format!("{url}/count_tokens"), defaults))
    }

    /// The dialect in which tokens are counted, if they are: the one that the model is spoken to in, or another of
    /// the same provider's.
    pub fn counting_dialect(&self, spoken: Dialect, model: &str) -> Option<Dialect> {
        let others = [Dialect::Anthropic, Dialect::OpenAiResponses, Dialect::Gemini];
        std::iter::once(spoken).chain(others).find(|dialect| {
            let endpoint = self.base.endpoint(*dialect).filter(|endpoint| self.offers(endpoint, Some(model)));
            endpoint.is_some_and(|endpoint| self.has_count(endpoint))
        })
    }

    /// Whether a token count takes the whole request in a field of its own.
    pub fn counts_whole(&self, dialect: Dialect) -> bool {
        self.base.endpoint(dialect).is_some_and(|endpoint| endpoint.counts_whole)
    }

    fn has_count(&self, endpoint: &Endpoint) -> bool {
        endpoint.count_path.is_some()
            || (self.provider.counts_tokens && endpoint.dialect == Dialect::Anthropic)
    }

    /// The client's headers that go up. What says whom a request is counted to belongs to the caller's own
    /// credential, and doesn't go with the configured one.
    fn forwarded(&self, call: &Call<'_>, credential: &Credential) -> Headers {
        let mut headers = forward_headers(self.provider, call.client, call.upstream, call.client_headers);
        if credential.origin() != Some(Origin::Caller) {
            headers.retain(|name, _| !ACCOUNT_NAMES.contains(&name));
        }
        headers
    }
}

fn split_query(path: &str) -> (&str, &str) {
    path.split_once('?').unwrap_or((path, ""))
}

fn pairs(query: &str) -> impl Iterator<Item = &str> {
    query.split('&').filter(|pair| !pair.is_empty())
}

/// Beta features, where the cloud takes them as a header: those that it knows. The rest is on the receipt of who
/// writes the body.
fn map_beta_header(headers: &mut Headers, envelope: &Envelope, also: &[String]) {
    if envelope.betas != BetaPlace::Header {
        return;
    }
    let betas = map_betas(Cloud::Vertex, headers.all("anthropic-beta"), also).values;
    headers.remove("anthropic-beta");
    if !betas.is_empty() {
        headers.add("anthropic-beta", &betas.join(","));
    }
}

/// Whether what a header says stands in the body of this envelope.
fn is_in_body(name: &str, envelope: &Envelope) -> bool {
    name == "anthropic-version" || (name == "anthropic-beta" && envelope.betas == BetaPlace::Body)
}

/// The official client's own request, as it came.
fn verbatim(
    call: &Call<'_>,
    credential: Credential,
    (method, url): (&'static str, String),
    content_type: Option<&str>,
) -> Prepared {
    let (mut headers, place) = verbatim_headers(call.client_headers);
    // A WebSocket's frame has none; the body is JSON all the same.
    if let Some(content_type) = content_type.filter(|_| headers.get(CONTENT_TYPE.as_str()).is_none()) {
        headers.add(CONTENT_TYPE.as_str(), content_type);
    }
    Prepared { method, url, headers, credential, place, verbatim: true, dialect: call.upstream }
}

const fn accepted(call: &Call<'_>, frames: Frames) -> &'static str {
    if matches!(call.operation, Operation::Api) {
        return "*/*";
    }
    match (call.stream && matches!(call.operation, Operation::Generate), call.upstream) {
        (false, _) => "application/json",
        (true, Dialect::Ollama) => "application/x-ndjson",
        (true, Dialect::BedrockConverse) => EVENT_STREAM,
        (true, _) if matches!(frames, Frames::AwsEventStream) => EVENT_STREAM,
        (true, Dialect::Anthropic | Dialect::OpenAiChat | Dialect::OpenAiResponses | Dialect::Gemini) => {
            "text/event-stream"
        }
    }
}

#[cfg(test)]
mod tests;
