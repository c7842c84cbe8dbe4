//! Carries one provider's proof of its own reasoning through a client of another dialect.
//!
//! A client hands reasoning back as it got it, in its own dialect's field (`signature`,
//! `encrypted_content`). When that reasoning came from a provider of another dialect, the field holds a
//! seal: `lynkr.v1.` and the base64 of a small JSON object with the proof and the text that it belongs to. On the way
//! back the seal is opened, and the provider that made the proof gets it unchanged.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use crate::neutral::{Proof, Thinking};
use crate::wire::Json;

pub(crate) const PREFIX: &str = "lynkr.v1.";

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
        Proof::Details(details) if proves(details) => {
            json!({"details": details.to_value(), "text": thinking.text})
        }
        Proof::Details(_) => return None,
    };
    Some(format!("{PREFIX}{}", STANDARD.encode(body.to_string())))
}

/// Opens a seal. `None` for what isn't one: then the field is the client's own dialect's.
pub fn open(field: &str) -> Option<Thinking> {
    let bytes = STANDARD.decode(field.strip_prefix(PREFIX)?).ok()?;
    let mut sealed: Sealed = serde_json::from_slice(&bytes).ok()?;
    let text = std::mem::take(&mut sealed.text);
    let proof = match sealed {
        Sealed { signature: Some(signature), .. } => Proof::Signature(signature),
        Sealed { redacted: Some(data), .. } => Proof::Redacted(data),
        Sealed { details: Some(details), .. } => Proof::Details(details),
        Sealed { thought_signature: Some(signature), alone, .. } => {
            Proof::ThoughtSignature { signature, alone }
        }
        Sealed { id, encrypted, .. } => Proof::Item { id: id?, encrypted },
    };
    Some(Thinking { text, proof: Some(proof), ..Thinking::default() })
}

/// What a seal holds: a text, and one kind of proof.
#[derive(Deserialize)]
struct Sealed {
    #[serde(default)]
    text: String,
    signature: Option<String>,
    redacted: Option<String>,
    details: Option<Json>,
    thought_signature: Option<String>,
    #[serde(default)]
    alone: bool,
    id: Option<String>,
    encrypted: Option<String>,
}

/// Whether the details hold more than the text that clients see anyway.
fn proves(details: &Json) -> bool {
    #[derive(Deserialize)]
    struct Detail {
        signature: Option<String>,
        data: Option<String>,
    }
    let list: Vec<Detail> = details.read().unwrap_or_default();
    list.iter().any(|detail| detail.signature.is_some() || detail.data.is_some())
}

#[cfg(test)]
mod tests;
