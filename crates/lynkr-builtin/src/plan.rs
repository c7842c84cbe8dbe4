//! What is to be said, before it is cut into events.

use std::time::Duration;

use lynkr_protocol::ApiError;
use lynkr_protocol::neutral::{Block, Proof, StopReason, Text, Thinking, Usage};

/// An answer as a whole.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) blocks: Vec<Block>,
    /// Why the answer ends; what its blocks imply when absent.
    pub(crate) stop: Option<StopReason>,
    /// Counts that a scenario gives; estimates stand in for those it doesn't.
    pub(crate) usage: Usage,
    pub(crate) pace: Option<Duration>,
    pub(crate) chunk_chars: Option<usize>,
    /// The connection breaks after so many events.
    pub(crate) cut: Option<usize>,
    /// The responder panics after so many events.
    pub(crate) panic: Option<usize>,
    /// An error comes after so many events.
    pub(crate) error: Option<(usize, ApiError)>,
}

impl Plan {
    /// Adds words.
    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Text(Text::new(text)));
    }

    /// Adds reasoning, with a proof that its text alone decides.
    pub(crate) fn think(&mut self, text: impl Into<String>) {
        let text = text.into();
        let proof = Some(Proof::Signature(format!("builtin-{:016x}", fingerprint(&text))));
        self.blocks.push(Block::Thinking(Thinking { text, proof, ..Thinking::default() }));
    }

    /// Why the answer ends.
    pub(crate) fn stop_reason(&self) -> StopReason {
        if let Some(stop) = &self.stop {
            return stop.clone();
        }
        let has = |kind: fn(&Block) -> bool| self.blocks.iter().any(kind);
        if has(|block| matches!(block, Block::ToolUse(_))) {
            StopReason::ToolUse
        } else if has(|block| matches!(block, Block::Refusal(_))) {
            StopReason::Refusal
        } else {
            StopReason::EndTurn
        }
    }
}

/// The reasons that a scenario may name.
pub(crate) const STOP_REASONS: [(&str, StopReason); 7] = [
    ("end_turn", StopReason::EndTurn),
    ("max_tokens", StopReason::MaxTokens),
    ("stop_sequence", StopReason::StopSequence),
    ("tool_use", StopReason::ToolUse),
    ("refusal", StopReason::Refusal),
    ("pause_turn", StopReason::PauseTurn),
    ("context_window", StopReason::ContextWindow),
];

/// The reason of that name.
pub(crate) fn stop_reason(name: &str) -> Option<StopReason> {
    STOP_REASONS.into_iter().find(|(known, _)| *known == name).map(|(_, reason)| reason)
}

/// FNV-1a: the same on every machine and in every version, unlike the standard library's hasher.
pub(crate) fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
