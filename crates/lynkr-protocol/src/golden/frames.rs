//! Binary streams as text: one line for each frame, so that fixtures and snapshots can be read and compared.

use serde::Deserialize;

use crate::framing::event_stream::{EventStreamDecoder, Message, MessageKind};
use crate::wire::Json;

/// One frame of a fixture.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    event: Option<String>,
    exception: Option<String>,
    payload: Json,
}

/// The frames that the lines stand for.
pub(crate) fn binary(lines: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for line in lines.lines() {
        let line: Line = serde_json::from_str(line).unwrap();
        let payload = line.payload.get().as_bytes();
        let message = match (&line.event, &line.exception) {
            (Some(kind), None) => Message::event(kind, "application/json", payload),
            (None, Some(kind)) => Message::exception(kind, "application/json", payload),
            _ => panic!("an event or an exception"),
        };
        message.write(&mut out).unwrap();
    }
    out
}

/// A stream that a client gets, as text.
pub(crate) fn text(bytes: Vec<u8>) -> String {
    let bytes = match String::from_utf8(bytes) {
        // Lengths and checksums come first, so a binary frame has zeros early on.
        Ok(text) if !text.contains('\0') => return text,
        Ok(text) => text.into_bytes(),
        Err(error) => error.into_bytes(),
    };
    let mut messages = Vec::new();
    let mut decoder = EventStreamDecoder::new();
    decoder.push(&bytes, &mut messages).unwrap();
    decoder.finish().unwrap();
    messages.iter().map(line).collect()
}

fn line(message: &Message) -> String {
    assert_eq!(message.text(":content-type"), Some("application/json"));
    let payload = std::str::from_utf8(&message.payload).unwrap();
    match message.kind() {
        MessageKind::Event(kind) => format!("{kind} {payload}\n"),
        MessageKind::Exception(kind) => format!("exception {kind} {payload}\n"),
        MessageKind::Error { code, message } => format!("error {code} {message}\n"),
    }
}
