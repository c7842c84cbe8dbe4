//! What is converted: the bodies of the load generator, in each dialect, and streams of many small events.

use crate::texts;
use lynkr_protocol::neutral::Event;
use lynkr_protocol::{Dialect, ReplyContext, Target, codec};
use serde_json::json;
use std::fmt;

/// Pieces of text in a stream.
pub(crate) const EVENTS: usize = 200;

/// A client's dialect and a provider's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) client: Dialect,
    pub(crate) upstream: Dialect,
}

impl Pair {
    /// Every client's before every provider's; no client of the gateway's speaks Converse.
    pub(crate) fn all() -> Vec<Self> {
        clients().flat_map(|client| Dialect::ALL.map(|upstream| Self { client, upstream })).collect()
    }

    /// Those that differ.
    pub(crate) fn translated() -> Vec<Self> {
        Self::all().into_iter().filter(|pair| pair.client != pair.upstream).collect()
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}->{}", self.client, self.upstream)
    }
}

/// The dialects that clients speak.
pub(crate) fn clients() -> impl Iterator<Item = Dialect> {
    Dialect::ALL.into_iter().filter(|own| *own != Dialect::BedrockConverse)
}

/// The coding agent's body of 92 KB as a client of this dialect would send it.
pub(crate) fn large(dialect: Dialect) -> Vec<u8> {
    let original = texts::large(true, texts::RESULT).to_string().into_bytes();
    if dialect == Dialect::Anthropic {
        return original;
    }
    let conversation = codec(Dialect::Anthropic).decode_request(&original).expect("a body of our own");
    codec(dialect).encode_request(&conversation, &target()).expect("a body that everybody can take").body
}

/// A small body: one question.
pub(crate) fn small() -> Vec<u8> {
    texts::small(false).to_string().into_bytes()
}

/// A body of a few turns with blocks, a call, its result and a nested schema.
pub(crate) fn nested() -> Vec<u8> {
    let schema = json!({
        "type": "object", "required": ["path"], "additionalProperties": false,
        "properties": {
            "path": { "type": "string" },
            "edits": { "type": "array", "items": { "type": "object", "properties": {
                "from": { "type": "integer", "minimum": 1 }, "text": { "type": "string" } } } },
        },
    });
    json!({
        "model": "claude-sonnet-4-5", "max_tokens": 1024, "temperature": 0.2,
        "system": [{ "type": "text", "text": "Be brief.", "cache_control": { "type": "ephemeral" } }],
        "tools": [{ "name": "edit", "description": "Edits a file.", "input_schema": schema }],
        "messages": [
            { "role": "user", "content": [{ "type": "text", "text": "Mend it." }] },
            { "role": "assistant", "content": [
                { "type": "text", "text": "So be it." },
                { "type": "tool_use", "id": "toolu_1", "name": "edit", "input": { "path": "a.rs", "edits": [{ "from": 1, "text": "b" }] } },
            ]},
            { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "toolu_1", "content": "done" }] },
        ],
    })
    .to_string()
    .into_bytes()
}

/// Takes everything.
pub(crate) fn target() -> Target {
    Target::new("some-model")
}

/// What an answer needs from outside.
pub(crate) fn context() -> ReplyContext {
    ReplyContext {
        model: "some-model".to_owned(),
        created: 1_700_000_000,
        seed: "0123456789abcdef0123456789abcdef".to_owned(),
        input_estimate: 400,
        include_usage: true,
        request: None,
    }
}

/// A stream of this dialect, one item for each event.
pub(crate) fn stream(dialect: Dialect) -> Vec<Vec<u8>> {
    let mut encoder = codec(dialect).event_encoder(context());
    let write = |event: &Event| {
        let mut bytes = Vec::new();
        encoder.push(event, &mut bytes);
        bytes
    };
    events().iter().map(write).collect()
}

/// Many small pieces of text, as a provider sends them.
fn events() -> Vec<Event> {
    let line = |event: serde_json::Value| {
        format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default())
    };
    let message = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": { "input_tokens": 400, "output_tokens": 1 },
    });
    let mut text = line(json!({ "type": "message_start", "message": message }));
    let start = json!({ "type": "text", "text": "" });
    text += &line(json!({ "type": "content_block_start", "index": 0, "content_block": start }));
    let delta = json!({ "type": "text_delta", "text": " and goes on with a piece" });
    for _ in 0..EVENTS {
        text += &line(json!({ "type": "content_block_delta", "index": 0, "delta": delta }));
    }
    text += &line(json!({ "type": "content_block_stop", "index": 0 }));
    let delta = json!({ "stop_reason": "end_turn", "stop_sequence": null });
    text += &line(json!({ "type": "message_delta", "delta": delta, "usage": { "output_tokens": 120 } }));
    text += &line(json!({ "type": "message_stop" }));
    let (mut decoder, mut events) = (codec(Dialect::Anthropic).event_decoder(), Vec::new());
    decoder.push(text.as_bytes(), &mut events).expect("a stream of our own");
    decoder.finish(&mut events).expect("a whole stream");
    events
}
