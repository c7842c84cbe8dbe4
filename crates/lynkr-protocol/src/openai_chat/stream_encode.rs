//! A client's stream: events → SSE. What all chunks share is written once; of a chunk only the delta is.

use std::collections::BTreeMap;

use serde::Serialize;

use super::nested::unnest;
use super::reply::{details_of, reply_id};
use super::wire::{CalledCustom, CalledFunction, ToolCall};
use super::{DIALECT, error, usage};
use crate::citations;
use crate::codec::{EventEncoder, ReplyContext};
use crate::framing::write_sse;
use crate::json;
use crate::neutral::{Block, Event, Proof, Stop, Thinking, ToolUse, Usage};
use crate::wire::Json;

/// The encoder's state.
#[derive(Debug)]
pub(super) struct Encoder {
    context: ReplyContext,
    /// `{"id":…,"object":…,"created":…,"model":…,"choices":[`: the beginning of each chunk, once the id
    /// is known.
    head: Vec<u8>,
    ended: bool,
    refused: bool,
    details: usize,
    usage: Usage,
    calls: BTreeMap<usize, Call>,
    /// The text of each thinking block so far: a seal needs it.
    thinking: BTreeMap<usize, ThinkingState>,
}

#[derive(Debug)]
struct Call {
    number: u64,
    freeform: bool,
    has_arguments: bool,
}

#[derive(Debug, Default)]
struct ThinkingState {
    text: String,
    /// The provider's own field was `reasoning`: its clients read that one.
    named: bool,
}

#[derive(Serialize, Default)]
struct DeltaForm<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_details: Option<&'a Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<[Json; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<[CallForm<'a>; 1]>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum CallForm<'a> {
    Start(Box<ToolCall>),
    Arguments { index: u64, function: Arguments<'a> },
    Input { index: u64, custom: Input<'a> },
}

#[derive(Serialize)]
struct Arguments<'a> {
    arguments: &'a str,
}

#[derive(Serialize)]
struct Input<'a> {
    input: &'a str,
}

impl Encoder {
    pub(super) fn new(context: ReplyContext) -> Self {
        Self {
            context,
            head: Vec::new(),
            ended: false,
            refused: false,
            details: 0,
            usage: Usage::default(),
            calls: BTreeMap::new(),
            thinking: BTreeMap::new(),
        }
    }

