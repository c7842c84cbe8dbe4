//! OpenAI Chat Completions requests.

use serde_json::Value;

use super::{Choice, Heard, Offered, OfferedKind};
use crate::json::{content_text, list, text};
use crate::model::inspect_url;

pub(super) fn hear(body: &Value) -> Heard {
    let mut heard = Heard {
        model: text(&body["model"]).to_owned(),
        stream: body["stream"] == true,
        tools: list(&body["tools"]).iter().map(offered).collect(),
        choice: choice(&body["tool_choice"]),
        asks_thinking: true,
        asks_usage: body["stream_options"]["include_usage"] == true,
        schema: body["response_format"]["json_schema"].get("schema").cloned(),
        ..Heard::default()
    };
    for message in list(&body["messages"]) {
        let content = &message["content"];
        match text(&message["role"]) {
            "tool" => heard.results.push(content_text(content)),
            "assistant" => heard.thoughts += usize::from(!text(&message["reasoning_content"]).is_empty()),
            _ => heard.say(&content_text(content)),
        }
        for part in list(content).iter().filter(|part| part["type"] == "image_url") {
            heard.see(inspect_url(text(&part["image_url"]["url"])));
        }
    }
    heard
}

pub(super) fn offered(tool: &Value) -> Offered {
    let kind = if tool["type"] == "custom" { OfferedKind::Custom } else { OfferedKind::Function };
    let inner = if kind == OfferedKind::Custom { &tool["custom"] } else { &tool["function"] };
    Offered { name: text(&inner["name"]).to_owned(), schema: inner["parameters"].clone(), kind }
}

fn choice(choice: &Value) -> Choice {
    match choice["function"]["name"].as_str() {
        Some(name) => Choice::Forced(name.to_owned()),
        None if choice == "none" => Choice::Forbidden,
        None => Choice::Free,
    }
}
