//! A request as a surface took it in.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use lynkr_protocol::{Dialect, clouds};
use lynkr_providers::{CallerCredential, Cloud, Headers};
use lynkr_types::TraceContext;

use crate::identity::Identity;
use crate::warrant::Warrant;

/// What Gemini's paths say of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InUrl {
    /// The model.
    pub model: String,
    /// Whether a streamed answer is asked for.
    pub stream: bool,
}

/// The cloud whose envelope a client's request came in, and what the envelope said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromCloud {
    /// The cloud.
    pub cloud: Cloud,
    /// The body's `anthropic_version`.
    pub version: Option<String>,
}

impl FromCloud {
    /// The provider that is this cloud.
    const fn provider(&self) -> &'static str {
        match self.cloud {
            Cloud::Bedrock => "bedrock",
            Cloud::Vertex => "vertex",
        }
    }

    /// The model as anybody else names it; `None` where the cloud itself answers.
    pub(crate) fn plain_model(&self, model: &str, provider: &str) -> Option<String> {
        (provider != self.provider()).then(|| match self.cloud {
            Cloud::Bedrock => clouds::plain_bedrock_model(model).to_owned(),
            Cloud::Vertex => clouds::plain_vertex_model(model),
        })
    }
}

/// A request as a surface took it in: nothing of the body is parsed yet.
#[derive(Clone)]
pub struct Ingress {
    /// The dialect of the surface.
    pub dialect: Dialect,
    /// The body, as it came.
    pub body: Bytes,
    /// The headers, in the order in which they came.
    pub headers: Headers,
    /// The query, without its question mark.
    pub query: Option<String>,
    /// What the path says, in dialects whose bodies don't say it.
    pub in_url: Option<InUrl>,
    /// The cloud whose envelope was taken off, if it came in one.
    pub cloud: Option<FromCloud>,
    /// The request's id: the client's, or made.
    pub request_id: String,
    /// Which of the gateway's own keys the caller showed; the key itself is no longer among the headers.
    pub gateway_key: Option<usize>,
    /// Who asks.
    pub identity: Arc<Identity>,
    /// The request's own span; `None` where nothing is traced.
    pub trace: Option<TraceContext>,
    /// What it may do.
    pub warrant: Arc<dyn Warrant>,
}

impl fmt::Debug for Ingress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ingress")
            .field("dialect", &self.dialect)
            .field("body_bytes", &self.body.len())
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

impl Ingress {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// What the caller showed, if anything.
    pub(crate) fn credential(&self) -> Option<CallerCredential<'_>> {
        CallerCredential::from_headers(&self.headers)
    }

    /// Whether the client is retrying already, or is a gateway, which retries itself. Retrying for it as well
    /// would multiply the load on a provider that is in trouble.
    pub(crate) fn client_retries(&self) -> bool {
        if self.header(crate::hops::HOPS_HEADER).is_some() {
            return true;
        }
        self.header("x-stainless-retry-count").and_then(|count| count.parse::<u32>().ok()).unwrap_or(0) > 0
    }

    /// Tells callers apart without keeping what they showed: who may continue which stored answer.
    pub(crate) fn caller(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.gateway_key.hash(&mut hasher);
        self.identity.key.hash(&mut hasher);
        for name in ["authorization", "x-api-key", "api-key"] {
            self.header(name).hash(&mut hasher);
        }
        hasher.finish()
    }
}

#[cfg(test)]
impl Ingress {
    /// A request of nobody in particular, for tests.
    pub(crate) fn sample(dialect: Dialect, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Self {
        Self {
            dialect,
            body: body.into(),
            headers: headers.iter().copied().collect(),
            query: None,
            in_url: None,
            cloud: None,
            request_id: "r".to_owned(),
            gateway_key: None,
            identity: Arc::default(),
            trace: None,
            warrant: Arc::new(crate::warrant::Unbound),
        }
    }
}
