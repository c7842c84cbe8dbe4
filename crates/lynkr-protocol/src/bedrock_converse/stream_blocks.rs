//! The blocks of an upstream's stream: the provider's indices made dense, and what it sends in pieces that no
//! client reads in pieces gathered.

use super::DIALECT;
use super::read_blocks;
use super::wire::{BlockStart, ContentBlock, Delta, MediaBlock, ToolResultBlock, ToolUseBlock};
use crate::error::DecodeError;
use crate::neutral::{Block, Event, Opaque, Proof, Text, Thinking};
use crate::seal;
use crate::wire::Json;

/// The blocks that have begun.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    open: Vec<Open>,
    next: usize,
}

/// A block that has begun and not ended.
#[derive(Debug)]
struct Open {
    /// The provider's index, which need not be dense.
    wire: u64,
    growth: Growth,
}

/// What a block grows by.
#[derive(Debug)]
enum Growth {
    /// It goes on as it comes, as the block `index`.
    Live { index: usize, kind: Kind, signature: String },
    /// A call or an answer of a tool that the provider runs, or a picture: it goes on when it is whole.
    Whole(Box<ContentBlock>, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    Call,
}

impl Blocks {
    /// A block that a frame begins.
    pub(super) fn start(
        &mut self,
        wire: Option<u64>,
        start: BlockStart,
        events: &mut Vec<Event>,
    ) -> Result<(), DecodeError> {
        let wire = wire.unwrap_or(self.next as u64);
        self.stop(Some(wire), events);
        match start {
            BlockStart { tool_use: Some(call), .. } if call.kind.is_none() => {
                let block = Block::ToolUse(read_blocks::tool_use(call, "start")?);
                self.begin(wire, block, Kind::Call, events);
            }
            BlockStart { tool_use, tool_result, image, rest } => {
                let whole = ContentBlock { image, tool_use, tool_result, rest, ..ContentBlock::default() };
                // A start of words or reasoning says nothing that their first piece doesn't.
                if whole != ContentBlock::default() {
                    self.open.push(Open { wire, growth: Growth::Whole(Box::new(whole), String::new()) });
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, wire: u64, block: Block, kind: Kind, events: &mut Vec<Event>) -> usize {
        let index = self.next;
        self.next += 1;
        events.push(Event::BlockStart { index, block });
        self.open.push(Open { wire, growth: Growth::Live { index, kind, signature: String::new() } });
        index
    }

    /// The open block of that index and kind. Words and reasoning begin here; another kind under the same
    /// index ends what was there.
    fn live(&mut self, wire: u64, kind: Kind, events: &mut Vec<Event>) -> Option<usize> {
        for open in &self.open {
            if let Growth::Live { index, kind: own, .. } = &open.growth
                && open.wire == wire
                && *own == kind
            {
                return Some(*index);
            }
        }
        let block = match kind {
            Kind::Text => Block::Text(Text::default()),
            Kind::Thinking => Block::Thinking(Thinking::default()),
            Kind::Call => return None,
        };
        self.stop(Some(wire), events);
        Some(self.begin(wire, block, kind, events))
    }

    /// A piece of a block.
    pub(super) fn delta(&mut self, wire: Option<u64>, delta: Delta, events: &mut Vec<Event>) {
        let wire = wire.or_else(|| self.open.last().map(|open| open.wire)).unwrap_or(0);
        if let Some(Open { growth: Growth::Whole(whole, input), .. }) =
            self.open.iter_mut().find(|open| open.wire == wire)
        {
            gather(whole, input, delta);
            return;
        }
        let Delta { text, tool_use, reasoning, citation, image, .. } = delta;
        if let Some(text) = text
            && let Some(index) = self.live(wire, Kind::Text, events)
        {
            events.push(Event::TextDelta { index, text });
        }
        if let Some(value) = citation
            && let Some(index) = self.live(wire, Kind::Text, events)
        {
            events.push(Event::Citation { index, dialect: DIALECT, value });
        }
        if let Some(fragment) = tool_use.and_then(|delta| delta.input)
            && let Some(index) = self.live(wire, Kind::Call, events)
        {
            events.push(Event::ArgsDelta { index, fragment });
        }
        if let Some(reasoning) = reasoning
            && let Some(index) = self.live(wire, Kind::Thinking, events)
        {
            if let Some(text) = reasoning.text {
                events.push(Event::ThinkingDelta { index, text });
            }
            if let Some(data) = reasoning.redacted {
                events.push(Event::Signature { index, proof: Proof::Redacted(data) });
            }
            self.sign(wire, reasoning.signature.unwrap_or_default());
        }
        // A picture without a start.
        if let Some(image) = image {
            let whole = ContentBlock { image: Some(image), ..ContentBlock::default() };
            self.open.push(Open { wire, growth: Growth::Whole(Box::new(whole), String::new()) });
        }
    }

    /// Adds a piece of a signature; it goes on when the block ends, once and whole.
    fn sign(&mut self, wire: u64, piece: String) {
        for open in &mut self.open {
            if let Growth::Live { signature, kind: Kind::Thinking, .. } = &mut open.growth
                && open.wire == wire
            {
                signature.push_str(&piece);
            }
        }
    }

    /// A block is complete.
    pub(super) fn stop(&mut self, wire: Option<u64>, events: &mut Vec<Event>) {
        let at = match wire {
            Some(wire) => self.open.iter().position(|open| open.wire == wire),
            None => self.open.len().checked_sub(1),
        };
        if let Some(at) = at {
            let open = self.open.remove(at);
            self.end(open, events);
        }
    }

    /// Every block is complete.
    pub(super) fn close(&mut self, events: &mut Vec<Event>) {
        for open in std::mem::take(&mut self.open) {
            self.end(open, events);
        }
    }

    fn end(&mut self, open: Open, events: &mut Vec<Event>) {
        let (whole, input) = match open.growth {
            Growth::Live { index, signature, .. } => {
                if !signature.is_empty() {
                    events.push(Event::Signature { index, proof: proof(signature) });
                }
                events.push(Event::BlockStop { index });
                return;
            }
            Growth::Whole(whole, input) => (*whole, input),
        };
        for block in read_whole(whole, &input) {
            let index = self.next;
            self.next += 1;
            events.push(Event::BlockStart { index, block });
            events.push(Event::BlockStop { index });
        }
    }
}

/// The proof that a signature is: Anthropic's own, or another provider's that we sealed.
fn proof(signature: String) -> Proof {
    match seal::open(&signature).and_then(|thinking| thinking.proof) {
        Some(sealed) => sealed,
        None => Proof::Signature(signature),
    }
}

/// Adds a piece to a block that goes on when it is whole.
fn gather(whole: &mut ContentBlock, input: &mut String, delta: Delta) {
    if let Some(fragment) = delta.tool_use.and_then(|delta| delta.input) {
        input.push_str(&fragment);
    }
    if let (Some(ToolResultBlock { content, .. }), Some(pieces)) = (&mut whole.tool_result, delta.tool_result)
    {
        content.get_or_insert_default().extend(pieces);
    }
    if let (Some(image), Some(MediaBlock { source, rest, .. })) = (&mut whole.image, delta.image) {
        image.source = source.or(image.source.take());
        for (name, value) in rest.iter() {
            image.rest.push(name, value.clone());
        }
    }
}

/// A gathered block. What can't be read as one stays as it is.
fn read_whole(mut whole: ContentBlock, input: &str) -> Vec<Block> {
    if let Some(ToolUseBlock { input: arguments, .. }) = &mut whole.tool_use {
        *arguments = Some(Json::parse(input).unwrap_or_else(|_| Json::empty_object()));
    }
    let value = Json::of(&whole);
    let unread = || Opaque { dialect: DIALECT, kind: "contentBlock".to_owned(), value: value.clone() };
    read_blocks::list(vec![whole], "contentBlock").unwrap_or_else(|_| vec![Block::Opaque(unread())])
}
