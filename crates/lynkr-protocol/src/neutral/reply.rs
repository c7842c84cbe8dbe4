//! A whole answer in the neutral form, and the way between it and a stream of events.

use std::collections::BTreeMap;

use super::{Block, Event, Extra, Text, Usage};
use crate::error::ApiError;
use crate::wire::Json;

/// A whole answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reply {
    /// The provider's id of the answer.
    pub id: String,
    /// The model that answered, in the provider's words.
    pub model: String,
    /// What it says.
    pub blocks: Vec<Block>,
    /// Why it ended; `None` when the provider doesn't say.
    pub stop: Option<Stop>,
    /// Token counts.
    pub usage: Usage,
    /// Other fields of its dialect.
    pub extra: Extra,
}

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The reason.
    pub reason: StopReason,
    /// Which stop sequence hit, when one did and the provider says which.
    pub sequence: Option<String>,
}

impl From<StopReason> for Stop {
    fn from(reason: StopReason) -> Self {
        Self { reason, sequence: None }
    }
}

/// The reasons why answers end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// The model was done.
    EndTurn,
    /// `max_tokens` was reached.
    MaxTokens,
    /// A stop sequence hit.
    StopSequence,
    /// The model waits for tool results.
    ToolUse,
    /// The model, or a filter of the provider, declined.
    Refusal,
    /// A long turn of a server tool was paused; send the answer back to go on.
    PauseTurn,
    /// The context window is full.
    ContextWindow,
    /// Another reason, in the provider's words.
    Other(String),
}

impl Reply {
    /// The events of which this reply is the sum: what a provider that doesn't stream would have sent.
    pub fn to_events(&self) -> Vec<Event> {
        let mut events =
            vec![Event::Start { id: self.id.clone(), model: self.model.clone(), usage: self.usage.clone() }];
        for (index, block) in self.blocks.iter().enumerate() {
            push_block(index, block, &mut events);
        }
        events.push(Event::Usage(self.usage.clone()));
        events.push(Event::Stop(self.stop.clone().unwrap_or_else(|| StopReason::EndTurn.into())));
        events
    }
}

fn push_block(index: usize, block: &Block, events: &mut Vec<Event>) {
    let mut start = block.clone();
    let mut deltas = Vec::new();
    match &mut start {
        Block::Text(block) => {
            let text = std::mem::take(&mut block.text);
            deltas.push(Event::TextDelta { index, text });
        }
        Block::Thinking(block) => {
            let text = std::mem::take(&mut block.text);
            if !text.is_empty() {
                deltas.push(Event::ThinkingDelta { index, text });
            }
            deltas.extend(block.proof.take().map(|proof| Event::Signature { index, proof }));
        }
        Block::ToolUse(block) => {
            let fragment = std::mem::take(&mut block.arguments);
            deltas.push(Event::ArgsDelta { index, fragment });
        }
        Block::Refusal(block) => {
            let text = std::mem::take(&mut block.text);
            deltas.push(Event::RefusalDelta { index, text });
        }
        Block::Image(_) | Block::Document(_) | Block::ToolResult(_) | Block::Opaque(_) => {}
    }
    events.push(Event::BlockStart { index, block: start });
    events.append(&mut deltas);
    events.push(Event::BlockStop { index });
}

/// Adds up events to a [`Reply`].
#[derive(Debug, Default)]
pub struct Assembler {
    reply: Reply,
    blocks: BTreeMap<usize, Block>,
    error: Option<ApiError>,
}

impl Assembler {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one event. Deltas for a block that never began are ignored.
    pub fn push(&mut self, event: &Event) {
        match event {
            Event::Start { id, model, usage } => {
                id.clone_into(&mut self.reply.id);
                model.clone_into(&mut self.reply.model);
                self.reply.usage.merge(usage);
            }
            Event::BlockStart { index, block } => {
                self.blocks.insert(*index, block.clone());
            }
            Event::Usage(usage) => self.reply.usage.merge(usage),
            Event::Stop(stop) => self.reply.stop = Some(stop.clone()),
            Event::Error(error) => self.error = Some(error.clone()),
            Event::BlockStop { .. } | Event::Ping | Event::Opaque { .. } => {}
            Event::TextDelta { index, .. }
            | Event::ThinkingDelta { index, .. }
            | Event::Signature { index, .. }
            | Event::ArgsDelta { index, .. }
            | Event::Citation { index, .. }
            | Event::RefusalDelta { index, .. } => self.grow(*index, event),
        }
    }

    fn grow(&mut self, index: usize, event: &Event) {
        match (self.blocks.get_mut(&index), event) {
            (Some(Block::Text(block)), Event::TextDelta { text, .. }) => block.text.push_str(text),
            (Some(Block::Text(block)), Event::Citation { value, .. }) => add_citation(block, value),
            (Some(Block::Thinking(block)), Event::ThinkingDelta { text, .. }) => block.text.push_str(text),
            (Some(Block::Thinking(block)), Event::Signature { proof, .. }) => {
                block.proof = Some(proof.clone());
            }
            (Some(Block::ToolUse(block)), Event::ArgsDelta { fragment, .. }) => {
                block.arguments.push_str(fragment);
            }
            (Some(Block::Refusal(block)), Event::RefusalDelta { text, .. }) => block.text.push_str(text),
            _ => {}
        }
    }

    /// The sum, or the error that ended the stream.
    pub fn finish(mut self) -> Result<Reply, ApiError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        self.reply.blocks = self.blocks.into_values().collect();
        Ok(self.reply)
    }
}

fn add_citation(block: &mut Text, value: &Json) {
    let mut list: Vec<Json> = block.citations.as_ref().and_then(|list| list.read().ok()).unwrap_or_default();
    list.push(value.clone());
    block.citations = Some(Json::of(&list));
}
