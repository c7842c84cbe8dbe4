//! Who a request says it is from. What a key fixes can't be said otherwise; what it leaves open the client says, and
//! whoever hands out such a key trusts its holder with that.

use std::sync::LazyLock;

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName};
use lynkr_orchestrator::{Identity, SESSION_HEADERS};
use lynkr_store::ApiKey;

/// Longer names than this are cut: they are kept for every request.
const LONGEST: usize = 256;

// Names that are ready to be looked up: each request is asked for all of them.
static VIRTUAL_KEY: HeaderName = HeaderName::from_static("lynkr-virtual-key");
static USER: HeaderName = HeaderName::from_static("x-user-id");
static TEAM: HeaderName = HeaderName::from_static("lynkr-team-id");
static CUSTOMER: HeaderName = HeaderName::from_static("lynkr-customer-id");
static ORGANISATION: HeaderName = HeaderName::from_static("lynkr-org-id");
static SESSIONS: LazyLock<Vec<HeaderName>> =
    LazyLock::new(|| SESSION_HEADERS.iter().map(|name| HeaderName::from_static(name)).collect());

/// A name, cut where it gets too long.
pub(crate) fn bounded(name: &str) -> String {
    name.chars().take(LONGEST).collect()
}

/// Who asks, by the key that was shown and by the headers.
pub(crate) fn identify(headers: &HeaderMap, key: Option<&ApiKey>) -> Identity {
    let rule = key.map(|key| &key.rule);
    let text = |name: &HeaderName| {
        let value = headers.get(name)?.to_str().ok()?.trim();
        (!value.is_empty()).then(|| bounded(value))
    };
    let virtual_key = || text(&VIRTUAL_KEY).map(|name| format!("virtual:{name}"));
    Identity {
        key: key.map(|key| key.id.clone()).or_else(virtual_key),
        user: rule.and_then(|rule| rule.user.clone()).or_else(|| text(&USER)),
        team: rule.and_then(|rule| rule.team.clone()).or_else(|| text(&TEAM)),
        customer: rule.and_then(|rule| rule.customer.clone()).or_else(|| text(&CUSTOMER)),
        organisation: rule.and_then(|rule| rule.organisation.clone()).or_else(|| text(&ORGANISATION)),
        session: SESSIONS.iter().find_map(text),
        client: text(&USER_AGENT).and_then(|agent| Some(agent.split_whitespace().next()?.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use lynkr_store::{NewKey, Timestamp};

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let line = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        lines.iter().map(line).collect()
    }

    #[test]
    fn what_the_key_fixes_can_t_be_said_otherwise() {
        let sent = headers(&[
            ("x-user-id", "mallory"),
            ("lynkr-team-id", "blue"),
            ("lynkr-virtual-key", "other"),
            ("session-id", "s2"),
            ("x-session-id", "s1"),
            ("user-agent", "claude-cli/2.0 (external)"),
        ]);
        let rule = NewKey { user: Some("alice".to_owned()), ..NewKey::default() };
        let key = ApiKey {
            id: "k1".to_owned(),
            prefix: String::new(),
            rule,
            created_at: Timestamp::default(),
            revoked_at: None,
            last_used_at: None,
        };
        let who = identify(&sent, Some(&key));
        assert_eq!((who.key.as_deref(), who.user.as_deref()), (Some("k1"), Some("alice")));
        assert_eq!((who.team.as_deref(), who.session.as_deref()), (Some("blue"), Some("s1")));
        assert_eq!(who.client.as_deref(), Some("claude-cli/2.0"));
        let open = identify(&sent, None);
        assert_eq!((open.key.as_deref(), open.user.as_deref()), (Some("virtual:other"), Some("mallory")));
        assert_eq!(identify(&headers(&[("x-user-id", " ")]), None), Identity::default());
    }
}
