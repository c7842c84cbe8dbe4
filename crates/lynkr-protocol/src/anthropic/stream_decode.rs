//! An upstream's stream: SSE → events.

use lynkr_types::FaultKind;

use super::wire::{ContentBlock, Delta, Response, StreamFrame};
use super::{blocks, error, usage};
use crate::Dialect;
use crate::codec::EventDecoder;
use crate::error::{ApiError, DecodeError, read_json};
use crate::framing::{SseDecoder, SseFrame};
use crate::neutral::{Block, Event, Proof, Stop, StopReason, ToolUse};
use crate::wire::Json;

const DIALECT: Dialect = Dialect::Anthropic;

/// The decoder's state.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    sse: SseDecoder,
    frames: Vec<SseFrame>,
    open: Vec<OpenBlock>,
    next_index: usize,
    started: bool,
    stop: Option<Stop>,
    ended: bool,
}

/// A block that has begun and not ended.
#[derive(Debug)]
struct OpenBlock {
    /// The provider's index, which need not be dense.
    wire_index: u64,
    index: usize,
    signature: String,
    /// Arguments that came with the start; sent when no delta does.
    whole_arguments: String,
}

impl EventDecoder for Decoder {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), DecodeError> {
        let mut frames = std::mem::take(&mut self.frames);
        let framed = self.sse.push(bytes, &mut frames);
        let taken = frames.drain(..).try_for_each(|frame| self.frame(&frame, events));
        self.frames = frames;
        framed?;
        taken
    }

    fn finish(&mut self, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        let mut frames = Vec::new();
        self.sse.finish(&mut frames)?;
        for frame in frames {
            self.frame(&frame, events)?;
        }
        if self.ended {
            return Ok(());
        }
        if self.stop.is_some() {
            self.end(events);
            return Ok(());
        }
        self.ended = true;
        let message = "the provider's stream ended before the answer was complete";
        events.push(Event::Error(ApiError::new(FaultKind::BadGateway, message)));
        Ok(())
    }
}

impl Decoder {
    fn frame(&mut self, frame: &SseFrame, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        if self.ended || frame.data.is_empty() || frame.data == "[DONE]" {
            return Ok(());
        }
        let wire: StreamFrame = read_json(frame.data.as_bytes())
            .map_err(|error| DecodeError::new(format!("a frame of the provider's stream: {error}")))?;
        let kind = wire.kind.clone().unwrap_or_else(|| frame.event.clone());
        match kind.as_str() {
            "message_start" => self.start(wire.message.unwrap_or_default(), events),
            "content_block_start" => self.block_start(wire.index, wire.content_block, events)?,
            "content_block_delta" => self.delta(wire.index, wire.delta.unwrap_or_default(), events),
            "content_block_stop" => self.block_stop(wire.index, events),
            "message_delta" => self.message_delta(wire, events),
            "message_stop" => self.end(events),
            "ping" => events.push(Event::Ping),
            "error" => {
                self.ended = true;
                let form = wire.error.unwrap_or_default();
                events.push(Event::Error(error::from_form(&form, FaultKind::BadGateway)));
            }
            _ => {
                let value = Json::parse(&frame.data).unwrap_or_default();
                events.push(Event::Opaque { dialect: DIALECT, kind, value });
            }
        }
        Ok(())
    }

    fn start(&mut self, message: Response, events: &mut Vec<Event>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        events.push(Event::Start {
            id: message.id.unwrap_or_default(),
            model: message.model.unwrap_or_default(),
            usage: message.usage.map(usage::decode).unwrap_or_default(),
        });
    }

    fn ensure_started(&mut self, events: &mut Vec<Event>) {
        if !self.started {
            self.start(Response::default(), events);
        }
    }

    fn block_start(
        &mut self,
        wire_index: Option<u64>,
        block: Option<ContentBlock>,
        events: &mut Vec<Event>,
    ) -> Result<(), DecodeError> {
        self.ensure_started(events);
        let block = block.ok_or_else(|| DecodeError::at("content_block", "is required"))?;
        let index = self.next_index;
        self.next_index += 1;
        let mut open = OpenBlock {
            wire_index: wire_index.unwrap_or(index as u64),
            index,
            signature: String::new(),
            whole_arguments: String::new(),
        };
        let mut block = blocks::block(block, format_args!("content_block"))?;
        let first = take_growing(&mut block, index, &mut open);
        events.push(Event::BlockStart { index, block });
        events.extend(first);
        self.open.push(open);
        Ok(())
    }

