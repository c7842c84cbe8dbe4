//! Token counts, both ways. The API counts reasoning apart from the words, and tokens that its own tools
//! put into the prompt apart from the prompt.

use super::DIALECT;
use super::notes::{self, Kept};
use super::wire::UsageMetadata;
use crate::neutral::{Extra, Usage};
use crate::wire::Json;

pub(super) fn decode(wire: UsageMetadata) -> Usage {
    let mut rest = wire.rest;
    let mut usage = Usage { reasoning: wire.thoughts, ..Usage::default() };
    if let Some(prompt) = wire.prompt {
        let total = prompt.saturating_add(wire.tool_use.unwrap_or(0));
        usage.set_total_input(total, wire.cached);
    }
    usage.output = match (wire.candidates, wire.thoughts) {
        (None, None) => None,
        (words, thoughts) => Some(words.unwrap_or(0).saturating_add(thoughts.unwrap_or(0))),
    };
    if let Some(tool_use) = wire.tool_use {
        rest.push(notes::TOOL_USE, Json::of(&tool_use));
    }
    usage.extra = Extra::new(DIALECT, rest);
    usage
}

/// The counts that a client sees; an input that nobody measured is shown as the estimate.
pub(super) fn encode(usage: &Usage, input_estimate: u64) -> UsageMetadata {
    let kept = Kept::of(&usage.extra, DIALECT);
    let tool_use: Option<u64> = kept.note(notes::TOOL_USE).and_then(|count| count.read().ok());
    let input = usage.total_input().unwrap_or(input_estimate);
    UsageMetadata {
        prompt: Some(input.saturating_sub(tool_use.unwrap_or(0))),
        cached: usage.cache_read,
        candidates: usage.output.map(|output| output.saturating_sub(usage.reasoning.unwrap_or(0))),
        thoughts: usage.reasoning,
        tool_use,
        total: Some(input.saturating_add(usage.output.unwrap_or(0))),
        rest: kept.rest,
    }
}
