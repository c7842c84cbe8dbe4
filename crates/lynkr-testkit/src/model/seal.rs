//! Signatures that verify themselves: a seal is made from the thinking text, so that a changed text or a foreign
//! signature is known without keeping any state.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const MARK: &str = "lynkr-testkit-seal:";

/// The signature of a thinking text.
pub(crate) fn seal(text: &str) -> String {
    STANDARD.encode(format!("{MARK}{:016x}", fnv(text.as_bytes())))
}

/// Whether this signature was made here, for this text.
pub(crate) fn seal_holds(text: &str, signature: &str) -> bool {
    seal(text) == signature
}

/// An opaque text that stands for hidden reasoning, as a vendor gives it out encrypted.
pub(crate) fn encrypt(text: &str) -> String {
    STANDARD.encode(format!("{}|{text}", seal(text)))
}

/// Whether this was given out here and is unchanged.
pub(crate) fn encrypted_holds(encrypted: &str) -> bool {
    let plain = STANDARD.decode(encrypted).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let parts = plain.as_deref().and_then(|plain| plain.split_once('|'));
    parts.is_some_and(|(signature, text)| seal_holds(text, signature))
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
