//! The blocks of a streamed answer: deltas → block events with dense indices.

use super::DIALECT;
use super::details::Details;
use super::parts;
use super::reply::reasoning_part;
use super::stream_calls::Calls;
use super::wire::{Part, ToolCall};
use super::wire_reply::Delta;
use crate::citations;
use crate::error::ApiError;
use crate::neutral::{Block, Event, Extra, Proof, Refusal, Thinking};
use crate::wire::{Json, Rest, TextOr};

/// The blocks so far. Of words, reasoning and refusal one is open at a time; a call stays open until it is
/// whole and another begins, else until the answer ends, since the pieces of calls may come interleaved.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    next: usize,
    open: Option<(Kind, usize)>,
    /// The details of the open reasoning.
    details: Details,
    calls: Calls,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    Refusal,
}

impl Blocks {
    /// Whether there is any block.
    pub(super) fn any(&self) -> bool {
        self.next > 0 || self.calls.any()
    }

    /// Whether a tool is called.
    pub(super) fn called(&self) -> bool {
        self.calls.any()
    }

    /// Takes one delta of the answer `id`.
    pub(super) fn delta(&mut self, mut delta: Delta, id: &str, events: &mut Vec<Event>) {
        let calls = std::mem::take(&mut delta.tool_calls).unwrap_or_default();
        self.reasoning(&mut delta, events);
        match delta.content.take() {
            Some(TextOr::Text(text)) => self.grow(Kind::Text, Extra::NONE, text, events),
            Some(TextOr::List(list)) => self.parts(list, events),
            None => {}
        }
        if let Some(text) = delta.refusal.take() {
            self.grow(Kind::Refusal, Extra::NONE, text, events);
        }
        for value in delta.annotations.take().unwrap_or_default() {
            self.annotation(value, events);
        }
        self.calls.begin_chunk();
        let legacy = delta.function_call.take().map(|function| ToolCall {
            index: Some(0),
            function: Some(function),
            ..ToolCall::default()
        });
        for piece in calls.into_iter().chain(legacy) {
            self.close_open(events);
            self.calls.take(piece, id, &mut self.next, events);
        }
        other(&delta.rest, events);
    }

    /// Takes a delta that is nothing but words.
    pub(super) fn words(&mut self, text: String, events: &mut Vec<Event>) {
        self.calls.begin_chunk();
        self.grow(Kind::Text, Extra::NONE, text, events);
    }

    fn reasoning(&mut self, delta: &mut Delta, events: &mut Vec<Event>) {
        let named = delta.reasoning.take().and_then(|value| value.as_string());
        // The mark says that the provider's clients read `reasoning`, be it beside the other field.
        let mark = named.as_ref().map(|_| ("reasoning".to_owned(), Json::null()));
        let said = delta.reasoning_content.take().filter(|text| !text.is_empty());
        let extra = Extra::new(DIALECT, mark.into_iter().collect());
        let details = delta.reasoning_details.take().and_then(|list| list.read::<Vec<Json>>().ok());
        let details = details.filter(|list| !list.is_empty());
        if let Some(text) = said.or(named) {
            self.grow(Kind::Thinking, extra.clone(), text, events);
        }
        if let Some(details) = details {
            // A proof may come without words.
            if !matches!(self.open, Some((Kind::Thinking, _))) {
                self.begin(Kind::Thinking, extra, events);
            }
            self.details.add(&details);
        }
    }

    /// Content as a list of parts (Mistral).
    fn parts(&mut self, list: Vec<Part>, events: &mut Vec<Event>) {
        for block in parts::blocks(Some(TextOr::List(list))).unwrap_or_default() {
            let block = match block {
                Block::Opaque(opaque) => reasoning_part(opaque),
                other => other,
            };
            match block {
                Block::Text(text) => self.grow(Kind::Text, Extra::NONE, text.text, events),
                Block::Thinking(thinking) => {
                    self.grow(Kind::Thinking, Extra::NONE, thinking.text, events);
                }
                Block::Refusal(refusal) => self.grow(Kind::Refusal, Extra::NONE, refusal.text, events),
                whole => self.whole(whole, events),
            }
        }
    }

    fn whole(&mut self, block: Block, events: &mut Vec<Event>) {
        self.close_open(events);
        let index = self.take_index();
        events.push(Event::BlockStart { index, block });
        events.push(Event::BlockStop { index });
    }

    fn take_index(&mut self) -> usize {
        let index = self.next;
        self.next += 1;
        index
    }

    fn grow(&mut self, kind: Kind, extra: Extra, text: String, events: &mut Vec<Event>) {
        if text.is_empty() {
            return;
        }
        let index = match self.open {
            Some((open, index)) if open == kind => index,
            _ => self.begin(kind, extra, events),
        };
        events.push(match kind {
            Kind::Text => Event::TextDelta { index, text },
            Kind::Thinking => Event::ThinkingDelta { index, text },
            Kind::Refusal => Event::RefusalDelta { index, text },
        });
    }

    fn begin(&mut self, kind: Kind, extra: Extra, events: &mut Vec<Event>) -> usize {
        self.close_open(events);
        let index = self.take_index();
        let block = match kind {
            Kind::Text => Block::text(""),
            Kind::Thinking => Block::Thinking(Thinking { extra, ..Thinking::default() }),
            Kind::Refusal => Block::Refusal(Refusal::default()),
        };
        events.push(Event::BlockStart { index, block });
        self.open = Some((kind, index));
        index
    }

    fn annotation(&mut self, value: Json, events: &mut Vec<Event>) {
        if citations::for_client(DIALECT, &value).is_none() {
            return;
        }
        match self.open {
            Some((Kind::Text, index)) => events.push(Event::Citation { index, dialect: DIALECT, value }),
            _ => other(&Rest::from_iter([("annotations".to_owned(), Json::of(&[value]))]), events),
        }
    }

    fn close_open(&mut self, events: &mut Vec<Event>) {
        if let Some((_, index)) = self.open.take() {
            if let Some(details) = self.details.take() {
                events.push(Event::Signature { index, proof: Proof::Details(details) });
            }
            events.push(Event::BlockStop { index });
        }
    }

    /// Closes everything. A call that never got a name is the provider's error.
    pub(super) fn close(&mut self, events: &mut Vec<Event>) -> Result<(), ApiError> {
        self.close_open(events);
        self.calls.close(events)
    }
}

/// Fields of a delta that only this dialect knows (`audio`, `images`).
fn other(rest: &Rest, events: &mut Vec<Event>) {
    let mut said = rest.iter().filter(|(_, value)| !value.is_null()).peekable();
    if said.peek().is_none() {
        return;
    }
    let map: serde_json::Map<String, serde_json::Value> =
        said.map(|(name, value)| (name.to_owned(), value.to_value())).collect();
    events.push(Event::Opaque { dialect: DIALECT, kind: "delta".to_owned(), value: Json::of(&map) });
}
