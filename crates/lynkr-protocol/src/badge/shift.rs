//! Citations say where in an answer's text they stand: a text that a badge stands in front of has them further on.

use serde_json::Value;

/// Whether there may be any.
pub(super) fn may_hold_places(text: &[u8]) -> bool {
    let holds = |needle: &str| memchr::memmem::find(text, needle.as_bytes()).is_some();
    holds("_index\"") || holds("endIndex\"")
}

/// Moves every place in a value by the length of what was put in front: OpenAI counts characters, Google bytes.
pub(super) fn shift(value: &mut Value, prefix: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| shift(item, prefix)),
        Value::Object(fields) => {
            // Google leaves out a beginning of zero.
            if fields.get("endIndex").is_some_and(Value::is_number) {
                fields.entry("startIndex").or_insert_with(|| 0.into());
            }
            for (name, value) in fields {
                let by = match name.as_str() {
                    "start_index" | "end_index" => prefix.chars().count(),
                    "startIndex" | "endIndex" => prefix.len(),
                    _ => {
                        shift(value, prefix);
                        continue;
                    }
                };
                if let Some(place) = value.as_u64() {
                    *value = place.saturating_add(by as u64).into();
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
