//! A client's stream: events → SSE. Bytes are written straight from small borrowed structs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::encode_blocks::signature;
use super::order::Order;
use super::wire::UsageForm;
use super::{error, reply, usage};
use crate::Dialect;
use crate::citations;
use crate::codec::{EventEncoder, ReplyContext};
use crate::framing::write_sse;
use crate::json;
use crate::neutral::{Block, Event, Proof, Stop, Thinking, Usage};
use crate::wire::Json;

/// The encoder's state.
#[derive(Debug)]
pub(super) struct Encoder {
    context: ReplyContext,
    order: Order,
    usage: Usage,
    scratch: Vec<u8>,
    /// Thinking blocks, with the text so far: whether they are redacted is known with the first delta
    /// only, and a seal needs the text.
    thinking: BTreeMap<usize, ThinkingState>,
}

#[derive(Debug, Default)]
struct ThinkingState {
    begun: bool,
    text: String,
}

#[derive(Serialize)]
struct Frame<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<StartMessage<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_block: Option<&'a Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<DeltaForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<&'a UsageForm>,
}

#[derive(Serialize)]
struct StartMessage<'a> {
    id: &'a str,
    r#type: &'static str,
    role: &'static str,
    model: &'a str,
    content: [u8; 0],
    stop_reason: Option<&'a str>,
    stop_sequence: Option<&'a str>,
    usage: &'a UsageForm,
}

#[derive(Serialize)]
#[serde(untagged)]
enum DeltaForm<'a> {
    Signature { r#type: &'static str, signature: &'a str },
    Citation { r#type: &'static str, citation: &'a Json },
    Message { stop_reason: &'a str, stop_sequence: Option<&'a str> },
}

/// The growth of a block up to its words. Nearly all events are of these kinds, so that they are written as they stand.
const TEXT: &[u8] = b",\"delta\":{\"type\":\"text_delta\",\"text\":";
const THINKING: &[u8] = b",\"delta\":{\"type\":\"thinking_delta\",\"thinking\":";
const ARGUMENTS: &[u8] = b",\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":";

/// Writes the event by which a block grows.
fn grown(place: usize, delta: &[u8], words: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":");
    json::append(out, &place);
    out.extend_from_slice(delta);
    json::append(out, words);
    out.extend_from_slice(b"}}\n\n");
}

impl<'a> Frame<'a> {
    fn new(kind: &'static str) -> Self {
        Self { r#type: kind, index: None, message: None, content_block: None, delta: None, usage: None }
    }

    fn delta(index: usize, delta: DeltaForm<'a>) -> Self {
        Self { index: Some(index), delta: Some(delta), ..Self::new("content_block_delta") }
    }
}

impl Encoder {
    pub(super) fn new(context: ReplyContext) -> Self {
        Self {
            context,
            order: Order::default(),
            usage: Usage::default(),
            scratch: Vec::new(),
            thinking: BTreeMap::new(),
        }
    }

