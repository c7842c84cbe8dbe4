//! An upstream's stream → events.

use super::partial::Partial;
use super::read_parts::{Author, Reader};
use super::reply::{bad_gateway, unread};
use super::stream_blocks::Blocks;
use super::wire::{Candidate, FunctionCall, Part, Response};
use super::{DIALECT, array::ObjectDecoder, error, finish, usage};
use crate::codec::EventDecoder;
use crate::error::{ApiError, DecodeError};
use crate::framing::{SseDecoder, SseFrame};
use crate::neutral::{Block, Event, Usage};
use crate::wire::{Json, Rest};

/// How the frames are told apart; known from the first byte that isn't a space.
#[derive(Debug, Default)]
enum Framing {
    #[default]
    Unknown,
    Events(SseDecoder, Vec<SseFrame>),
    Objects(ObjectDecoder, Vec<Vec<u8>>),
}

/// The state of a stream.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    framing: Framing,
    answer: Answer,
}

impl EventDecoder for Decoder {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), DecodeError> {
        let mut bytes = bytes;
        if matches!(self.framing, Framing::Unknown) {
            bytes = bytes.trim_ascii_start();
            match bytes.first() {
                None => return Ok(()),
                Some(b'[' | b'{') => self.framing = Framing::Objects(ObjectDecoder::default(), Vec::new()),
                Some(_) => self.framing = Framing::Events(SseDecoder::new(), Vec::new()),
            }
        }
        match &mut self.framing {
            Framing::Unknown => Ok(()),
            Framing::Events(decoder, frames) => {
                decoder.push(bytes, frames)?;
                frames.drain(..).try_for_each(|frame| self.answer.event(&frame, events))
            }
            Framing::Objects(decoder, objects) => {
                let pushed = decoder.push(bytes, objects);
                objects.drain(..).try_for_each(|object| self.answer.frame(&object, events))?;
                pushed
            }
        }
    }

    fn finish(&mut self, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        match &mut self.framing {
            Framing::Unknown => {}
            Framing::Events(decoder, frames) => {
                decoder.finish(frames)?;
                frames.drain(..).try_for_each(|frame| self.answer.event(&frame, events))?;
            }
            Framing::Objects(decoder, _) => {
                if decoder.is_open() {
                    self.answer.fail(bad_gateway("its stream broke off in mid-frame"), events);
                }
            }
        }
        self.answer.finish(events);
        Ok(())
    }
}

/// The answer so far.
#[derive(Debug)]
struct Answer {
    started: bool,
    ended: bool,
    reader: Reader,
    blocks: Blocks,
    partial: Option<Partial>,
    /// Why the answer ended, in the provider's words. More frames may come after it.
    finish: Option<(String, Option<String>)>,
    usage: Usage,
    /// The other fields as they last came: servers repeat them in each frame.
    seen: Rest,
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            started: false,
            ended: false,
            reader: Reader::new(Author::Provider),
            blocks: Blocks::default(),
            partial: None,
            finish: None,
            usage: Usage::default(),
            seen: Rest::default(),
        }
    }
}

impl Answer {
    fn event(&mut self, frame: &SseFrame, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        // Proxies that think in OpenAI's terms add its terminator.
        if frame.data.trim().is_empty() || frame.data == "[DONE]" {
            return Ok(());
        }
        self.frame(frame.data.as_bytes(), events)
    }

    fn frame(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), DecodeError> {
        if self.ended {
            return Ok(());
        }
        let wire: Response = crate::json::from_slice(bytes).map_err(|error| {
            DecodeError::new(format!("a frame of the stream is not a Gemini answer: {error}"))
        })?;
        if let Some(failure) = &wire.error {
            self.fail(error::of_object(&failure.to_value()), events);
            return Ok(());
        }
        let candidates = wire.candidates.unwrap_or_default();
        if let Some(blocked) = wire.prompt_feedback.as_ref().and_then(finish::blocked)
            && candidates.is_empty()
        {
            self.fail(blocked, events);
            return Ok(());
        }
        if candidates.is_empty() && wire.usage.is_none() && !self.started {
            self.fail(unread(bytes, "a frame of its stream has no `candidates`"), events);
            return Ok(());
        }
        let usage = wire.usage.map(usage::decode).unwrap_or_default();
        self.usage.merge(&usage);
        if !self.started {
            self.started = true;
            let id = wire.response_id.unwrap_or_default();
            self.reader.set_answer(&id);
            events.push(Event::Start { id, model: wire.model_version.unwrap_or_default(), usage });
        }
        let mut rest = wire.rest;
        if let Some(feedback) = &wire.prompt_feedback {
            rest.push("promptFeedback", Json::of(feedback));
        }
        self.other("response", &rest, events);
        candidates.into_iter().try_for_each(|candidate| self.candidate(candidate, events))?;
        // Every frame has counts; those of the last ones are whole.
        if self.finish.is_some() {
            events.push(Event::Usage(self.usage.clone()));
        }
        Ok(())
    }

