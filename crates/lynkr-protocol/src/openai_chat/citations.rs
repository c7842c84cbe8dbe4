//! Citations: OpenAI's `annotations` and what becomes of Anthropic's citations beside them.

use serde_json::{Value, json};

use crate::wire::Json;

/// Whether the list holds anything.
pub(super) fn any(list: &Json) -> bool {
    list.read::<Vec<Json>>().is_ok_and(|list| !list.is_empty())
}

/// A block's citations as annotations. Anthropic's that have no address have no form here.
pub(super) fn to_annotations(list: &Json) -> Vec<Json> {
    list.read::<Vec<Json>>().unwrap_or_default().iter().filter_map(to_annotation).collect()
}

/// One citation as an annotation.
pub(super) fn to_annotation(citation: &Json) -> Option<Json> {
    let value = citation.to_value();
    let kind = value.get("type").and_then(Value::as_str)?;
    if kind.ends_with("_citation") || kind == "file_path" {
        return Some(citation.clone());
    }
    // Anthropic gives no place in the answer's text, which the format demands.
    let url = value.get("url").and_then(Value::as_str)?;
    let title = value.get("title").and_then(Value::as_str).unwrap_or(url);
    let inner = json!({"url": url, "title": title, "start_index": 0, "end_index": 0});
    Some(Json::of(&json!({"type": "url_citation", "url_citation": inner})))
}
