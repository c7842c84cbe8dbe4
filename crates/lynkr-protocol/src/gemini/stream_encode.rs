//! Events → a client's stream. Each frame is an answer object of its own with one part; the last one has
//! the reason of the end and the token counts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::pending::Pending;
use super::reply::response_id;
use super::wire::Part;
use super::write_parts::{Side, Writer, call_part};
use super::{DIALECT, error, finish, usage};
use crate::codec::{EventEncoder, ReplyContext};
use crate::framing::write_sse;
use crate::json;
use crate::neutral::{Block, Event, Proof, Stop, Thinking, ToolUse, Usage};
use crate::seal;
use crate::wire::Json;

/// The state of a stream.
#[derive(Debug)]
pub(super) struct Encoder {
    context: ReplyContext,
    /// `,"modelVersion":…,"responseId":…}` and the end of the frame: the end of each.
    tail: Vec<u8>,
    ended: bool,
    usage: Usage,
    pending: Pending,
    /// Calls that are not complete. The dialect's clients read whole arguments, so these must wait.
    calls: BTreeMap<usize, ToolUse>,
    /// The text of each reasoning block so far: a seal needs it.
    thinking: BTreeMap<usize, String>,
    /// The provider's own word for the end.
    finish: Option<String>,
}

/// A part of words or reasoning.
#[derive(Serialize)]
struct Words<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    thought: Option<bool>,
    #[serde(rename = "thoughtSignature", skip_serializing_if = "Option::is_none")]
    signature: Option<&'a str>,
}

impl<'a> Words<'a> {
    const fn new(text: &'a str) -> Self {
        Self { text, thought: None, signature: None }
    }
}

impl Encoder {
    pub(super) fn new(context: ReplyContext) -> Self {
        let mut encoder = Self {
            context,
            tail: Vec::new(),
            ended: false,
            usage: Usage::default(),
            pending: Pending::default(),
            calls: BTreeMap::new(),
            thinking: BTreeMap::new(),
            finish: None,
        };
        encoder.name("");
        encoder
    }

    /// Sets the id that each frame repeats.
    fn name(&mut self, id: &str) {
        let mut tail = b",\"modelVersion\":".to_vec();
        json::append(&mut tail, &self.context.model);
        tail.extend_from_slice(b",\"responseId\":");
        json::append(&mut tail, response_id(id, &self.context));
        tail.extend_from_slice(b"}\n\n");
        self.tail = tail;
    }

    fn part<T: Serialize + ?Sized>(&self, part: &T, out: &mut Vec<u8>) {
        out.extend_from_slice(b"data: {\"candidates\":[{\"content\":{\"parts\":[");
        write_line(out, part);
        out.extend_from_slice(b"],\"role\":\"model\"},\"index\":0}]");
        out.extend_from_slice(&self.tail);
    }

    fn parts(&self, parts: impl IntoIterator<Item = Part>, out: &mut Vec<u8>) {
        for part in parts {
            self.part(&part, out);
        }
    }

    fn words(&mut self, text: &str, out: &mut Vec<u8>) {
        if !text.is_empty() {
            let signature = self.pending.take();
            self.part(&Words { signature: signature.as_deref(), ..Words::new(text) }, out);
        }
    }

    fn begin(&mut self, index: usize, block: &Block, out: &mut Vec<u8>) {
        match block {
            Block::Text(text) => self.words(&text.text, out),
            Block::Refusal(refusal) => self.words(&refusal.text, out),
            Block::ToolUse(call) => {
                self.calls.insert(index, call.clone());
            }
            Block::Thinking(thinking) => {
                self.thinking.insert(index, String::new());
                self.think(index, &thinking.text, out);
                if let Some(proof) = &thinking.proof {
                    self.proof(index, proof, out);
                }
            }
            Block::Image(_) | Block::Document(_) | Block::ToolResult(_) | Block::Opaque(_) => {
                let mut writer = Writer::new(Side::Client, false, &self.context.model);
                let parts = writer.turn(std::slice::from_ref(block)).unwrap_or_default();
                self.parts(parts, out);
            }
        }
    }

    fn think(&mut self, index: usize, text: &str, out: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        self.thinking.entry(index).or_default().push_str(text);
        self.part(&Words { thought: Some(true), ..Words::new(text) }, out);
    }

