//! Who a request says it is from. What a key fixes can't be said otherwise; what it leaves open the client says, and
//! whoever hands out such a key trusts its holder with that.

use http::HeaderMap;
use lynkr_orchestrator::{Identity, SESSION_HEADERS};
use lynkr_store::ApiKey;

/// Longer names than this are cut: they are kept for every request.
const LONGEST: usize = 256;

/// A name, cut where it gets too long.
pub(crate) fn bounded(name: &str) -> String {
    // No text has more characters than bytes.
    if name.len() <= LONGEST { name.to_owned() } else { name.chars().take(LONGEST).collect() }
}

/// What the headers say of who asks: of each the first that says something.
#[derive(Default)]
struct Said<'a> {
    virtual_key: Option<&'a str>,
    user: Option<&'a str>,
    team: Option<&'a str>,
    customer: Option<&'a str>,
    organisation: Option<&'a str>,
    /// With its place among the headers that may name one: the foremost counts.
    session: Option<(usize, &'a str)>,
    agent: Option<&'a str>,
}

impl<'a> Said<'a> {
    /// One walk over the headers: each request is asked for all of them, and most have none.
    fn of(headers: &'a HeaderMap) -> Self {
        let mut said = Self::default();
        for (name, value) in headers {
            let name = name.as_str();
            let place = match name {
                "user-agent" => &mut said.agent,
                "x-user-id" => &mut said.user,
                "lynkr-virtual-key" => &mut said.virtual_key,
                "lynkr-team-id" => &mut said.team,
                "lynkr-customer-id" => &mut said.customer,
                "lynkr-org-id" => &mut said.organisation,
                _ => {
                    let rank = SESSION_HEADERS.iter().position(|own| *own == name);
                    let named = rank.and_then(|rank| Some((rank, text(value)?)));
                    said.session = [said.session, named].into_iter().flatten().min_by_key(|(rank, _)| *rank);
                    continue;
                }
            };
            *place = place.or_else(|| text(value));
        }
        said
    }
}

/// A header's value, unless it says nothing.
fn text(value: &http::HeaderValue) -> Option<&str> {
    value.to_str().ok().map(str::trim).filter(|text| !text.is_empty())
}

/// Who asks, by the key that was shown and by the headers.
pub(crate) fn identify(headers: &HeaderMap, key: Option<&ApiKey>) -> Identity {
    let rule = key.map(|key| &key.rule);
    let said = Said::of(headers);
    let virtual_key = || said.virtual_key.map(|name| format!("virtual:{}", bounded(name)));
    Identity {
        key: key.map(|key| key.id.clone()).or_else(virtual_key),
        user: rule.and_then(|rule| rule.user.clone()).or_else(|| said.user.map(bounded)),
        team: rule.and_then(|rule| rule.team.clone()).or_else(|| said.team.map(bounded)),
        customer: rule.and_then(|rule| rule.customer.clone()).or_else(|| said.customer.map(bounded)),
        organisation: rule
            .and_then(|rule| rule.organisation.clone())
            .or_else(|| said.organisation.map(bounded)),
        session: said.session.map(|(_, name)| bounded(name)),
        client: said.agent.and_then(|agent| agent.split_whitespace().next()).map(bounded),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};
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
