//! Token estimates of conversations, for counts that must be shown before anyone measured them.

use lynkr_protocol::neutral::{Block, Conversation, Event, Media, ToolKind};
use lynkr_tokens::{IMAGE_TOKENS, TOOL_TOKENS, TURN_TOKENS, document_tokens, text_tokens};

/// Input tokens of a conversation: instructions, turns, tools, images and documents.
pub(crate) fn input_tokens(conversation: &Conversation) -> u64 {
    let system: u64 = conversation.system.iter().map(|part| blocks(&part.blocks) + TURN_TOKENS).sum();
    let turns: u64 = conversation.turns.iter().map(|turn| blocks(&turn.blocks) + TURN_TOKENS).sum();
    let tools: u64 = conversation
        .tools
        .iter()
        .map(|tool| {
            let schema = match &tool.kind {
                ToolKind::Function { schema, .. } => {
                    schema.as_ref().map_or(0, |schema| text_tokens(schema.get()))
                }
                ToolKind::Freeform { format } => {
                    format.as_ref().map_or(0, |format| text_tokens(format.get()))
                }
                ToolKind::Server { value, .. } => text_tokens(value.get()),
            };
            TOOL_TOKENS
                + text_tokens(&tool.name)
                + tool.description.as_deref().map_or(0, text_tokens)
                + schema
        })
        .sum();
    system + turns + tools
}

fn blocks(blocks: &[Block]) -> u64 {
    blocks.iter().map(block).sum()
}

fn block(block: &Block) -> u64 {
    match block {
        Block::Text(text) => text_tokens(&text.text),
        Block::Image(_) => IMAGE_TOKENS,
        Block::Document(document) => match &document.source {
            Media::Base64 { data, .. } => document_tokens(data.len()),
            Media::Text(text) => text_tokens(text),
            Media::Url(_) | Media::File(_) | Media::Other { .. } => document_tokens(0),
        },
        Block::ToolUse(call) => TURN_TOKENS + text_tokens(&call.name) + text_tokens(&call.arguments),
        Block::ToolResult(result) => TURN_TOKENS + blocks(&result.content),
        Block::Thinking(thinking) => text_tokens(&thinking.text),
        Block::Refusal(refusal) => text_tokens(&refusal.text),
        Block::Opaque(opaque) => text_tokens(opaque.value.get()),
    }
}

/// Output tokens that one event adds.
pub(crate) fn event_tokens(event: &Event) -> u64 {
    match event {
        Event::TextDelta { text, .. }
        | Event::ThinkingDelta { text, .. }
        | Event::RefusalDelta { text, .. } => text_tokens(text),
        Event::ArgsDelta { fragment, .. } => text_tokens(fragment),
        Event::BlockStart { block: Block::ToolUse(call), .. } => TURN_TOKENS + text_tokens(&call.name),
        _ => 0,
    }
}
