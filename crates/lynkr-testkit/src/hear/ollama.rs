//! Ollama chat requests.

use serde_json::Value;

use super::{Heard, chat};
use crate::json::{list, text};
use crate::model::inspect;

pub(super) fn hear(body: &Value) -> Heard {
    let mut heard = Heard {
        model: text(&body["model"]).to_owned(),
        // Unlike the others, Ollama streams unless told not to.
        stream: body["stream"] != false,
        tools: list(&body["tools"]).iter().map(chat::offered).collect(),
        asks_thinking: body["think"] != false,
        schema: Some(&body["format"]).filter(|format| format.is_object()).cloned(),
        ..Heard::default()
    };
    for message in list(&body["messages"]) {
        let content = text(&message["content"]);
        match text(&message["role"]) {
            "tool" => heard.results.push(content.to_owned()),
            "assistant" => heard.thoughts += usize::from(!text(&message["thinking"]).is_empty()),
            _ => heard.say(content),
        }
        for image in list(&message["images"]) {
            heard.see(inspect(None, text(image)));
        }
    }
    heard
}
