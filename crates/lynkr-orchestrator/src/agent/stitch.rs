//! Joins the events of several steps to those of one answer, and leaves out the calls that are the gateway's.

use std::collections::HashMap;
use std::sync::Arc;

use lynkr_protocol::ApiError;
use lynkr_protocol::neutral::{Assembler, Block, Event, Proof, Reply, Usage};

use super::task::Owners;

/// The state of one answer.
#[derive(Debug)]
pub(crate) struct Stitch {
    owners: Arc<Owners>,
    /// Whether the client gets all words as one text, so that those of two steps have to be kept apart.
    joins: bool,
    begun: bool,
    /// The place of the client's next block.
    next: usize,
    /// The client's places of this step's blocks; none for what is hidden.
    places: HashMap<usize, Option<usize>>,
    /// A block of reasoning without words: it may be the proof of a call that is hidden.
    held: Option<(usize, Vec<Event>)>,
    assembler: Assembler,
    spoken: bool,
    gap: bool,
    content: bool,
    usage: Usage,
}

impl Stitch {
    pub(crate) fn new(owners: Arc<Owners>, joins: bool) -> Self {
        Self {
            owners,
            joins,
            begun: false,
            next: 0,
            places: HashMap::new(),
            held: None,
            assembler: Assembler::new(),
            spoken: false,
            gap: false,
            content: false,
            usage: Usage::default(),
        }
    }

    /// Whether a client would have seen something.
    pub(crate) fn has_content(&self) -> bool {
        self.content
    }

    /// What all steps that are over have used.
    pub(crate) fn usage(&self) -> &Usage {
        &self.usage
    }

    /// Takes one event of a step; what the client gets of it is appended to `out`.
    pub(crate) fn push(&mut self, event: Event, out: &mut Vec<Event>) {
        self.assembler.push(&event);
        match &event {
            Event::Start { .. } => {
                if !std::mem::replace(&mut self.begun, true) {
                    out.push(event);
                }
            }
            // Told once, at the end.
            Event::Usage(_) | Event::Stop(_) => {}
            Event::BlockStart { index, block } => self.begin(*index, block.clone(), out),
            _ => self.grow(event, out),
        }
    }

    fn begin(&mut self, index: usize, block: Block, out: &mut Vec<Event>) {
        let is_ours = matches!(&block, Block::ToolUse(call) if self.owners.is_ours(call));
        if is_ours {
            // Its proof goes with it.
            if let Some((held, _)) = self.held.take() {
                self.places.insert(held, None);
            }
            self.places.insert(index, None);
            return;
        }
        self.release(out);
        let is_bare = matches!(&block, Block::Thinking(own) if own.text.is_empty() && own.proof.is_none());
        let event = Event::BlockStart { index, block };
        if is_bare {
            self.held = Some((index, vec![event]));
        } else {
            self.forward(event, out);
        }
    }

    fn grow(&mut self, event: Event, out: &mut Vec<Event>) {
        if let Some((held, waiting)) = &mut self.held
            && event.block() == Some(*held)
        {
            let proves_next = |event: &Event| {
                matches!(event, Event::Signature { proof: Proof::ThoughtSignature { alone: false, .. }, .. })
            };
            let waits = match &event {
                Event::BlockStop { .. } => waiting.iter().any(proves_next),
                other => proves_next(other),
            };
            if waits {
                waiting.push(event);
                return;
            }
            self.release(out);
        }
        self.forward(event, out);
    }

    /// What was held goes on after all.
    fn release(&mut self, out: &mut Vec<Event>) {
        let waiting = self.held.take().map(|(_, waiting)| waiting).unwrap_or_default();
        for event in waiting {
            self.forward(event, out);
        }
    }

    fn forward(&mut self, mut event: Event, out: &mut Vec<Event>) {
        if let Event::BlockStart { index, .. } = &event {
            self.places.insert(*index, Some(self.next));
            self.next += 1;
        }
        if let Some(index) = event.block() {
            let Some(Some(place)) = self.places.get(&index) else { return };
            event = event.in_block(*place);
        }
        if let Event::TextDelta { text, .. } = &mut event
            && !text.is_empty()
        {
            self.spoken = true;
            if std::mem::take(&mut self.gap) {
                text.insert_str(0, "\n\n");
            }
        }
        self.content |= event.is_content();
        out.push(event);
    }

    /// A step is over. What it said as a whole, hidden calls and all.
    pub(crate) fn end_step(&mut self, out: &mut Vec<Event>) -> Result<Reply, ApiError> {
        self.release(out);
        self.places.clear();
        self.gap = self.joins && self.spoken;
        let reply = std::mem::take(&mut self.assembler).finish()?;
        add(&mut self.usage, &reply.usage);
        Ok(reply)
    }
}

/// Adds the counts of a step. What one step measured and another didn't is known in part only.
fn add(sum: &mut Usage, step: &Usage) {
    let both = |one: Option<u64>, other: Option<u64>| match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (one, other) => one.or(other),
    };
    sum.input = both(sum.input, step.input);
    sum.cache_read = both(sum.cache_read, step.cache_read);
    sum.cache_write = both(sum.cache_write, step.cache_write);
    sum.output = both(sum.output, step.output);
    sum.reasoning = both(sum.reasoning, step.reasoning);
    sum.estimated |= step.estimated;
}

#[cfg(test)]
mod tests;
