//! An upstream's stream: SSE → events.
//!
//! The end of an answer has many forms: usage before, in or after the finishing chunk, or never;
//! `[DONE]` or just the end of the stream. So the stop is held back until nothing can follow it.

use lynkr_types::FaultKind;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::stream_blocks::Blocks;
use super::stream_template::Template;
use super::wire_reply::Delta;
use super::{DIALECT, error, reply, usage};
use crate::codec::EventDecoder;
use crate::error::{ApiError, DecodeError};
use crate::framing::{FrameTooLong, MAX_FRAME_BYTES, SseDecoder, SseFrame};
use crate::neutral::{Event, Stop, StopReason, Usage};
use crate::wire::{Json, TextOr};

/// The decoder's state.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    sse: SseDecoder,
    frames: Vec<SseFrame>,
    body: Body,
    answer: Answer,
}

/// What the upstream sends. Some answer a request for a stream with a whole answer, or with an error, in
/// one piece.
#[derive(Debug, Default)]
enum Body {
    #[default]
    Unknown,
    Stream,
    Whole(Vec<u8>),
}

impl EventDecoder for Decoder {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), DecodeError> {
        if matches!(self.body, Body::Unknown)
            && let Some(first) = bytes.iter().find(|byte| !byte.is_ascii_whitespace())
        {
            let whole = matches!(first, b'{' | b'[' | b'<');
            self.body = if whole { Body::Whole(Vec::new()) } else { Body::Stream };
        }
        if let Body::Whole(body) = &mut self.body {
            if body.len().saturating_add(bytes.len()) > MAX_FRAME_BYTES {
                return Err(FrameTooLong.into());
            }
            body.extend_from_slice(bytes);
            return Ok(());
        }
        let mut frames = std::mem::take(&mut self.frames);
        let framed = self.sse.push(bytes, &mut frames);
        let taken = frames.drain(..).try_for_each(|frame| self.answer.frame(&frame, events));
        self.frames = frames;
        framed?;
        taken
    }

    fn finish(&mut self, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        if let Body::Whole(body) = &mut self.body {
            let body = std::mem::take(body);
            self.answer.whole(&body, events);
        }
        let mut frames = Vec::new();
        self.sse.finish(&mut frames)?;
        for frame in frames {
            self.answer.frame(&frame, events)?;
        }
        self.answer.finish(events);
        Ok(())
    }
}

#[derive(Deserialize)]
struct Chunk<'a> {
    /// Both are raw, since only the first chunk's are read.
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    model: Option<&'a RawValue>,
    choices: Option<Vec<ChunkChoice>>,
    usage: Option<Json>,
    error: Option<Json>,
    /// Groq's place for the usage.
    x_groq: Option<Groq>,
}

#[derive(Deserialize)]
struct Groq {
    usage: Option<Json>,
}

#[derive(Deserialize)]
struct ChunkChoice {
    index: Option<u64>,
    delta: Option<Delta>,
    /// A whole message in place of a delta.
    message: Option<Delta>,
    finish_reason: Option<String>,
    stop_reason: Option<Json>,
    logprobs: Option<Json>,
    /// Moonshot's place for the usage.
    usage: Option<Json>,
    error: Option<Json>,
}

/// The answer so far.
#[derive(Debug, Default)]
struct Answer {
    id: String,
    model: String,
    started: bool,
    ended: bool,
    stop: Option<Stop>,
    /// Usage that came before the first choice.
    early_usage: Usage,
    blocks: Blocks,
    template: Template,
}

