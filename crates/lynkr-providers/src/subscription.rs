//! Subscriptions: the official client's own token goes with the client's own request to its own vendor's host,
//! untouched, and nowhere else. It is never kept, never used for another request, never imitated.
//!
//! *Untouched* means body and headers as the client sent them, in their order. What differs, all of it: the
//! headers that are this hop's own (see [`verbatim_headers`]), the names of headers in lower case, equal names
//! side by side, and the model, where the user's configuration names one.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::credential::{self, CallerCredential, Credential, Origin};
use crate::lines::Headers;
use crate::registry::provider_named;
use crate::upstream::Upstream;

pub(crate) const SWITCH: &str = "LYNKR_OAUTH_PASSTHROUGH";

pub(crate) const SETTINGS: &[Setting] = &[Setting::new(
    SWITCH,
    "upstream.oauth_passthrough",
    Kind::Bool,
    "Whether a subscription token of the official client (Claude Code's, or Codex's sign-in with ChatGPT) is \
     passed on, with the request as it came, to its own vendor's host. It goes before a configured key there. \
     Nothing passes it on to any other host.",
)
.with_default("true")];

/// Headers that are this hop's own: they are about the connection or the body's framing, belong to the gateway,
/// or were put there by proxies in between.
const HOPS_OWN: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-real-ip",
    "x-request-id",
    "x-session-id",
    "x-tenant-id",
    "x-workspace-cwd",
];
const HOPS_OWN_PREFIXES: &[&str] = &["lynkr-", "sec-websocket-", "x-forwarded-", "x-lynkr-"];

/// Headers that hold another credential than the one that passes.
const OTHER_CREDENTIALS: &[&str] = &["api-key", "cookie", "x-api-key", "x-goog-api-key"];

/// The client's headers as they go up beside its subscription token, and the token's place among them.
///
/// All of them, in their order, but for [`HOPS_OWN`] and what the `connection` header names; any other credential;
/// and `accept-encoding`, since the answer is watched on its way back.
pub(crate) fn verbatim_headers(client_headers: &Headers) -> (Headers, usize) {
    let named = crate::headers::named_by_connection(client_headers);
    let mut headers = Headers::with_capacity(client_headers.len());
    let mut place = None;
    for (name, value) in client_headers.lines() {
        let own = name.as_str();
        if own == "authorization" {
            place.get_or_insert(headers.len());
        } else if !HOPS_OWN.contains(&own)
            && !HOPS_OWN_PREFIXES.iter().any(|prefix| own.starts_with(prefix))
            && !OTHER_CREDENTIALS.contains(&own)
            && !named.iter().any(|other| other == own)
        {
            headers.push(name.clone(), value.clone());
        }
    }
    let end = headers.len();
    (headers, place.unwrap_or(end))
}

/// The token as its client wrote it.
pub(crate) fn verbatim_credential(client_headers: &Headers) -> Option<Credential> {
    let value = client_headers.get("authorization")?;
    Some(Credential::Header { name: "authorization", value: value.into(), origin: Origin::Subscription })
}

impl Upstream {
    /// Whether a caller's subscription token passes to this endpoint, in a request of `client` that is sent in
    /// `upstream`. Only the vendor's own host gets it, and only in the vendor's own dialect: a request that has
    /// to be translated isn't the official client's any more.
    pub fn passes_subscription(
        &self,
        caller: CallerCredential<'_>,
        client: Dialect,
        upstream: Dialect,
    ) -> bool {
        let is_home = || self.home_of(caller).is_some();
        self.subscriptions && caller.is_subscription() && client == upstream && is_home()
    }

    /// The provider that takes the caller's subscription in this one's place: a vendor may serve its
    /// subscribers on a host of their own.
    pub fn subscribers_provider(
        &self,
        caller: CallerCredential<'_>,
        client: Dialect,
    ) -> Option<&'static str> {
        let stand_in = self.provider().subscribers?;
        if !self.subscriptions || !self.is_vendor() || credential::vendor_of(caller) != Some(stand_in) {
            return None;
        }
        provider_named(stand_in)?.endpoint(client).map(|_| stand_in)
    }
}

#[cfg(test)]
mod tests;
