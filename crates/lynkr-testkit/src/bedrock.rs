//! What Amazon Bedrock has beside bodies: addresses that name the model, and binary frames. The frames are
//! written by the vendor's own library.

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder, write_message_to};
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::model::Wire;

/// The `content-type` of its streams.
pub const CONTENT_TYPE: &str = "application/vnd.amazon.eventstream";

/// What a path says of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) wire: Wire,
    pub(crate) model: String,
    pub(crate) stream: bool,
}

impl Address {
    /// Reads `…/model/{id}/{operation}`; `None` for every other path.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        let (_, rest) = path.split_once("/model/")?;
        let (model, operation) = rest.rsplit_once('/')?;
        let (wire, stream) = match operation {
            "converse" => (Wire::Converse, false),
            "converse-stream" => (Wire::Converse, true),
            "invoke" => (Wire::Invoke, false),
            "invoke-with-response-stream" => (Wire::Invoke, true),
            _ => return None,
        };
        Some(Self { wire, model: decoded(model)?, stream })
    }
}

/// A path's segment without its percent signs; `None` for one that isn't text.
fn decoded(segment: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::new(), segment.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'%', [high, low, tail @ ..]) => {
                let digits = String::from_utf8(vec![*high, *low]).ok()?;
                bytes.push(u8::from_str_radix(&digits, 16).ok()?);
                rest = tail;
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty())
}

/// An event.
pub fn event(kind: &str, payload: &Value) -> Bytes {
    frame("event", ":event-type", kind, payload)
}

/// The exception that ends a stream.
pub fn exception(kind: &str, payload: &Value) -> Bytes {
    frame("exception", ":exception-type", kind, payload)
}

/// One of Claude's own events, as `invoke-with-response-stream` wraps it.
pub fn chunk(sse: &str) -> Bytes {
    let data = sse.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or_default();
    event("chunk", &json!({"bytes": STANDARD.encode(data), "p": "abcdefghijk"}))
}

/// The names and payloads of a stream's frames, as the vendor's own library reads them; what follows a frame that isn't
/// one is left out.
pub fn frames(bytes: &[u8]) -> Vec<(String, Value)> {
    let (mut decoder, mut rest) = (MessageFrameDecoder::new(), bytes);
    let mut frames = Vec::new();
    while let Ok(DecodedFrame::Complete(message)) = decoder.decode_frame(&mut rest) {
        let of_kind = |header: &&Header| [":event-type", ":exception-type"].contains(&header.name().as_str());
        let name = message.headers().iter().find(of_kind).and_then(|header| header.value().as_string().ok());
        let name = name.map(|name| name.as_str().to_owned()).unwrap_or_default();
        frames.push((name, serde_json::from_slice(message.payload()).unwrap_or_default()));
    }
    frames
}

/// What stands in base64; nothing where it isn't.
pub fn base64(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap_or_default()
}

fn frame(message: &'static str, name: &'static str, kind: &str, payload: &Value) -> Bytes {
    let text = |value: &str| HeaderValue::String(value.to_owned().into());
    let message = Message::new(Bytes::from(payload.to_string()))
        .add_header(Header::new(name, text(kind)))
        .add_header(Header::new(":content-type", text("application/json")))
        .add_header(Header::new(":message-type", text(message)));
    let mut bytes = Vec::new();
    // Only lengths past the format's fail, and no script has such.
    let _ = write_message_to(&message, &mut bytes);
    bytes.into()
}

#[cfg(test)]
mod tests;
