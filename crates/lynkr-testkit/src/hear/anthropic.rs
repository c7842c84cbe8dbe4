//! Anthropic Messages requests.

use serde_json::Value;

use super::{Choice, Heard, Offered, OfferedKind};
use crate::json::{content_text, list, text};
use crate::model::{Picture, inspect};

pub(super) fn hear(body: &Value) -> Heard {
    let mut heard = Heard {
        model: text(&body["model"]).to_owned(),
        stream: body["stream"] == true,
        tools: list(&body["tools"]).iter().filter_map(offered).collect(),
        choice: choice(&body["tool_choice"]),
        asks_thinking: matches!(text(&body["thinking"]["type"]), "enabled" | "adaptive"),
        schema: [&body["output_config"]["format"], &body["output_format"]]
            .into_iter()
            .find(|format| format["type"] == "json_schema")
            .map(|format| format["schema"].clone()),
        thread: body["thread"].is_object(),
        ..Heard::default()
    };
    heard.say(&content_text(&body["system"]));
    for message in list(&body["messages"]) {
        let content = &message["content"];
        if message["role"] != "assistant" {
            heard.say(&content_text(content));
        }
        for block in list(content) {
            hear_block(&mut heard, block);
        }
    }
    heard
}

/// Client tools carry a schema; server tools are typed and nothing that a client could run.
fn offered(tool: &Value) -> Option<Offered> {
    let schema = tool.get("input_schema")?.clone();
    Some(Offered { name: text(&tool["name"]).to_owned(), schema, kind: OfferedKind::Function })
}

fn choice(choice: &Value) -> Choice {
    match text(&choice["type"]) {
        "none" => Choice::Forbidden,
        "tool" => Choice::Forced(text(&choice["name"]).to_owned()),
        _ => Choice::Free,
    }
}

fn hear_block(heard: &mut Heard, block: &Value) {
    match text(&block["type"]) {
        "image" => heard.see(picture(block)),
        "thinking" | "redacted_thinking" => heard.thoughts += 1,
        "tool_result" => {
            heard.results.push(content_text(&block["content"]));
            for part in list(&block["content"]).iter().filter(|part| part["type"] == "image") {
                heard.see(picture(part));
            }
        }
        _ => {}
    }
}

/// The image of an image block.
pub(crate) fn picture(block: &Value) -> Result<Picture, String> {
    let source = &block["source"];
    match text(&source["type"]) {
        "base64" => inspect(Some(text(&source["media_type"])), text(&source["data"])),
        "url" => crate::model::inspect_url(text(&source["url"])),
        other => Err(format!("image source type {other:?}")),
    }
}
