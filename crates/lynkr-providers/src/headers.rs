//! Which of the client's headers go up: a list of what is known to matter, never what is left after
//! removing what is known to harm.

use lynkr_protocol::Dialect;

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
    client_headers: &[(String, String)],
) -> Vec<(String, String)> {
    let hop = named_by_connection(client_headers);
    // A model list may be asked for in no dialect of the provider's.
    let same_dialect = client == upstream && provider.speaks(upstream);
    client_headers
        .iter()
        .filter(|(name, _)| goes_up(provider, name, same_dialect) && !hop.contains(name))
        .cloned()
        .collect()
}

/// What the client's `connection` header names as meant for the next hop only.
pub(crate) fn named_by_connection(client_headers: &[(String, String)]) -> Vec<String> {
    client_headers
        .iter()
        .filter(|(name, _)| name == "connection")
        .flat_map(|(_, value)| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect()
}

fn goes_up(provider: &Provider, name: &str, same_dialect: bool) -> bool {
    let is_dialects =
        || DIALECT_NAMES.contains(&name) || DIALECT_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let is_known = NEUTRAL_NAMES.contains(&name)
        || provider.own_headers.contains(&name)
        || (same_dialect && is_dialects());
    is_known && !CREDENTIAL_WORDS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests;
