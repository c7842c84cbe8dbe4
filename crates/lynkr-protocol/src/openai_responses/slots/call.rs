//! A call that grows.

use super::super::keeping::Keeper;
use super::super::wire::{FunctionCall, Item};
use super::growing::{Growing, Sink, Words};
use crate::neutral::{Block, ToolUse};

#[derive(Debug, Default)]
pub(super) struct CallSlot {
    pub(super) call: ToolUse,
    growing: Option<Growing>,
    /// Arguments that came before the call's name did.
    held: String,
    /// Arguments that stood in the announcement: they may be repeated as deltas, so they are sent last.
    announced: String,
}

impl CallSlot {
    /// A call with plain text.
    pub(super) fn custom() -> Self {
        Self { call: ToolUse { freeform: true, ..ToolUse::default() }, ..Self::default() }
    }

    pub(super) fn announce(&mut self, item: &Item, sink: &mut Sink<'_>) {
        if let Some(call) = as_call(item) {
            self.announced = call.arguments.clone().unwrap_or_default();
            self.learn(call);
            if !self.call.id.is_empty() && !self.call.name.is_empty() {
                self.begin(sink);
            }
        }
    }

    pub(super) fn learn(&mut self, call: FunctionCall) {
        let told = |known: &mut String, told: Option<String>| {
            if let Some(told) = told.filter(|told| !told.is_empty()) {
                *known = told;
            }
        };
        told(&mut self.call.id, call.call_id);
        told(&mut self.call.name, call.name);
        self.call.namespace = call.namespace.or(self.call.namespace.take());
        let mut rest = call.rest;
        rest.remove("arguments");
        self.call.extra = Keeper::new(rest).silently("id", call.id.as_ref()).into_extra();
    }

    pub(super) fn begin(&mut self, sink: &mut Sink<'_>) -> &mut Growing {
        let (call, held) = (&self.call, &mut self.held);
        self.growing.get_or_insert_with(|| {
            let mut growing = Growing::begin(Words::Arguments, Block::ToolUse(call.clone()), sink);
            growing.grow(&std::mem::take(held), sink);
            growing
        })
    }

    pub(super) fn say(&mut self, text: &str, whole: bool, sink: &mut Sink<'_>) {
        match &mut self.growing {
            Some(growing) if whole => growing.complete(text, sink),
            Some(growing) => growing.grow(text, sink),
            None if whole => text.clone_into(&mut self.held),
            None => self.held.push_str(text),
        }
    }

    pub(super) fn finish(&mut self, item: Item, sink: &mut Sink<'_>) {
        let Some(call) = as_call(&item) else { return };
        let arguments = call.arguments.clone().unwrap_or_default();
        let id = call.id.clone().unwrap_or_default();
        if self.growing.is_none() {
            self.learn(call);
            if self.call.id.is_empty() {
                self.call.id = id;
            }
        }
        self.end(&arguments, sink);
    }

    pub(super) fn end(&mut self, arguments: &str, sink: &mut Sink<'_>) {
        let announced = std::mem::take(&mut self.announced);
        let growing = self.begin(sink);
        growing.complete(if arguments.is_empty() { &announced } else { arguments }, sink);
        growing.stop(sink);
    }
}

/// Both kinds of calls in one form.
fn as_call(item: &Item) -> Option<FunctionCall> {
    match item {
        Item::FunctionCall(call) => Some(call.clone()),
        Item::CustomToolCall(call) => Some(FunctionCall {
            id: call.id.clone(),
            status: call.status.clone(),
            call_id: call.call_id.clone(),
            name: call.name.clone(),
            namespace: call.namespace.clone(),
            arguments: call.input.clone(),
            rest: call.rest.clone(),
        }),
        _ => None,
    }
}
