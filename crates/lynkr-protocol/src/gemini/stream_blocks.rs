//! The blocks of a streamed answer: parts → block events with dense indices.

use super::media;
use super::wire::Part;
use crate::neutral::{Block, Event, Proof, Text, Thinking};

/// The blocks so far; at most one of words or reasoning is open.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    next: usize,
    open: Option<(Kind, usize)>,
    called: bool,
    /// Whether a client got something: a signature alone is nothing to it.
    content: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
}

impl Blocks {
    /// Whether there is any content.
    pub(super) fn any(&self) -> bool {
        self.content
    }

    /// Whether a tool is called.
    pub(super) fn called(&self) -> bool {
        self.called
    }

    /// Whether a part is words or reasoning, which grow.
    pub(super) fn takes(part: &Part) -> bool {
        part.text.is_some()
            && part.function_call.is_none()
            && part.function_response.is_none()
            && part.inline_data.is_none()
            && part.file_data.is_none()
    }

    /// Takes words or reasoning. A signature on words that go on stands after them, since the words before
    /// it are out already.
    pub(super) fn words(&mut self, part: Part, events: &mut Vec<Event>) {
        let kind = if part.thought == Some(true) { Kind::Thinking } else { Kind::Text };
        let text = part.text.unwrap_or_default();
        let goes_on = self.open.is_some_and(|(open, _)| open == kind);
        let mut signature = part.signature;
        if kind == Kind::Text && !goes_on && !text.is_empty() {
            self.carry(signature.take(), false, events);
        }
        if !text.is_empty() {
            let index = match self.open {
                Some((open, index)) if open == kind => index,
                _ => self.begin(kind, part.rest, events),
            };
            events.push(match kind {
                Kind::Text => Event::TextDelta { index, text },
                Kind::Thinking => Event::ThinkingDelta { index, text },
            });
        }
        match (self.open, signature) {
            (Some((Kind::Thinking, index)), Some(signature)) if kind == Kind::Thinking => {
                let proof = Proof::ThoughtSignature { signature, alone: false };
                events.push(Event::Signature { index, proof });
                self.close(events);
            }
            (_, signature) => self.carry(signature, true, events),
        }
    }

    /// Adds a block that holds nothing but a signature.
    fn carry(&mut self, signature: Option<String>, alone: bool, events: &mut Vec<Event>) {
        if let Some(signature) = signature {
            let proof = Some(Proof::ThoughtSignature { signature, alone });
            self.whole(Block::Thinking(Thinking { proof, ..Thinking::default() }), events);
        }
    }

    /// Adds a block that came whole.
    pub(super) fn whole(&mut self, mut block: Block, events: &mut Vec<Event>) {
        self.close(events);
        self.content |= !matches!(&block, Block::Thinking(_));
        let index = self.next;
        self.next = self.next.saturating_add(1);
        let delta = match &mut block {
            Block::Text(text) => Some(Event::TextDelta { index, text: std::mem::take(&mut text.text) }),
            Block::Refusal(refusal) => {
                Some(Event::RefusalDelta { index, text: std::mem::take(&mut refusal.text) })
            }
            Block::ToolUse(call) => {
                self.called = true;
                Some(Event::ArgsDelta { index, fragment: std::mem::take(&mut call.arguments) })
            }
            Block::Thinking(thinking) => thinking.proof.take().map(|proof| Event::Signature { index, proof }),
            Block::Image(_) | Block::Document(_) | Block::ToolResult(_) | Block::Opaque(_) => None,
        };
        events.push(Event::BlockStart { index, block });
        events.extend(delta);
        events.push(Event::BlockStop { index });
    }

    fn begin(&mut self, kind: Kind, rest: crate::wire::Rest, events: &mut Vec<Event>) -> usize {
        self.close(events);
        let index = self.next;
        self.next = self.next.saturating_add(1);
        self.content = true;
        let extra = media::extra(rest);
        let block = match kind {
            Kind::Text => Block::Text(Text { extra, ..Text::default() }),
            Kind::Thinking => Block::Thinking(Thinking { extra, ..Thinking::default() }),
        };
        events.push(Event::BlockStart { index, block });
        self.open = Some((kind, index));
        index
    }

    /// Closes the open block.
    pub(super) fn close(&mut self, events: &mut Vec<Event>) {
        if let Some((_, index)) = self.open.take() {
            events.push(Event::BlockStop { index });
        }
    }
}