    /// Gemini's own proof goes out at once when its part is reasoning or stands alone; every other waits
    /// for the call or the words that come next, since clients throw reasoning away.
    fn proof(&mut self, index: usize, proof: &Proof, out: &mut Vec<u8>) {
        let text = self.thinking.remove(&index).unwrap_or_default();
        match proof {
            Proof::ThoughtSignature { signature, alone } if !text.is_empty() || *alone => {
                let before = self.pending.flush();
                self.parts(before, out);
                let thought = (!text.is_empty()).then_some(true);
                self.part(&Words { thought, signature: Some(signature), ..Words::new("") }, out);
            }
            Proof::ThoughtSignature { signature, .. } => {
                let before = self.pending.own(signature.clone());
                self.parts(before, out);
            }
            Proof::Signature(_) | Proof::Redacted(_) | Proof::Item { .. } | Proof::Details(_) => {
                let thinking = Thinking { text, proof: Some(proof.clone()), ..Thinking::default() };
                let before = seal::seal(&thinking).and_then(|seal| self.pending.seal(seal));
                self.parts(before, out);
            }
        }
    }

    fn end(&mut self, index: usize, out: &mut Vec<u8>) {
        self.thinking.remove(&index);
        if let Some(call) = self.calls.remove(&index) {
            let (mut part, _) = call_part(&call);
            part.signature = self.pending.take().or(part.signature);
            self.part(&part, out);
        }
    }

    fn stop(&mut self, stop: &Stop, out: &mut Vec<u8>) {
        // Calls that an upstream left open when it stopped go out before the last frame.
        let open: Vec<usize> = self.calls.keys().copied().collect();
        for index in open {
            self.end(index, out);
        }
        let signature = self.pending.take();
        out.extend_from_slice(b"data: {\"candidates\":[{\"content\":{\"parts\":[");
        write_line(out, &Words { signature: signature.as_deref(), ..Words::new("") });
        out.extend_from_slice(b"],\"role\":\"model\"},\"finishReason\":");
        json::append(out, &finish::word(Some(stop), self.finish.as_deref()));
        out.extend_from_slice(b",\"index\":0}],\"usageMetadata\":");
        write_line(out, &usage::encode(&self.usage, self.context.input_estimate));
        out.extend_from_slice(&self.tail);
        self.ended = true;
    }

    fn opaque(&mut self, kind: &str, value: &Json, out: &mut Vec<u8>) {
        match kind {
            "finishReason" => self.finish = value.as_string(),
            "candidate" => {
                let mut fields: BTreeMap<String, Json> = value.read().unwrap_or_default();
                fields.insert("index".to_owned(), Json::of(&0));
                out.extend_from_slice(b"data: {\"candidates\":[");
                write_line(out, &fields);
                out.push(b']');
                out.extend_from_slice(&self.tail);
            }
            "candidates" => {
                out.extend_from_slice(b"data: {\"candidates\":[");
                write_line(out, value);
                out.push(b']');
                out.extend_from_slice(&self.tail);
            }
            "response" => {
                // The frame's common fields follow the last one of its own, so the brace goes.
                out.extend_from_slice(b"data: ");
                write_line(out, value);
                out.pop();
                out.extend_from_slice(&self.tail);
            }
            _ => {}
        }
    }
}

impl EventEncoder for Encoder {
    fn push(&mut self, event: &Event, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        match event {
            Event::Start { id, usage, .. } => {
                self.usage.merge(usage);
                self.name(id);
            }
            Event::BlockStart { index, block } => self.begin(*index, block, out),
            Event::TextDelta { text, .. } | Event::RefusalDelta { text, .. } => self.words(text, out),
            Event::ThinkingDelta { index, text } => self.think(*index, text, out),
            Event::Signature { index, proof } => self.proof(*index, proof, out),
            Event::ArgsDelta { index, fragment } => {
                if let Some(call) = self.calls.get_mut(index) {
                    call.arguments.push_str(fragment);
                }
            }
            Event::BlockStop { index } => self.end(*index, out),
            Event::Usage(usage) => self.usage.merge(usage),
            Event::Stop(stop) => self.stop(stop, out),
            Event::Ping => self.keep_alive(out),
            Event::Error(failure) => {
                let body = error::encode(failure, "");
                write_sse(out, "", &body);
                // Google's SDK for JavaScript takes an event with an error for one without words, and the answer
                // for whole; it does notice what is no event.
                out.extend_from_slice(&body);
                self.ended = true;
            }
            Event::Opaque { dialect: DIALECT, kind, value } => self.opaque(kind, value, out),
            // Citations and other dialects' frames have no place here.
            Event::Citation { .. } | Event::Opaque { .. } => {}
        }
    }

    /// A frame without words: Google's SDK for Python takes every line that isn't data for JSON, so a
    /// comment would break it.
    fn keep_alive(&mut self, out: &mut Vec<u8>) {
        self.part(&Words::new(""), out);
    }
}

/// Writes JSON on one line: line ends can only stand between its parts.
fn write_line<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let start = out.len();
    json::append(out, value);
    for byte in out.iter_mut().skip(start) {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}
