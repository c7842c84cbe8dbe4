//! The Ollama dialect, from fixtures in its own shapes and from the neutral form.

mod events;
mod losses;
mod replies;
mod requests;
mod streams;
mod surface;

use super::OllamaCodec;
use crate::codec::{Codec, ReplyContext, Target};
use crate::neutral::{Block, Conversation, Event, Role, Tool, ToolKind, Turn};
use crate::wire::Json;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/dialects/ollama/", $name))
    };
}
use fixture;

fn context() -> ReplyContext {
    ReplyContext {
        model: "shown".to_owned(),
        created: 1_700_000_000,
        seed: "0123456789abcdef0123456789abcdef".to_owned(),
        input_estimate: 7,
        include_usage: false,
        request: None,
    }
}

/// A conversation with one user turn.
fn asking(blocks: Vec<Block>) -> Conversation {
    Conversation { turns: vec![Turn::new(Role::User, blocks)], stream: true, ..Conversation::default() }
}

fn function(name: &str) -> Tool {
    Tool {
        name: name.to_owned(),
        namespace: None,
        description: None,
        kind: ToolKind::Function { schema: Some(Json::empty_object()), strict: None },
        cache: None,
        extra: crate::neutral::Extra::NONE,
    }
}

/// The request for an upstream as a tree, and its losses as text.
#[track_caller]
fn sent(conversation: &Conversation, target: &Target) -> (serde_json::Value, Vec<String>) {
    let encoded = OllamaCodec.encode_request(conversation, target).unwrap();
    let losses = encoded.losses.iter().map(|loss| format!("{:?} {}", loss.action, loss.feature)).collect();
    (serde_json::from_slice(&encoded.body).unwrap(), losses)
}

/// The events of a stream that arrives in `pieces`.
fn events_of(pieces: &[&[u8]]) -> Vec<Event> {
    let mut decoder = OllamaCodec.event_decoder();
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece, &mut events).unwrap();
    }
    decoder.finish(&mut events).unwrap();
    events
}

fn written(events: &[Event]) -> String {
    let mut encoder = OllamaCodec.event_encoder(context());
    let mut out = Vec::new();
    for event in events {
        encoder.push(event, &mut out);
    }
    String::from_utf8(out).unwrap()
}
