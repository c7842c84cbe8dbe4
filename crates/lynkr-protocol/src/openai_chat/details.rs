//! OpenRouter's `reasoning_details` in a stream: pieces of one detail have its type and index, and are put
//! together as OpenRouter wants them back.

use serde_json::{Map, Value};

use crate::wire::Json;

/// The fields that grow.
const GROWING: [&str; 3] = ["text", "summary", "data"];

/// The details so far.
#[derive(Debug, Default)]
pub(super) struct Details(Vec<Map<String, Value>>);

impl Details {
    /// Takes the details of one chunk.
    pub(super) fn add(&mut self, pieces: &[Json]) {
        for piece in pieces {
            let Value::Object(piece) = piece.to_value() else { continue };
            match self.0.last_mut().filter(|last| is_same(last, &piece)) {
                Some(last) => grow(last, piece),
                None => self.0.push(piece),
            }
        }
    }

    /// The whole list; `None` when there is nothing in it.
    pub(super) fn take(&mut self) -> Option<Json> {
        let list = std::mem::take(&mut self.0);
        (!list.is_empty()).then(|| Json::of(&list))
    }
}

fn is_same(last: &Map<String, Value>, piece: &Map<String, Value>) -> bool {
    // Encrypted parts come whole: a second one is another.
    let whole = last.contains_key("data") && piece.contains_key("data");
    !whole && last.get("type") == piece.get("type") && last.get("index") == piece.get("index")
}

fn grow(last: &mut Map<String, Value>, piece: Map<String, Value>) {
    for (name, value) in piece {
        match (last.get_mut(&name), value) {
            (Some(Value::String(text)), Value::String(more)) if GROWING.contains(&name.as_str()) => {
                text.push_str(&more);
            }
            (Some(_), Value::Null) => {}
            (_, value) => {
                last.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
