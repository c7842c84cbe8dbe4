//! The anthropic dialect: fixtures survive, mappings hold, streams come out right at any split.

mod fixtures;
mod requests;
mod streams;

use super::AnthropicCodec;
use crate::codec::{Codec, ReplyContext, Target};
use crate::neutral::{Conversation, Event};

fn decode(text: &str) -> Conversation {
    AnthropicCodec.decode_request(text.as_bytes()).unwrap()
}

fn encode(conversation: &Conversation) -> (serde_json::Value, Vec<String>) {
    let encoded = AnthropicCodec.encode_request(conversation, &Target::new("up")).unwrap();
    let losses = encoded.losses.iter().map(|loss| loss.feature.to_string()).collect();
    (serde_json::from_slice(&encoded.body).unwrap(), losses)
}

fn context() -> ReplyContext {
    ReplyContext {
        model: "asked".to_owned(),
        created: 1_700_000_000,
        seed: "0123456789abcdef0123456789abcdef".to_owned(),
        input_estimate: 7,
        include_usage: true,
        request: None,
    }
}

fn events_of(pieces: &[&[u8]]) -> Vec<Event> {
    let mut decoder = AnthropicCodec.event_decoder();
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece, &mut events).unwrap();
    }
    decoder.finish(&mut events).unwrap();
    events
}
