//! An upstream's lines → events.

use std::borrow::Cow;

use serde::Deserialize;

use super::calls::{arguments_text, id_by_content, tool_use};
use super::decode_messages::image;
use super::error::in_answer;
use super::reply::{bad_gateway, stop, usage};
use crate::codec::EventDecoder;
use crate::framing::LineDecoder;
use crate::neutral::{Block, Event, Thinking, Usage};
use crate::wire::{Json, Rest};
use crate::{ApiError, DecodeError};

/// A text, borrowed from the line where it has no escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Words<'a>(#[serde(borrow)] Cow<'a, str>);

/// One line.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    model: Option<Words<'a>>,
    #[serde(borrow, default)]
    created_at: Option<Words<'a>>,
    #[serde(borrow, default)]
    message: Option<LineMessage<'a>>,
    #[serde(default)]
    done: Option<bool>,
    #[serde(borrow, default)]
    done_reason: Option<Words<'a>>,
    #[serde(default)]
    prompt_eval_count: Option<u64>,
    #[serde(default)]
    eval_count: Option<u64>,
    #[serde(default)]
    error: Option<Json>,
}

#[derive(Deserialize)]
struct LineMessage<'a> {
    #[serde(borrow, default)]
    content: Option<Words<'a>>,
    #[serde(borrow, default)]
    thinking: Option<Words<'a>>,
    #[serde(default)]
    images: Option<Vec<String>>,
    #[serde(borrow, default)]
    tool_calls: Option<Vec<LineCall<'a>>>,
}

#[derive(Deserialize)]
struct LineCall<'a> {
    #[serde(borrow, default)]
    id: Option<Words<'a>>,
    #[serde(borrow)]
    function: LineFunction<'a>,
}

#[derive(Deserialize)]
struct LineFunction<'a> {
    #[serde(borrow)]
    name: Words<'a>,
    #[serde(default)]
    arguments: Option<Json>,
}

/// The fields of the last line that have no name in the neutral form.
const TIMES: [&str; 4] = ["total_duration", "load_duration", "prompt_eval_duration", "eval_duration"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
}

/// The state of a stream.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    lines: LineDecoder,
    complete: Vec<String>,
    started: bool,
    ended: bool,
    next: usize,
    open: Option<(usize, Kind)>,
    calls: usize,
}

impl EventDecoder for Decoder {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), DecodeError> {
        let mut complete = std::mem::take(&mut self.complete);
        let framed = self.lines.push(bytes, &mut complete);
        let read = self.read(&mut complete, events);
        self.complete = complete;
        read?;
        Ok(framed?)
    }

    fn finish(&mut self, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        let mut complete = std::mem::take(&mut self.complete);
        self.lines.finish(&mut complete);
        self.read(&mut complete, events)?;
        if !self.ended {
            self.fail(bad_gateway("the stream ended before a line with `\"done\": true`"), events);
        }
        Ok(())
    }
}

impl Decoder {
    fn read(&mut self, lines: &mut Vec<String>, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        for line in lines.drain(..) {
            if !self.ended {
                self.line(&line, events)?;
            }
        }
        Ok(())
    }

    fn line(&mut self, text: &str, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        let line: Line<'_> = crate::json::from_str(text).map_err(|error| {
            DecodeError::new(format!("a line of the stream is not an Ollama chat object: {error}"))
        })?;
        if let Some(error) = &line.error {
            self.fail(in_answer(error), events);
            return Ok(());
        }
        let done = line.done.unwrap_or(false);
        if line.message.is_none() && !(done && self.started) {
            self.fail(bad_gateway("a line of the stream has no `message`"), events);
            return Ok(());
        }
        if !self.started {
            self.started = true;
            let model = line.model.as_ref().map(|model| model.0.as_ref().to_owned()).unwrap_or_default();
            events.push(Event::Start { id: String::new(), model, usage: Usage::default() });
        }
        if let Some(message) = line.message {
            let created_at = line.created_at.as_ref().map_or("", |time| time.0.as_ref());
            self.message(message, created_at, events);
        }
        if done {
            self.close(events);
            let times = times(text);
            events.push(Event::Usage(usage(line.prompt_eval_count, line.eval_count, times)));
            let reason = line.done_reason.as_ref().map(|reason| reason.0.as_ref());
            events.push(Event::Stop(stop(reason, self.calls > 0)));
            self.ended = true;
        }
        Ok(())
    }

    fn message(&mut self, message: LineMessage<'_>, created_at: &str, events: &mut Vec<Event>) {
        if let Some(text) = message.thinking {
            self.words(Kind::Thinking, text, events);
        }
        if let Some(text) = message.content {
            self.words(Kind::Text, text, events);
        }
        for data in message.images.unwrap_or_default() {
            let index = self.begin(Block::Image(image(data)), events);
            events.push(Event::BlockStop { index });
        }
        for call in message.tool_calls.unwrap_or_default() {
            self.call(call, created_at, events);
        }
    }

    fn words(&mut self, kind: Kind, text: Words<'_>, events: &mut Vec<Event>) {
        if text.0.is_empty() {
            return;
        }
        let index = match self.open {
            Some((index, open)) if open == kind => index,
            _ => {
                let index = self.begin(
                    match kind {
                        Kind::Text => Block::text(""),
                        Kind::Thinking => Block::Thinking(Thinking::default()),
                    },
                    events,
                );
                self.open = Some((index, kind));
                index
            }
        };
        let text = text.0.into_owned();
        events.push(match kind {
            Kind::Text => Event::TextDelta { index, text },
            Kind::Thinking => Event::ThinkingDelta { index, text },
        });
    }

    fn call(&mut self, call: LineCall<'_>, created_at: &str, events: &mut Vec<Event>) {
        let name = call.function.name.0.as_ref();
        let fragment = arguments_text(call.function.arguments.as_ref());
        let given = call.id.filter(|id| !id.0.is_empty()).map(|id| id.0.into_owned());
        let id = given.unwrap_or_else(|| id_by_content(created_at, self.calls, name, &fragment));
        self.calls = self.calls.saturating_add(1);
        let index = self.begin(Block::ToolUse(tool_use(id, name, String::new())), events);
        events.push(Event::ArgsDelta { index, fragment });
        events.push(Event::BlockStop { index });
    }

    fn begin(&mut self, block: Block, events: &mut Vec<Event>) -> usize {
        self.close(events);
        let index = self.next;
        self.next = self.next.saturating_add(1);
        events.push(Event::BlockStart { index, block });
        index
    }

    fn close(&mut self, events: &mut Vec<Event>) {
        if let Some((index, _)) = self.open.take() {
            events.push(Event::BlockStop { index });
        }
    }

    fn fail(&mut self, error: ApiError, events: &mut Vec<Event>) {
        self.close(events);
        self.ended = true;
        events.push(Event::Error(error));
    }
}

/// The durations of the last line. It is parsed twice, once per answer, so that the other lines are
/// spared eight fields.
fn times(text: &str) -> Rest {
    let fields: std::collections::HashMap<String, Json> = crate::json::from_str(text).unwrap_or_default();
    TIMES.into_iter().filter_map(|name| Some((name.to_owned(), fields.get(name)?.clone()))).collect()
}
