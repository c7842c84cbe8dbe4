//! A client's stream: events → SSE, in the order and with the fields that the strictest reader wants.
//! Each frame is written straight from a small borrowed struct.

use std::collections::BTreeMap;

use super::error::code_of;
use super::output;
use super::pen::{ErrorFrame, Frame, Pen, refusal_part, summary_part, text_part};
use super::response::{Moment, Shell, status_of};
use super::wire::{Item, Message, ReasoningItem};
use super::{DIALECT, usage};
use crate::citations;
use crate::codec::{EventEncoder, ReplyContext};
use crate::error::ApiError;
use crate::neutral::{Block, Event, Proof, Stop, Usage};
use crate::wire::{Json, Rest, TextOr};

/// The encoder's state.
#[derive(Debug)]
pub(super) struct Encoder {
    context: ReplyContext,
    shell: Option<Shell>,
    pen: Pen,
    open: BTreeMap<usize, Open>,
    /// The complete items by their place in the output.
    output: BTreeMap<usize, Json>,
    next: usize,
    usage: Usage,
    refused: bool,
    ended: bool,
}

/// An item that is being written.
#[derive(Debug)]
struct Open {
    place: usize,
    id: String,
    /// The block so far; what grows is in `grown` until it is complete.
    block: Block,
    grown: String,
    citations: usize,
}

impl Open {
    fn frame<'a>(&'a self, kind: &'a str) -> Frame<'a> {
        Frame { r#type: kind, item_id: Some(&self.id), output_index: Some(self.place), ..Frame::default() }
    }

    fn content<'a>(&'a self, kind: &'a str) -> Frame<'a> {
        Frame { content_index: Some(0), ..self.frame(kind) }
    }

    fn summary<'a>(&'a self, kind: &'a str) -> Frame<'a> {
        Frame { summary_index: Some(0), ..self.frame(kind) }
    }

    fn item_frame<'a>(&'a self, kind: &'a str, item: &'a Json) -> Frame<'a> {
        Frame { item_id: None, item: Some(item), ..self.frame(kind) }
    }

    /// The item as it is announced: without anything that grows.
    fn announced(&self) -> Option<Json> {
        let mut item = output::item(&self.block, &self.id)?;
        let in_progress = Some("in_progress".to_owned());
        match &mut item {
            Item::Message(Message { status, content, .. }) => {
                *status = in_progress;
                *content = Some(TextOr::List(Vec::new()));
            }
            Item::FunctionCall(call) => call.status = in_progress,
            Item::CustomToolCall(call) => call.status = in_progress,
            Item::Reasoning(ReasoningItem { summary, encrypted_content, .. }) => {
                *summary = Some(Vec::new());
                *encrypted_content = None;
            }
            Item::FunctionCallOutput(_) | Item::CustomToolCallOutput(_) | Item::Other { .. } => {}
        }
        Some(Json::of(&item))
    }
}

impl Encoder {
    pub(super) fn new(context: ReplyContext) -> Self {
        Self {
            context,
            shell: None,
            pen: Pen::default(),
            open: BTreeMap::new(),
            output: BTreeMap::new(),
            next: 0,
            usage: Usage::default(),
            refused: false,
            ended: false,
        }
    }