    fn start(&mut self, id: &str, out: &mut Vec<u8>) {
        if !self.head.is_empty() {
            return;
        }
        #[derive(Serialize)]
        struct Head<'a> {
            id: &'a str,
            object: &'static str,
            created: u64,
            model: &'a str,
        }
        let head = Head {
            id: &reply_id(id, &self.context),
            object: "chat.completion.chunk",
            created: self.context.created,
            model: &self.context.model,
        };
        self.head.extend_from_slice(b"data: ");
        json::append(&mut self.head, &head);
        self.head.pop();
        self.head.extend_from_slice(b",\"choices\":[");
        self.delta(&DeltaForm { role: Some("assistant"), content: Some(""), ..DeltaForm::default() }, out);
    }

    fn delta<T: Serialize>(&mut self, delta: &T, out: &mut Vec<u8>) {
        self.chunk(delta, b",\"logprobs\":null,\"finish_reason\":null", out);
    }

    fn chunk<T: Serialize>(&mut self, delta: &T, tail: &[u8], out: &mut Vec<u8>) {
        self.start("", out);
        out.extend_from_slice(&self.head);
        out.extend_from_slice(b"{\"index\":0,\"delta\":");
        json::append(out, delta);
        out.extend_from_slice(tail);
        // With usage asked for, OpenAI says in each chunk that it comes later.
        let end: &[u8] = if self.context.include_usage { b"}],\"usage\":null}\n\n" } else { b"}]}\n\n" };
        out.extend_from_slice(end);
    }

    fn block_start(&mut self, index: usize, block: &Block, out: &mut Vec<u8>) {
        match block {
            Block::Text(text) => self.words(&text.text, out),
            Block::Refusal(refusal) => self.refusal(&refusal.text, out),
            Block::ToolUse(call) => self.call_start(index, call, out),
            Block::Thinking(thinking) => self.thinking_start(index, thinking, out),
            Block::Image(_) | Block::Document(_) | Block::ToolResult(_) | Block::Opaque(_) => {}
        }
    }

    fn words(&mut self, text: &str, out: &mut Vec<u8>) {
        if !text.is_empty() {
            self.delta(&DeltaForm { content: Some(text), ..DeltaForm::default() }, out);
        }
    }

    fn refusal(&mut self, text: &str, out: &mut Vec<u8>) {
        if !text.is_empty() {
            self.refused = true;
            self.delta(&DeltaForm { refusal: Some(text), ..DeltaForm::default() }, out);
        }
    }

    fn call_start(&mut self, index: usize, call: &ToolUse, out: &mut Vec<u8>) {
        let number = self.calls.len() as u64;
        let mut rest = call.extra.of(DIALECT);
        rest.remove("index");
        let mut form = ToolCall { index: Some(number), id: Some(call.id.clone()), ..ToolCall::default() };
        let name = Some(call.name.clone());
        if call.freeform {
            let inner = unnest(&mut rest, "custom");
            form.kind = Some("custom".to_owned());
            form.custom = Some(CalledCustom { name, input: Some(String::new()), rest: inner });
        } else {
            let inner = unnest(&mut rest, "function");
            form.kind = Some("function".to_owned());
            form.function = Some(CalledFunction { name, arguments: Some(Json::of("")), rest: inner });
        }
        form.rest = rest;
        let state = Call { number, freeform: call.freeform, has_arguments: false };
        self.calls.insert(index, state);
        let tool_calls = Some([CallForm::Start(Box::new(form))]);
        self.delta(&DeltaForm { tool_calls, ..DeltaForm::default() }, out);
        self.arguments(index, &call.arguments, out);
    }

    fn arguments(&mut self, index: usize, fragment: &str, out: &mut Vec<u8>) {
        let Some(call) = self.calls.get_mut(&index) else { return };
        if fragment.is_empty() {
            return;
        }
        call.has_arguments = true;
        let (index, freeform) = (call.number, call.freeform);
        let form = if freeform {
            CallForm::Input { index, custom: Input { input: fragment } }
        } else {
            CallForm::Arguments { index, function: Arguments { arguments: fragment } }
        };
        self.delta(&DeltaForm { tool_calls: Some([form]), ..DeltaForm::default() }, out);
    }

    fn thinking_start(&mut self, index: usize, thinking: &Thinking, out: &mut Vec<u8>) {
        let rest = thinking.extra.of(DIALECT);
        let named = rest.find("reasoning").is_some();
        self.thinking.insert(index, ThinkingState { text: String::new(), named });
        self.think(index, &thinking.text, out);
        if let Some(proof) = &thinking.proof {
            self.proof(index, proof, out);
        }
    }

    fn think(&mut self, index: usize, text: &str, out: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        let state = self.thinking.entry(index).or_default();
        state.text.push_str(text);
        let reasoning = state.named.then_some(text);
        let delta = DeltaForm { reasoning_content: Some(text), reasoning, ..DeltaForm::default() };
        self.delta(&delta, out);
    }

    fn proof(&mut self, index: usize, proof: &Proof, out: &mut Vec<u8>) {
        let text = self.thinking.remove(&index).map(|state| state.text).unwrap_or_default();
        let thinking = Thinking { text, proof: Some(proof.clone()), ..Thinking::default() };
        let list = details_of(&thinking, self.details);
        if list.is_empty() {
            return;
        }
        self.details += list.len();
        let list = Json::of(&list);
        self.delta(&DeltaForm { reasoning_details: Some(&list), ..DeltaForm::default() }, out);
    }

    fn block_stop(&mut self, index: usize, out: &mut Vec<u8>) {
        self.thinking.remove(&index);
        // Clients parse the arguments: none at all would be no JSON.
        if self.calls.get(&index).is_some_and(|call| !call.has_arguments && !call.freeform) {
            self.arguments(index, "{}", out);
        }
    }

    fn stop(&mut self, stop: &Stop, out: &mut Vec<u8>) {
        let reason = usage::encode_stop(&stop.reason, !self.calls.is_empty(), self.refused);
        let mut tail = b",\"logprobs\":null,\"finish_reason\":".to_vec();
        json::append(&mut tail, reason);
        for (name, value) in usage::stop_details(stop).iter() {
            tail.push(b',');
            json::append(&mut tail, name);
            tail.push(b':');
            tail.extend_from_slice(value.get().as_bytes());
        }
        self.chunk(&DeltaForm::default(), &tail, out);
        if self.context.include_usage {
            out.extend_from_slice(&self.head);
            out.extend_from_slice(b"],\"usage\":");
            json::append(out, &usage::encode(&self.usage, self.context.input_estimate));
            out.extend_from_slice(b"}\n\n");
        }
        write_sse(out, "", b"[DONE]");
        self.ended = true;
    }

    fn opaque(&mut self, kind: &str, value: &Json, out: &mut Vec<u8>) {
        match kind {
            "delta" => self.delta(value, out),
            "logprobs" => {
                let tail = format!(",\"logprobs\":{},\"finish_reason\":null", value.get());
                self.chunk(&DeltaForm::default(), tail.as_bytes(), out);
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
                self.start(id, out);
            }
            Event::BlockStart { index, block } => self.block_start(*index, block, out),
            Event::TextDelta { text, .. } => self.words(text, out),
            Event::ThinkingDelta { index, text } => self.think(*index, text, out),
            Event::Signature { index, proof } => self.proof(*index, proof, out),
            Event::ArgsDelta { index, fragment } => self.arguments(*index, fragment, out),
            Event::Citation { value, .. } => {
                if let Some(annotation) = citations::for_client(DIALECT, value) {
                    let annotations = Some([annotation]);
                    self.delta(&DeltaForm { annotations, ..DeltaForm::default() }, out);
                }
            }
            Event::RefusalDelta { text, .. } => self.refusal(text, out),
            Event::BlockStop { index } => self.block_stop(*index, out),
            Event::Usage(usage) => self.usage.merge(usage),
            Event::Stop(stop) => self.stop(stop, out),
            Event::Ping => self.keep_alive(out),
            Event::Error(failure) => {
                write_sse(out, "", &error::encode(failure, ""));
                self.ended = true;
            }
            Event::Opaque { dialect, kind, value } if *dialect == DIALECT => self.opaque(kind, value, out),
            Event::Opaque { .. } => {}
        }
    }

    fn keep_alive(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(b": keep-alive\n\n");
    }
}
