//! Pieces come together as OpenRouter wants them back.

use serde_json::json;

use super::*;

fn joined(chunks: &[Value]) -> Option<Value> {
    let mut details = Details::default();
    for chunk in chunks {
        let list: Vec<Json> = chunk.as_array().unwrap().iter().map(Json::of).collect();
        details.add(&list);
    }
    details.take().map(|list| list.to_value())
}

#[test]
fn words_and_their_signature_are_one_detail() {
    let text = |text: &str| json!([{"type": "reasoning.text", "text": text, "signature": null, "index": 0}]);
    let signed = json!([{"type": "reasoning.text", "signature": "sig", "index": 0}]);
    assert_eq!(
        joined(&[text("Th"), text("ink"), signed]),
        Some(json!([{"type": "reasoning.text", "text": "Think", "signature": "sig", "index": 0}]))
    );
}

#[test]
fn encrypted_parts_and_other_places_stay_apart() {
    let part = |data: &str| json!({"type": "reasoning.encrypted", "data": data, "index": 0});
    let text = |index: u8| json!({"type": "reasoning.text", "text": "t", "index": index});
    let list = json!([text(0), text(1), part("a"), part("b")]);
    assert_eq!(joined(std::slice::from_ref(&list)), Some(list));
    assert_eq!(joined(&[]), None);
    assert_eq!(joined(&[json!(["no object"])]), None);
}
