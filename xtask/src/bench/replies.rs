//! What the mock upstream answers, in the two dialects that the bench speaks to it.

use bytes::Bytes;
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

/// Pieces of text in a whole answer, and in a stream unless it is told otherwise.
pub(crate) const PIECES: usize = 20;

/// Stands before the time, in microseconds, at which a piece was sent.
pub(crate) const SENT_AT: &str = " sent@";
/// The digits of that time.
pub(crate) const DIGITS: usize = 16;

/// A whole answer.
pub(crate) fn whole(dialect: Dialect) -> String {
    match dialect {
        Dialect::Anthropic => anthropic_whole(),
        Dialect::OpenAiChat => openai_whole(),
    }
    .to_string()
}

/// A streamed answer: what comes before its text, its first piece, all others, and its end; an item is an event.
#[derive(Debug, Clone)]
pub(crate) struct Streamed {
    pub(crate) head: Vec<Bytes>,
    pub(crate) first: Bytes,
    /// A piece, cut where the time stands at which it is sent.
    pub(crate) piece: (Bytes, Bytes),
    pub(crate) tail: Vec<Bytes>,
}

impl Streamed {
    /// The stream of a dialect.
    pub(crate) fn of(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Anthropic => {
                let delta = |text: &str| {
                    named_event(&json!({
                        "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text },
                    }))
                };
                Self::cut(anthropic_head(), delta, anthropic_tail())
            }
            Dialect::OpenAiChat => {
                let delta = |text: &str| data_line(&openai_plain(json!({ "content": text })));
                Self::cut(
                    vec![data_line(&openai_plain(json!({ "role": "assistant", "content": "" })))],
                    delta,
                    {
                        let mut tail = openai_tail().iter().map(data_line).collect::<Vec<_>>();
                        tail.push("data: [DONE]\n\n".to_owned());
                        tail
                    },
                )
            }
        }
    }

    fn cut(head: Vec<String>, delta: impl Fn(&str) -> String, tail: Vec<String>) -> Self {
        let bytes = |events: Vec<String>| events.into_iter().map(Bytes::from).collect();
        let piece = delta(&format!(" and goes on with a piece{SENT_AT}#"));
        let (before, after) = piece.split_once('#').unwrap_or((piece.as_str(), ""));
        let piece = (Bytes::from(before.to_owned()), Bytes::from(after.to_owned()));
        Self { head: bytes(head), first: Bytes::from(delta(FIRST_WORDS)), piece, tail: bytes(tail) }
    }

    /// A piece that is sent at a time, in microseconds.
    pub(crate) fn piece_at(&self, micros: u64) -> Bytes {
        let (before, after) = &self.piece;
        let mut piece = Vec::with_capacity(before.len() + DIGITS + after.len());
        piece.extend_from_slice(before);
        piece.extend_from_slice(format!("{micros:016}").as_bytes());
        piece.extend_from_slice(after);
        piece.into()
    }
}

fn named_event(event: &Value) -> String {
    format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default())
}

fn data_line(chunk: &Value) -> String {
    format!("data: {chunk}\n\n")
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

fn anthropic_head() -> Vec<String> {
    let start = json!({ "type": "text", "text": "" });
    [
        json!({ "type": "message_start", "message": anthropic_message(json!([]), Value::Null) }),
        json!({ "type": "content_block_start", "index": 0, "content_block": start }),
    ]
    .iter()
    .map(named_event)
    .collect()
}

fn anthropic_tail() -> Vec<String> {
    [
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({
            "type": "message_delta",
            "delta": { "stop_reason": "end_turn", "stop_sequence": null },
            "usage": { "output_tokens": 120 },
        }),
        json!({ "type": "message_stop" }),
    ]
    .iter()
    .map(named_event)
    .collect()
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

fn openai_choice(delta: Value, finish: Value) -> Value {
    json!([{ "index": 0, "delta": delta, "finish_reason": finish }])
}

fn openai_plain(delta: Value) -> Value {
    openai_chunk(openai_choice(delta, Value::Null), Value::Null)
}

fn openai_tail() -> [Value; 2] {
    [
        openai_chunk(openai_choice(json!({}), json!("stop")), Value::Null),
        openai_chunk(json!([]), openai_usage()),
    ]
}
