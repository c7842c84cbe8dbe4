//! Events → a client's stream: binary frames with a JSON payload each.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::write_blocks::{Side, Writer, signature};
use super::{DIALECT, error, notes, usage};
use crate::anthropic::order::Order;
use crate::citations;
use crate::codec::{EventEncoder, ReplyContext};
use crate::framing::event_stream::Message;
use crate::neutral::{Block, Event, Proof, Stop, Thinking, Usage};
use crate::wire::Json;

/// The state of a stream.
#[derive(Debug)]
pub(super) struct Encoder {
    context: ReplyContext,
    order: Order,
    ended: bool,
    usage: Usage,
    /// The blocks that are open, by the client's index.
    blocks: BTreeMap<usize, Open>,
    /// The provider's other fields of the last two frames, and its own word for the end.
    last: BTreeMap<String, Json>,
}

/// A block that is open.
#[derive(Debug, Default)]
struct Open {
    /// Whether a frame of it was written: a block without any is none to readers.
    begun: bool,
    /// It holds reasoning.
    thinks: bool,
    /// The reasoning so far: a seal needs it.
    text: String,
}

impl Encoder {
    pub(super) fn new(context: ReplyContext) -> Self {
        Self {
            context,
            order: Order::default(),
            ended: false,
            usage: Usage::default(),
            blocks: BTreeMap::new(),
            last: BTreeMap::new(),
        }
    }

    fn begin(&mut self, place: usize, block: &Block, out: &mut Vec<u8>) {
        let mut open = Open::default();
        match block {
            Block::ToolUse(call) => {
                let start = json!({"toolUse": {"toolUseId": call.id, "name": call.name}});
                write(out, "contentBlockStart", &json!({"start": start, "contentBlockIndex": place}));
                open.begun = true;
            }
            Block::Thinking(thinking) => {
                open.thinks = true;
                self.blocks.insert(place, open);
                if !thinking.text.is_empty() {
                    self.think(place, &thinking.text, out);
                }
                if let Some(proof) = &thinking.proof {
                    self.proof(place, proof, out);
                }
                return;
            }
            Block::Text(text) if !text.text.is_empty() => {
                open.begun = true;
                delta(out, place, &json!({"text": text.text}));
            }
            Block::Refusal(refusal) if !refusal.text.is_empty() => {
                open.begun = true;
                delta(out, place, &json!({"text": refusal.text}));
            }
            Block::Opaque(_) | Block::Image(_) => {
                self.whole(place, block, out);
                open.begun = true;
            }
            Block::Text(_) | Block::Refusal(_) | Block::Document(_) | Block::ToolResult(_) => {}
        }
        self.blocks.insert(place, open);
    }

    /// A block that comes whole: a start, and one piece with all of it.
    fn whole(&self, place: usize, block: &Block, out: &mut Vec<u8>) {
        let mut writer = Writer::new(Side::Client, false, &self.context.model);
        let mut blocks = Vec::new();
        let _ = writer.append(std::slice::from_ref(block), &mut blocks);
        let Some(Value::Object(union)) = blocks.first().map(|block| Json::of(block).to_value()) else {
            return;
        };
        for (kind, mut value) in union {
            let Some(fields) = value.as_object_mut() else { continue };
            let piece = match kind.as_str() {
                "toolUse" => fields.remove("input").map(|input| json!({"input": input.to_string()})),
                "toolResult" => fields.remove("content"),
                "image" => fields.remove("source").map(|source| json!({"source": source})),
                _ => continue,
            };
            let start = json!({kind.as_str(): value});
            write(out, "contentBlockStart", &json!({"start": start, "contentBlockIndex": place}));
            if let Some(piece) = piece {
                delta(out, place, &json!({kind.as_str(): piece}));
            }
        }
    }

    fn think(&mut self, place: usize, text: &str, out: &mut Vec<u8>) {
        if let Some(open) = self.blocks.get_mut(&place) {
            open.text.push_str(text);
            open.begun = true;
        }
        delta(out, place, &json!({"reasoningContent": {"text": text}}));
    }

    fn proof(&mut self, place: usize, proof: &Proof, out: &mut Vec<u8>) {
        let Some(open) = self.blocks.get_mut(&place) else { return };
        let text = open.text.clone();
        let piece = match proof {
            Proof::Redacted(data) => Some(json!({"redactedContent": data})),
            _ => signature(&Thinking { text, proof: Some(proof.clone()), ..Thinking::default() })
                .map(|signature| json!({"signature": signature})),
        };
        if let Some(piece) = piece {
            open.begun = true;
            delta(out, place, &json!({"reasoningContent": piece}));
        }
    }

