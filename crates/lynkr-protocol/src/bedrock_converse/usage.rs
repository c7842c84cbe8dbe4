//! Token counts and stop reasons, both ways.

use super::wire::UsageForm;
use super::{DIALECT, notes};
use crate::kept::Kept;
use crate::neutral::{Extra, Stop, StopReason, Usage};
use crate::wire::Json;

/// Wire → neutral.
pub(super) fn decode(wire: UsageForm) -> Usage {
    let mut rest = wire.rest;
    let mut usage = Usage {
        input: wire.input,
        cache_read: wire.cache_read,
        cache_write: wire.cache_write,
        output: wire.output,
        ..Usage::default()
    };
    if let Some(total) = wire.total.filter(|total| *total != sum(&usage, 0)) {
        rest.push(notes::TOTAL, Json::of(&total));
    }
    usage.extra = Extra::new(DIALECT, rest);
    usage
}

/// Neutral → wire. Readers want input, output and their sum to be there.
pub(super) fn encode(usage: &Usage, input_estimate: u64) -> UsageForm {
    let kept = Kept::of(&usage.extra, DIALECT);
    let total = kept.note(notes::TOTAL).and_then(|total| total.read().ok());
    UsageForm {
        input: Some(usage.input.unwrap_or(input_estimate)),
        output: Some(usage.output.unwrap_or(0)),
        total: Some(total.unwrap_or_else(|| sum(usage, input_estimate))),
        cache_read: usage.cache_read,
        cache_write: usage.cache_write,
        rest: kept.rest,
    }
}

fn sum(usage: &Usage, input_estimate: u64) -> u64 {
    let input = usage.input.unwrap_or(input_estimate);
    let parts = [usage.cache_read, usage.cache_write, usage.output];
    parts.iter().flatten().fold(input, |sum, part| sum.saturating_add(*part))
}

/// The word for an answer that the operator's own filter stopped.
const GUARDED: &str = "guardrail_intervened";
/// The words for answers that went wrong.
const MALFORMED: [&str; 2] = ["malformed_model_output", "malformed_tool_use"];

/// Wire → neutral.
pub(super) fn decode_stop(word: &str) -> Stop {
    let reason = match word {
        "end_turn" => StopReason::EndTurn,
        "tool_use" => StopReason::ToolUse,
        "max_tokens" => StopReason::MaxTokens,
        "stop_sequence" => StopReason::StopSequence,
        "content_filtered" | GUARDED => StopReason::Refusal,
        "model_context_window_exceeded" => StopReason::ContextWindow,
        other => StopReason::Other(other.to_owned()),
    };
    reason.into()
}

/// The word for an end, when the neutral form can't give it back.
pub(super) fn odd_word<'a>(word: &'a str, stop: &Stop) -> Option<&'a str> {
    (encode_stop(&stop.reason) != word).then_some(word)
}

/// Neutral → wire. The readers' list of words is closed.
pub(super) fn encode_stop(reason: &StopReason) -> &str {
    match reason {
        StopReason::Other(word) if MALFORMED.contains(&word.as_str()) => word,
        StopReason::EndTurn | StopReason::PauseTurn | StopReason::Other(_) => "end_turn",
        StopReason::ToolUse => "tool_use",
        StopReason::MaxTokens => "max_tokens",
        StopReason::StopSequence => "stop_sequence",
        StopReason::Refusal => "content_filtered",
        StopReason::ContextWindow => "model_context_window_exceeded",
    }
}
