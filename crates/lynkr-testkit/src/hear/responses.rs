//! OpenAI Responses requests.

use serde_json::Value;

use super::{Choice, Heard, Offered, OfferedKind};
use crate::json::{content_text, list, text};
use crate::model::inspect_url;

pub(super) fn hear(body: &Value) -> Heard {
    let mut heard = Heard {
        model: text(&body["model"]).to_owned(),
        stream: body["stream"] == true,
        tools: list(&body["tools"]).iter().flat_map(offered).collect(),
        choice: choice(&body["tool_choice"]),
        asks_thinking: true,
        asks_encrypted: list(&body["include"]).iter().any(|item| item == "reasoning.encrypted_content"),
        previous: body["previous_response_id"].as_str().map(str::to_owned),
        schema: body["text"]["format"].get("schema").cloned(),
        ..Heard::default()
    };
    heard.say(text(&body["instructions"]));
    heard.say(text(&body["input"]));
    for item in list(&body["input"]) {
        hear_item(&mut heard, item);
    }
    heard
}

fn hear_item(heard: &mut Heard, item: &Value) {
    match text(&item["type"]) {
        "reasoning" => heard.thoughts += 1,
        kind if kind.ends_with("_output") => {
            heard.results.push(content_text(&item["output"]));
            see_parts(heard, &item["output"]);
        }
        _ if item["role"] != "assistant" => {
            heard.say(&content_text(&item["content"]));
            see_parts(heard, &item["content"]);
        }
        _ => {}
    }
}

fn see_parts(heard: &mut Heard, content: &Value) {
    for part in list(content).iter().filter(|part| part["type"] == "input_image") {
        heard.see(inspect_url(text(&part["image_url"])));
    }
}

/// Hosted tools (web search and the like) are nothing that a client could run, so they are left out.
fn offered(tool: &Value) -> Vec<Offered> {
    let name = text(&tool["name"]).to_owned();
    let one = |kind, name: String| vec![Offered { name, schema: tool["parameters"].clone(), kind }];
    match text(&tool["type"]) {
        "function" => one(OfferedKind::Function, name),
        "custom" => one(OfferedKind::Custom, name),
        "local_shell" => one(OfferedKind::LocalShell, "local_shell".to_owned()),
        "namespace" => list(&tool["tools"])
            .iter()
            .map(|inner| Offered {
                name: text(&inner["name"]).to_owned(),
                schema: inner["parameters"].clone(),
                kind: OfferedKind::Namespaced(name.clone()),
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn choice(choice: &Value) -> Choice {
    match choice["name"].as_str() {
        Some(name) => Choice::Forced(name.to_owned()),
        None if choice == "none" => Choice::Forbidden,
        None => Choice::Free,
    }
}
