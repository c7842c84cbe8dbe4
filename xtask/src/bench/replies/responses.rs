//! OpenAI's responses.

use super::{FIRST_WORDS, Streamed, named_event, text};
use serde_json::{Value, json};

const ITEM: &str = "msg_bench";

fn envelope(status: &str, output: Value, usage: Value) -> Value {
    json!({
        "id": "resp_bench", "object": "response", "created_at": 1_700_000_000, "status": status,
        "error": null, "incomplete_details": null, "instructions": null, "max_output_tokens": null,
        "model": "gpt-4o", "output": output, "parallel_tool_calls": true, "previous_response_id": null,
        "reasoning": { "effort": null, "summary": null }, "store": false, "temperature": 1.0,
        "text": { "format": { "type": "text" } }, "tool_choice": "auto", "tools": [], "top_p": 1.0,
        "truncation": "disabled", "usage": usage, "metadata": {},
    })
}

fn part(text: &str) -> Value {
    json!({ "type": "output_text", "annotations": [], "logprobs": [], "text": text })
}

fn item(status: &str, content: Value) -> Value {
    json!({ "id": ITEM, "type": "message", "status": status, "role": "assistant", "content": content })
}

fn done(text: &str) -> Value {
    let usage = json!({
        "input_tokens": 400, "input_tokens_details": { "cached_tokens": 0 },
        "output_tokens": 120, "output_tokens_details": { "reasoning_tokens": 0 }, "total_tokens": 520,
    });
    envelope("completed", json!([item("completed", json!([part(text)]))]), usage)
}

pub(super) fn whole() -> Value {
    done(&text())
}

pub(super) fn streamed() -> Streamed {
    let of_item = |mut event: Value| {
        event["item_id"] = json!(ITEM);
        event["output_index"] = json!(0);
        event["content_index"] = json!(0);
        named_event(&event)
    };
    let open = envelope("in_progress", json!([]), Value::Null);
    let head = vec![
        named_event(&json!({ "type": "response.created", "sequence_number": 0, "response": open })),
        named_event(&json!({ "type": "response.in_progress", "sequence_number": 1, "response": open })),
        named_event(&json!({
            "type": "response.output_item.added", "sequence_number": 2, "output_index": 0,
            "item": item("in_progress", json!([])),
        })),
        of_item(json!({ "type": "response.content_part.added", "sequence_number": 3, "part": part("") })),
    ];
    let delta = |text: &str| {
        of_item(json!({
            "type": "response.output_text.delta", "sequence_number": 4, "delta": text, "logprobs": [],
        }))
    };
    // What the closing events repeat isn't what came before: nobody compares, and the mock makes no text of all pieces.
    let text = FIRST_WORDS;
    let tail = vec![
        of_item(json!({
            "type": "response.output_text.done", "sequence_number": 5, "text": text, "logprobs": [],
        })),
        of_item(json!({ "type": "response.content_part.done", "sequence_number": 6, "part": part(text) })),
        named_event(&json!({
            "type": "response.output_item.done", "sequence_number": 7, "output_index": 0,
            "item": item("completed", json!([part(text)])),
        })),
        named_event(&json!({ "type": "response.completed", "sequence_number": 8, "response": done(text) })),
    ];
    Streamed::cut(head, delta, tail)
}
