//! Converse of Amazon Bedrock, whose streams are binary messages with checksums.

use super::{Streamed, text};
use bytes::Bytes;
use lynkr_testkit::bedrock::event;
use serde_json::{Value, json};

fn usage() -> Value {
    json!({ "inputTokens": 400, "outputTokens": 120, "totalTokens": 520 })
}

pub(super) fn whole() -> Value {
    json!({
        "output": { "message": { "role": "assistant", "content": [{ "text": text() }] } },
        "stopReason": "end_turn", "usage": usage(), "metrics": { "latencyMs": 5 },
    })
}

fn delta(text: &str) -> Bytes {
    event("contentBlockDelta", &json!({ "contentBlockIndex": 0, "delta": { "text": text }, "p": "abcdefg" }))
}

pub(super) fn streamed() -> Streamed {
    let head = vec![event("messageStart", &json!({ "role": "assistant" }))];
    let tail = vec![
        event("contentBlockStop", &json!({ "contentBlockIndex": 0 })),
        event("messageStop", &json!({ "stopReason": "end_turn" })),
        event("metadata", &json!({ "usage": usage(), "metrics": { "latencyMs": 5 } })),
    ];
    Streamed::made(head, delta, tail)
}
