//! An upstream's stream: SSE → events.

use lynkr_types::FaultKind;
use serde_json::value::RawValue;

use super::frame::Frame;
use super::place::Place;
use super::reply::{check, stop_of};
use super::slots::{Kind, Saying, Sink, Slot, ids};
use super::wire::{Item, Part, Response};
use super::{DIALECT, error, usage};
use crate::codec::EventDecoder;
use crate::error::{ApiError, DecodeError};
use crate::framing::{SseDecoder, SseFrame};
use crate::neutral::{Event, Usage};
use crate::wire::Json;

/// The decoder's state.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    sse: SseDecoder,
    frames: Vec<SseFrame>,
    started: bool,
    ended: bool,
    slots: Vec<Slot>,
    next: usize,
}

impl EventDecoder for Decoder {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), DecodeError> {
        let mut frames = std::mem::take(&mut self.frames);
        self.sse.push(bytes, &mut frames)?;
        let result = frames.drain(..).try_for_each(|frame| self.frame(&frame, events));
        self.frames = frames;
        result
    }

    fn finish(&mut self, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        let mut frames = Vec::new();
        self.sse.finish(&mut frames)?;
        for frame in &frames {
            self.frame(frame, events)?;
        }
        if !self.ended {
            let message = "the provider's stream ended before response.completed";
            self.fail(ApiError::new(FaultKind::BadGateway, message), events);
        }
        Ok(())
    }
}

/// Reads a part of a frame.
fn read<T: serde::de::DeserializeOwned>(value: &RawValue, field: &str) -> Result<T, DecodeError> {
    crate::json::from_str(value.get()).map_err(|error| DecodeError::at(field, error))
}

/// The required value of a field.
fn need<'a>(value: Option<&'a RawValue>, field: &str) -> Result<&'a RawValue, DecodeError> {
    value.ok_or_else(|| DecodeError::at(field, "is required"))
}

impl Decoder {
    fn frame(&mut self, sse: &SseFrame, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        if self.ended || sse.data == "[DONE]" {
            return Ok(());
        }
        if !sse.data.trim_start().starts_with('{') {
            // A struct could be read from a list as well.
            return Err(DecodeError::new("expected a Responses event: an object"));
        }
        let frame: Frame<'_> = crate::json::from_str(&sse.data)
            .map_err(|error| DecodeError::new(format!("expected a Responses event: {error}")))?;
        let kind = frame.kind.get().unwrap_or(&sse.event);
        match kind {
            "response.created" | "response.in_progress" | "response.queued" => self.begin(&frame, events),
            "response.completed"
            | "response.incomplete"
            | "response.failed"
            | "response.cancelled"
            | "response.done" => self.end(&frame, events),
            "keepalive" | "ping" => {
                events.push(Event::Ping);
                Ok(())
            }
            "error" => {
                self.fail(told(&frame, &sse.data), events);
                Ok(())
            }
            _ if frame.kind.get().is_none() && frame.error.is_some() => {
                self.fail(told(&frame, &sse.data), events);
                Ok(())
            }
            _ => {
                self.start(None, events);
                self.item_frame(kind, &frame, &sse.data, events)
            }
        }
    }

    fn begin(&mut self, frame: &Frame<'_>, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        let response: Option<Response> =
            frame.response.map(|response| read(response, "response")).transpose()?;
        if let Some(Err(error)) = response.as_ref().map(check) {
            self.fail(error, events);
            return Ok(());
        }
        self.start(response, events);
        Ok(())
    }

    fn start(&mut self, response: Option<Response>, events: &mut Vec<Event>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let response = response.unwrap_or_default();
        events.push(Event::Start {
            id: response.id.unwrap_or_default(),
            model: response.model.unwrap_or_default(),
            usage: response.usage.map(usage::read).unwrap_or_default(),
        });
    }

    fn fail(&mut self, error: ApiError, events: &mut Vec<Event>) {
        self.ended = true;
        events.push(Event::Error(error));
    }

