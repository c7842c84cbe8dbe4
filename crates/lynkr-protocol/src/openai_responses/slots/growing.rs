//! A block that is being sent: what was sent of it, and how more of it becomes events.

use super::super::DIALECT;
use crate::neutral::{Block, Event};
use crate::wire::Json;

/// Where events go, and the next block's index.
#[derive(Debug)]
pub(in crate::openai_responses) struct Sink<'a> {
    pub events: &'a mut Vec<Event>,
    pub next: &'a mut usize,
}

impl Sink<'_> {
    pub(super) fn begin(&mut self, block: Block) -> usize {
        let index = *self.next;
        *self.next = index.saturating_add(1);
        self.events.push(Event::BlockStart { index, block });
        index
    }

    pub(super) fn whole(&mut self, block: Block) {
        let index = self.begin(block);
        self.events.push(Event::BlockStop { index });
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    Text,
    Refusal,
    Thinking,
    Arguments,
}

/// A block that is being sent.
#[derive(Debug)]
pub(super) struct Growing {
    pub(super) index: usize,
    pub(super) words: Words,
    pub(super) sent: String,
    pub(super) citations: usize,
    pub(super) open: bool,
}

impl Growing {
    pub(super) fn begin(words: Words, block: Block, sink: &mut Sink<'_>) -> Self {
        Self { index: sink.begin(block), words, sent: String::new(), citations: 0, open: true }
    }

    pub(super) fn grow(&mut self, more: &str, sink: &mut Sink<'_>) {
        if more.is_empty() || !self.open {
            return;
        }
        self.sent.push_str(more);
        let (index, text) = (self.index, more.to_owned());
        sink.events.push(match self.words {
            Words::Text => Event::TextDelta { index, text },
            Words::Refusal => Event::RefusalDelta { index, text },
            Words::Thinking => Event::ThinkingDelta { index, text },
            Words::Arguments => Event::ArgsDelta { index, fragment: text },
        });
    }

    /// Sends what `full` has beyond what was sent; nothing when they differ, since what was said stands.
    pub(super) fn complete(&mut self, full: &str, sink: &mut Sink<'_>) {
        if let Some(more) = full.strip_prefix(self.sent.as_str()) {
            let more = more.to_owned();
            self.grow(&more, sink);
        }
    }

    pub(super) fn cite(&mut self, value: Json, sink: &mut Sink<'_>) {
        if self.open {
            self.citations = self.citations.saturating_add(1);
            sink.events.push(Event::Citation { index: self.index, dialect: DIALECT, value });
        }
    }

    pub(super) fn stop(&mut self, sink: &mut Sink<'_>) {
        if std::mem::replace(&mut self.open, false) {
            sink.events.push(Event::BlockStop { index: self.index });
        }
    }
}
