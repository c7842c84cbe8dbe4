//! Token estimates: four bytes of text are one token, an image is a flat thousand.
//!
//! The rule is coarse on purpose: it needs no tables, and the same text always counts the same.

use lynkr_protocol::neutral::{Block, Conversation, Media, Tool, ToolKind};

const BYTES_PER_TOKEN: u64 = 4;
const IMAGE_TOKENS: u64 = 1_000;

/// The estimate for a text: a quarter of its bytes, rounded up.
pub fn estimate_text(text: &str) -> u64 {
    bytes(text.len()).div_ceil(BYTES_PER_TOKEN)
}

/// The estimate for everything that a request gives a model to read.
pub fn estimate_conversation(conversation: &Conversation) -> u64 {
    let system = conversation.system.iter().flat_map(|part| &part.blocks);
    let turns = conversation.turns.iter().flat_map(|turn| &turn.blocks);
    let blocks: u64 = system.chain(turns).map(estimate_block).sum();
    let tools: u64 = conversation.tools.iter().map(estimate_tool).sum();
    blocks.saturating_add(tools)
}

/// As many bytes as `tokens` stand for.
pub(crate) fn bytes_for(tokens: u64) -> usize {
    usize::try_from(tokens.saturating_mul(BYTES_PER_TOKEN)).unwrap_or(usize::MAX)
}

fn estimate_block(block: &Block) -> u64 {
    match block {
        Block::Text(text) => estimate_text(&text.text),
        Block::Image(_) => IMAGE_TOKENS,
        Block::Document(document) => match &document.source {
            Media::Text(text) => estimate_text(text),
            Media::Base64 { data, .. } => estimate_text(data),
            Media::Url(_) | Media::File(_) | Media::Other { .. } => IMAGE_TOKENS,
        },
        Block::ToolUse(call) => estimate_text(&call.name).saturating_add(estimate_text(&call.arguments)),
        Block::ToolResult(result) => result.content.iter().map(estimate_block).sum(),
        Block::Thinking(thinking) => estimate_text(&thinking.text),
        Block::Refusal(refusal) => estimate_text(&refusal.text),
        Block::Opaque(opaque) => estimate_text(opaque.value.get()),
    }
}

fn estimate_tool(tool: &Tool) -> u64 {
    let definition = match &tool.kind {
        ToolKind::Function { schema, .. } => schema.as_ref(),
        ToolKind::Freeform { format } => format.as_ref(),
        ToolKind::Server { value, .. } => Some(value),
    };
    let texts = [tool.name.as_str(), tool.description.as_deref().unwrap_or_default()];
    let words: u64 = texts.into_iter().map(estimate_text).sum();
    words.saturating_add(definition.map_or(0, |json| estimate_text(json.get())))
}

fn bytes(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
