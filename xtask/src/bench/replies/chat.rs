//! OpenAI's chat completions.

use super::{Streamed, data_line, text};
use serde_json::{Value, json};

fn usage() -> Value {
    json!({ "prompt_tokens": 400, "completion_tokens": 120, "total_tokens": 520 })
}

pub(super) fn whole() -> Value {
    let message = json!({ "role": "assistant", "content": text(), "refusal": null });
    json!({
        "id": "chatcmpl-bench", "object": "chat.completion", "created": 1_700_000_000, "model": "gpt-4o",
        "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": "stop" }],
        "usage": usage(),
    })
}

fn chunk(choices: Value, usage: Value) -> Value {
    json!({
        "id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "gpt-4o",
        "choices": choices, "usage": usage,
    })
}

fn choice(delta: Value, finish: Value) -> Value {
    json!([{ "index": 0, "delta": delta, "finish_reason": finish }])
}

fn plain(delta: Value) -> String {
    data_line(&chunk(choice(delta, Value::Null), Value::Null))
}

pub(super) fn streamed() -> Streamed {
    let head = vec![plain(json!({ "role": "assistant", "content": "" }))];
    let tail = vec![
        data_line(&chunk(choice(json!({}), json!("stop")), Value::Null)),
        data_line(&chunk(json!([]), usage())),
        "data: [DONE]\n\n".to_owned(),
    ];
    Streamed::cut(head, |text| plain(json!({ "content": text })), tail)
}
