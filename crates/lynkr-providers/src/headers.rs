//! Which of the client's headers go up: a list of what is known to matter, never what is left after
//! removing what is known to harm.

use lynkr_protocol::Dialect;

use crate::lines::Headers;
use crate::provider::Provider;

/// Beginnings of names that mean something to an upstream of the client's own dialect.
const DIALECT_PREFIXES: &[&str] =
    &["anthropic-", "openai-", "x-stainless-", "x-codex-", "x-claude-code-", "x-openai-"];

/// What a name holds that stands for a credential, whatever it begins with.
const CREDENTIAL_WORDS: &[&str] = &["api-key", "apikey", "authorization", "cookie", "secret", "token"];

/// Names that mean something to an upstream of the client's own dialect.
const DIALECT_NAMES: &[&str] = &[
    "accept",
    "conversation_id",
    "idempotency-key",
    "originator",
    "session-id",
    "session_id",
    "thread-id",
    "x-app",
    "x-goog-api-client",
    "x-initiator",
    "x-interaction-type",
];

/// Names that mean something to every upstream.
const NEUTRAL_NAMES: &[&str] = &["user-agent", "x-client-request-id"];

/// Names that say whom a request is counted to: they belong to the caller's credential.
pub(crate) const ACCOUNT_NAMES: &[&str] = &["openai-organization", "openai-project"];

/// The client's headers that go up, in their order. Names are in lower case. `client` is the dialect that
/// the client speaks, `upstream` the one that the provider is spoken to in.
///
/// Credentials, hop-by-hop headers and the gateway's own are never among them, nor what the client's
/// `connection` header names as meant for the next hop only.
pub fn forward_headers(
    provider: &Provider,
    client: Dialect,
    upstream: Dialect,
    client_headers: &Headers,
) -> Headers {
    let hop = named_by_connection(client_headers);
    // A model list may be asked for in no dialect of the provider's.
    let same_dialect = client == upstream && provider.speaks(upstream);
    client_headers
        .filtered(|name| goes_up(provider, name, same_dialect) && !hop.iter().any(|own| own == name))
}

/// What the client's `connection` header names as meant for the next hop only.
pub(crate) fn named_by_connection(client_headers: &Headers) -> Vec<String> {
    client_headers
        .all("connection")
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect()
}

fn goes_up(provider: &Provider, name: &str, same_dialect: bool) -> bool {
    // Every header of every request is looked up here: what differs in its first letter isn't compared any further.
    let named = |names: &[&str]| names.iter().any(|own| begins(name, own) && own.len() == name.len());
    let is_dialects = || named(DIALECT_NAMES) || DIALECT_PREFIXES.iter().any(|prefix| begins(name, prefix));
    let is_known = named(NEUTRAL_NAMES) || named(provider.own_headers) || (same_dialect && is_dialects());
    is_known && !holds_credential_word(name)
}

fn begins(name: &str, with: &str) -> bool {
    name.as_bytes().first() == with.as_bytes().first() && name.starts_with(with)
}

fn holds_credential_word(name: &str) -> bool {
    // Few letters of a name are the first one of a word.
    let may_begin = |byte: &u8| matches!(byte, b'a' | b'c' | b's' | b't');
    let starts = name.as_bytes().iter().enumerate().filter(|(_, byte)| may_begin(byte));
    let mut ends = starts.filter_map(|(at, _)| name.get(at..));
    ends.any(|end| CREDENTIAL_WORDS.iter().any(|word| begins(end, word)))
}

#[cfg(test)]
mod tests;
