//! Ollama's chat.

use super::{Streamed, text};
use serde_json::{Value, json};

fn line(content: &str) -> Value {
    json!({
        "model": "qwen3", "created_at": "2026-01-01T00:00:00.000000Z",
        "message": { "role": "assistant", "content": content }, "done": false,
    })
}

fn last(content: &str) -> Value {
    let mut line = line(content);
    let end = json!({
        "done": true, "done_reason": "stop", "total_duration": 5_000_000, "load_duration": 1_000_000,
        "prompt_eval_count": 400, "prompt_eval_duration": 1_000_000, "eval_count": 120, "eval_duration": 2_000_000,
    });
    if let (Some(line), Value::Object(end)) = (line.as_object_mut(), end) {
        line.extend(end);
    }
    line
}

pub(super) fn whole() -> Value {
    last(&text())
}

pub(super) fn streamed() -> Streamed {
    Streamed::cut(Vec::new(), |text| format!("{}\n", line(text)), vec![format!("{}\n", last(""))])
}
