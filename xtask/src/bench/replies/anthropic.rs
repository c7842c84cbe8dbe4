//! Anthropic's messages.

use super::{Streamed, named_event, text};
use serde_json::{Value, json};

fn message(content: Value, stop_reason: Value) -> Value {
    json!({
        "id": "msg_bench", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
        "content": content, "stop_reason": stop_reason, "stop_sequence": null,
        "usage": { "input_tokens": 400, "output_tokens": 120 },
    })
}

pub(super) fn whole() -> Value {
    message(json!([{ "type": "text", "text": text() }]), json!("end_turn"))
}

pub(super) fn streamed() -> Streamed {
    let delta = |text: &str| {
        named_event(&json!({
            "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text },
        }))
    };
    let start = json!({ "type": "text", "text": "" });
    let head = [
        json!({ "type": "message_start", "message": message(json!([]), Value::Null) }),
        json!({ "type": "content_block_start", "index": 0, "content_block": start }),
    ];
    let tail = [
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({
            "type": "message_delta",
            "delta": { "stop_reason": "end_turn", "stop_sequence": null },
            "usage": { "output_tokens": 120 },
        }),
        json!({ "type": "message_stop" }),
    ];
    Streamed::cut(head.iter().map(named_event).collect(), delta, tail.iter().map(named_event).collect())
}
