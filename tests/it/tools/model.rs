//! An Anthropic upstream that says what a test tells it, whole or streamed as it is asked.

use std::sync::atomic::{AtomicUsize, Ordering};

use lynkr_testkit::{Gate, Recorded, Script};
use serde_json::{Value, json};

/// A part of an answer.
#[derive(Clone)]
pub(crate) enum Said {
    Text(String),
    Call(String, String, Value),
    /// Nothing more until it opens; streams only.
    Wait(Gate),
    /// This status, and nothing else.
    Fails(u16),
}

impl Said {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(crate) fn call(id: &str, name: &str, input: Value) -> Self {
        Self::Call(id.to_owned(), name.to_owned(), input)
    }
}

/// Answers each request with what `say` says of it and of its number among those of one conversation: how many turns of the
/// model it has.
pub(crate) fn says(
    say: impl Fn(&Value, usize) -> Vec<Said> + Send + Sync + 'static,
) -> impl Fn(&Recorded) -> Script + Send + Sync + 'static {
    let answers = AtomicUsize::new(0);
    move |request| {
        let body = request.json();
        let turns = body["messages"].as_array().expect("messages");
        let number = turns.iter().filter(|turn| turn["role"] == "assistant").count();
        let said = say(&body, number);
        let id = format!("msg_{}", answers.fetch_add(1, Ordering::Relaxed));
        if let Some(Said::Fails(status)) = said.first() {
            let error = json!({"type": "error", "error": {"type": "api_error", "message": "down"}});
            return Script::json(*status, &error);
        }
        if body["stream"] == true { streamed(&id, &said) } else { whole(&id, &said) }
    }
}

/// A whole answer in the chat dialect.
pub(crate) fn chat_whole(text: &str) -> Script {
    let choice =
        json!({"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"});
    Script::json(
        200,
        &json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}),
    )
}

fn stop(said: &[Said]) -> &'static str {
    let calls = said.iter().any(|part| matches!(part, Said::Call(..)));
    if calls { "tool_use" } else { "end_turn" }
}

fn whole(id: &str, said: &[Said]) -> Script {
    let block = |part: &Said| match part {
        Said::Text(text) => Some(json!({"type": "text", "text": text})),
        Said::Call(id, name, input) => {
            Some(json!({"type": "tool_use", "id": id, "name": name, "input": input}))
        }
        Said::Wait(_) | Said::Fails(_) => None,
    };
    let content: Vec<Value> = said.iter().filter_map(block).collect();
    Script::json(
        200,
        &json!({
            "id": id, "type": "message", "role": "assistant", "model": "m", "content": content,
            "stop_reason": stop(said), "stop_sequence": null, "usage": {"input_tokens": 7, "output_tokens": 3},
        }),
    )
}

fn streamed(id: &str, said: &[Said]) -> Script {
    let frame =
        |event: Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default());
    let message = json!({
        "id": id, "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": null,
        "stop_sequence": null, "usage": {"input_tokens": 7, "output_tokens": 1},
    });
    let mut script = Script::sse([frame(json!({"type": "message_start", "message": message}))]);
    let mut index = 0;
    for part in said {
        let (block, delta) = match part {
            Said::Text(text) => {
                (json!({"type": "text", "text": ""}), json!({"type": "text_delta", "text": text}))
            }
            Said::Call(id, name, input) => (
                json!({"type": "tool_use", "id": id, "name": name, "input": {}}),
                json!({"type": "input_json_delta", "partial_json": input.to_string()}),
            ),
            Said::Wait(gate) => {
                script = script.wait(gate);
                continue;
            }
            Said::Fails(_) => continue,
        };
        for event in [
            json!({"type": "content_block_start", "index": index, "content_block": block}),
            json!({"type": "content_block_delta", "index": index, "delta": delta}),
            json!({"type": "content_block_stop", "index": index}),
        ] {
            script = script.send(frame(event));
        }
        index += 1;
    }
    let delta = json!({"stop_reason": stop(said), "stop_sequence": null});
    let end = json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 3}});
    script.send(frame(end)).send(frame(json!({"type": "message_stop"})))
}
