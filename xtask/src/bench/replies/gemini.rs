//! Gemini's content.

use super::{Streamed, data_line, text};
use serde_json::{Value, json};

fn answer(text: &str) -> Value {
    json!({
        "candidates": [{ "content": { "role": "model", "parts": [{ "text": text }] }, "index": 0 }],
        "usageMetadata": { "promptTokenCount": 400, "totalTokenCount": 400 },
        "modelVersion": "gemini-2.5-pro", "responseId": "bench",
    })
}

fn last(text: &str) -> Value {
    let mut answer = answer(text);
    answer["candidates"][0]["finishReason"] = json!("STOP");
    answer["usageMetadata"] =
        json!({ "promptTokenCount": 400, "candidatesTokenCount": 120, "totalTokenCount": 520 });
    answer
}

pub(super) fn whole() -> Value {
    last(&text())
}

pub(super) fn streamed() -> Streamed {
    Streamed::cut(Vec::new(), |text| data_line(&answer(text)), vec![data_line(&last("."))])
}
