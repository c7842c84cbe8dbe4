//! What vendors and clouds check besides the body: the address, and the proof of who asks.
//!
//! The sources are the vendors' REST references; signatures and assertions are judged by the vendors' own libraries
//! (`judge.rs`).

use lynkr_testkit::Recorded;

use super::column::{AWS_ACCESS_KEY, GOOGLE_TOKEN, UPSTREAM_KEY};

/// How a request must prove who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    /// Such a server knows no keys.
    None,
    /// The key as a bearer token.
    Bearer,
    /// The key in this header.
    Header(&'static str),
    /// The token that the token endpoint gave for a service account's assertion.
    GoogleToken,
    /// AWS Signature Version 4.
    AwsSignature,
}

/// What a vendor's front door looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) credential: Credential,
    /// The paths and queries that may be posted to; `*` stands for part of a name.
    pub(super) posts: &'static [&'static str],
}

/// Every header that can prove who asks.
const PROOFS: [&str; 4] = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];

impl Rules {
    /// What the front door would have refused.
    pub(super) fn broken(&self, request: &Recorded) -> Vec<String> {
        if request.method != "POST" {
            return Vec::new();
        }
        let mut broken = Vec::new();
        // Anthropic's clients say of themselves that they use its beta; where its own paths are, it may stand.
        let is_own = request.path.ends_with("/messages") || request.path.ends_with("/count_tokens");
        let address = match request.query.as_deref() {
            Some("beta=true") if is_own => request.path.clone(),
            Some(query) => format!("{}?{query}", request.path),
            None => request.path.clone(),
        };
        if !self.posts.iter().any(|known| fits(known, &address)) {
            broken.push(format!("nothing is served at {address}"));
        }
        for name in PROOFS {
            let (found, expected) = (request.header(name), self.expected(name));
            let right = match (found, &expected) {
                (Some(found), Some(expected)) => found.starts_with(expected.as_str()),
                (None, None) => true,
                _ => false,
            };
            if !right {
                let state = found.map_or("is missing", |_| "is not the proof that belongs there");
                broken.push(format!("header {name} {state}"));
            }
        }
        broken
    }

    /// What a header must begin with, if it may be there.
    fn expected(&self, header: &str) -> Option<String> {
        let text = match (self.credential, header) {
            (Credential::Bearer, "authorization") => format!("Bearer {UPSTREAM_KEY}"),
            (Credential::Header(name), _) if name == header => UPSTREAM_KEY.to_owned(),
            (Credential::GoogleToken, "authorization") => format!("Bearer {GOOGLE_TOKEN}"),
            (Credential::AwsSignature, "authorization") => {
                format!("AWS4-HMAC-SHA256 Credential={AWS_ACCESS_KEY}/")
            }
            _ => return None,
        };
        Some(text)
    }
}

/// Whether an address is of a form in which `*` stands for part of a name.
fn fits(form: &str, address: &str) -> bool {
    let Some((before, after)) = form.split_once('*') else { return form == address };
    let middle = address.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    middle.is_some_and(|name| !name.is_empty() && !name.contains(['/', ':', '?']))
}

#[cfg(test)]
mod tests;
