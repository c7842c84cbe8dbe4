//! A streamed answer in the neutral form.

use super::{Block, Proof, Stop, Usage};
use crate::Dialect;
use crate::error::ApiError;
use crate::wire::Json;

/// One step of a streamed answer.
///
/// The order is: one `Start`; blocks, each `BlockStart`, deltas, `BlockStop`, with dense indices from 0;
/// `Usage` at any time; one `Stop` or one `Error` as the last event but for `Usage` right before it.
/// Decoders keep this order whatever the provider does, encoders may rely on it. Blocks may be open at
/// the same time (parallel tool calls that a provider interleaves).
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The answer begins.
    Start {
        /// The provider's id of the answer.
        id: String,
        /// The model that answers, in the provider's words.
        model: String,
        /// What is known of the usage; often only the input.
        usage: Usage,
    },
    /// A block begins. The block holds its fixed parts (a tool's id and name); its growing parts are
    /// empty and come as deltas. `Refusal` and `Opaque` blocks may come whole.
    BlockStart {
        /// The block's place in the answer, from 0.
        index: usize,
        /// Its kind and fixed parts.
        block: Block,
    },
    /// More words of a text block.
    TextDelta {
        /// The block's place.
        index: usize,
        /// The words.
        text: String,
    },
    /// More reasoning.
    ThinkingDelta {
        /// The block's place.
        index: usize,
        /// The words.
        text: String,
    },
    /// The proof of a thinking block, once and whole.
    Signature {
        /// The block's place.
        index: usize,
        /// The proof.
        proof: Proof,
    },
    /// More of a tool call's arguments: a fragment of JSON text, or of plain text for a free-form tool.
    ArgsDelta {
        /// The block's place.
        index: usize,
        /// The fragment.
        fragment: String,
    },
    /// A citation of a text block, raw in its dialect.
    Citation {
        /// The block's place.
        index: usize,
        /// Whose citation it is.
        dialect: Dialect,
        /// The citation.
        value: Json,
    },
    /// More words of a refusal.
    RefusalDelta {
        /// The block's place.
        index: usize,
        /// The words.
        text: String,
    },
    /// A block is complete.
    BlockStop {
        /// The block's place.
        index: usize,
    },
    /// Token counts so far; later ones win field by field.
    Usage(Usage),
    /// The answer is complete.
    Stop(Stop),
    /// Nothing happened, but the provider is alive.
    Ping,
    /// The answer failed.
    Error(ApiError),
    /// A frame that only its own dialect understands.
    Opaque {
        /// Whose frame it is.
        dialect: Dialect,
        /// The frame's event name; may be empty.
        kind: String,
        /// The frame.
        value: Json,
    },
}

impl Event {
    /// Whether a client would see something: from here on, no other provider can take over unseen.
    pub fn is_content(&self) -> bool {
        !matches!(
            self,
            Self::Start { .. } | Self::Usage(_) | Self::Ping | Self::Error(_) | Self::Opaque { .. }
        )
    }

    /// The index of the block that it belongs to, if it belongs to one.
    pub fn block(&self) -> Option<usize> {
        match self {
            Self::BlockStart { index, .. }
            | Self::TextDelta { index, .. }
            | Self::ThinkingDelta { index, .. }
            | Self::Signature { index, .. }
            | Self::ArgsDelta { index, .. }
            | Self::Citation { index, .. }
            | Self::RefusalDelta { index, .. }
            | Self::BlockStop { index } => Some(*index),
            Self::Start { .. }
            | Self::Usage(_)
            | Self::Stop(_)
            | Self::Ping
            | Self::Error(_)
            | Self::Opaque { .. } => None,
        }
    }

    /// The same event as one of another block; what belongs to none stays as it is.
    #[must_use]
    pub fn in_block(mut self, place: usize) -> Self {
        match &mut self {
            Self::BlockStart { index, .. }
            | Self::TextDelta { index, .. }
            | Self::ThinkingDelta { index, .. }
            | Self::Signature { index, .. }
            | Self::ArgsDelta { index, .. }
            | Self::Citation { index, .. }
            | Self::RefusalDelta { index, .. }
            | Self::BlockStop { index } => *index = place,
            Self::Start { .. }
            | Self::Usage(_)
            | Self::Stop(_)
            | Self::Ping
            | Self::Error(_)
            | Self::Opaque { .. } => {}
        }
        self
    }

    /// Whether the answer ends here.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Stop(_) | Self::Error(_))
    }
}