    fn candidate(&mut self, mut candidate: Candidate, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        if candidate.index.unwrap_or(0) != 0 {
            let (kind, value) = ("candidates".to_owned(), Json::of(&candidate));
            events.push(Event::Opaque { dialect: DIALECT, kind, value });
            return Ok(());
        }
        let content = candidate.content.take().unwrap_or_default();
        for (at, part) in content.parts.unwrap_or_default().into_iter().enumerate() {
            self.part(part, &format!("candidates[0].content.parts[{at}]"), events)?;
        }
        if let Some(word) = finish::of_candidate(&candidate) {
            self.finish = Some((word.to_owned(), candidate.finish_message.clone()));
        }
        if let Some(message) = &candidate.finish_message {
            candidate.rest.push("finishMessage", Json::of(message));
        }
        self.other("candidate", &candidate.rest, events);
        Ok(())
    }

    fn part(&mut self, mut part: Part, path: &str, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        if part.function_call.as_ref().is_some_and(|call| self.is_piece(call))
            && let Some(call) = part.function_call.take()
        {
            return self.piece(call, part.signature, path, events);
        }
        if Blocks::takes(&part) {
            self.blocks.words(part, events);
            return Ok(());
        }
        let mut blocks = Vec::new();
        self.reader.push(part, path, &mut blocks)?;
        for block in blocks {
            self.blocks.whole(block, events);
        }
        Ok(())
    }

    fn is_piece(&self, call: &FunctionCall) -> bool {
        let nameless = call.name.as_ref().is_none_or(String::is_empty);
        call.partial_args.is_some()
            || call.will_continue == Some(true)
            || (nameless && self.partial.is_some())
    }

    /// Takes a piece of a call that comes in several parts. A new name begins a new call.
    fn piece(
        &mut self,
        mut call: FunctionCall,
        signature: Option<String>,
        path: &str,
        events: &mut Vec<Event>,
    ) -> Result<(), DecodeError> {
        let more = call.will_continue.take() == Some(true);
        call.name = call.name.filter(|name| !name.is_empty());
        if call.name.is_some() {
            self.end_call(path, events)?;
        }
        match &mut self.partial {
            Some(partial) => partial.add(call)?,
            None => self.partial = Some(Partial::begin(call, signature)?),
        }
        if more { Ok(()) } else { self.end_call(path, events) }
    }

    fn end_call(&mut self, path: &str, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        let Some(mut partial) = self.partial.take() else { return Ok(()) };
        let signature = partial.signature.take();
        let part = Part { function_call: Some(partial.finish()), signature, ..Part::default() };
        let mut blocks = Vec::new();
        self.reader.push(part, path, &mut blocks)?;
        for block in blocks {
            self.blocks.whole(block, events);
        }
        Ok(())
    }

    /// Passes on fields that only this dialect knows, each value once.
    fn other(&mut self, kind: &str, rest: &Rest, events: &mut Vec<Event>) {
        let mut fields = serde_json::Map::new();
        for (name, value) in rest.iter() {
            let key = format!("{kind}.{name}");
            if self.seen.find(&key) != Some(value) {
                self.seen.remove(&key);
                self.seen.push(key, value.clone());
                fields.insert(name.to_owned(), value.to_value());
            }
        }
        if !fields.is_empty() {
            let value = Json::of(&fields);
            events.push(Event::Opaque { dialect: DIALECT, kind: kind.to_owned(), value });
        }
    }

    fn finish(&mut self, events: &mut Vec<Event>) {
        if self.ended {
            return;
        }
        let Some((word, message)) = self.finish.take().filter(|_| self.partial.is_none()) else {
            self.fail(bad_gateway("its stream ended before the answer was complete"), events);
            return;
        };
        if !self.blocks.any() {
            match finish::of_nothing(&word, message.as_deref()) {
                Ok(Some(text)) => {
                    let refusal = Block::Refusal(crate::neutral::Refusal { text });
                    self.blocks.whole(refusal, events);
                }
                Ok(None) => {}
                Err(failure) => {
                    self.fail(failure, events);
                    return;
                }
            }
        }
        self.blocks.close(events);
        self.ended = true;
        let stop = finish::stop(&word, self.blocks.called());
        if finish::word(Some(&stop), None) != word {
            let (kind, value) = ("finishReason".to_owned(), Json::of(&word));
            events.push(Event::Opaque { dialect: DIALECT, kind, value });
        }
        events.push(Event::Stop(stop));
    }

    fn fail(&mut self, failure: ApiError, events: &mut Vec<Event>) {
        if self.ended {
            return;
        }
        self.blocks.close(events);
        self.ended = true;
        if self.started && self.finish.is_none() {
            events.push(Event::Usage(std::mem::take(&mut self.usage)));
        }
        events.push(Event::Error(failure));
    }
}
