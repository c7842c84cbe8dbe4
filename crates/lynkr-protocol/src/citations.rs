//! Where the words of an answer come from, in each dialect's form.
//!
//! Anthropic's citations quote a source, as Bedrock's do, OpenAI's annotations point at a place in the answer;
//! what all say is the address and the title of a web page. Chat nests what the Responses API has flat.

mod bedrock;

use serde_json::{Value, json};

use crate::Dialect;
use crate::wire::Json;

/// What both of OpenAI's dialects call a page.
const PAGE: &str = "url_citation";
/// What only the Responses API has.
const FILES: [&str; 3] = ["file_citation", "container_file_citation", "file_path"];

/// A list of citations of whichever dialect as that of a client of `client`: those without a form there are
/// left out; `None` when none is left.
pub(crate) fn list_for(client: Dialect, list: &Json) -> Option<Json> {
    let list: Vec<Json> = list.read().ok()?;
    let list: Vec<Json> = list.iter().filter_map(|citation| for_client(client, citation)).collect();
    (!list.is_empty()).then(|| Json::of(&list))
}

/// One citation of whichever dialect as a client of `client` reads it.
pub(crate) fn for_client(client: Dialect, citation: &Json) -> Option<Json> {
    let value = citation.to_value();
    let Some(kind) = value.get("type").and_then(Value::as_str) else {
        return bedrock::for_client(client, citation, &value);
    };
    match client {
        Dialect::Anthropic => kind.ends_with("_location").then(|| citation.clone()),
        Dialect::OpenAiChat if value.get(kind).is_some() => Some(citation.clone()),
        Dialect::OpenAiChat => page(&value, kind).map(|page| Json::of(&json!({"type": PAGE, PAGE: page}))),
        Dialect::OpenAiResponses if FILES.contains(&kind) => Some(citation.clone()),
        Dialect::OpenAiResponses if kind == PAGE && value.get(PAGE).is_none() => Some(citation.clone()),
        Dialect::OpenAiResponses => page(&value, kind).map(|page| {
            let mut flat = json!({"type": PAGE});
            if let (Some(flat), Some(page)) = (flat.as_object_mut(), page.as_object()) {
                flat.extend(page.clone());
            }
            Json::of(&flat)
        }),
        Dialect::BedrockConverse => bedrock::of_anthropic(&value, kind).or_else(|| {
            let page = page(&value, kind)?;
            let (url, title) = (page.get("url")?, page.get("title")?);
            Some(Json::of(&json!({"title": title, "location": {"web": {"url": url}}})))
        }),
        Dialect::Ollama | Dialect::Gemini => None,
    }
}

/// A page: its address, its title, and the place in the answer, which Anthropic doesn't give and OpenAI
/// demands.
fn page(value: &Value, kind: &str) -> Option<Value> {
    let inner = value.get(kind).unwrap_or(value);
    let url = inner.get("url").and_then(Value::as_str)?;
    let title = inner.get("title").and_then(Value::as_str).unwrap_or(url);
    let at = |name: &str| inner.get(name).and_then(Value::as_u64).unwrap_or(0);
    Some(json!({
        "url": url,
        "title": title,
        "start_index": at("start_index"),
        "end_index": at("end_index"),
    }))
}

#[cfg(test)]
mod tests;
