//! Token counts and stop reasons, both ways.

use lynkr_types::FaultKind;

use super::DIALECT;
use super::nested::{nest, unnest};
use super::wire_reply::{CompletionDetails, PromptDetails, UsageForm};
use crate::error::ApiError;
use crate::neutral::{Extra, Stop, StopReason, Usage};
use crate::wire::{Json, Rest};

/// Wire → neutral; `None` for counts that can't be read, which must not spoil the answer beside them.
pub(super) fn decode(raw: &Json) -> Option<Usage> {
    let wire: UsageForm = raw.read().ok()?;
    let mut rest = wire.rest;
    let prompt = wire.prompt_tokens_details.unwrap_or_default();
    let completion = wire.completion_tokens_details.unwrap_or_default();
    let count = |name: &str| rest.find(name).and_then(|value| value.read::<u64>().ok());
    // DeepSeek and Moonshot report cache hits beside the totals.
    let cache_read =
        prompt.cached_tokens.or_else(|| count("prompt_cache_hit_tokens")).or_else(|| count("cached_tokens"));
    let sum = wire.prompt_tokens.unwrap_or(0).saturating_add(wire.completion_tokens.unwrap_or(0));
    if let Some(total) = wire.total_tokens.filter(|total| *total != sum) {
        rest.push("total_tokens", Json::of(&total));
    }
    nest(&mut rest, "prompt_tokens_details", &prompt.rest);
    nest(&mut rest, "completion_tokens_details", &completion.rest);
    let cached = cache_read.unwrap_or(0).saturating_add(prompt.cache_write_tokens.unwrap_or(0));
    Some(Usage {
        input: wire.prompt_tokens.map(|total| total.saturating_sub(cached)),
        cache_read,
        cache_write: prompt.cache_write_tokens,
        output: wire.completion_tokens,
        reasoning: completion.reasoning_tokens,
        estimated: false,
        extra: Extra::new(DIALECT, rest),
    })
}

/// Neutral → wire; `None` when nothing was measured. An input that is an estimate says so.
pub(super) fn encode(usage: &Usage, input_estimate: u64) -> Option<UsageForm> {
    let measured = usage.total_input();
    if measured.is_none() && usage.output.is_none() {
        return None;
    }
    let mut rest = usage.extra.of(DIALECT);
    if measured.is_none() || usage.estimated {
        rest.push("estimated", Json::of(&true));
    }
    let prompt_rest = unnest(&mut rest, "prompt_tokens_details");
    let completion_rest = unnest(&mut rest, "completion_tokens_details");
    let input = measured.unwrap_or(input_estimate);
    let output = usage.output.unwrap_or(0);
    let total = rest.remove("total_tokens").and_then(|total| total.read().ok());
    Some(UsageForm {
        prompt_tokens: Some(input),
        completion_tokens: Some(output),
        total_tokens: Some(total.unwrap_or_else(|| input.saturating_add(output))),
        prompt_tokens_details: prompt_details(usage, prompt_rest),
        completion_tokens_details: (usage.reasoning.is_some() || !completion_rest.is_empty())
            .then_some(CompletionDetails { reasoning_tokens: usage.reasoning, rest: completion_rest }),
        rest,
    })
}

fn prompt_details(usage: &Usage, rest: Rest) -> Option<PromptDetails> {
    let details =
        PromptDetails { cached_tokens: usage.cache_read, cache_write_tokens: usage.cache_write, rest };
    (details != PromptDetails::default()).then_some(details)
}

/// The failure that a reason stands for: an answer that didn't come to its end (OpenRouter, Z.ai, DeepSeek).
pub(super) fn failure_of(reason: &str) -> Option<ApiError> {
    let (kind, why) = match reason {
        "error" => (FaultKind::BadGateway, "an error that says nothing"),
        "network_error" => (FaultKind::BadGateway, "a failure of its own network"),
        "insufficient_system_resource" => (FaultKind::Overloaded, "a lack of resources"),
        _ => return None,
    };
    Some(ApiError::new(kind, format!("the provider's answer was cut short by {why}")).with_code(reason))
}

/// Wire → neutral. Vendors say `stop` beside calls, and vLLM names the stop sequence that hit.
pub(super) fn decode_stop(reason: &str, called: bool, matched: Option<&Json>) -> Stop {
    let sequence = matched.and_then(Json::as_string);
    let reason = match reason {
        "stop" | "end_turn" | "eos" | "stop_sequence" if called => StopReason::ToolUse,
        "stop" | "stop_sequence" if sequence.is_some() => StopReason::StopSequence,
        "stop_sequence" => StopReason::StopSequence,
        "stop" | "end_turn" | "eos" => StopReason::EndTurn,
        "length" | "max_tokens" | "model_length" => StopReason::MaxTokens,
        "tool_calls" | "function_call" | "tool_use" => StopReason::ToolUse,
        // Z.ai's word is the third.
        "content_filter" | "refusal" | "sensitive" => StopReason::Refusal,
        other => StopReason::Other(other.to_owned()),
    };
    let sequence = sequence.filter(|_| reason == StopReason::StopSequence);
    Stop { reason, sequence }
}

/// Neutral → wire. Clients know five words; a reason that is none of them goes beside, in OpenRouter's
/// `native_finish_reason`.
pub(super) fn encode_stop(reason: &StopReason, called: bool, refused: bool) -> &'static str {
    match reason {
        StopReason::EndTurn | StopReason::Other(_) if called => "tool_calls",
        // A refusal in words ends as OpenAI ends it.
        StopReason::Refusal if refused => "stop",
        StopReason::EndTurn | StopReason::StopSequence | StopReason::PauseTurn | StopReason::Other(_) => {
            "stop"
        }
        StopReason::MaxTokens | StopReason::ContextWindow => "length",
        StopReason::ToolUse => "tool_calls",
        StopReason::Refusal => "content_filter",
    }
}

/// The fields beside `finish_reason`: vLLM's stop sequence, OpenRouter's original reason.
pub(super) fn stop_details(stop: &Stop) -> Rest {
    let mut rest = Rest::default();
    if let Some(sequence) = &stop.sequence {
        rest.push("stop_reason", Json::of(sequence));
    }
    if let StopReason::Other(reason) = &stop.reason {
        rest.push("native_finish_reason", Json::of(reason));
    }
    rest
}
