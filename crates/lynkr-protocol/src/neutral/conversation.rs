//! A request in the neutral form.

use super::{Block, Extra, Tool, ToolChoice};
use crate::Dialect;
use crate::wire::Json;

/// One request to a model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conversation {
    /// The dialect that said it; encoders for the same dialect keep its forms.
    pub origin: Option<Dialect>,
    /// The model's name as the client sent it; empty when it sent none.
    pub model: String,
    /// Whether the answer is streamed.
    pub stream: bool,
    /// Instructions ahead of the conversation, in order.
    pub system: Vec<SystemPart>,
    /// The conversation, oldest first. Neighbouring turns may have the same role.
    pub turns: Vec<Turn>,
    /// The tools on offer.
    pub tools: Vec<Tool>,
    /// Which tool must be called.
    pub tool_choice: Option<ToolChoice>,
    /// Whether several tools may be called in one answer.
    pub parallel_tool_calls: Option<bool>,
    /// How the next token is drawn.
    pub sampling: Sampling,
    /// The most tokens that the answer may have.
    pub max_tokens: Option<u64>,
    /// Texts that end the answer.
    pub stop: Vec<String>,
    /// How much the model reasons.
    pub reasoning: Option<Reasoning>,
    /// The form of the answer.
    pub output: OutputFormat,
    /// Who asks: Anthropic's `metadata.user_id`, OpenAI's `user` (or `safety_identifier`).
    pub user: Option<String>,
    /// Other metadata, raw (`metadata` of OpenAI; the rest of Anthropic's).
    pub metadata: Option<Json>,
    /// `service_tier`.
    pub service_tier: Option<String>,
    /// Whether the provider keeps the answer (`store`).
    pub store: Option<bool>,
    /// The stored answer that this request continues (Responses).
    pub previous_response_id: Option<String>,
    /// Whether a chat stream ends with a usage chunk (`stream_options.include_usage`).
    pub include_usage: bool,
    /// Other fields of its dialect.
    pub extra: Extra,
}

impl Conversation {
    /// About how many bytes it takes as JSON.
    pub fn size(&self) -> usize {
        self.size_up_to(self.turns.len())
    }

    /// The same with only its first turns.
    pub fn size_up_to(&self, turns: usize) -> usize {
        let texts: usize = self.system.iter().map(|part| sizes(&part.blocks)).sum();
        let turns: usize = self.turns.iter().take(turns).map(|turn| TURN + sizes(&turn.blocks)).sum();
        let tools: usize = self.tools.iter().map(Tool::size).sum();
        // Line ends and quotes are escaped.
        let bytes = HEAD + texts + turns + tools;
        bytes + bytes / 16
    }
}

/// What an object takes beside what it says: names, brackets, commas.
const HEAD: usize = 512;
const TURN: usize = 64;
/// The same for a block or a tool.
pub(super) const AROUND: usize = 96;

pub(super) fn sizes(blocks: &[Block]) -> usize {
    blocks.iter().map(Block::size).sum()
}

/// One instruction ahead of the conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemPart {
    /// In which form it came.
    pub role: SystemRole,
    /// What it says.
    pub blocks: Vec<Block>,
    /// Other fields of its dialect.
    pub extra: Extra,
}

/// The form in which an instruction came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemRole {
    /// A field of its own: Anthropic's `system`, the Responses dialect's `instructions`.
    Instructions,
    /// A message with the role `system`.
    System,
    /// A message with the role `developer`.
    Developer,
}

/// One turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// Whose it is.
    pub role: Role,
    /// Its parts. Tool results stand in user turns, whatever the dialect calls them.
    pub blocks: Vec<Block>,
    /// Other fields of its dialect.
    pub extra: Extra,
}

impl Turn {
    /// A turn of `role` with nothing extra.
    pub fn new(role: Role, blocks: Vec<Block>) -> Self {
        Self { role, blocks, extra: Extra::NONE }
    }
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The person, or the tool results that their side sends.
    User,
    /// The model.
    Assistant,
    /// An instruction in mid-conversation.
    System,
    /// OpenAI's `developer`, in mid-conversation.
    Developer,
}

/// How the next token is drawn. `None` leaves it to the provider.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sampling {
    /// `temperature`.
    pub temperature: Option<f64>,
    /// `top_p`.
    pub top_p: Option<f64>,
    /// `top_k`.
    pub top_k: Option<u64>,
    /// `frequency_penalty`.
    pub frequency_penalty: Option<f64>,
    /// `presence_penalty`.
    pub presence_penalty: Option<f64>,
    /// `seed`.
    pub seed: Option<i64>,
}

/// How much the model reasons.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reasoning {
    /// Whether and how.
    pub mode: ReasoningMode,
    /// `minimal`, `low`, `medium`, `high` … as the client wrote it.
    pub effort: Option<String>,
    /// OpenAI's `reasoning.summary`, Anthropic's `thinking.display`.
    pub summary: Option<String>,
    /// Other fields of its dialect.
    pub extra: Extra,
}

/// Whether and how the model reasons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReasoningMode {
    /// Not said.
    #[default]
    Unspecified,
    /// As much as the model thinks fit.
    Adaptive,
    /// At most so many tokens.
    Budget(u64),
    /// Not at all.
    Disabled,
}

/// The form of the answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum OutputFormat {
    /// Not said, or plain text.
    #[default]
    Text,
    /// Any JSON object.
    JsonObject,
    /// JSON of a schema.
    JsonSchema {
        /// The schema's name; OpenAI needs one.
        name: Option<String>,
        /// The schema, untouched.
        schema: Json,
        /// OpenAI's `strict`.
        strict: Option<bool>,
        /// What it is for.
        description: Option<String>,
    },
}
