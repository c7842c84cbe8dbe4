//! Carries one provider's proof of its own reasoning through a client of another dialect.
//!
//! A client hands reasoning back as it got it, in its own dialect's field (`signature`,
//! `encrypted_content`). When that reasoning came from a provider of another dialect, the field holds a
//! seal: `lynkr.v1.` and the base64 of a small JSON object with the proof and the text that it belongs to. On the way
//! back the seal is opened, and the provider that made the proof gets it unchanged.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::neutral::{Proof, Thinking};

const PREFIX: &str = "lynkr.v1.";

/// Seals a thinking block's text and proof; `None` when there is nothing to prove.
pub fn seal(thinking: &Thinking) -> Option<String> {
    let body = match thinking.proof.as_ref()? {
        Proof::Signature(signature) => json!({"signature": signature, "text": thinking.text}),
        Proof::Redacted(data) => json!({"redacted": data}),
        Proof::Item { id, encrypted } => {
            json!({"id": id, "encrypted": encrypted, "text": thinking.text})
        }
        Proof::ThoughtSignature { signature, alone } => {
            json!({"thought_signature": signature, "alone": alone, "text": thinking.text})
        }
    };
    Some(format!("{PREFIX}{}", STANDARD.encode(body.to_string())))
}

/// Opens a seal. `None` for what isn't one: then the field is the client's own dialect's.
pub fn open(field: &str) -> Option<Thinking> {
    let bytes = STANDARD.decode(field.strip_prefix(PREFIX)?).ok()?;
    let body: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    let string = |key: &str| body.get(key).and_then(|value| value.as_str()).map(str::to_owned);
    let proof = if let Some(signature) = string("signature") {
        Proof::Signature(signature)
    } else if let Some(data) = string("redacted") {
        Proof::Redacted(data)
    } else if let Some(signature) = string("thought_signature") {
        let alone = body.get("alone").and_then(serde_json::Value::as_bool).unwrap_or(false);
        Proof::ThoughtSignature { signature, alone }
    } else {
        Proof::Item { id: string("id")?, encrypted: string("encrypted") }
    };
    Some(Thinking { text: string("text").unwrap_or_default(), proof: Some(proof), ..Thinking::default() })
}

#[cfg(test)]
mod tests;
