//! Reasoning that grows: summaries, or the reasoning itself, become one block.

use super::super::keeping::Keeper;
use super::super::read_items::reasoning_text;
use super::super::wire::ReasoningItem;
use super::growing::{Growing, Sink, Words};
use crate::neutral::{Block, Event, Proof, Thinking};

/// What a frame says of reasoning.
#[derive(Debug, Clone, Copy)]
pub(in crate::openai_responses) struct Saying<'a> {
    /// Whether it is a summary, or the reasoning itself.
    pub summary: bool,
    /// Which part of it.
    pub part: u64,
    /// The words.
    pub text: &'a str,
    /// Whether they are all of the part.
    pub whole: bool,
}

#[derive(Debug, Default)]
pub(super) struct ReasoningSlot {
    growing: Option<Growing>,
    /// Which of the two texts is shown: the one that came first. The flag is that of [`Saying`].
    shown: Option<bool>,
    part: Option<u64>,
    part_begins: usize,
}

impl ReasoningSlot {
    pub(super) fn growing(&mut self, id: &str, sink: &mut Sink<'_>) -> &mut Growing {
        self.growing.get_or_insert_with(|| {
            let id = Some(id).filter(|id| !id.is_empty());
            let extra = Keeper::default().silently("id", id.as_ref()).into_extra();
            Growing::begin(Words::Thinking, Block::Thinking(Thinking { extra, ..Thinking::default() }), sink)
        })
    }

    pub(super) fn say(&mut self, id: &str, saying: Saying<'_>, sink: &mut Sink<'_>) {
        self.growing(id, sink);
        let Some(growing) = &mut self.growing else { return };
        if saying.text.is_empty() || *self.shown.get_or_insert(saying.summary) != saying.summary {
            return;
        }
        if self.part != Some(saying.part) {
            self.part = Some(saying.part);
            if !growing.sent.is_empty() {
                growing.grow("\n\n", sink);
            }
            self.part_begins = growing.sent.len();
        }
        if !saying.whole {
            growing.grow(saying.text, sink);
            return;
        }
        let sent = growing.sent.get(self.part_begins..).unwrap_or_default();
        if let Some(more) = saying.text.strip_prefix(sent) {
            let more = more.to_owned();
            growing.grow(&more, sink);
        }
    }

    pub(super) fn finish(&mut self, id: &str, mut item: ReasoningItem, sink: &mut Sink<'_>) {
        if self.shown == Some(false) {
            item.summary = None;
        }
        let text = reasoning_text(&item);
        let id = item.id.filter(|id| !id.is_empty()).unwrap_or_else(|| id.to_owned());
        let growing = self.growing(&id, sink);
        growing.complete(&text, sink);
        let (index, encrypted) = (growing.index, item.encrypted_content);
        if !id.is_empty() || encrypted.is_some() {
            sink.events.push(Event::Signature { index, proof: Proof::Item { id, encrypted } });
        }
        growing.stop(sink);
    }
}
