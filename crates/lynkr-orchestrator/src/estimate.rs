//! Tokens of conversations, by a meter of the model that they are for.

mod skim;

use lynkr_protocol::neutral::{Block, Conversation, Event, Media, Tool, ToolKind, Turn};
use lynkr_protocol::wire::Json;
use lynkr_tokens::Meter;

pub(crate) use skim::Weights;

/// Input tokens, and whether each part of them could be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) input: u64,
    /// Counted by the model's own vocabulary, and there is nothing in the conversation whose size can't be seen.
    pub(crate) counted: bool,
}

/// A cheap estimate of the input tokens of a conversation for a model: instructions, turns, tools, images and
/// documents. No vocabulary is touched.
pub(crate) fn input_tokens(conversation: &Conversation, model: &str) -> u64 {
    measure(conversation, Meter::estimating(model)).input
}

/// What turns add to the estimate of a conversation.
pub(crate) fn turns_tokens(turns: &[Turn], model: &str) -> u64 {
    let mut walk = Walk { meter: Meter::estimating(model), counted: false };
    walk.turns(turns)
}

/// The best that can be said without asking: by the model's vocabulary if it is known, else the estimate. It takes
/// a while for large conversations.
pub(crate) fn best_tokens(conversation: &Conversation, model: &str) -> Tokens {
    measure(conversation, Meter::counting(model))
}

fn measure(conversation: &Conversation, meter: Meter) -> Tokens {
    let mut walk = Walk { meter, counted: meter.is_exact() };
    let system: u64 = conversation.system.iter().map(|part| walk.blocks(&part.blocks) + meter.turn()).sum();
    let turns = walk.turns(&conversation.turns);
    let tools: u64 = conversation.tools.iter().map(|tool| walk.tool(tool)).sum();
    let any_tools = if conversation.tools.is_empty() { 0 } else { meter.any_tools() };
    let input = [system, turns, tools, any_tools, meter.request()].into_iter().fold(0, u64::saturating_add);
    Tokens { input, counted: walk.counted }
}

/// One walk over a conversation.
#[derive(Debug)]
struct Walk {
    meter: Meter,
    counted: bool,
}

impl Walk {
    /// A part that is only guessed at, however good the meter.
    fn guessed(&mut self, tokens: u64) -> u64 {
        self.counted = false;
        tokens
    }

    fn tool(&mut self, tool: &Tool) -> u64 {
        let description = tool.description.as_deref();
        match &tool.kind {
            ToolKind::Function { schema, .. } => {
                self.meter.function(&tool.name, description, schema.as_ref().map(Json::get))
            }
            ToolKind::Freeform { format } => {
                let grammar = self.meter.text(format.as_ref().map_or("", Json::get));
                let head = self.meter.function(&tool.name, description, None);
                self.guessed(head + grammar)
            }
            ToolKind::Server { value, .. } => {
                let tokens = self.meter.text(value.get());
                self.guessed(tokens)
            }
        }
    }

    fn turns(&mut self, turns: &[Turn]) -> u64 {
        turns.iter().map(|turn| self.blocks(&turn.blocks) + self.meter.turn()).sum()
    }

    fn blocks(&mut self, blocks: &[Block]) -> u64 {
        blocks.iter().map(|block| self.block(block)).fold(0, u64::saturating_add)
    }

    fn block(&mut self, block: &Block) -> u64 {
        let meter = self.meter;
        match block {
            Block::Text(text) => meter.text(&text.text),
            Block::Image(image) => self.image(&image.source, image.detail.as_deref()),
            Block::Document(document) => {
                let title = meter.text(document.title.as_deref().unwrap_or_default());
                title + self.document(&document.source)
            }
            Block::ToolUse(call) => meter.turn() + meter.text(&call.name) + meter.text(&call.arguments),
            Block::ToolResult(result) => meter.turn() + self.blocks(&result.content),
            Block::Thinking(thinking) => self.guessed(meter.text(&thinking.text)),
            Block::Refusal(refusal) => meter.text(&refusal.text),
            Block::Opaque(opaque) => self.guessed(meter.text(opaque.value.get())),
        }
    }

    fn image(&mut self, source: &Media, detail: Option<&str>) -> u64 {
        let size = match source {
            Media::Base64 { data, .. } => lynkr_tokens::size_of_base64(data),
            Media::Url(_) | Media::File(_) | Media::Text(_) | Media::Other { .. } => None,
        };
        self.counted &= size.is_some();
        self.meter.image_of(size, detail)
    }

    fn document(&mut self, source: &Media) -> u64 {
        let tokens = match source {
            Media::Text(text) => return self.meter.text(text),
            Media::Base64 { media_type, data } if media_type.starts_with("text/") => {
                // Each four characters of it are three of the text, most of them words of four.
                data.len() as u64 * 3 / 4 / 2
            }
            Media::Base64 { data, .. } => self.meter.document(Some(data)),
            Media::Url(_) | Media::File(_) | Media::Other { .. } => self.meter.document(None),
        };
        self.guessed(tokens)
    }
}

/// Output tokens that one event adds.
pub(crate) fn event_tokens(event: &Event) -> u64 {
    let meter = Meter::of_any_model();
    match event {
        Event::TextDelta { text, .. }
        | Event::ThinkingDelta { text, .. }
        | Event::RefusalDelta { text, .. } => meter.text(text),
        Event::ArgsDelta { fragment, .. } => meter.text(fragment),
        Event::BlockStart { block: Block::ToolUse(call), .. } => meter.turn() + meter.text(&call.name),
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
