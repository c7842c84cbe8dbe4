//! Which process this is. A port says little: whoever started a gateway asks it to prove that it is that one.

use std::fmt::Write as _;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::json;

use crate::VERSION;
use crate::context::Service;
use crate::routes::models::json_response;

/// Longer challenges than this are cut: nobody needs them.
const LONGEST: usize = 128;

/// A new token for a gateway to be started with; `None` where the system gives no random bytes.
pub fn new_start_token() -> Option<String> {
    let mut bytes = [0_u8; 32];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(hex(&bytes))
}

/// What a gateway that was started with this token answers to a challenge.
pub fn instance_proof(token: &str, challenge: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes());
    let challenge: String = challenge.chars().take(LONGEST).collect();
    hex(hmac::sign(&key, challenge.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string doesn't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `GET /v1/instance?challenge=…`: only whoever knows the token that this process was started with can tell the proof
/// from another.
pub(crate) async fn instance(State(service): State<Service>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let challenge = form_urlencoded::parse(query.as_bytes())
        .find_map(|(name, value)| (name == "challenge").then_some(value));
    let token = service.options.start_token.as_deref();
    let proof = token.zip(challenge).map(|(token, challenge)| instance_proof(token, &challenge));
    json_response(&json!({"service": "Lynkr", "version": VERSION, "proof": proof}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_one_of_token_and_challenge() {
        let token = new_start_token().unwrap();
        assert_eq!(token.len(), 64);
        assert_ne!(Some(&token), new_start_token().as_ref());
        let proof = instance_proof(&token, "a");
        assert_eq!(proof, instance_proof(&token, "a"));
        assert_ne!(proof, instance_proof(&token, "b"));
        assert_ne!(proof, instance_proof("other", "a"));
        // A challenge of any length costs the same.
        assert_eq!(
            instance_proof(&token, &"é".repeat(LONGEST)),
            instance_proof(&token, &"é".repeat(100_000))
        );
    }
}
