//! A badge in front of a whole answer.

use serde_json::Value;

use super::prefix;
use super::shift::shift;
use crate::Dialect;

/// Puts a badge in front of the first text of a whole answer. Says whether there was one: an answer that only calls
/// tools has no place for it.
pub fn insert(dialect: Dialect, answer: &mut Value, badge: &str) -> bool {
    let prefix = prefix(badge);
    match dialect {
        Dialect::Anthropic => before_text(answer.get_mut("content"), "text", &prefix),
        Dialect::OpenAiChat => answer.pointer_mut("/choices/0/message").is_some_and(|message| {
            let is_done = message.get_mut("content").is_some_and(|text| put(text, &prefix));
            if is_done && let Some(annotations) = message.get_mut("annotations") {
                shift(annotations, &prefix);
            }
            is_done
        }),
        Dialect::OpenAiResponses => {
            let items = answer.get_mut("output").and_then(Value::as_array_mut).into_iter().flatten();
            let mut messages = items.filter(|item| item.get("type").is_some_and(|kind| kind == "message"));
            messages.any(|item| before_text(item.get_mut("content"), "output_text", &prefix))
        }
        Dialect::Ollama => {
            let message = answer.pointer_mut("/message/content").is_some_and(|text| put(text, &prefix));
            message || answer.get_mut("response").is_some_and(|text| put(text, &prefix))
        }
        Dialect::Gemini => in_candidate(answer, &prefix),
        Dialect::BedrockConverse => false,
    }
}

/// Puts it in front of a text that says something.
fn put(text: &mut Value, prefix: &str) -> bool {
    match text {
        Value::String(own) if !own.is_empty() => {
            own.insert_str(0, prefix);
            true
        }
        _ => false,
    }
}

/// Puts it in front of the first part of this kind that says something.
fn before_text(parts: Option<&mut Value>, kind: &str, prefix: &str) -> bool {
    let parts = parts.and_then(Value::as_array_mut).into_iter().flatten();
    parts.filter(|part| part.get("type").is_some_and(|own| own == kind)).any(|part| {
        let is_done = part.get_mut("text").is_some_and(|text| put(text, prefix));
        if is_done && let Some(annotations) = part.get_mut("annotations") {
            shift(annotations, prefix);
        }
        is_done
    })
}

fn in_candidate(answer: &mut Value, prefix: &str) -> bool {
    let Some(candidate) = answer.pointer_mut("/candidates/0") else { return false };
    let parts = candidate.pointer_mut("/content/parts").and_then(Value::as_array_mut).into_iter().flatten();
    let is_done = parts
        .filter(|part| part.get("thought").is_none_or(|thought| thought != true))
        .any(|part| part.get_mut("text").is_some_and(|text| put(text, prefix)));
    for name in ["groundingMetadata", "citationMetadata"] {
        if is_done && let Some(places) = candidate.get_mut(name) {
            shift(places, prefix);
        }
    }
    is_done
}