    fn grow(&mut self, place: usize, event: &Event, out: &mut Vec<u8>) {
        match event {
            Event::TextDelta { text, .. } | Event::RefusalDelta { text, .. } => {
                self.mark(place);
                delta(out, place, &json!({"text": text}));
            }
            Event::ThinkingDelta { text, .. } => self.think(place, text, out),
            Event::Signature { proof, .. } => self.proof(place, proof, out),
            Event::ArgsDelta { fragment, .. } => {
                delta(out, place, &json!({"toolUse": {"input": fragment}}));
            }
            Event::Citation { value, .. } => {
                if let Some(citation) = citations::for_client(DIALECT, value) {
                    self.mark(place);
                    delta(out, place, &json!({"citation": citation.to_value()}));
                }
            }
            Event::BlockStop { .. } => self.end(place, out),
            _ => {}
        }
    }

    fn mark(&mut self, place: usize) {
        if let Some(open) = self.blocks.get_mut(&place) {
            open.begun = true;
        }
    }

    fn end(&mut self, place: usize, out: &mut Vec<u8>) {
        let open = self.blocks.remove(&place).unwrap_or_default();
        if !open.begun {
            let empty =
                if open.thinks { json!({"reasoningContent": {"text": ""}}) } else { json!({"text": ""}) };
            delta(out, place, &empty);
        }
        write(out, "contentBlockStop", &json!({"contentBlockIndex": place}));
    }

    fn stop(&mut self, stop: &Stop, out: &mut Vec<u8>) {
        self.ended = true;
        let word = self.last.get(notes::STOP).map(Json::to_value);
        let word = word.unwrap_or_else(|| usage::encode_stop(&stop.reason).into());
        let reason = json!({"stopReason": word});
        write(out, "messageStop", &self.with_others("messageStop", reason));
        let form = usage::encode(&self.usage, self.context.input_estimate);
        let usage = json!({"usage": Json::of(&form).to_value()});
        write(out, "metadata", &self.with_others("metadata", usage));
    }

    /// A payload with the fields that the provider sent beside it.
    fn with_others(&self, kind: &str, mut payload: Value) -> Value {
        if let (Some(fields), Some(Value::Object(others))) =
            (payload.as_object_mut(), self.last.get(kind).map(Json::to_value))
        {
            fields.extend(others);
        }
        payload
    }

    fn opaque(&mut self, kind: &str, value: &Json, out: &mut Vec<u8>) {
        match kind {
            "messageStop" | "metadata" | notes::STOP => {
                self.last.insert(kind.to_owned(), value.clone());
            }
            other => write(out, other, &value.to_value()),
        }
    }

    fn event(&mut self, event: &Event, out: &mut Vec<u8>) {
        match event {
            Event::Start { usage, .. } => {
                self.usage.merge(usage);
                write(out, "messageStart", &json!({"role": "assistant"}));
            }
            Event::BlockStart { index, block } => {
                if let Some(place) = self.order.begin(*index, block, DIALECT) {
                    self.begin(place, block, out);
                }
            }
            Event::Usage(usage) => self.usage.merge(usage),
            Event::Stop(stop) => self.stop(stop, out),
            Event::Ping => self.keep_alive(out),
            Event::Error(failure) => {
                self.ended = true;
                let kind = error::exception_of(failure.kind);
                let message = Message::exception(kind, JSON_TYPE, error::payload(failure));
                append(&message, out);
            }
            Event::Opaque { dialect: DIALECT, kind, value } => self.opaque(kind, value, out),
            Event::Opaque { .. } => {}
            Event::TextDelta { index, .. }
            | Event::ThinkingDelta { index, .. }
            | Event::Signature { index, .. }
            | Event::ArgsDelta { index, .. }
            | Event::Citation { index, .. }
            | Event::RefusalDelta { index, .. }
            | Event::BlockStop { index } => {
                if let Some(place) = self.order.place(*index) {
                    self.grow(place, event, out);
                }
            }
        }
    }
}

impl EventEncoder for Encoder {
    fn push(&mut self, event: &Event, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        if let Some(index) = event.block()
            && !self.order.admits(index, event)
        {
            return;
        }
        self.event(event, out);
        while let Some(event) = self.order.released() {
            self.event(&event, out);
        }
    }

    /// The dialect has no sign of life. Its readers pass over events that they don't know, as AWS's
    /// specification of event streams asks of them.
    fn keep_alive(&mut self, out: &mut Vec<u8>) {
        write(out, "ping", &json!({}));
    }
}

const JSON_TYPE: &str = "application/json";

fn delta(out: &mut Vec<u8>, place: usize, delta: &Value) {
    write(out, "contentBlockDelta", &json!({"delta": delta, "contentBlockIndex": place}));
}

fn write<T: Serialize>(out: &mut Vec<u8>, kind: &str, payload: &T) {
    let payload = serde_json::to_vec(payload).unwrap_or_default();
    append(&Message::event(kind, JSON_TYPE, payload), out);
}

/// Appends a frame. One that is too long for the format is left out: it could not be read.
fn append(message: &Message, out: &mut Vec<u8>) {
    if message.write(out).is_err() {
        let kind = error::exception_of(lynkr_types::FaultKind::BadGateway);
        let payload = br#"{"message":"a part of the answer is too long for an event stream"}"#;
        let _ = Message::exception(kind, JSON_TYPE, payload.as_slice()).write(out);
    }
}
