//! The answers that OpenAI keeps, by their ids: `GET`, `DELETE` and the input of each.
//!
//! (Format: "Responses" in OpenAI's API reference.)

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::json::list;
use crate::recorded::Recorded;
use crate::script::Script;

/// What is kept, for as long as the server lives.
#[derive(Debug, Default)]
pub(super) struct Kept {
    answers: Mutex<HashMap<String, Entry>>,
}

#[derive(Clone, Debug)]
struct Entry {
    answer: Value,
    input: Vec<Value>,
}

impl Kept {
    /// Keeps a whole answer, unless its request forbids it.
    pub(super) fn keep(&self, request: &Value, mut answer: Value) {
        if request["store"] == false {
            return;
        }
        answer["store"] = json!(true);
        let id = answer["id"].as_str().unwrap_or_default().to_owned();
        let input = if request["input"].is_string() {
            vec![item(&json!({"role": "user", "content": request["input"]}), 0)]
        } else {
            list(&request["input"]).iter().enumerate().map(|(place, own)| item(own, place)).collect()
        };
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(id, Entry { answer, input });
    }

    /// What is answered at `…/responses/{id}` and below; nothing if the request is for something else.
    pub(super) fn serve(&self, request: &Recorded) -> Option<Script> {
        let (_, place) = request.path.split_once("/responses/")?;
        let (id, below) = place.split_once('/').unwrap_or((place, ""));
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let found = answers.get(id).cloned();
        let body = match (request.method.as_str(), below) {
            ("GET", "") => found.map(|entry| entry.answer),
            ("GET", "input_items") => found.map(|entry| page(entry.input)),
            ("DELETE", "") => {
                answers.remove(id).map(|_| json!({"id": id, "object": "response", "deleted": true}))
            }
            _ => return None,
        };
        Some(body.map_or_else(|| Script::json(404, &unknown(id)), |body| Script::json(200, &body)))
    }
}

/// An item of the input as the vendor shows it: with an id, and with parts where a plain text stood.
fn item(own: &Value, place: usize) -> Value {
    let mut item = own.clone();
    if item["type"].is_null() {
        item["type"] = json!("message");
    }
    if item["id"].is_null() {
        item["id"] = json!(format!("item_kit{place:04}"));
    }
    if item["type"] == "message" {
        if let Some(text) = own["content"].as_str() {
            let kind = if own["role"] == "assistant" { "output_text" } else { "input_text" };
            item["content"] = json!([{"type": kind, "text": text}]);
        }
        item["status"] = json!("completed");
    }
    item
}

/// A page with everything, the newest first.
fn page(mut input: Vec<Value>) -> Value {
    input.reverse();
    let id = |item: Option<&Value>| item.map_or(Value::Null, |item| item["id"].clone());
    let (first, last) = (id(input.first()), id(input.last()));
    json!({"object": "list", "data": input, "first_id": first, "last_id": last, "has_more": false})
}

fn unknown(id: &str) -> Value {
    json!({"error": {
        "message": format!("Response with id '{id}' not found."), "type": "invalid_request_error",
        "param": "id", "code": null,
    }})
}
