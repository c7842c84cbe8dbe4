//! Why an answer ended, both ways.

use lynkr_types::FaultKind;

use super::wire::{Candidate, PromptFeedback};
use crate::error::ApiError;
use crate::neutral::{Stop, StopReason};

/// The words for an answer that a filter ended.
const FILTERED: &[&str] = &[
    "SAFETY",
    "RECITATION",
    "LANGUAGE",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
];

/// The reason in neutral words. A call that was made makes a plain stop a wait for its result.
pub(super) fn stop(word: &str, called: bool) -> Stop {
    let reason = match word {
        "STOP" | "" | "FINISH_REASON_UNSPECIFIED" if called => StopReason::ToolUse,
        "STOP" | "" | "FINISH_REASON_UNSPECIFIED" => StopReason::EndTurn,
        "MAX_TOKENS" => StopReason::MaxTokens,
        word if FILTERED.contains(&word) => StopReason::Refusal,
        other => StopReason::Other(other.to_owned()),
    };
    reason.into()
}

/// The API's word for a reason. `own` is the word that the provider itself gave, if it speaks this dialect.
pub(super) fn word(stop: Option<&Stop>, own: Option<&str>) -> String {
    if let Some(own) = own {
        return own.to_owned();
    }
    match stop.map(|stop| &stop.reason) {
        None
        | Some(
            StopReason::EndTurn | StopReason::StopSequence | StopReason::ToolUse | StopReason::PauseTurn,
        ) => "STOP".to_owned(),
        Some(StopReason::MaxTokens | StopReason::ContextWindow) => "MAX_TOKENS".to_owned(),
        Some(StopReason::Refusal) => "SAFETY".to_owned(),
        Some(StopReason::Other(word)) if is_word(word) => word.clone(),
        Some(StopReason::Other(_)) => "OTHER".to_owned(),
    }
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// What an answer without any content means: a refusal has words for the client, a full budget is an
/// answer of its own, everything else is a failure of the provider.
pub(super) fn of_nothing(word: &str, message: Option<&str>) -> Result<Option<String>, ApiError> {
    if word == "MAX_TOKENS" {
        return Ok(None);
    }
    if FILTERED.contains(&word) {
        return Ok(Some(match message {
            Some(message) if !message.is_empty() => message.to_owned(),
            _ => format!("The provider's filter stopped the answer ({word})."),
        }));
    }
    let mut text = match word {
        "" => "the provider's answer has no content".to_owned(),
        word => format!("the provider's answer has no content and ended with {word}"),
    };
    if let Some(message) = message.filter(|message| !message.is_empty()) {
        text.push_str(": ");
        text.push_str(message);
    }
    let error = ApiError::new(FaultKind::BadGateway, text);
    Err(if is_word(word) && word != "STOP" { error.with_code(word.to_ascii_lowercase()) } else { error })
}

/// The error for a prompt that a filter refused.
pub(super) fn blocked(feedback: &PromptFeedback) -> Option<ApiError> {
    let reason = feedback.block_reason.as_deref().filter(|reason| !reason.is_empty())?;
    let mut text = format!("the provider's filter blocked the prompt ({reason})");
    if let Some(message) = feedback.block_message.as_deref().filter(|message| !message.is_empty()) {
        text.push_str(": ");
        text.push_str(message);
    }
    Some(ApiError::new(FaultKind::InvalidRequest, text).with_code("content_filter"))
}

/// The finish reason of a candidate.
pub(super) fn of_candidate(candidate: &Candidate) -> Option<&str> {
    candidate.finish_reason.as_deref().filter(|word| !word.is_empty())
}
