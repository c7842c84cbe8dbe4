//! Ollama's objects on the wire.

use serde_json::Number;

use crate::wire::{Json, TextOr, wire_struct};

wire_struct! {
    /// The body of `POST /api/chat`.
    pub struct ChatRequest {
        /// The model's name.
        model: String = "model",
        /// The conversation.
        messages: Vec<Message> = "messages",
        /// The tools on offer.
        tools: Vec<Json> = "tools",
        /// Which tool must be called. Ollama doesn't read it; clients of other vendors' habits send it.
        tool_choice: Json = "tool_choice",
        /// Whether the answer is streamed; `true` when absent.
        stream: bool = "stream",
        /// `"json"` or a JSON Schema.
        format: Json = "format",
        /// How the model runs.
        options: Options = "options",
        /// How long the model stays loaded: a duration as text, or seconds.
        keep_alive: Json = "keep_alive",
        /// Whether the model reasons: `true`, `false`, `"low"`, `"medium"` or `"high"`.
        think: Json = "think",
    }
}

wire_struct! {
    /// The part of `options` that the neutral form has names for.
    pub struct Options {
        /// Randomness.
        temperature: Number = "temperature",
        /// Nucleus sampling.
        top_p: Number = "top_p",
        /// How many candidates there are for a token.
        top_k: Number = "top_k",
        /// The most tokens of the answer; negative for no limit.
        num_predict: Number = "num_predict",
        /// Texts that end the answer.
        stop: TextOr<String> = "stop",
        /// Fixes the randomness.
        seed: Number = "seed",
        /// Against repeating often.
        frequency_penalty: Number = "frequency_penalty",
        /// Against repeating at all.
        presence_penalty: Number = "presence_penalty",
    }
}

wire_struct! {
    /// One message, of a request or of an answer.
    pub struct Message {
        /// `system`, `user`, `assistant` or `tool`.
        role: String = "role",
        /// The words.
        content: String = "content",
        /// The reasoning, in assistant messages.
        thinking: String = "thinking",
        /// Pictures in base64.
        images: Vec<String> = "images",
        /// What the assistant calls.
        tool_calls: Vec<ToolCall> = "tool_calls",
        /// Which tool answers, in tool messages.
        tool_name: String = "tool_name",
        /// Which call is answered, in tool messages.
        tool_call_id: String = "tool_call_id",
    }
}

wire_struct! {
    /// A call of a tool.
    pub struct ToolCall {
        /// Pairs the call with its result; newer servers send it.
        id: String = "id",
        /// What is called.
        function: FunctionCall = "function",
    }
}

wire_struct! {
    /// What is called and with what.
    pub struct FunctionCall {
        /// The tool's name.
        name: String = "name",
        /// The arguments, an object.
        arguments: Json = "arguments",
    }
}

wire_struct! {
    /// A tool on offer.
    pub struct ToolDefinition {
        /// `function`.
        kind: String = "type",
        /// What it is.
        function: FunctionDefinition = "function",
    }
}

wire_struct! {
    /// What a tool is.
    pub struct FunctionDefinition {
        /// Its name.
        name: String = "name",
        /// What it does.
        description: String = "description",
        /// The JSON Schema of its arguments.
        parameters: Json = "parameters",
        /// OpenAI's `strict`, which Ollama doesn't read.
        strict: bool = "strict",
    }
}

wire_struct! {
    /// A whole answer, or one line of a stream.
    pub struct ChatReply {
        /// The model that answers.
        model: String = "model",
        /// When, in RFC 3339.
        created_at: String = "created_at",
        /// What it says.
        message: Message = "message",
        /// Whether this is the end.
        done: bool = "done",
        /// `stop`, `length`, `load` or `unload`.
        done_reason: String = "done_reason",
        /// Input tokens.
        prompt_eval_count: u64 = "prompt_eval_count",
        /// Output tokens.
        eval_count: u64 = "eval_count",
        /// What failed, instead of an answer.
        error: Json = "error",
    }
}
