//! Bedrock Converse requests.

use serde_json::Value;

use super::{Choice, Heard, Offered, OfferedKind};
use crate::json::{content_text, list, text};
use crate::model::{Picture, inspect};

pub(super) fn hear(body: &Value) -> Heard {
    let config = &body["toolConfig"];
    let thinking = &body["additionalModelRequestFields"]["thinking"];
    let schema = &body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"];
    let mut heard = Heard {
        tools: list(&config["tools"]).iter().filter_map(offered).collect(),
        choice: match config["toolChoice"]["tool"]["name"].as_str() {
            Some(name) => Choice::Forced(name.to_owned()),
            None => Choice::Free,
        },
        asks_thinking: matches!(text(&thinking["type"]), "enabled" | "adaptive"),
        schema: serde_json::from_str(text(schema)).ok(),
        ..Heard::default()
    };
    heard.say(&content_text(&body["system"]));
    for message in list(&body["messages"]) {
        if message["role"] != "assistant" {
            heard.say(&content_text(&message["content"]));
        }
        for block in list(&message["content"]) {
            hear_block(&mut heard, block);
        }
    }
    heard
}

fn offered(tool: &Value) -> Option<Offered> {
    let spec = tool.get("toolSpec")?;
    let (name, schema) = (text(&spec["name"]).to_owned(), spec["inputSchema"]["json"].clone());
    Some(Offered { name, schema, kind: OfferedKind::Function })
}

fn hear_block(heard: &mut Heard, block: &Value) {
    if let Some(image) = block.get("image") {
        heard.see(picture(image));
    }
    heard.thoughts += usize::from(block.get("reasoningContent").is_some());
    if let Some(result) = block.get("toolResult") {
        heard.results.push(content_text(&result["content"]));
        for image in list(&result["content"]).iter().filter_map(|part| part.get("image")) {
            heard.see(picture(image));
        }
    }
}

/// The image of an image block.
pub(crate) fn picture(image: &Value) -> Result<Picture, String> {
    let format = text(&image["format"]);
    match image["source"]["bytes"].as_str() {
        Some(bytes) => inspect(Some(&format!("image/{format}")), bytes),
        None if text(&image["source"]["s3Location"]["uri"]).starts_with("s3://") => {
            Ok(Picture { media_type: format!("s3/{format}"), bytes: 0 })
        }
        None => Err("image.source: neither bytes nor a place in S3".to_owned()),
    }
}