    fn item_frame(
        &mut self,
        kind: &str,
        frame: &Frame<'_>,
        data: &str,
        events: &mut Vec<Event>,
    ) -> Result<(), DecodeError> {
        match kind {
            "response.output_item.added" => {
                let item: Item = read(need(frame.item, "item")?, "item")?;
                self.added(&item, frame.output_index, events);
            }
            "response.output_item.done" => {
                let item: Item = read(need(frame.item, "item")?, "item")?;
                self.item_done(item, frame.output_index, events)?;
            }
            "response.content_part.added" | "response.content_part.done" => {
                let part: Part = read(need(frame.part, "part")?, "part")?;
                let done = kind.ends_with("done");
                let number = frame.content_index.unwrap_or(0);
                if matches!(part, Part::OutputText(_) | Part::Refusal(_)) {
                    self.grow(Kind::Message, frame, events, |slot, sink| {
                        slot.part(number, &part, done, sink);
                    });
                }
            }
            "response.output_text.annotation.added" => {
                let value: Json = read(need(frame.annotation, "annotation")?, "annotation")?;
                let number = frame.content_index.unwrap_or(0);
                self.grow(Kind::Message, frame, events, |slot, sink| slot.annotation(number, value, sink));
            }
            _ => {
                if !self.words_frame(kind, frame, events) {
                    let value = Json::parse(data).map_err(|error| DecodeError::new(error.to_string()))?;
                    events.push(Event::Opaque { dialect: DIALECT, kind: kind.to_owned(), value });
                }
            }
        }
        Ok(())
    }

    /// Frames that carry words; `false` for any other.
    fn words_frame(&mut self, kind: &str, frame: &Frame<'_>, events: &mut Vec<Event>) -> bool {
        let (delta, number) = (frame.delta.text(), frame.content_index.unwrap_or(0));
        let reasoning = |summary: bool, whole: bool| Saying {
            summary,
            part: if summary { frame.summary_index.unwrap_or(0) } else { number },
            text: if whole { frame.text.text() } else { delta },
            whole,
        };
        match kind {
            "response.output_text.delta" => {
                self.grow(Kind::Message, frame, events, |slot, sink| slot.text(number, delta, false, sink));
            }
            "response.output_text.done" => self.grow(Kind::Message, frame, events, |slot, sink| {
                slot.text(number, frame.text.text(), true, sink);
            }),
            "response.refusal.delta" => {
                self.grow(Kind::Message, frame, events, |slot, sink| {
                    slot.refusal(number, delta, false, sink);
                });
            }
            "response.refusal.done" => self.grow(Kind::Message, frame, events, |slot, sink| {
                slot.refusal(number, frame.refusal.text(), true, sink);
            }),
            "response.reasoning_summary_text.delta" => self.say(frame, reasoning(true, false), events),
            "response.reasoning_summary_text.done" => self.say(frame, reasoning(true, true), events),
            "response.reasoning_text.delta" => self.say(frame, reasoning(false, false), events),
            "response.reasoning_text.done" => self.say(frame, reasoning(false, true), events),
            // Their words come in the frames above.
            "response.reasoning_summary_part.added" | "response.reasoning_summary_part.done" => {}
            "response.function_call_arguments.delta" => {
                self.grow(Kind::Function, frame, events, |slot, sink| slot.arguments(delta, false, sink));
            }
            "response.function_call_arguments.done" => {
                self.grow(Kind::Function, frame, events, |slot, sink| {
                    slot.arguments(frame.arguments.text(), true, sink);
                });
            }
            "response.custom_tool_call_input.delta" => {
                self.grow(Kind::Custom, frame, events, |slot, sink| slot.arguments(delta, false, sink));
            }
            "response.custom_tool_call_input.done" => {
                self.grow(Kind::Custom, frame, events, |slot, sink| {
                    slot.arguments(frame.input.text(), true, sink);
                });
            }
            _ => return false,
        }
        true
    }

    fn say(&mut self, frame: &Frame<'_>, saying: Saying<'_>, events: &mut Vec<Event>) {
        self.grow(Kind::Reasoning, frame, events, |slot, sink| slot.reasoning(saying, sink));
    }

