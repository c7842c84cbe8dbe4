//! Items of `input` that belong to no turn: they configure the request from where they stand.
//!
//! Codex offers the tools of its newest models in an `additional_tools` item rather than in `tools`, and changes
//! its wishes by `configuration_update`. The tools are the conversation's; the items themselves come back in their places
//! when the target speaks this dialect.

use super::keeping::{self, Keeper};
use super::place::Place;
use super::tools;
use super::wire::{self, Item};
use crate::error::DecodeError;
use crate::neutral::{Conversation, Tool};
use crate::wire::Json;

const ADDITIONAL_TOOLS: &str = "additional_tools";
const CONFIGURATION_UPDATE: &str = "configuration_update";
/// On a tool that such an item offers.
const OFFERED: &str = "offered_in_item";
/// The items with their places, kept for the way back.
const KEPT: &str = "!asides";

/// The items that belong to no turn.
#[derive(Debug, Default)]
pub(super) struct Asides {
    items: Vec<(usize, Json)>,
    tools: Vec<Tool>,
    updates: bool,
}

impl Asides {
    /// Whether an item is one.
    pub(super) fn is_aside(item: &Item) -> bool {
        matches!(item.tag(), ADDITIONAL_TOOLS | CONFIGURATION_UPDATE)
    }

    /// Takes the item at `index`.
    pub(super) fn take(&mut self, item: &Item, index: usize) -> Result<(), DecodeError> {
        self.items.push((index, Json::of(item)));
        let Item::Other { tag, fields } = item else { return Ok(()) };
        if tag.as_deref() == Some(CONFIGURATION_UPDATE) {
            self.updates = true;
            return Ok(());
        }
        let place = Place::top("input", index);
        let list: Vec<wire::Tool> = match fields.find("tools") {
            Some(list) => list.read().map_err(|error| place.fault("tools", error))?,
            None => Vec::new(),
        };
        for tool in tools::read_below(list, &place)? {
            let mark = Keeper::default().mark(OFFERED, true).into_extra();
            let extra = keeping::join(&mark, &tool.extra.of(super::DIALECT));
            self.tools.push(Tool { extra, ..tool });
        }
        Ok(())
    }

    /// Adds what was taken to what is kept, and gives the tools. To other dialects an update of the wishes is
    /// lost, and said to be.
    pub(super) fn keep(self, keeper: Keeper) -> (Keeper, Vec<Tool>) {
        if self.items.is_empty() {
            return (keeper, self.tools);
        }
        let updates = self.updates.then_some(true);
        (keeper.silently(KEPT, Some(&self.items)).openly(CONFIGURATION_UPDATE, updates.as_ref()), self.tools)
    }
}

/// Whether an item of the input offers the tool, so that `tools` doesn't.
pub(super) fn is_offered_in_item(tool: &Tool) -> bool {
    keeping::is_marked(&tool.extra, OFFERED)
}

/// Puts the items back where they stood.
pub(super) fn restore(conversation: &Conversation, items: &mut Vec<Item>) {
    let kept =
        keeping::find(&conversation.extra, KEPT).and_then(|kept| kept.read::<Vec<(usize, Json)>>().ok());
    for (index, item) in kept.unwrap_or_default() {
        if let Ok(item) = item.read() {
            items.insert(index.min(items.len()), item);
        }
    }
}
