//! The items of a streamed answer while they grow.
//!
//! Providers say the same thing up to four times: as deltas, in the part's `done`, in the item's `done` and
//! in the answer's end; and some leave out all but one of these. Each growing text therefore remembers what
//! was sent of it, and of a fuller saying only the rest is sent.

mod call;
mod growing;
mod message;
mod reasoning;

use super::DIALECT;
use super::place::Place;
use super::wire::{Item, Part, ReasoningItem};
use crate::error::DecodeError;
use crate::neutral::{Block, Opaque};
use crate::wire::Json;
use call::CallSlot;
pub(super) use growing::Sink;
use growing::Words;
use message::MessageSlot;
use reasoning::ReasoningSlot;
pub(super) use reasoning::Saying;

/// An item.
#[derive(Debug)]
pub(super) struct Slot {
    pub output_index: Option<u64>,
    pub id: String,
    pub call_id: String,
    pub done: bool,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Message(MessageSlot),
    Reasoning(ReasoningSlot),
    Call(CallSlot),
    Opaque,
}

/// The kinds of items, as far as frames tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Words.
    Message,
    /// Reasoning.
    Reasoning,
    /// A call with JSON arguments.
    Function,
    /// A call with plain text.
    Custom,
    /// Anything else.
    Opaque,
}

impl Kind {
    pub(super) fn of(item: &Item) -> Self {
        match item {
            Item::Message(_) => Self::Message,
            Item::Reasoning(_) => Self::Reasoning,
            Item::FunctionCall(_) => Self::Function,
            Item::CustomToolCall(_) => Self::Custom,
            Item::FunctionCallOutput(_) | Item::CustomToolCallOutput(_) | Item::Other { .. } => Self::Opaque,
        }
    }
}

impl Slot {
    /// An item of which nothing is known yet but its kind and place.
    pub(super) fn unannounced(kind: Kind, output_index: Option<u64>, id: &str) -> Self {
        let body = match kind {
            Kind::Message => Body::Message(MessageSlot::default()),
            Kind::Reasoning => Body::Reasoning(ReasoningSlot::default()),
            Kind::Function => Body::Call(CallSlot::default()),
            Kind::Custom => Body::Call(CallSlot::custom()),
            Kind::Opaque => Body::Opaque,
        };
        Self { output_index, id: id.to_owned(), call_id: String::new(), done: false, body }
    }

    pub(super) fn kind(&self) -> Kind {
        match &self.body {
            Body::Message(_) => Kind::Message,
            Body::Reasoning(_) => Kind::Reasoning,
            Body::Call(slot) if slot.call.freeform => Kind::Custom,
            Body::Call(_) => Kind::Function,
            Body::Opaque => Kind::Opaque,
        }
    }

    /// Takes what an item says about itself before it has grown.
    pub(super) fn announce(&mut self, item: &Item, sink: &mut Sink<'_>) {
        let (id, call_id) = ids(item);
        self.id = id.unwrap_or_default();
        self.call_id = call_id.unwrap_or_default();
        match (&mut self.body, item) {
            (Body::Message(slot), Item::Message(message)) => slot.announce(message),
            (Body::Reasoning(slot), Item::Reasoning(_)) => {
                slot.growing(&self.id, sink);
            }
            (Body::Call(slot), _) => slot.announce(item, sink),
            _ => {}
        }
    }

    pub(super) fn text(&mut self, part: u64, text: &str, whole: bool, sink: &mut Sink<'_>) {
        if let Body::Message(slot) = &mut self.body {
            slot.say(part, Words::Text, text, whole, sink);
        }
    }

    pub(super) fn refusal(&mut self, part: u64, text: &str, whole: bool, sink: &mut Sink<'_>) {
        if let Body::Message(slot) = &mut self.body {
            slot.say(part, Words::Refusal, text, whole, sink);
        }
    }

    pub(super) fn annotation(&mut self, part: u64, value: Json, sink: &mut Sink<'_>) {
        if let Body::Message(slot) = &mut self.body {
            slot.part(part, Words::Text, sink).cite(value, sink);
        }
    }

    /// A part began, or is complete.
    pub(super) fn part(&mut self, index: u64, part: &Part, done: bool, sink: &mut Sink<'_>) {
        if let Body::Message(slot) = &mut self.body {
            slot.whole_part(index, part, done, sink);
        }
    }

    pub(super) fn reasoning(&mut self, saying: Saying<'_>, sink: &mut Sink<'_>) {
        if let Body::Reasoning(slot) = &mut self.body {
            slot.say(&self.id, saying, sink);
        }
    }

    pub(super) fn arguments(&mut self, text: &str, whole: bool, sink: &mut Sink<'_>) {
        if let Body::Call(slot) = &mut self.body {
            slot.say(text, whole, sink);
        }
    }

    /// The item is complete; `item` is its last and fullest form.
    pub(super) fn finish(
        &mut self,
        item: Item,
        place: &Place<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), DecodeError> {
        if std::mem::replace(&mut self.done, true) {
            return Ok(());
        }
        match (&mut self.body, item) {
            (Body::Message(slot), Item::Message(message)) => return slot.finish(message, place, sink),
            (Body::Reasoning(slot), Item::Reasoning(item)) => slot.finish(&self.id, item, sink),
            (Body::Call(slot), item) => slot.finish(item, sink),
            (_, item) => sink.whole(Block::Opaque(Opaque {
                dialect: DIALECT,
                kind: item.tag().to_owned(),
                value: Json::of(&item),
            })),
        }
        Ok(())
    }

    /// Whether the model declined in it.
    pub(super) fn has_refusal(&self) -> bool {
        match &self.body {
            Body::Message(slot) => slot.parts.iter().any(|(_, part)| part.words == Words::Refusal),
            Body::Reasoning(_) | Body::Call(_) | Body::Opaque => false,
        }
    }

    /// The answer is complete, and the item's last form never came.
    pub(super) fn close(&mut self, sink: &mut Sink<'_>) {
        if std::mem::replace(&mut self.done, true) {
            return;
        }
        match &mut self.body {
            Body::Message(slot) => slot.parts.iter_mut().for_each(|(_, part)| part.stop(sink)),
            Body::Reasoning(slot) => {
                let item = ReasoningItem { id: Some(self.id.clone()), ..ReasoningItem::default() };
                slot.finish(&self.id, item, sink);
            }
            Body::Call(slot) => slot.end("", sink),
            Body::Opaque => {}
        }
    }
}

/// The ids that an item gives itself.
pub(super) fn ids(item: &Item) -> (Option<String>, Option<String>) {
    match item {
        Item::Message(item) => (item.id.clone(), None),
        Item::Reasoning(item) => (item.id.clone(), None),
        Item::FunctionCall(item) => (item.id.clone(), item.call_id.clone()),
        Item::CustomToolCall(item) => (item.id.clone(), item.call_id.clone()),
        Item::FunctionCallOutput(item) | Item::CustomToolCallOutput(item) => {
            (item.id.clone(), item.call_id.clone())
        }
        Item::Other { fields, .. } => (fields.find("id").and_then(Json::as_string), None),
    }
}
