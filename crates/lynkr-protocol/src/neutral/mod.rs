//! The neutral form: what a conversation is, whichever dialect said it.
//!
//! Each dialect converts to and from this form, so there are N + M converters rather than N × M. What
//! only one dialect can say travels in [`Extra`] or as [`Block::Opaque`], tagged with its dialect, and
//! comes out again when the target speaks that dialect.

mod block;
mod conversation;
mod event;
mod extra;
mod reply;
mod tools;
mod usage;

pub(crate) use block::decoded_text;
pub use block::{Block, Document, Image, Media, Opaque, Proof, Refusal, Text, Thinking, ToolResult, ToolUse};
pub use conversation::{
    Conversation, OutputFormat, Reasoning, ReasoningMode, Role, Sampling, SystemPart, SystemRole, Turn,
};
pub use event::Event;
pub use extra::Extra;
pub use reply::{Assembler, Reply, Stop, StopReason};
pub use tools::{Namespace, Tool, ToolChoice, ToolKind};
pub use usage::Usage;

#[cfg(test)]
mod tests;