    /// Finds the item that a frame speaks of, or begins it, and lets it grow.
    fn grow(
        &mut self,
        kind: Kind,
        frame: &Frame<'_>,
        events: &mut Vec<Event>,
        how: impl FnOnce(&mut Slot, &mut Sink<'_>),
    ) {
        let id = frame.item_id.text();
        let known = self.slots.iter().rposition(|slot| {
            let same = match frame.output_index {
                Some(_) => slot.output_index == frame.output_index,
                None => id.is_empty() || slot.id == id,
            };
            same && slot.kind() == kind
        });
        if known.is_none() {
            self.slots.push(Slot::unannounced(kind, frame.output_index, id));
        }
        let slot = match known {
            Some(at) => self.slots.get_mut(at),
            None => self.slots.last_mut(),
        };
        if let Some(slot) = slot.filter(|slot| !slot.done) {
            how(slot, &mut Sink { events, next: &mut self.next });
        }
    }

    fn added(&mut self, item: &Item, output_index: Option<u64>, events: &mut Vec<Event>) {
        let kind = Kind::of(item);
        let growing = |slot: &Slot| !slot.done && slot.output_index == output_index && slot.kind() == kind;
        if output_index.is_some() && self.slots.iter().any(growing) {
            return;
        }
        let mut slot = Slot::unannounced(kind, output_index, "");
        slot.announce(item, &mut Sink { events, next: &mut self.next });
        self.slots.push(slot);
    }

    fn item_done(
        &mut self,
        item: Item,
        output_index: Option<u64>,
        events: &mut Vec<Event>,
    ) -> Result<(), DecodeError> {
        let (id, _) = ids(&item);
        let kind = Kind::of(&item);
        let known = self.slots.iter().rposition(|slot| {
            let same = match output_index {
                Some(_) => slot.output_index == output_index,
                None => id.as_ref().is_none_or(|id| slot.id == *id),
            };
            same && slot.kind() == kind
        });
        self.complete(known, item, output_index, events)
    }

    /// Completes the item at `known`, or a new one.
    fn complete(
        &mut self,
        known: Option<usize>,
        item: Item,
        output_index: Option<u64>,
        events: &mut Vec<Event>,
    ) -> Result<(), DecodeError> {
        let sink = &mut Sink { events, next: &mut self.next };
        let place = Place::top("output", usize::try_from(output_index.unwrap_or(0)).unwrap_or(0));
        if let Some(slot) = known.and_then(|at| self.slots.get_mut(at)) {
            return slot.finish(item, &place, sink);
        }
        let mut slot = Slot::unannounced(Kind::of(&item), output_index, "");
        slot.announce(&item, sink);
        let result = slot.finish(item, &place, sink);
        self.slots.push(slot);
        result
    }

    fn end(&mut self, frame: &Frame<'_>, events: &mut Vec<Event>) -> Result<(), DecodeError> {
        let mut response: Response = read(need(frame.response, "response")?, "response")?;
        let status = match frame.kind.text() {
            "response.failed" => Some("failed"),
            "response.cancelled" => Some("cancelled"),
            "response.incomplete" => Some("incomplete"),
            _ => None,
        };
        if let Some(status) = status {
            response.status = Some(status.to_owned());
        }
        if let Err(error) = check(&response) {
            self.fail(error, events);
            return Ok(());
        }
        let output = response.output.take().unwrap_or_default();
        let details = response.incomplete_details.take();
        let status = response.status.take();
        let counts = response.usage.take().map(usage::read).unwrap_or_default();
        self.start(Some(response), events);
        for (index, item) in output.into_iter().enumerate() {
            let known = self.find_final(index, &item);
            self.complete(known, item, u64::try_from(index).ok(), events)?;
        }
        let sink = &mut Sink { events, next: &mut self.next };
        self.slots.iter_mut().for_each(|slot| slot.close(sink));
        if counts != Usage::default() {
            events.push(Event::Usage(counts));
        }
        let called = self.has(&[Kind::Function, Kind::Custom]);
        let refused = self.slots.iter().any(Slot::has_refusal);
        self.ended = true;
        events.push(Event::Stop(stop_of(status.as_deref(), details, called, refused)));
        Ok(())
    }

    fn has(&self, kinds: &[Kind]) -> bool {
        self.slots.iter().any(|slot| kinds.contains(&slot.kind()))
    }

    /// Finds an item of the final list among those that were streamed. Its place decides, since some
    /// providers give an item a new id each time they mention it; the ids decide where places are wrong.
    fn find_final(&self, index: usize, item: &Item) -> Option<usize> {
        let (kind, place) = (Kind::of(item), u64::try_from(index).ok());
        let by_place = self.slots.iter().rposition(|slot| {
            slot.kind() == kind && slot.output_index.is_some() && slot.output_index == place
        });
        let (id, call_id) = ids(item);
        let said = |told: &Option<String>, known: &str| told.as_deref().is_some_and(|told| told == known);
        by_place.or_else(|| {
            let mut slots = self.slots.iter();
            slots.rposition(|slot| {
                let named = !slot.id.is_empty() && said(&id, &slot.id);
                let called = !slot.call_id.is_empty() && said(&call_id, &slot.call_id);
                slot.kind() == kind && (named || called)
            })
        })
    }
}

/// The error that a frame tells: nested in `error`, or flat.
fn told(frame: &Frame<'_>, data: &str) -> ApiError {
    let nested = frame.error.and_then(|error| Json::parse(error.get()).ok()).filter(|error| !error.is_null());
    error::from_json(&nested.or_else(|| Json::parse(data).ok()).unwrap_or_default())
}
