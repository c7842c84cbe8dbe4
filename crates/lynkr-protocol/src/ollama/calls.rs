//! Tool calls: ids where the wire has none, and arguments between text and object.

use crate::neutral::ToolUse;
use crate::wire::Json;

/// Begins each id that was made of a call's place in a client's conversation. Such an id means nothing to
/// anyone else, so it isn't written.
const BY_PLACE: &str = "call_at_";

/// The id of a client's call that has none.
pub(super) fn id_by_place(message: usize, call: usize) -> String {
    format!("{BY_PLACE}{message}_{call}")
}

/// Whether the id is one that clients and servers gave each other.
pub(super) fn is_real_id(id: &str) -> bool {
    !id.is_empty() && !id.starts_with(BY_PLACE)
}

/// The id of an upstream's call that has none. It is made of the answer's time, so that answers differ,
/// and of the call itself, for servers whose clock stands still.
pub(super) fn id_by_content(created_at: &str, place: usize, name: &str, arguments: &str) -> String {
    let mut hash = Fnv::new();
    for part in [created_at, name, arguments] {
        hash.add(part.as_bytes());
        // A byte that UTF-8 never has keeps neighbouring parts apart.
        hash.add(&[0xFF]);
    }
    format!("call_{:016x}_{place}", hash.0)
}

/// FNV-1a, 64 bits: small, stable over versions, and nothing here needs it to be hard to invert.
struct Fnv(u64);

impl Fnv {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// The stable hash of a text.
pub(super) fn hash(text: &str) -> u64 {
    let mut hash = Fnv::new();
    hash.add(text.as_bytes());
    hash.0
}

/// The arguments as the object that the dialect wants; `false` when they were something else and went
/// into a field of their own.
pub(super) fn arguments_object(text: &str) -> (Json, bool) {
    if text.trim().is_empty() {
        return (Json::empty_object(), true);
    }
    // Line ends in JSON stand between its parts only, and a stream's object must stay on one line.
    match Json::parse(&text.replace(['\n', '\r'], " ")) {
        Ok(json) if json.is_object() => (json, true),
        _ => (Json::of(&serde_json::json!({ "raw_arguments": text })), false),
    }
}

/// The arguments as text. A string is taken for JSON text, as other vendors' clients write it.
pub(super) fn arguments_text(arguments: Option<&Json>) -> String {
    match arguments {
        Some(json) => json.as_string().unwrap_or_else(|| json.get().to_owned()),
        None => String::new(),
    }
}

/// A neutral call.
pub(super) fn tool_use(id: String, name: &str, arguments: String) -> ToolUse {
    ToolUse { id, name: name.to_owned(), arguments, ..ToolUse::default() }
}
