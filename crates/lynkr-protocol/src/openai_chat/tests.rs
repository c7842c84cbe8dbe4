//! The openai_chat dialect: fixtures survive, mappings hold, streams come out right at any split.

mod errors;
mod fixtures;
mod hostile;
mod replies;
mod requests;
mod stream_calls;
mod streams;

use serde_json::Value;

use super::OpenAiChatCodec;
use crate::codec::{Codec, ReplyContext, Target};
use crate::error::ApiError;
use crate::neutral::{Assembler, Conversation, Event, Reply};

fn decode(text: &str) -> Conversation {
    OpenAiChatCodec.decode_request(text.as_bytes()).unwrap()
}

fn encode_for(conversation: &Conversation, target: &Target) -> (Value, Vec<String>) {
    let encoded = OpenAiChatCodec.encode_request(conversation, target).unwrap();
    let losses = encoded.losses.iter().map(|loss| format!("{:?} {}", loss.action, loss.feature)).collect();
    (serde_json::from_slice(&encoded.body).unwrap(), losses)
}

fn encode(conversation: &Conversation) -> (Value, Vec<String>) {
    encode_for(conversation, &Target::new("up"))
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
    let mut decoder = OpenAiChatCodec.event_decoder();
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece, &mut events).unwrap();
    }
    decoder.finish(&mut events).unwrap();
    events
}

fn encode_events(events: &[Event], context: ReplyContext) -> String {
    let mut encoder = OpenAiChatCodec.event_encoder(context);
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

/// A stream of these `choices[0]` objects and nothing else.
fn stream(choices: &[&str]) -> String {
    let frame = |choice: &&str| format!("data: {{\"id\":\"c1\",\"model\":\"m\",\"choices\":[{choice}]}}\n\n");
    choices.iter().map(frame).collect()
}

/// The order of events: one start first, dense and balanced blocks, one terminal event last.
#[track_caller]
fn assert_order(events: &[Event]) {
    let mut open = std::collections::BTreeSet::new();
    let mut next = 0;
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::Start { .. } => assert!(events[..at].iter().all(|event| matches!(event, Event::Ping))),
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
            Event::Stop(_) => assert!(open.is_empty()),
            Event::Usage(_) | Event::Ping | Event::Error(_) | Event::Opaque { .. } => {}
        }
    }
    let terminal = events.iter().filter(|event| event.is_terminal()).count();
    assert_eq!(terminal, 1);
    assert!(events.last().is_some_and(Event::is_terminal));
}
