//! What goes back to a surface when all went well.

use bytes::Bytes;
use lynkr_http::HeaderMap;
use lynkr_providers::Headers;
use lynkr_types::Receipt;

use crate::agent::Run;
use crate::apis::Passing;
use crate::relay::Relay;

/// An answer whose head is decided.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `content-type`.
    pub content_type: String,
    /// Other headers.
    pub headers: Headers,
    /// What the gateway changed.
    pub receipt: Receipt,
    /// The body.
    pub body: AnswerBody,
}

/// An answer's body.
#[derive(Debug)]
pub enum AnswerBody {
    /// Complete.
    Whole(Bytes),
    /// Still to come; pulled by whoever writes it to the client.
    Stream(Box<Relay>),
    /// The same of several steps, between which the gateway runs tools.
    Agent(Box<Run>),
    /// Still to come, and passed on byte for byte.
    Passing(Box<Passing>),
}

/// Headers of a provider that mean something to its clients.
const PASSED_BACK: &[&str] = &[
    "apim-request-id",
    "cf-ray",
    "request-id",
    "retry-after",
    "retry-after-ms",
    "x-goog-request-id",
    "x-models-etag",
    "x-ms-request-id",
    "x-reasoning-included",
    "x-should-retry",
];
/// Beginnings of such names: limits, versions, ids.
const PASSED_BACK_PREFIXES: &[&str] =
    &["anthropic-", "openai-", "ratelimit-", "x-amzn-", "x-codex-", "x-oai-", "x-ratelimit-"];

/// Headers that say what a file is, and how much of it comes.
const OF_CONTENT: &[&str] = &[
    "accept-ranges",
    "content-disposition",
    "content-encoding",
    "content-length",
    "content-range",
    "etag",
    "last-modified",
    "location",
];

/// The provider's headers that go back with a body that is passed on byte for byte.
pub(crate) fn passed_back_whole(headers: &HeaderMap) -> Headers {
    let mut all = passed_back(headers);
    all.extend(texts(headers, |name| OF_CONTENT.contains(&name)));
    all
}

/// The provider's headers that go back to the client.
pub(crate) fn passed_back(headers: &HeaderMap) -> Headers {
    texts(headers, |name| {
        PASSED_BACK.contains(&name) || PASSED_BACK_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    })
}

/// The lines of such names whose values are plain text.
fn texts(headers: &HeaderMap, wanted: impl Fn(&str) -> bool) -> Headers {
    let mut texts = Headers::new();
    for (name, value) in
        headers.iter().filter(|(name, value)| wanted(name.as_str()) && value.to_str().is_ok())
    {
        texts.push(name.clone(), value.clone());
    }
    texts
}
