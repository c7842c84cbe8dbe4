//! Whether an answer to a request has a place for a badge at all.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::value::RawValue;

use super::raw::{fields, text};
use crate::Dialect;
use crate::peek::Peek;

/// Whether the answer is words for a person: not the continuation of words that the client itself began, and not JSON
/// that a program reads.
pub fn has_place(dialect: Dialect, body: &[u8], peek: &Peek) -> bool {
    let last = peek.turn_spans.last().and_then(|span| body.get(span.clone()));
    let last = last.and_then(|turn| crate::json::from_slice::<&RawValue>(turn).ok());
    let role = last.and_then(|turn| text(&fields(turn), "role"));
    if matches!(role.as_deref(), Some("assistant" | "model")) {
        return false;
    }
    crate::json::from_slice::<&RawValue>(body).is_ok_and(|whole| !wants_json(dialect, &fields(whole)))
}

/// Whether the client asks for JSON.
fn wants_json(dialect: Dialect, body: &[(Cow<'_, str>, &RawValue)]) -> bool {
    let field = |name: &str| -> Value {
        let raw = body.iter().rfind(|(own, _)| own == name);
        raw.and_then(|(_, raw)| crate::json::from_str(raw.get()).ok()).unwrap_or_default()
    };
    let is_json = |format: Option<&Value>| {
        let kind = format.and_then(|format| format.get("type")).and_then(Value::as_str);
        kind.is_some_and(|kind| kind != "text")
    };
    match dialect {
        Dialect::Anthropic => {
            is_json(Some(&field("output_format"))) || is_json(field("output_config").get("format"))
        }
        Dialect::OpenAiChat => is_json(Some(&field("response_format"))),
        Dialect::OpenAiResponses => is_json(field("text").get("format")),
        Dialect::Ollama => match field("format") {
            Value::Null => false,
            Value::String(format) => !format.is_empty(),
            _ => true,
        },
        Dialect::Gemini => {
            let config = field("generationConfig");
            let kind = config.get("responseMimeType").and_then(Value::as_str).unwrap_or("text/plain");
            kind != "text/plain" || config.get("responseModalities").is_some()
        }
        Dialect::BedrockConverse => true,
    }
}
