//! Bedrock's Converse: requests, answers, streams and errors, both ways.

mod errors;
mod fixtures;
mod replies;
mod requests;
mod streams;

use serde_json::{Value, json};

use super::BedrockConverseCodec;
use crate::codec::{Codec, ReplyContext, Target};
use crate::error::ApiError;
use crate::golden::frames;
use crate::neutral::{Assembler, Conversation, Event, Reply};
use crate::{Dialect, codec};

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("../../../../../tests/fixtures/dialects/bedrock_converse/", $path))
    };
}
use fixture;

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const NOVA: &str = "us.amazon.nova-pro-v1:0";
const LLAMA: &str = "us.meta.llama3-3-70b-instruct-v1:0";

#[track_caller]
fn decode(text: &str) -> Conversation {
    BedrockConverseCodec.decode_request(text.as_bytes()).unwrap()
}

/// The body for `model`, and the losses.
fn encode_for(conversation: &Conversation, model: &str) -> (Value, Vec<String>) {
    let encoded = BedrockConverseCodec.encode_request(conversation, &Target::new(model)).unwrap();
    let losses = encoded.losses.iter().map(|loss| format!("{:?} {}", loss.action, loss.feature)).collect();
    (serde_json::from_slice(&encoded.body).unwrap(), losses)
}

/// A request of `dialect` as `model` gets it.
#[track_caller]
fn translate(dialect: Dialect, request: &Value, model: &str) -> (Value, Vec<String>) {
    let conversation = codec(dialect).decode_request(request.to_string().as_bytes()).unwrap();
    encode_for(&conversation, model)
}

fn context() -> ReplyContext {
    crate::golden::context()
}

fn events_of(pieces: &[&[u8]]) -> Vec<Event> {
    let mut decoder = BedrockConverseCodec.event_decoder();
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece, &mut events).unwrap();
    }
    decoder.finish(&mut events).unwrap();
    events
}

fn encode_events(events: &[Event]) -> Vec<u8> {
    let mut encoder = BedrockConverseCodec.event_encoder(context());
    let mut out = Vec::new();
    for event in events {
        encoder.push(event, &mut out);
    }
    out
}

fn sum(events: &[Event]) -> Result<Reply, ApiError> {
    let mut assembler = Assembler::new();
    for event in events {
        assembler.push(event);
    }
    assembler.finish()
}

/// Numbers as floats: `0` and `0.0` are the same number to every reader of JSON.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(list) => list.into_iter().map(plain).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        other => other,
    }
}

fn parse(text: &str) -> Value {
    plain(serde_json::from_str(text).unwrap())
}
