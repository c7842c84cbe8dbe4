//! The parts of vendors' APIs beside their models, which pass through as they are: files, batches, stored
//! responses.

use std::fmt;

use lynkr_protocol::Dialect;

use crate::prepare::{Call, Operation, PrepareError, Prepared};
use crate::provider::Provider;
use crate::query::{CREDENTIAL_KEYS, with_query};
use crate::registry::PROVIDERS;
use crate::upstream::Upstream;

/// A part of a vendor's API beside its models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// OpenAI's "Files".
    OpenAiFiles,
    /// OpenAI's "Batch".
    OpenAiBatches,
    /// What OpenAI's "Responses" has beside creating one: stored responses, compaction, input token counts.
    OpenAiResponses,
    /// Anthropic's "Files".
    AnthropicFiles,
    /// Anthropic's "Message Batches".
    AnthropicBatches,
}

impl Api {
    /// Whose clients call it.
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::OpenAiFiles | Self::OpenAiBatches => Dialect::OpenAiChat,
            Self::OpenAiResponses => Dialect::OpenAiResponses,
            Self::AnthropicFiles | Self::AnthropicBatches => Dialect::Anthropic,
        }
    }

    /// What it is about, as a plural, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenAiFiles | Self::AnthropicFiles => "files",
            Self::OpenAiBatches | Self::AnthropicBatches => "batches",
            Self::OpenAiResponses => "stored responses",
        }
    }

    /// The names of the providers that have it.
    pub fn providers(self) -> Vec<&'static str> {
        let offering = PROVIDERS.iter().filter(|provider| provider.apis.offered.contains(&self));
        offering.map(|provider| provider.name).collect()
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The parts that a provider has beside its models, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Apis {
    /// What it has.
    pub offered: &'static [Api],
    /// What stands in the place of `/v1` in their paths.
    pub root: &'static str,
    /// The same for the parts of its API whose marker the endpoint holds. What `None` stands beside has none of
    /// them.
    pub roots: &'static [(&'static str, Option<&'static str>)],
}

impl Apis {
    /// A provider that has none.
    pub(crate) const NONE: Self = Self::at_v1(&[]);

    /// A provider that has these below `/v1`.
    pub(crate) const fn at_v1(offered: &'static [Api]) -> Self {
        Self { offered, root: "/v1", roots: &[] }
    }

    /// What stands for `/v1` where the endpoint is of the part with this marker.
    fn root_at(&self, marker: Option<&str>) -> Option<&'static str> {
        match self.roots.iter().find(|(own, _)| Some(*own) == marker) {
            Some((_, root)) => *root,
            None => Some(self.root),
        }
    }
}

/// A call of such a part.
#[derive(Debug, Clone, Copy)]
pub struct ApiCall<'a> {
    /// The part.
    pub api: Api,
    /// The HTTP method.
    pub method: &'static str,
    /// The client's path, which begins with `/v1/`.
    pub path: &'a str,
    /// The client's query, without its question mark.
    pub query: Option<&'a str>,
    /// The `content-type` of the body, if there is one.
    pub content_type: Option<&'a str>,
    /// The client's headers.
    pub client_headers: &'a crate::Headers,
    /// What the caller showed.
    pub caller_credential: Option<crate::CallerCredential<'a>>,
}

impl Upstream {
    /// Whether a part of the vendor's API can be called here.
    pub fn has_api(&self, api: Api) -> bool {
        self.api_root(api).is_some()
    }

    fn api_root(&self, api: Api) -> Option<&'static str> {
        let apis = &self.provider.apis;
        let offered = apis.offered.contains(&api);
        // A server of anybody's keeps responses if it makes them.
        let made = api != Api::OpenAiResponses || self.dialects().any(|own| own == Dialect::OpenAiResponses);
        let root = apis.root_at(self.base.marker())?;
        (offered && made).then_some(root)
    }

    /// Turns a call of another part of the vendor's API into a request.
    pub fn prepare_api(&self, request: &ApiCall<'_>) -> Result<Prepared, PrepareError> {
        let unsupported =
            PrepareError::Unsupported { provider: self.provider.title, operation: request.api.name() };
        let root = self.api_root(request.api).ok_or_else(|| unsupported.clone())?;
        // What names something else than itself could lead out of the part that was asked for.
        let rest = request.path.strip_prefix("/v1").filter(|rest| is_plain(rest)).ok_or(unsupported)?;
        let dialect = request.api.dialect();
        let call = Call {
            operation: Operation::Api,
            client: dialect,
            upstream: dialect,
            model: "",
            stream: false,
            query: request.query,
            client_headers: request.client_headers,
            caller_credential: request.caller_credential,
        };
        let url = with_query(
            self.base.url(&format!("{root}{rest}")),
            self.base.query(),
            &[],
            (request.query.unwrap_or_default(), CREDENTIAL_KEYS),
        );
        self.request(&call, request.method, url, request.content_type)
    }
}

/// Whether every segment of a path is a name: no escapes, no way up.
fn is_plain(path: &str) -> bool {
    let is_name = |segment: &str| {
        !segment.is_empty()
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:~".contains(&byte))
            && !segment.bytes().all(|byte| byte == b'.')
    };
    path.strip_prefix('/').is_some_and(|path| path.split('/').all(is_name))
}

/// What a provider has of them, for the generated document.
pub(crate) fn names_of(provider: &Provider) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = provider.apis.offered.iter().map(|api| api.name()).collect();
    names.dedup();
    names
}

#[cfg(test)]
mod tests;