    fn write(&mut self, frame: &Frame<'_>, out: &mut Vec<u8>) {
        self.scratch.clear();
        json::append(&mut self.scratch, frame);
        write_sse(out, frame.r#type, &self.scratch);
    }

    fn start(&mut self, id: &str, usage: &Usage, out: &mut Vec<u8>) {
        self.usage.merge(usage);
        let id = reply::message_id(id, &self.context);
        let model = self.context.model.clone();
        let mut form = usage::encode(&self.usage, self.context.input_estimate);
        form.output_tokens = Some(self.usage.output.unwrap_or(1));
        let message = StartMessage {
            id: &id,
            r#type: "message",
            role: "assistant",
            model: &model,
            content: [],
            stop_reason: None,
            stop_sequence: None,
            usage: &form,
        };
        self.write(&Frame { message: Some(message), ..Frame::new("message_start") }, out);
        self.keep_alive(out);
    }

    fn block_start(&mut self, index: usize, block: &Block, out: &mut Vec<u8>) {
        let form = match block {
            Block::Thinking(thinking) => {
                self.thinking.insert(index, ThinkingState::default());
                if let Some(proof) = &thinking.proof {
                    self.proof(index, proof, out);
                }
                return;
            }
            Block::ToolUse(call) => {
                serde_json::json!({"type": "tool_use", "id": call.id, "name": call.name, "input": {}})
            }
            Block::Opaque(opaque) if opaque.dialect == Dialect::Anthropic => {
                self.open_block(index, &opaque.value, out);
                return;
            }
            // Anything else that an answer holds is words here.
            _ => serde_json::json!({"type": "text", "text": ""}),
        };
        self.open_block(index, &Json::of(&form), out);
    }

    fn open_block(&mut self, index: usize, form: &Json, out: &mut Vec<u8>) {
        let frame =
            Frame { index: Some(index), content_block: Some(form), ..Frame::new("content_block_start") };
        self.write(&frame, out);
    }

    fn begin_thinking(&mut self, index: usize, out: &mut Vec<u8>) {
        let state = self.thinking.entry(index).or_default();
        if !std::mem::replace(&mut state.begun, true) {
            let form = serde_json::json!({"type": "thinking", "thinking": "", "signature": ""});
            self.open_block(index, &Json::of(&form), out);
        }
    }

    fn proof(&mut self, index: usize, proof: &Proof, out: &mut Vec<u8>) {
        let state = self.thinking.entry(index).or_default();
        if let (Proof::Redacted(data), false) = (proof, state.begun) {
            state.begun = true;
            let form = serde_json::json!({"type": "redacted_thinking", "data": data});
            self.open_block(index, &Json::of(&form), out);
            return;
        }
        let text = state.text.clone();
        self.begin_thinking(index, out);
        let signature = signature(&Thinking { text, proof: Some(proof.clone()), ..Thinking::default() });
        if signature.is_empty() {
            return;
        }
        let delta = DeltaForm::Signature { r#type: "signature_delta", signature: &signature };
        self.write(&Frame::delta(index, delta), out);
    }

    fn block_stop(&mut self, index: usize, out: &mut Vec<u8>) {
        if self.thinking.contains_key(&index) {
            self.begin_thinking(index, out);
            self.thinking.remove(&index);
        }
        self.write(&Frame { index: Some(index), ..Frame::new("content_block_stop") }, out);
    }

    fn stop(&mut self, stop: &Stop, out: &mut Vec<u8>) {
        let form = usage::encode(&self.usage, self.context.input_estimate);
        let delta = DeltaForm::Message {
            stop_reason: usage::encode_stop(&stop.reason),
            stop_sequence: stop.sequence.as_deref(),
        };
        let frame = Frame { delta: Some(delta), usage: Some(&form), ..Frame::new("message_delta") };
        self.write(&frame, out);
        self.write(&Frame::new("message_stop"), out);
    }
}

impl Encoder {
    fn event(&mut self, event: &Event, out: &mut Vec<u8>) {
        match event {
            Event::Start { id, usage, .. } => self.start(id, usage, out),
            Event::BlockStart { index, block } => {
                if let Some(place) = self.order.begin(*index, block, Dialect::Anthropic) {
                    self.block_start(place, block, out);
                }
            }
            Event::Usage(usage) => self.usage.merge(usage),
            Event::Stop(stop) => self.stop(stop, out),
            Event::Ping => self.keep_alive(out),
            Event::Error(failure) => write_sse(out, "error", &error::encode(failure, "")),
            Event::Opaque { dialect: Dialect::Anthropic, kind, value } => {
                write_sse(out, kind, value.get().as_bytes());
            }
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

    /// An event of the block that the client knows as `place`.
    fn grow(&mut self, place: usize, event: &Event, out: &mut Vec<u8>) {
        match event {
            Event::TextDelta { text, .. } | Event::RefusalDelta { text, .. } => grown(place, TEXT, text, out),
            Event::ThinkingDelta { text, .. } => {
                self.begin_thinking(place, out);
                if let Some(state) = self.thinking.get_mut(&place) {
                    state.text.push_str(text);
                }
                grown(place, THINKING, text, out);
            }
            Event::Signature { proof, .. } => self.proof(place, proof, out),
            Event::ArgsDelta { fragment, .. } => grown(place, ARGUMENTS, fragment, out),
            Event::Citation { value, .. } => {
                if let Some(citation) = citations::for_client(Dialect::Anthropic, value) {
                    let delta = DeltaForm::Citation { r#type: "citations_delta", citation: &citation };
                    self.write(&Frame::delta(place, delta), out);
                }
            }
            Event::BlockStop { .. } => self.block_stop(place, out),
            _ => {}
        }
    }
}

impl EventEncoder for Encoder {
    fn push(&mut self, event: &Event, out: &mut Vec<u8>) {
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

    fn keep_alive(&mut self, out: &mut Vec<u8>) {
        write_sse(out, "ping", br#"{"type":"ping"}"#);
    }
}
