//! Token counts and stop reasons, both ways.

use serde::{Deserialize, Serialize};

use super::wire::UsageForm;
use crate::Dialect;
use crate::neutral::{Extra, Stop, StopReason, Usage};
use crate::wire::Json;

/// The breakdown of the output.
pub(super) const DETAILS: &str = "output_tokens_details";

/// What is read and written of it.
#[derive(Deserialize, Serialize)]
pub(super) struct Details {
    #[serde(rename = "thinking_tokens")]
    pub(super) thinking: u64,
}

/// Wire → neutral.
pub(super) fn decode(wire: UsageForm) -> Usage {
    let details = wire.rest.find(DETAILS).and_then(|details| details.read::<Details>().ok());
    Usage {
        input: wire.input_tokens,
        cache_read: wire.cache_read_input_tokens,
        cache_write: wire.cache_creation_input_tokens,
        output: wire.output_tokens,
        reasoning: details.map(|details| details.thinking),
        estimated: false,
        extra: Extra::new(Dialect::Anthropic, wire.rest),
    }
}

/// Neutral → wire. The strictest readers want input, output and both cache counts to be there.
pub(super) fn encode(usage: &Usage, input_estimate: u64) -> UsageForm {
    let mut rest = usage.extra.of(Dialect::Anthropic);
    if let Some(thinking) = usage.reasoning.filter(|_| rest.find(DETAILS).is_none()) {
        rest.push(DETAILS, Json::of(&Details { thinking }));
    }
    UsageForm {
        input_tokens: Some(usage.input.unwrap_or(input_estimate)),
        cache_creation_input_tokens: Some(usage.cache_write.unwrap_or(0)),
        cache_read_input_tokens: Some(usage.cache_read.unwrap_or(0)),
        output_tokens: Some(usage.output.unwrap_or(0)),
        rest,
    }
}

/// Wire → neutral.
pub(super) fn decode_stop(reason: &str, sequence: Option<String>) -> Stop {
    let reason = match reason {
        "end_turn" => StopReason::EndTurn,
        "max_tokens" => StopReason::MaxTokens,
        "stop_sequence" => StopReason::StopSequence,
        "tool_use" => StopReason::ToolUse,
        "refusal" => StopReason::Refusal,
        "pause_turn" => StopReason::PauseTurn,
        "model_context_window_exceeded" => StopReason::ContextWindow,
        other => StopReason::Other(other.to_owned()),
    };
    Stop { reason, sequence }
}

/// Neutral → wire.
pub(super) fn encode_stop(reason: &StopReason) -> &str {
    match reason {
        StopReason::EndTurn => "end_turn",
        StopReason::MaxTokens => "max_tokens",
        StopReason::StopSequence => "stop_sequence",
        StopReason::ToolUse => "tool_use",
        StopReason::Refusal => "refusal",
        StopReason::PauseTurn => "pause_turn",
        StopReason::ContextWindow => "model_context_window_exceeded",
        StopReason::Other(other) => other,
    }
}
