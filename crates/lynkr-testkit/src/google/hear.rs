//! What a `generateContent` request says to the model.

use serde_json::Value;

use super::strict::proves;
use crate::hear::{Choice, Heard, Offered, OfferedKind};
use crate::json::{list, text};
use crate::model::inspect;

pub(crate) fn hear(body: &Value, model: &str, stream: bool) -> Heard {
    let config = &body["generationConfig"];
    let mut heard = Heard {
        model: model.to_owned(),
        stream,
        tools: list(&body["tools"])
            .iter()
            .flat_map(|tool| list(&tool["functionDeclarations"]))
            .map(offered)
            .collect(),
        choice: choice(&body["toolConfig"]["functionCallingConfig"]),
        asks_thinking: config["thinkingConfig"]["includeThoughts"] == true,
        schema: ["responseJsonSchema", "responseSchema"]
            .into_iter()
            .find_map(|name| config.get(name))
            .cloned(),
        ..Heard::default()
    };
    hear_parts(&mut heard, &body["systemInstruction"]);
    for content in list(&body["contents"]) {
        hear_parts(&mut heard, content);
    }
    heard
}

fn offered(declaration: &Value) -> Offered {
    let schema = declaration.get("parametersJsonSchema").or_else(|| declaration.get("parameters"));
    Offered {
        name: text(&declaration["name"]).to_owned(),
        schema: schema.cloned().unwrap_or_default(),
        kind: OfferedKind::Function,
    }
}

fn choice(calling: &Value) -> Choice {
    match (text(&calling["mode"]), list(&calling["allowedFunctionNames"])) {
        ("NONE", _) => Choice::Forbidden,
        ("ANY", [name]) => Choice::Forced(text(name).to_owned()),
        _ => Choice::Free,
    }
}

fn hear_parts(heard: &mut Heard, content: &Value) {
    for part in list(&content["parts"]) {
        if content["role"] == "model" {
            heard.thoughts += usize::from(proves(part));
        } else {
            heard.say(text(&part["text"]));
        }
        if let Some(response) = part.get("functionResponse") {
            heard.results.push(result_text(&response["response"]));
            for inner in list(&response["parts"]) {
                see(heard, inner);
            }
        }
        see(heard, part);
    }
}

/// The words of a result, whatever its field is called.
fn result_text(response: &Value) -> String {
    let Some(fields) = response.as_object() else { return String::new() };
    let words = fields.values().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    words.collect::<Vec<_>>().join("\n")
}

fn see(heard: &mut Heard, part: &Value) {
    let data = &part["inlineData"];
    if text(&data["mimeType"]).starts_with("image/") {
        heard.see(inspect(Some(text(&data["mimeType"])), text(&data["data"])));
    }
}