impl Answer {
    fn frame(&mut self, frame: &SseFrame, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        if self.ended || frame.data.is_empty() {
            return Ok(());
        }
        if frame.data.trim() == "[DONE]" {
            self.infer_stop();
            self.finish(events);
            return Ok(());
        }
        if self.started
            && frame.event.is_empty()
            && let Some(text) = self.template.words(&frame.data)
        {
            self.blocks.words(text, events);
            return Ok(());
        }
        let chunk: Chunk<'_> = crate::json::from_str(&frame.data).map_err(|problem| {
            DecodeError::new(format!("the provider's stream: expected a chat completion chunk: {problem}"))
        })?;
        let named_error = frame.event == "error";
        let empty = chunk.choices.is_none() && chunk.usage.is_none() && chunk.x_groq.is_none();
        if named_error || chunk.error.is_some() || empty {
            self.odd_frame(frame, named_error, events);
            return Ok(());
        }
        let before = events.len();
        self.chunk(chunk, events);
        if let Some([Event::TextDelta { text, .. }]) = events.get(before..)
            && frame.event.is_empty()
        {
            self.template.learn(&frame.data, text);
        }
        Ok(())
    }

    /// A frame that grows nothing: an error, or a sign of life.
    fn odd_frame(&mut self, frame: &SseFrame, named_error: bool, events: &mut Vec<Event>) {
        let value: Value = crate::json::from_str(&frame.data).unwrap_or_default();
        match error::of_body(&value, FaultKind::BadGateway) {
            Some(failure) => self.fail(failure, events),
            None if named_error => self.fail(error::of_object(&value, FaultKind::BadGateway), events),
            None => events.push(Event::Ping),
        }
    }

    fn fail(&mut self, failure: ApiError, events: &mut Vec<Event>) {
        self.ended = true;
        events.push(Event::Error(failure));
    }

    fn chunk(&mut self, chunk: Chunk<'_>, events: &mut Vec<Event>) {
        if !self.started {
            self.id = string(chunk.id).unwrap_or_default();
            self.model = string(chunk.model).unwrap_or_default();
        }
        let choices = chunk.choices.unwrap_or_default();
        let no_choice = choices.is_empty();
        let mut counts = chunk.usage.or(chunk.x_groq.and_then(|groq| groq.usage));
        for choice in choices {
            // A second answer to the same question has no place in one conversation.
            if choice.index.unwrap_or(0) > 0 || self.ended {
                continue;
            }
            self.start(events);
            counts = counts.or_else(|| choice.usage.clone());
            self.choice(choice, events);
        }
        if let Some(usage) = counts.as_ref().and_then(usage::decode)
            && !self.ended
        {
            self.usage(usage, events);
            if no_choice && self.stop.is_some() {
                self.finish(events);
            }
        }
    }

    fn start(&mut self, events: &mut Vec<Event>) {
        if !std::mem::replace(&mut self.started, true) {
            let usage = std::mem::take(&mut self.early_usage);
            events.push(Event::Start { id: self.id.clone(), model: self.model.clone(), usage });
        }
    }

    fn usage(&mut self, usage: Usage, events: &mut Vec<Event>) {
        if self.started {
            events.push(Event::Usage(usage));
        } else {
            self.early_usage = usage;
        }
    }

    fn choice(&mut self, choice: ChunkChoice, events: &mut Vec<Event>) {
        if let Some(failure) = choice.error {
            self.fail(error::of_object(&failure.to_value(), FaultKind::BadGateway), events);
            return;
        }
        // Perplexity repeats the whole message beside each delta.
        if let Some(delta) = choice.delta.or(choice.message.filter(|_| !self.blocks.any())) {
            self.blocks.delta(delta, &self.id, events);
        }
        if let Some(value) = choice.logprobs {
            events.push(Event::Opaque { dialect: DIALECT, kind: "logprobs".to_owned(), value });
        }
        let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) else { return };
        if let Some(failure) = usage::failure_of(&reason) {
            self.fail(failure, events);
            return;
        }
        if let Err(failure) = self.blocks.close(events) {
            self.fail(failure, events);
            return;
        }
        let called = self.blocks.called();
        self.stop.get_or_insert_with(|| usage::decode_stop(&reason, called, choice.stop_reason.as_ref()));
    }

    /// `[DONE]` after words is an end too, for the vendors that give no reason.
    fn infer_stop(&mut self) {
        if self.stop.is_none() && self.blocks.any() {
            let called = self.blocks.called();
            self.stop = Some(if called { StopReason::ToolUse } else { StopReason::EndTurn }.into());
        }
    }

    /// Nothing more comes.
    fn finish(&mut self, events: &mut Vec<Event>) {
        if self.ended {
            return;
        }
        let Some(stop) = self.stop.take() else {
            let message = "the provider's stream ended before the answer was complete";
            self.fail(ApiError::new(FaultKind::BadGateway, message), events);
            return;
        };
        if let Err(failure) = self.blocks.close(events) {
            self.fail(failure, events);
            return;
        }
        self.ended = true;
        events.push(Event::Stop(stop));
    }

    fn whole(&mut self, body: &[u8], events: &mut Vec<Event>) {
        self.ended = true;
        match reply::decode(body) {
            Ok(reply) => events.extend(reply.to_events()),
            Err(failure) => events.push(Event::Error(failure)),
        }
    }
}

/// The words of a chunk with one choice.
pub(super) fn words_of(data: &str) -> Option<String> {
    let chunk: Chunk<'_> = crate::json::from_str(data).ok()?;
    let mut choices = chunk.choices?;
    let only = choices.pop().filter(|_| choices.is_empty())?;
    match only.delta?.content? {
        TextOr::Text(text) => Some(text),
        TextOr::List(_) => None,
    }
}

fn string(raw: Option<&RawValue>) -> Option<String> {
    crate::json::from_str(raw?.get()).ok()
}
