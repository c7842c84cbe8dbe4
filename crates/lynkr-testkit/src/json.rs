//! Reading untrusted JSON without ceremony: what is absent or of another type reads as empty.

use serde_json::Value;

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The text in a content value of any dialect: a string, or the text parts of a list.
pub(crate) fn content_text(content: &Value) -> String {
    if let Some(whole) = content.as_str() {
        return whole.to_owned();
    }
    let parts = list(content).iter().map(|part| text(&part["text"])).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("\n")
}
