//! The Responses dialect: fixtures survive, mappings hold, streams come out right at any split.

mod across;
mod answers;
mod errors;
mod fixtures;
mod requests;
mod stream_in;
mod stream_out;

use serde_json::Value;

use super::OpenAiResponsesCodec;
use crate::codec::{Codec, ReplyContext, Target};
use crate::error::ApiError;
use crate::neutral::{Assembler, Conversation, Event, Reply};

fn decode(text: &str) -> Conversation {
    OpenAiResponsesCodec.decode_request(text.as_bytes()).unwrap()
}

fn encode(conversation: &Conversation) -> (Value, Vec<String>) {
    encode_for(conversation, &Target::new("up"))
}

fn encode_for(conversation: &Conversation, target: &Target) -> (Value, Vec<String>) {
    let encoded = OpenAiResponsesCodec.encode_request(conversation, target).unwrap();
    let losses = encoded.losses.iter().map(|loss| loss.feature.to_string()).collect();
    (serde_json::from_slice(&encoded.body).unwrap(), losses)
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
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
    let mut decoder = OpenAiResponsesCodec.event_decoder();
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece, &mut events).unwrap();
    }
    decoder.finish(&mut events).unwrap();
    events
}

/// A stream of frames without `event` lines.
fn stream(frames: &[Value]) -> String {
    frames.iter().fold(String::new(), |text, frame| text + &format!("data: {frame}\n\n"))
}

fn sum(events: &[Event]) -> Result<Reply, ApiError> {
    let mut assembler = Assembler::new();
    for event in events {
        assembler.push(event);
    }
    assembler.finish()
}

fn written(events: &[Event], context: ReplyContext) -> String {
    let mut encoder = OpenAiResponsesCodec.event_encoder(context);
    let mut out = Vec::new();
    for event in events {
        encoder.push(event, &mut out);
    }
    String::from_utf8(out).unwrap()
}

/// The JSON of each frame.
fn frames(text: &str) -> Vec<Value> {
    text.lines().filter_map(|line| line.strip_prefix("data: ")).map(value).collect()
}

/// What every stream of events must keep: dense indices, nothing outside its block, one end.
#[track_caller]
fn check_contract(events: &[Event]) {
    let (mut next, mut open, mut ends) = (0, std::collections::BTreeSet::new(), 0);
    let failed = matches!(events.last(), Some(Event::Error(_)));
    for (at, event) in events.iter().enumerate() {
        assert_eq!(ends, 0, "nothing follows the end");
        match event {
            Event::Start { .. } => assert_eq!(at, 0, "the start comes first"),
            Event::BlockStart { index, .. } => {
                assert_eq!(*index, next, "indices are dense");
                next += 1;
                open.insert(*index);
            }
            Event::BlockStop { index } => assert!(open.remove(index), "block {index} was open"),
            Event::TextDelta { index, .. }
            | Event::ThinkingDelta { index, .. }
            | Event::Signature { index, .. }
            | Event::ArgsDelta { index, .. }
            | Event::Citation { index, .. }
            | Event::RefusalDelta { index, .. } => assert!(open.contains(index), "block {index} is open"),
            Event::Stop(_) | Event::Error(_) => ends += 1,
            Event::Usage(_) | Event::Ping | Event::Opaque { .. } => {}
        }
    }
    assert_eq!(ends, 1, "one end");
    assert!(failed || open.is_empty(), "all blocks are complete");
}