    fn open_block(&mut self, wire_index: Option<u64>) -> Option<&mut OpenBlock> {
        match wire_index {
            Some(wanted) => self.open.iter_mut().rev().find(|open| open.wire_index == wanted),
            None => self.open.last_mut(),
        }
    }

    fn delta(&mut self, wire_index: Option<u64>, delta: Delta, events: &mut Vec<Event>) {
        let Some(open) = self.open_block(wire_index) else { return };
        let index = open.index;
        match delta.kind.as_deref() {
            Some("text_delta") => {
                events.push(Event::TextDelta { index, text: delta.text.unwrap_or_default() });
            }
            Some("input_json_delta") => {
                let fragment = delta.partial_json.unwrap_or_default();
                if !fragment.is_empty() {
                    open.whole_arguments.clear();
                    events.push(Event::ArgsDelta { index, fragment });
                }
            }
            Some("thinking_delta") => {
                events.push(Event::ThinkingDelta { index, text: delta.thinking.unwrap_or_default() });
            }
            Some("signature_delta") => open.signature.push_str(&delta.signature.unwrap_or_default()),
            Some("citations_delta") => {
                let value = delta.citation.unwrap_or_default();
                events.push(Event::Citation { index, dialect: DIALECT, value });
            }
            _ => {
                let kind = "content_block_delta".to_owned();
                let frame = StreamFrame {
                    kind: Some(kind.clone()),
                    index: Some(index as u64),
                    delta: Some(delta),
                    ..StreamFrame::default()
                };
                events.push(Event::Opaque { dialect: DIALECT, kind, value: Json::of(&frame) });
            }
        }
    }

    fn block_stop(&mut self, wire_index: Option<u64>, events: &mut Vec<Event>) {
        let at = match wire_index {
            Some(wanted) => self.open.iter().rposition(|open| open.wire_index == wanted),
            None => self.open.len().checked_sub(1),
        };
        if let Some(at) = at {
            let open = self.open.remove(at);
            close(open, events);
        }
    }

    fn message_delta(&mut self, wire: StreamFrame, events: &mut Vec<Event>) {
        self.ensure_started(events);
        let delta = wire.delta.unwrap_or_default();
        if let Some(reason) = &delta.stop_reason {
            self.stop = Some(usage::decode_stop(reason, delta.stop_sequence));
        }
        if let Some(form) = wire.usage {
            events.push(Event::Usage(usage::decode(form)));
        }
    }

    fn end(&mut self, events: &mut Vec<Event>) {
        self.ensure_started(events);
        for open in self.open.drain(..) {
            close(open, events);
        }
        self.ended = true;
        events.push(Event::Stop(self.stop.take().unwrap_or_else(|| StopReason::EndTurn.into())));
    }
}

/// Moves what a block already holds into deltas, so that starts are always empty.
fn take_growing(block: &mut Block, index: usize, open: &mut OpenBlock) -> Option<Event> {
    match block {
        Block::Text(text) if !text.text.is_empty() => {
            Some(Event::TextDelta { index, text: std::mem::take(&mut text.text) })
        }
        Block::Thinking(thinking) => {
            if let Some(Proof::Redacted(_)) = &thinking.proof {
                return thinking.proof.take().map(|proof| Event::Signature { index, proof });
            }
            if let Some(Proof::Signature(signature)) = thinking.proof.take() {
                open.signature = signature;
            }
            let text = std::mem::take(&mut thinking.text);
            (!text.is_empty()).then_some(Event::ThinkingDelta { index, text })
        }
        Block::ToolUse(ToolUse { arguments, .. }) => {
            let whole = std::mem::take(arguments);
            if whole.trim() != "{}" {
                open.whole_arguments = whole;
            }
            None
        }
        _ => None,
    }
}

fn close(open: OpenBlock, events: &mut Vec<Event>) {
    let index = open.index;
    if !open.whole_arguments.is_empty() {
        events.push(Event::ArgsDelta { index, fragment: open.whole_arguments });
    }
    if !open.signature.is_empty() {
        events.push(Event::Signature { index, proof: Proof::Signature(open.signature) });
    }
    events.push(Event::BlockStop { index });
}
