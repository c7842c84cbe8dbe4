//! One block at a time: what providers that write several tool calls at once send is put in the order of
//! Anthropic's own streams, whose readers count on it. Readers of Bedrock's do as well.

use std::collections::{BTreeMap, VecDeque};

use crate::Dialect;
use crate::neutral::{Block, Event};

/// Holds back the events of all blocks but one, and numbers the blocks that have a form here.
#[derive(Debug, Default)]
pub(crate) struct Order {
    open: Option<usize>,
    waiting: VecDeque<Event>,
    /// The client's index of each block.
    places: BTreeMap<usize, usize>,
}

impl Order {
    /// Whether the event of block `index` may be written at once; else it is kept.
    pub(crate) fn admits(&mut self, index: usize, event: &Event) -> bool {
        if self.open.is_some_and(|open| open != index) {
            self.waiting.push_back(event.clone());
            return false;
        }
        self.note(index, event);
        true
    }

    /// The next kept event whose turn has come.
    pub(crate) fn released(&mut self) -> Option<Event> {
        let at = match self.open {
            Some(open) => self.waiting.iter().position(|event| event.block() == Some(open))?,
            None => 0,
        };
        let event = self.waiting.remove(at)?;
        if let Some(index) = event.block() {
            self.note(index, &event);
        }
        Some(event)
    }

    fn note(&mut self, index: usize, event: &Event) {
        self.open = (!matches!(event, Event::BlockStop { .. })).then_some(index);
    }

    /// The client's index of a block that begins; `None` for one that has no form in `dialect`.
    pub(crate) fn begin(&mut self, index: usize, block: &Block, dialect: Dialect) -> Option<usize> {
        let has_form = match block {
            Block::Text(_) | Block::ToolUse(_) | Block::Thinking(_) | Block::Refusal(_) => true,
            Block::Opaque(opaque) => opaque.dialect == dialect,
            Block::Image(_) => dialect == Dialect::BedrockConverse,
            Block::Document(_) | Block::ToolResult(_) => false,
        };
        let place = self.places.len();
        has_form.then(|| *self.places.entry(index).or_insert(place))
    }

    /// The client's index of a block that has begun.
    pub(crate) fn place(&self, index: usize) -> Option<usize> {
        self.places.get(&index).copied()
    }
}
