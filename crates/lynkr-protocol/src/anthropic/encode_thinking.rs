//! How the model thinks: neutral → wire.

use lynkr_types::Loss;

use super::DIALECT;
use super::encode_blocks::is_native_proof;
use super::wire::ThinkingConfig;
use crate::neutral::{Block, Conversation, Reasoning, ReasoningMode, ToolChoice};

/// The API refuses a lower budget.
const LEAST_BUDGET: u64 = 1_024;
/// What the model gets that may think as much as it likes, and `medium`.
const MEDIUM_BUDGET: u64 = 16_384;

/// `thinking`, and what of the wish for it can't be granted.
pub(crate) fn thinking(
    conversation: &Conversation,
    max_tokens: u64,
    losses: &mut Vec<Loss>,
) -> Option<ThinkingConfig> {
    let reasoning = conversation.reasoning.as_ref()?;
    if conversation.origin == Some(DIALECT) {
        return native(reasoning);
    }
    reasoning.extra.note_losses(DIALECT, "reasoning.", losses);
    if reasoning.summary.is_some() {
        losses.push(Loss::approximated("reasoning.summary"));
    }
    let (feature, budget) = budget(reasoning, max_tokens)?;
    // The API refuses thinking beside a forced tool, and in a tool loop whose earlier calls carry no signed
    // thinking; the answer without it is better than an error.
    let refused = forces_tool(conversation) || has_unsigned_calls(conversation);
    match budget {
        None => {
            losses.push(Loss::approximated(feature));
            None
        }
        Some(budget) if refused || budget < LEAST_BUDGET => {
            losses.push(Loss::dropped(feature));
            None
        }
        Some(budget) => {
            if reasoning.mode != ReasoningMode::Budget(budget) {
                losses.push(Loss::approximated(feature));
            }
            Some(ThinkingConfig {
                kind: Some("enabled".to_owned()),
                budget_tokens: Some(budget),
                ..ThinkingConfig::default()
            })
        }
    }
}

fn native(reasoning: &Reasoning) -> Option<ThinkingConfig> {
    let (kind, budget_tokens) = match reasoning.mode {
        ReasoningMode::Unspecified => return None,
        ReasoningMode::Adaptive => ("adaptive", None),
        ReasoningMode::Disabled => ("disabled", None),
        ReasoningMode::Budget(budget) => ("enabled", Some(budget)),
    };
    Some(ThinkingConfig {
        kind: Some(kind.to_owned()),
        budget_tokens,
        display: reasoning.summary.clone(),
        rest: reasoning.extra.of(DIALECT),
    })
}

/// What was said, and the thinking tokens that it comes to; no tokens is no thinking. `None` when nothing is
/// asked for.
fn budget(reasoning: &Reasoning, max_tokens: u64) -> Option<(&'static str, Option<u64>)> {
    // The budget is part of `max_tokens` here: half of them stay for the answer.
    let half = |budget: u64| Some(budget.min(max_tokens / 2));
    match (reasoning.mode, reasoning.effort.as_deref()) {
        (ReasoningMode::Disabled, _) | (_, Some("none")) | (ReasoningMode::Unspecified, None) => None,
        (ReasoningMode::Budget(budget), _) => {
            Some(("reasoning.budget", Some(budget.min(max_tokens.saturating_sub(1)))))
        }
        (_, Some("minimal")) => Some(("reasoning.effort", None)),
        (_, Some("low")) => Some(("reasoning.effort", half(4_096))),
        (_, Some("medium")) => Some(("reasoning.effort", half(MEDIUM_BUDGET))),
        (_, Some(_)) => Some(("reasoning.effort", half(32_000))),
        (ReasoningMode::Adaptive, None) => Some(("reasoning", half(MEDIUM_BUDGET))),
    }
}

fn forces_tool(conversation: &Conversation) -> bool {
    matches!(conversation.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool { .. }))
}

fn has_unsigned_calls(conversation: &Conversation) -> bool {
    conversation.turns.iter().any(|turn| {
        let calls = turn.blocks.iter().any(|block| matches!(block, Block::ToolUse(_)));
        let signed = turn
            .blocks
            .iter()
            .any(|block| matches!(block, Block::Thinking(thinking) if is_native_proof(thinking)));
        calls && !signed
    })
}
