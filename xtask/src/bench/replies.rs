//! What the mock upstream answers, in the two dialects that the bench speaks to it.

use super::bodies::Mode;
use serde_json::{Value, json};

/// A dialect of the mock, by its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Anthropic,
    OpenAiChat,
}

impl Dialect {
    /// The path that a request is posted to.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Anthropic => "/v1/messages",
            Self::OpenAiChat => "/v1/chat/completions",
        }
    }

    /// The dialect whose path this is.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        [Self::Anthropic, Self::OpenAiChat].into_iter().find(|dialect| dialect.path() == path)
    }
}

/// The first words of every answer: the load generator looks for them.
pub(crate) const FIRST_WORDS: &str = "Reply begins";

/// Pieces of text in a streamed answer.
const PIECES: usize = 20;

/// An answer, as the pieces that the network sees: one for a whole answer, one per event for a stream.
pub(crate) fn reply(dialect: Dialect, mode: Mode) -> Vec<String> {
    match (dialect, mode) {
        (Dialect::Anthropic, Mode::Whole) => vec![anthropic_whole().to_string()],
        (Dialect::Anthropic, Mode::Stream) => anthropic_events().iter().map(named_event).collect(),
        (Dialect::OpenAiChat, Mode::Whole) => vec![openai_whole().to_string()],
        (Dialect::OpenAiChat, Mode::Stream) => {
            let mut events: Vec<String> =
                openai_chunks().iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
            events.push("data: [DONE]\n\n".to_owned());
            events
        }
    }
}

fn named_event(event: &Value) -> String {
    format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default())
}

fn piece(index: usize) -> String {
    if index == 0 { FIRST_WORDS.to_owned() } else { format!(" and goes on with piece {index}") }
}

fn text() -> String {
    (0..PIECES).map(piece).collect()
}

fn anthropic_message(content: Value, stop_reason: Value) -> Value {
    json!({
        "id": "msg_bench", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
        "content": content, "stop_reason": stop_reason, "stop_sequence": null,
        "usage": { "input_tokens": 400, "output_tokens": 120 },
    })
}

fn anthropic_whole() -> Value {
    anthropic_message(json!([{ "type": "text", "text": text() }]), json!("end_turn"))
}

fn anthropic_events() -> Vec<Value> {
    let start = json!({ "type": "text", "text": "" });
    let mut events = vec![
        json!({ "type": "message_start", "message": anthropic_message(json!([]), Value::Null) }),
        json!({ "type": "content_block_start", "index": 0, "content_block": start }),
    ];
    let delta = |text| json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } });
    events.extend((0..PIECES).map(piece).map(delta));
    events.push(json!({ "type": "content_block_stop", "index": 0 }));
    events.push(json!({
        "type": "message_delta",
        "delta": { "stop_reason": "end_turn", "stop_sequence": null },
        "usage": { "output_tokens": 120 },
    }));
    events.push(json!({ "type": "message_stop" }));
    events
}

fn openai_usage() -> Value {
    json!({ "prompt_tokens": 400, "completion_tokens": 120, "total_tokens": 520 })
}

fn openai_whole() -> Value {
    let message = json!({ "role": "assistant", "content": text(), "refusal": null });
    json!({
        "id": "chatcmpl-bench", "object": "chat.completion", "created": 1_700_000_000, "model": "gpt-4o",
        "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": "stop" }],
        "usage": openai_usage(),
    })
}

fn openai_chunk(choices: Value, usage: Value) -> Value {
    json!({
        "id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "gpt-4o",
        "choices": choices, "usage": usage,
    })
}

fn openai_chunks() -> Vec<Value> {
    let choice =
        |delta: Value, finish: Value| json!([{ "index": 0, "delta": delta, "finish_reason": finish }]);
    let plain = |delta: Value| openai_chunk(choice(delta, Value::Null), Value::Null);
    let mut chunks = vec![plain(json!({ "role": "assistant", "content": "" }))];
    chunks.extend((0..PIECES).map(|index| plain(json!({ "content": piece(index) }))));
    chunks.push(openai_chunk(choice(json!({}), json!("stop")), Value::Null));
    chunks.push(openai_chunk(json!([]), openai_usage()));
    chunks
}
