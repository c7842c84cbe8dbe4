//! An upstream's stream → events.
//!
//! Only calls and pictures have a frame that begins them; words and reasoning begin with their first piece.
//! Token counts come after the reason of the end, so the end waits for them.

use lynkr_types::FaultKind;

use super::stream_blocks::Blocks;
use super::wire::StreamPayload;
use super::{DIALECT, error, notes, usage};
use crate::codec::EventDecoder;
use crate::error::{ApiError, DecodeError};
use crate::framing::event_stream::{EventStreamDecoder, Message, MessageKind};
use crate::neutral::{Event, Stop, StopReason, Usage};
use crate::wire::{Json, Rest};

/// The state of a stream.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    frames: EventStreamDecoder,
    messages: Vec<Message>,
    started: bool,
    ended: bool,
    blocks: Blocks,
    /// Why the answer ended; the token counts come after it.
    stop: Option<Stop>,
}

impl EventDecoder for Decoder {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), DecodeError> {
        let mut messages = std::mem::take(&mut self.messages);
        let framed = self.frames.push(bytes, &mut messages);
        let taken = messages.drain(..).try_for_each(|message| self.message(&message, events));
        self.messages = messages;
        taken?;
        Ok(framed?)
    }

    fn finish(&mut self, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        if self.ended {
            return Ok(());
        }
        if self.stop.is_some() && self.frames.finish().is_ok() {
            self.end(events);
            return Ok(());
        }
        let message = "the provider's stream ended before the answer was complete";
        self.fail(ApiError::new(FaultKind::BadGateway, message), events);
        Ok(())
    }
}

impl Decoder {
    fn message(&mut self, message: &Message, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        if self.ended {
            return Ok(());
        }
        match message.kind() {
            MessageKind::Event(kind) => self.event(kind, &message.payload, events),
            MessageKind::Exception(kind) => {
                self.fail(error::of_exception(kind, &message.payload), events);
                Ok(())
            }
            MessageKind::Error { code, message: words } => {
                self.fail(error::of_error(code, words, &message.payload), events);
                Ok(())
            }
        }
    }

    fn event(&mut self, kind: &str, payload: &[u8], events: &mut Vec<Event>) -> Result<(), DecodeError> {
        if kind == "ping" {
            events.push(Event::Ping);
            return Ok(());
        }
        let wire: StreamPayload = crate::json::from_slice(payload).map_err(|problem| {
            DecodeError::new(format!("a `{kind}` of the provider's stream is not as expected: {problem}"))
        })?;
        self.start(events);
        match kind {
            "messageStart" => {}
            "contentBlockStart" => self.blocks.start(wire.index, wire.start.unwrap_or_default(), events)?,
            "contentBlockDelta" => self.blocks.delta(wire.index, wire.delta.unwrap_or_default(), events),
            "contentBlockStop" => self.blocks.stop(wire.index, events),
            "messageStop" => {
                self.blocks.close(events);
                other(kind, &wire.rest, events);
                self.stop(wire.stop_reason.as_deref().unwrap_or("end_turn"), events);
            }
            "metadata" => self.metadata(wire, events),
            _ => {
                let value = Json::of(&wire);
                events.push(Event::Opaque { dialect: DIALECT, kind: kind.to_owned(), value });
            }
        }
        Ok(())
    }

    fn start(&mut self, events: &mut Vec<Event>) {
        if !std::mem::replace(&mut self.started, true) {
            // The API gives its answers no ids, and doesn't say which model answers.
            let (id, model, usage) = (String::new(), String::new(), Usage::default());
            events.push(Event::Start { id, model, usage });
        }
    }

    fn stop(&mut self, word: &str, events: &mut Vec<Event>) {
        let stop = usage::decode_stop(word);
        if let Some(word) = usage::odd_word(word, &stop) {
            let (kind, value) = (notes::STOP.to_owned(), Json::of(word));
            events.push(Event::Opaque { dialect: DIALECT, kind, value });
        }
        self.stop = Some(stop);
    }

    fn metadata(&mut self, wire: StreamPayload, events: &mut Vec<Event>) {
        other("metadata", &wire.rest, events);
        if let Some(form) = wire.usage {
            events.push(Event::Usage(usage::decode(form)));
        }
        if self.stop.is_some() {
            self.end(events);
        }
    }

    fn end(&mut self, events: &mut Vec<Event>) {
        self.ended = true;
        self.blocks.close(events);
        events.push(Event::Stop(self.stop.take().unwrap_or_else(|| StopReason::EndTurn.into())));
    }

    fn fail(&mut self, failure: ApiError, events: &mut Vec<Event>) {
        self.blocks.close(events);
        self.ended = true;
        events.push(Event::Error(failure));
    }
}

/// Passes on fields that only this dialect knows.
fn other(kind: &str, rest: &Rest, events: &mut Vec<Event>) {
    if !rest.is_empty() {
        let payload = StreamPayload { rest: rest.clone(), ..StreamPayload::default() };
        let value = Json::of(&payload);
        events.push(Event::Opaque { dialect: DIALECT, kind: kind.to_owned(), value });
    }
}
