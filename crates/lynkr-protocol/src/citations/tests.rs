//! A page is a page in every dialect that has citations.

use super::*;

fn shown(client: Dialect, citation: &Value) -> Option<Value> {
    for_client(client, &Json::of(citation)).map(|citation| citation.to_value())
}

#[test]
fn pages_travel_between_dialects() {
    let page = json!({"url": "https://e.com", "title": "E", "start_index": 1, "end_index": 3});
    let nested = json!({"type": "url_citation", "url_citation": page});
    let flat = json!({"type": "url_citation", "url": "https://e.com", "title": "E", "start_index": 1, "end_index": 3});
    let quoted = json!({"type": "web_search_result_location", "url": "https://e.com", "title": "E", "cited_text": "x"});
    assert_eq!(shown(Dialect::OpenAiChat, &nested), Some(nested.clone()));
    assert_eq!(shown(Dialect::OpenAiChat, &flat), Some(nested.clone()));
    assert_eq!(shown(Dialect::OpenAiResponses, &nested), Some(flat.clone()));
    assert_eq!(shown(Dialect::OpenAiResponses, &flat), Some(flat.clone()));
    assert_eq!(shown(Dialect::OpenAiChat, &quoted).unwrap()["url_citation"]["url"], "https://e.com");
    assert_eq!(shown(Dialect::OpenAiResponses, &quoted).unwrap()["end_index"], 0);
    assert_eq!(shown(Dialect::Anthropic, &quoted), Some(quoted));
    for client in [Dialect::Anthropic, Dialect::Ollama] {
        assert_eq!(shown(client, &flat), None);
    }
}

#[test]
fn what_has_no_address_stays_with_its_dialect() {
    let file = json!({"type": "file_citation", "file_id": "file-1", "index": 3});
    assert_eq!(shown(Dialect::OpenAiResponses, &file), Some(file.clone()));
    assert_eq!(shown(Dialect::OpenAiChat, &file), None);
    let place = json!({"type": "char_location", "cited_text": "c"});
    assert_eq!(shown(Dialect::OpenAiResponses, &place), None);
    assert_eq!(shown(Dialect::OpenAiChat, &json!("no object")), None);
}
