//! Wire types of answers: whole, and in pieces.

use super::wire::{AssistantMessage, CalledFunction, Part, ToolCall};
use crate::wire::{Json, TextOr, wire_struct};

wire_struct! {
    /// A whole answer.
    pub struct Response {
        /// Its id.
        id: String = "id",
        /// `chat.completion`.
        object: String = "object",
        /// Unix time.
        created: Json = "created",
        /// The model that answered.
        model: String = "model",
        /// The answers; more than one only when the client asks for it.
        choices: Vec<Choice> = "choices",
        /// Token counts.
        usage: Json = "usage",
        /// What some vendors send with a status of 200.
        error: Json = "error",
    }
}

wire_struct! {
    /// One answer.
    pub struct Choice {
        /// Its place.
        index: u64 = "index",
        /// What it says.
        message: AssistantMessage = "message",
        /// Why it ended.
        finish_reason: String = "finish_reason",
        /// vLLM: the stop sequence that hit.
        stop_reason: Json = "stop_reason",
        /// OpenRouter: the provider failed.
        error: Json = "error",
    }
}

wire_struct! {
    /// The growth of an answer.
    pub struct Delta {
        /// `assistant`, at the start.
        role: String = "role",
        /// More words.
        content: TextOr<Part> = "content",
        /// More words of a refusal.
        refusal: String = "refusal",
        /// More reasoning.
        reasoning_content: String = "reasoning_content",
        /// More reasoning, by its other name.
        reasoning: Json = "reasoning",
        /// More reasoning, with its proofs (OpenRouter).
        reasoning_details: Json = "reasoning_details",
        /// Pieces of calls.
        tool_calls: Vec<ToolCall> = "tool_calls",
        /// A piece of the call, in the form before tools.
        function_call: CalledFunction = "function_call",
        /// Where the words come from.
        annotations: Vec<Json> = "annotations",
    }
}

wire_struct! {
    /// `usage`.
    pub struct UsageForm {
        /// All input tokens, cached ones included.
        prompt_tokens: u64 = "prompt_tokens",
        /// Output tokens, reasoning included.
        completion_tokens: u64 = "completion_tokens",
        /// The sum.
        total_tokens: u64 = "total_tokens",
        /// Parts of the input.
        prompt_tokens_details: PromptDetails = "prompt_tokens_details",
        /// Parts of the output.
        completion_tokens_details: CompletionDetails = "completion_tokens_details",
    }
}

wire_struct! {
    /// Parts of the input.
    pub struct PromptDetails {
        /// Read from the provider's cache.
        cached_tokens: u64 = "cached_tokens",
        /// Written to it (OpenRouter).
        cache_write_tokens: u64 = "cache_write_tokens",
    }
}

wire_struct! {
    /// Parts of the output.
    pub struct CompletionDetails {
        /// Spent on reasoning.
        reasoning_tokens: u64 = "reasoning_tokens",
    }
}
