//! Gemini: requests, answers, streams and errors, both ways.

mod errors;
mod fixtures;
mod hostile;
mod replies;
mod requests;
mod signatures;
mod streams;
mod surface;

use serde_json::Value;

use super::GeminiCodec;
use crate::codec::{Codec, ReplyContext, Target};
use crate::error::ApiError;
use crate::neutral::{Assembler, Conversation, Event, Reply};

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("../../../../../tests/fixtures/dialects/gemini/", $path))
    };
}
use fixture;

#[track_caller]
fn decode(text: &str) -> Conversation {
    GeminiCodec.decode_request(text.as_bytes()).unwrap()
}

fn encode_for(conversation: &Conversation, target: &Target) -> (Value, Vec<String>) {
    let encoded = GeminiCodec.encode_request(conversation, target).unwrap();
    let losses = encoded.losses.iter().map(|loss| format!("{:?} {}", loss.action, loss.feature)).collect();
    (serde_json::from_slice(&encoded.body).unwrap(), losses)
}

fn encode(conversation: &Conversation) -> (Value, Vec<String>) {
    encode_for(conversation, &Target::new("gemini-3-flash"))
}

fn context() -> ReplyContext {
    ReplyContext {
        model: "asked".to_owned(),
        created: 1_700_000_000,
        seed: "0123456789abcdef0123456789abcdef".to_owned(),
        input_estimate: 7,
        include_usage: false,
        request: None,
    }
}

fn events_of(pieces: &[&[u8]]) -> Vec<Event> {
    let mut decoder = GeminiCodec.event_decoder();
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece, &mut events).unwrap();
    }
    decoder.finish(&mut events).unwrap();
    events
}

fn encode_events(events: &[Event]) -> String {
    let mut encoder = GeminiCodec.event_encoder(context());
    let mut out = Vec::new();
    for event in events {
        encoder.push(event, &mut out);
    }
    String::from_utf8(out).unwrap()
}

fn sum(events: &[Event]) -> Result<Reply, ApiError> {
    let mut assembler = Assembler::new();
    for event in events {
        assembler.push(event);
    }
    assembler.finish()
}

/// Server-sent events of these answer objects.
fn stream(frames: &[Value]) -> String {
    let frames: Vec<String> = frames.iter().map(|frame| format!("data: {frame}\r\n\r\n")).collect();
    frames.concat()
}

/// Numbers as floats: `0` and `0.0` are the same number to every reader of JSON.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => serde_json::json!(number.as_f64()),
        Value::Array(list) => list.into_iter().map(plain).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        other => other,
    }
}

fn parse(text: &str) -> Value {
    plain(serde_json::from_str(text).unwrap())
}

/// The order of events: one start first, dense and balanced blocks, one terminal event last.
#[track_caller]
fn assert_order(events: &[Event]) {
    let mut open = std::collections::BTreeSet::new();
    let mut next = 0;
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::Start { .. } => assert_eq!(at, 0),
            Event::BlockStart { index, .. } => {
                assert_eq!(*index, next);
                next += 1;
                open.insert(*index);
            }
            Event::BlockStop { index } => assert!(open.remove(index), "block {index} is not open"),
            Event::TextDelta { index, .. }
            | Event::ThinkingDelta { index, .. }
            | Event::Signature { index, .. }
            | Event::ArgsDelta { index, .. }
            | Event::Citation { index, .. }
            | Event::RefusalDelta { index, .. } => assert!(open.contains(index), "block {index} is not open"),
            Event::Stop(_) | Event::Error(_) => {
                assert!(open.is_empty());
                assert_eq!(at, events.len() - 1);
            }
            Event::Usage(_) | Event::Ping | Event::Opaque { .. } => {}
        }
    }
    assert!(events.last().is_some_and(Event::is_terminal));
}
