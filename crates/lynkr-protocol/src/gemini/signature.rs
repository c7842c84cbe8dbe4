//! Other providers' proofs in the field `thoughtSignature`.
//!
//! The field is typed as bytes, and the SDKs decode it: what stands there must be base64. So the seals of
//! other providers' reasoning, joined with spaces, are wrapped in base64 once more. Clients drop reasoning
//! parts but hand back the signatures of calls and words, so the encoder puts seals on those.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::neutral::Thinking;
use crate::seal;

/// What newer models take in place of a signature that was lost, says their documentation.
pub(super) const PLACEHOLDER: &str = "skip_thought_signature_validator";

/// Whether the field holds a placeholder, of which there are two.
pub(super) fn is_placeholder(field: &str) -> bool {
    matches!(field, PLACEHOLDER | "context_engineering_is_the_way_to_go")
}

/// The field's value for sealed proofs.
pub(super) fn wrap(seals: &[String]) -> String {
    STANDARD.encode(seals.join(" "))
}

/// The reasoning that a field's value holds; `None` when it is a provider's own signature.
pub(super) fn open(field: &str) -> Option<Vec<Thinking>> {
    // Python's SDK writes the URL-safe alphabet, but the bytes of a seal never need the characters in
    // which the two differ.
    let bytes = STANDARD.decode(field).ok()?;
    let text = std::str::from_utf8(&bytes).ok()?;
    let opened: Vec<Thinking> = text.split(' ').filter_map(seal::open).collect();
    (!opened.is_empty()).then_some(opened)
}
