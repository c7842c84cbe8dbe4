//! Bedrock's citations, which have no `type`: a location's one field tells its kind. Those of documents say the
//! same as Anthropic's.

use serde_json::{Map, Value, json};

use super::{PAGE, page};
use crate::Dialect;
use crate::wire::Json;

/// A kind of place in a document: its name and that of Anthropic's citation, and the latter's two ends.
type Place = (&'static str, &'static str, &'static str, &'static str);

const PLACES: [Place; 3] = [
    ("documentChar", "char_location", "start_char_index", "end_char_index"),
    ("documentPage", "page_location", "start_page_number", "end_page_number"),
    ("documentChunk", "content_block_location", "start_block_index", "end_block_index"),
];

/// One of Bedrock's citations as a client of another dialect reads it.
pub(super) fn for_client(client: Dialect, citation: &Json, value: &Value) -> Option<Json> {
    let location = value.get("location").and_then(Value::as_object);
    match client {
        Dialect::BedrockConverse => Some(citation.clone()),
        Dialect::Anthropic => anthropic(value, location?),
        Dialect::OpenAiChat | Dialect::OpenAiResponses => {
            let url = location?.get("web")?.get("url")?;
            let title = value.get("title").unwrap_or(url);
            let plain = json!({"type": PAGE, "url": url, "title": title});
            let page = page(&plain, PAGE)?;
            if client == Dialect::OpenAiChat {
                return Some(Json::of(&json!({"type": PAGE, PAGE: page})));
            }
            let mut flat = json!({"type": PAGE});
            flat.as_object_mut()?.extend(page.as_object()?.clone());
            Some(Json::of(&flat))
        }
        Dialect::Ollama | Dialect::Gemini => None,
    }
}

fn anthropic(value: &Value, location: &Map<String, Value>) -> Option<Json> {
    let quoted: String = value
        .get("sourceContent")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|piece| piece.get("text").and_then(Value::as_str))
        .collect();
    for (name, kind, start, end) in PLACES {
        let Some(place) = location.get(name) else { continue };
        return Some(Json::of(&json!({
            "type": kind,
            "cited_text": quoted,
            "document_index": place.get("documentIndex")?,
            "document_title": value.get("title"),
            start: place.get("start")?,
            end: place.get("end")?,
        })));
    }
    let url = location.get("web")?.get("url")?;
    let title = value.get("title");
    // The index is Anthropic's own proof of a search, which there is none of.
    Some(Json::of(&json!({
        "type": "web_search_result_location",
        "cited_text": quoted,
        "url": url,
        "title": title,
        "encrypted_index": "",
    })))
}

/// A citation of a document in Anthropic's form.
pub(super) fn of_anthropic(value: &Value, kind: &str) -> Option<Json> {
    let (name, _, start, end) = PLACES.into_iter().find(|(_, own, ..)| *own == kind)?;
    let place = json!({
        "documentIndex": value.get("document_index")?,
        "start": value.get(start)?,
        "end": value.get(end)?,
    });
    let mut citation = json!({"location": {name: place}});
    let fields = citation.as_object_mut()?;
    if let Some(title) = value.get("document_title").filter(|title| title.is_string()) {
        fields.insert("title".to_owned(), title.clone());
    }
    if let Some(quoted) = value.get("cited_text") {
        fields.insert("sourceContent".to_owned(), json!([{"text": quoted}]));
    }
    Some(Json::of(&citation))
}
