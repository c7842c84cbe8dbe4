//! Events → a client's lines.

use std::collections::BTreeMap;

use serde::Serialize;

use super::error;
use super::reply::{done_reason, wire_call};
use super::time::rfc3339;
use super::wire::ToolCall;
use crate::Dialect;
use crate::codec::{EventEncoder, ReplyContext};
use crate::json;
use crate::neutral::{Block, Event, Media, Stop, ToolUse, Usage};
use crate::wire::Json;

/// The state of a stream.
#[derive(Debug)]
pub(super) struct Encoder {
    /// `{"model":…,"created_at":…,"message":{"role":"assistant","content":`, the same for each line.
    head: Vec<u8>,
    input_estimate: u64,
    usage: Usage,
    /// Calls that are not complete. The dialect has no fragments of arguments, so these must wait.
    calls: BTreeMap<usize, ToolUse>,
    written_calls: usize,
}

impl Encoder {
    pub(super) fn new(context: &ReplyContext) -> Self {
        let mut head = Vec::with_capacity(128);
        head.extend_from_slice(b"{\"model\":");
        json::append(&mut head, &context.model);
        head.extend_from_slice(b",\"created_at\":");
        json::append(&mut head, &rfc3339(context.created));
        head.extend_from_slice(b",\"message\":{\"role\":\"assistant\",\"content\":");
        Self {
            head,
            input_estimate: context.input_estimate,
            usage: Usage::default(),
            calls: BTreeMap::new(),
            written_calls: 0,
        }
    }

    fn line<T: Serialize + ?Sized>(&self, out: &mut Vec<u8>, content: &str, field: &str, value: Option<&T>) {
        out.extend_from_slice(&self.head);
        json::append(out, content);
        if let Some(value) = value {
            out.extend_from_slice(b",\"");
            out.extend_from_slice(field.as_bytes());
            out.extend_from_slice(b"\":");
            json::append(out, value);
        }
        out.extend_from_slice(b"},\"done\":false}\n");
    }

    fn content(&self, out: &mut Vec<u8>, text: &str) {
        self.line::<str>(out, text, "", None);
    }

    fn begin(&mut self, index: usize, block: &Block, out: &mut Vec<u8>) {
        match block {
            Block::ToolUse(call) => {
                self.calls.insert(index, call.clone());
            }
            Block::Text(text) if !text.text.is_empty() => self.content(out, &text.text),
            Block::Refusal(refusal) if !refusal.text.is_empty() => self.content(out, &refusal.text),
            Block::Thinking(thinking) if !thinking.text.is_empty() => {
                self.line(out, "", "thinking", Some(&thinking.text));
            }
            Block::Image(image) => {
                if let Media::Base64 { data, .. } = &image.source {
                    self.line(out, "", "images", Some(&[data]));
                }
            }
            // The beginning of a block is no line, and other dialects' blocks have no form here.
            Block::Text(_)
            | Block::Refusal(_)
            | Block::Thinking(_)
            | Block::Document(_)
            | Block::ToolResult(_)
            | Block::Opaque(_) => {}
        }
    }

    fn end(&mut self, index: usize, out: &mut Vec<u8>) {
        let Some(call) = self.calls.remove(&index) else { return };
        let wire: [ToolCall; 1] = [wire_call(&call.id, &call.name, &call.arguments, self.written_calls)];
        self.written_calls = self.written_calls.saturating_add(1);
        self.line(out, "", "tool_calls", Some(&wire));
    }

    /// Calls that an upstream left open when it stopped go out before the last line.
    fn end_all(&mut self, out: &mut Vec<u8>) {
        let open: Vec<usize> = self.calls.keys().copied().collect();
        for index in open {
            self.end(index, out);
        }
    }

    fn stop(&mut self, stop: &Stop, out: &mut Vec<u8>) {
        self.end_all(out);
        out.extend_from_slice(&self.head);
        out.extend_from_slice(b"\"\"},\"done\":true,\"done_reason\":");
        json::append(out, done_reason(Some(stop)));
        for (name, value) in self.usage.extra.of(Dialect::Ollama).iter() {
            write_field(out, name, &on_one_line(value));
        }
        let input = self.usage.total_input().unwrap_or(self.input_estimate);
        write_field(out, "prompt_eval_count", &input);
        if let Some(output) = self.usage.output {
            write_field(out, "eval_count", &output);
        }
        out.extend_from_slice(b"}\n");
    }
}

impl EventEncoder for Encoder {
    fn push(&mut self, event: &Event, out: &mut Vec<u8>) {
        match event {
            Event::Start { usage, .. } | Event::Usage(usage) => self.usage.merge(usage),
            Event::BlockStart { index, block } => self.begin(*index, block, out),
            Event::TextDelta { text, .. } | Event::RefusalDelta { text, .. } => {
                if !text.is_empty() {
                    self.content(out, text);
                }
            }
            Event::ThinkingDelta { text, .. } => {
                if !text.is_empty() {
                    self.line(out, "", "thinking", Some(text));
                }
            }
            Event::ArgsDelta { index, fragment } => {
                if let Some(call) = self.calls.get_mut(index) {
                    call.arguments.push_str(fragment);
                }
            }
            Event::BlockStop { index } => self.end(*index, out),
            Event::Stop(stop) => self.stop(stop, out),
            Event::Error(error) => {
                out.extend_from_slice(&error::encode(error));
                out.push(b'\n');
            }
            Event::Ping => self.keep_alive(out),
            Event::Opaque { dialect: Dialect::Ollama, value, .. } => {
                json::append(out, &on_one_line(value));
                out.push(b'\n');
            }
            // Proofs, citations and other dialects' frames have no place here.
            Event::Signature { .. } | Event::Citation { .. } | Event::Opaque { .. } => {}
        }
    }

    /// A line without words: clients parse every line, so a blank one would break some of them.
    fn keep_alive(&mut self, out: &mut Vec<u8>) {
        self.content(out, "");
    }
}

/// The same value without line ends, which in JSON can only stand between its parts.
fn on_one_line(value: &Json) -> Json {
    Json::parse(&value.get().replace(['\n', '\r'], " ")).unwrap_or_default()
}

fn write_field<T: Serialize + ?Sized>(out: &mut Vec<u8>, name: &str, value: &T) {
    out.push(b',');
    json::append(out, name);
    out.push(b':');
    json::append(out, value);
}