    fn start(&mut self, id: &str, out: &mut Vec<u8>) {
        if self.shell.is_some() {
            return;
        }
        let shell = self.shell.insert(Shell::new(id, &self.context));
        for kind in ["response.created", "response.in_progress"] {
            let object = shell.at(Moment { status: "in_progress", ..Moment::default() });
            self.pen.write(Frame { r#type: kind, response: Some(object), ..Frame::default() }, out);
        }
    }

    fn block_start(&mut self, index: usize, block: &Block, out: &mut Vec<u8>) {
        let mut open = Open {
            place: self.next,
            id: output::id(block, index, &self.context.seed),
            block: block.clone(),
            grown: String::new(),
            citations: 0,
        };
        let begun = take_words(&mut open.block);
        if let Block::ToolUse(call) = &mut open.block
            && call.id.is_empty()
        {
            call.id = format!("call_{}_{index}", self.context.seed);
        }
        let Some(item) = open.announced() else { return };
        self.next = self.next.saturating_add(1);
        self.pen.write(open.item_frame("response.output_item.added", &item), out);
        let part = match &open.block {
            Block::Text(_) => Some(text_part("", &[])),
            Block::Refusal(_) => {
                self.refused = true;
                Some(refusal_part(""))
            }
            _ => None,
        };
        if part.is_some() {
            self.pen.write(Frame { part, ..open.content("response.content_part.added") }, out);
        }
        self.open.insert(index, open);
        if !begun.is_empty() {
            self.grow(index, &begun, out);
        }
    }

    fn grow(&mut self, index: usize, delta: &str, out: &mut Vec<u8>) {
        let Some(open) = self.open.get_mut(&index) else { return };
        let begins = open.grown.is_empty();
        open.grown.push_str(delta);
        let delta = Some(delta);
        let frame = match &open.block {
            Block::Text(_) => {
                Frame { delta, logprobs: Some([]), ..open.content("response.output_text.delta") }
            }
            Block::Refusal(_) => Frame { delta, ..open.content("response.refusal.delta") },
            Block::ToolUse(call) if call.freeform => {
                Frame { delta, ..open.frame("response.custom_tool_call_input.delta") }
            }
            Block::ToolUse(_) => Frame { delta, ..open.frame("response.function_call_arguments.delta") },
            Block::Thinking(_) => {
                if begins {
                    let part = Some(summary_part(""));
                    let kind = "response.reasoning_summary_part.added";
                    self.pen.write(Frame { part, ..open.summary(kind) }, out);
                }
                Frame { delta, ..open.summary("response.reasoning_summary_text.delta") }
            }
            Block::Image(_) | Block::Document(_) | Block::ToolResult(_) | Block::Opaque(_) => return,
        };
        self.pen.write(frame, out);
    }

    fn sign(&mut self, index: usize, proof: &Proof) {
        if let Some(Open { id, block: Block::Thinking(thinking), .. }) = self.open.get_mut(&index) {
            // The provider checks the id too.
            if let Proof::Item { id: own, .. } = proof
                && !own.is_empty()
            {
                own.clone_into(id);
            }
            thinking.proof = Some(proof.clone());
        }
    }

    fn cite(&mut self, index: usize, value: &Json, out: &mut Vec<u8>) {
        let Some(open) = self.open.get_mut(&index) else { return };
        let Block::Text(text) = &mut open.block else { return };
        let known = text.citations.as_ref().and_then(|list| list.read::<Vec<Json>>().ok());
        let mut list = known.unwrap_or_default();
        list.push(value.clone());
        text.citations = Some(Json::of(&list));
        let annotation_index = Some(open.citations);
        open.citations = open.citations.saturating_add(1);
        let frame = Frame {
            annotation_index,
            annotation: Some(value),
            ..open.content("response.output_text.annotation.added")
        };
        self.pen.write(frame, out);
    }

    fn block_stop(&mut self, index: usize, out: &mut Vec<u8>) {
        if let Some(Open { block: Block::ToolUse(call), grown, .. }) = self.open.get(&index)
            && grown.is_empty()
            && !call.freeform
        {
            self.grow(index, "{}", out);
        }
        let Some(mut open) = self.open.remove(&index) else { return };
        self.words_done(&open, out);
        put_words(&mut open.block, std::mem::take(&mut open.grown));
        let Some(item) = output::item(&open.block, &open.id) else { return };
        let item = Json::of(&item);
        self.pen.write(open.item_frame("response.output_item.done", &item), out);
        self.output.insert(open.place, item);
    }

    fn words_done(&mut self, open: &Open, out: &mut Vec<u8>) {
        let text = open.grown.as_str();
        let pen = &mut self.pen;
        match &open.block {
            Block::Text(block) => {
                let list = block.citations.as_ref().and_then(|list| list.read::<Vec<Json>>().ok());
                let logprobs = Some([]);
                let kind = "response.output_text.done";
                pen.write(Frame { text: Some(text), logprobs, ..open.content(kind) }, out);
                let part = Some(text_part(text, list.as_deref().unwrap_or_default()));
                pen.write(Frame { part, ..open.content("response.content_part.done") }, out);
            }
            Block::Refusal(_) => {
                let refusal = Some(text);
                pen.write(Frame { refusal, ..open.content("response.refusal.done") }, out);
                let part = Some(refusal_part(text));
                pen.write(Frame { part, ..open.content("response.content_part.done") }, out);
            }
            Block::ToolUse(call) if call.freeform => {
                let kind = "response.custom_tool_call_input.done";
                pen.write(Frame { input: Some(text), ..open.frame(kind) }, out);
            }
            Block::ToolUse(call) => {
                let (name, arguments) = (Some(call.name.as_str()), Some(text));
                let kind = "response.function_call_arguments.done";
                pen.write(Frame { name, arguments, ..open.frame(kind) }, out);
            }
            Block::Thinking(_) if !text.is_empty() => {
                let kind = "response.reasoning_summary_text.done";
                pen.write(Frame { text: Some(text), ..open.summary(kind) }, out);
                let part = Some(summary_part(text));
                pen.write(Frame { part, ..open.summary("response.reasoning_summary_part.done") }, out);
            }
            Block::Thinking(_)
            | Block::Image(_)
            | Block::Document(_)
            | Block::ToolResult(_)
            | Block::Opaque(_) => {}
        }
    }

    fn stop(&mut self, stop: &Stop, out: &mut Vec<u8>) {
        while let Some(index) = self.open.first_key_value().map(|(index, _)| *index) {
            self.block_stop(index, out);
        }
        let (status, incomplete) = status_of(Some(stop), self.refused);
        let kind = if incomplete.is_some() { "response.incomplete" } else { "response.completed" };
        self.end(kind, status, incomplete, None, out);
    }

    fn end(
        &mut self,
        kind: &str,
        status: &'static str,
        incomplete: Option<&'static str>,
        error: Option<&ApiError>,
        out: &mut Vec<u8>,
    ) {
        self.start("", out);
        self.ended = true;
        let items: Vec<Json> = std::mem::take(&mut self.output).into_values().collect();
        let Some(shell) = &self.shell else { return };
        let object = shell.at(Moment {
            status,
            output: &items,
            usage: usage::write(&self.usage, self.context.input_estimate),
            error: error.map(|error| (code_of(error), error.message.as_str())),
            incomplete,
            more: Rest::default(),
        });
        self.pen.write(Frame { r#type: kind, response: Some(object), ..Frame::default() }, out);
    }

    /// Readers look for the failure in different places: before the answer is created some take only the
    /// `error` event, others only `response.failed`.
    fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>) {
        if self.shell.is_none() {
            let frame = ErrorFrame {
                r#type: "error",
                sequence_number: self.pen.sequence,
                code: code_of(error),
                message: &error.message,
                param: error.param.as_deref(),
            };
            self.pen.raw("error", &frame, out);
            self.shell = Some(Shell::new("", &self.context));
        }
        self.end("response.failed", "failed", None, Some(error), out);
    }

    /// A frame of this dialect that nobody else understands keeps everything but its number.
    fn opaque(&mut self, kind: &str, value: &Json, out: &mut Vec<u8>) {
        let Ok(mut frame) = value.read::<serde_json::Map<String, serde_json::Value>>() else { return };
        frame.insert("sequence_number".to_owned(), self.pen.sequence.into());
        self.pen.raw(kind, &frame, out);
    }
}

impl EventEncoder for Encoder {
    fn push(&mut self, event: &Event, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        if !matches!(event, Event::Start { .. } | Event::Error(_) | Event::Ping | Event::Usage(_)) {
            self.start("", out);
        }
        match event {
            Event::Start { id, usage, .. } => {
                self.usage.merge(usage);
                self.start(id, out);
            }
            Event::BlockStart { index, block } => self.block_start(*index, block, out),
            Event::TextDelta { index, text }
            | Event::ThinkingDelta { index, text }
            | Event::RefusalDelta { index, text }
            | Event::ArgsDelta { index, fragment: text } => {
                if !text.is_empty() {
                    self.grow(*index, text, out);
                }
            }
            Event::Signature { index, proof } => self.sign(*index, proof),
            Event::Citation { index, value, .. } => {
                if let Some(value) = citations::for_client(DIALECT, value) {
                    self.cite(*index, &value, out);
                }
            }
            Event::BlockStop { index } => self.block_stop(*index, out),
            Event::Usage(usage) => self.usage.merge(usage),
            Event::Stop(stop) => self.stop(stop, out),
            Event::Error(error) => self.fail(error, out),
            Event::Ping => self.keep_alive(out),
            Event::Opaque { dialect, kind, value } if *dialect == DIALECT => self.opaque(kind, value, out),
            Event::Opaque { .. } => {}
        }
    }

    fn keep_alive(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(b": keep-alive\n\n");
    }

    fn goes_on_from(&mut self, number: u64) {
        self.pen.sequence = number;
    }
}

/// Takes the words out of a block that begins with some.
fn take_words(block: &mut Block) -> String {
    match block {
        Block::Text(block) => std::mem::take(&mut block.text),
        Block::Refusal(block) => std::mem::take(&mut block.text),
        Block::Thinking(block) => std::mem::take(&mut block.text),
        Block::ToolUse(block) => std::mem::take(&mut block.arguments),
        Block::Image(_) | Block::Document(_) | Block::ToolResult(_) | Block::Opaque(_) => String::new(),
    }
}

fn put_words(block: &mut Block, words: String) {
    match block {
        Block::Text(block) => block.text = words,
        Block::Refusal(block) => block.text = words,
        Block::Thinking(block) => block.text = words,
        Block::ToolUse(block) => block.arguments = words,
        Block::Image(_) | Block::Document(_) | Block::ToolResult(_) | Block::Opaque(_) => {}
    }
}
