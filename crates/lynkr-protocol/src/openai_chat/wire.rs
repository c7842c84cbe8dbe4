//! Wire types of Chat Completions requests, and the messages that requests and answers share.

use crate::forms::ToolForm;
use crate::wire::{Json, TextOr, wire_struct, wire_tagged};

wire_struct! {
    /// `POST /v1/chat/completions`.
    pub struct Request {
        /// The model.
        model: String = "model",
        /// The conversation.
        messages: Vec<Message> = "messages",
        /// Whether the answer is streamed.
        stream: bool = "stream",
        /// What a stream holds besides the answer.
        stream_options: StreamOptions = "stream_options",
        /// The tools.
        tools: Vec<ToolForm> = "tools",
        /// Which tool must be called.
        tool_choice: Json = "tool_choice",
        /// Whether several tools may be called in one answer.
        parallel_tool_calls: bool = "parallel_tool_calls",
        /// Sampling.
        temperature: f64 = "temperature",
        /// Sampling.
        top_p: f64 = "top_p",
        /// Sampling; an extension of vLLM, OpenRouter, llama.cpp. Below zero: off.
        top_k: i64 = "top_k",
        /// Sampling.
        frequency_penalty: f64 = "frequency_penalty",
        /// Sampling.
        presence_penalty: f64 = "presence_penalty",
        /// Sampling.
        seed: i64 = "seed",
        /// The most output tokens, by its old name. Below zero (LM Studio, llama.cpp): no limit.
        max_tokens: i64 = "max_tokens",
        /// The most output tokens, reasoning included.
        max_completion_tokens: i64 = "max_completion_tokens",
        /// Texts that end the answer.
        stop: TextOr<String> = "stop",
        /// How much the model reasons.
        reasoning_effort: String = "reasoning_effort",
        /// OpenRouter's form of the same.
        reasoning: ReasoningOptions = "reasoning",
        /// The form of the answer.
        response_format: Json = "response_format",
        /// Who asks.
        user: String = "user",
        /// Who asks, by its later name.
        safety_identifier: String = "safety_identifier",
        /// Free metadata.
        metadata: Json = "metadata",
        /// `auto`, `default`, `flex`, `priority`.
        service_tier: String = "service_tier",
        /// Whether the provider keeps the answer.
        store: bool = "store",
    }
}

wire_struct! {
    /// `stream_options`.
    pub struct StreamOptions {
        /// Whether the stream ends with a usage chunk.
        include_usage: bool = "include_usage",
    }
}

wire_struct! {
    /// `reasoning` of OpenRouter.
    pub struct ReasoningOptions {
        /// `low`, `medium`, `high` …
        effort: String = "effort",
        /// The most reasoning tokens.
        max_tokens: u64 = "max_tokens",
    }
}

wire_struct! {
    /// `response_format`.
    pub struct ResponseFormat {
        /// `text`, `json_object` or `json_schema`.
        kind: String = "type",
        /// With `json_schema`.
        json_schema: SchemaFormat = "json_schema",
    }
}

wire_struct! {
    /// `response_format.json_schema`.
    pub struct SchemaFormat {
        /// The schema's name.
        name: String = "name",
        /// What it is for.
        description: String = "description",
        /// The schema.
        schema: Json = "schema",
        /// Whether the answer must follow it to the letter.
        strict: bool = "strict",
    }
}

wire_tagged! {
    /// One message.
    pub enum Message by "role" {
        /// Instructions.
        System(PlainMessage) = "system",
        /// Instructions, for reasoning models.
        Developer(PlainMessage) = "developer",
        /// The person.
        User(PlainMessage) = "user",
        /// The model.
        Assistant(AssistantMessage) = "assistant",
        /// A tool's answer.
        Tool(ToolMessage) = "tool",
        /// A function's answer, in the form before tools.
        Function(PlainMessage) = "function",
    }
}

wire_struct! {
    /// A message that has only content.
    pub struct PlainMessage {
        /// What is said.
        content: TextOr<Part> = "content",
    }
}

wire_struct! {
    /// A message of the model.
    pub struct AssistantMessage {
        /// In an answer: `assistant`. In a request the role is the tag of [`Message`].
        role: String = "role",
        /// What is said.
        content: TextOr<Part> = "content",
        /// Why the model declines.
        refusal: String = "refusal",
        /// The reasoning (DeepSeek, vLLM, llama.cpp, LM Studio, Moonshot …).
        reasoning_content: String = "reasoning_content",
        /// The reasoning (OpenRouter, Groq, newer vLLM).
        reasoning: Json = "reasoning",
        /// The reasoning with its proofs (OpenRouter).
        reasoning_details: Json = "reasoning_details",
        /// Calls of tools.
        tool_calls: Vec<ToolCall> = "tool_calls",
    }
}

wire_struct! {
    /// A tool's answer.
    pub struct ToolMessage {
        /// What it answered.
        content: TextOr<Part> = "content",
        /// Which call it answers.
        tool_call_id: String = "tool_call_id",
    }
}

wire_struct! {
    /// A call of a tool, or in a stream a piece of one.
    pub struct ToolCall {
        /// In a stream: which call the piece belongs to.
        index: u64 = "index",
        /// The call's id.
        id: String = "id",
        /// `function` or `custom`.
        kind: String = "type",
        /// The called function.
        function: CalledFunction = "function",
        /// The called free-form tool.
        custom: CalledCustom = "custom",
    }
}

wire_struct! {
    /// The called function.
    pub struct CalledFunction {
        /// Its name.
        name: String = "name",
        /// JSON text in a string; some vendors send the object itself.
        arguments: Json = "arguments",
    }
}

wire_struct! {
    /// The called free-form tool.
    pub struct CalledCustom {
        /// Its name.
        name: String = "name",
        /// Plain text.
        input: String = "input",
    }
}

wire_tagged! {
    /// A part of a message.
    pub enum Part by "type" {
        /// Words.
        Text(TextPart) = "text",
        /// A picture.
        ImageUrl(ImagePart) = "image_url",
        /// A file.
        File(FilePart) = "file",
        /// Why the model declines.
        Refusal(RefusalPart) = "refusal",
    }
}

wire_struct! {
    /// Words.
    pub struct TextPart {
        /// The words.
        text: String = "text",
        /// OpenRouter's cache marker.
        cache_control: Json = "cache_control",
    }
}

wire_struct! {
    /// A picture.
    pub struct ImagePart {
        /// `{url, detail}`; some clients send the URL itself.
        image_url: Json = "image_url",
        /// OpenRouter's cache marker.
        cache_control: Json = "cache_control",
    }
}

wire_struct! {
    /// `image_url`.
    pub struct ImageUrl {
        /// Where the picture is, or the picture itself as a `data:` URL.
        url: String = "url",
        /// How closely the model looks.
        detail: String = "detail",
    }
}

wire_struct! {
    /// A file.
    pub struct FilePart {
        /// Its bytes.
        file: FileSource = "file",
        /// OpenRouter's cache marker.
        cache_control: Json = "cache_control",
    }
}

wire_struct! {
    /// `file`.
    pub struct FileSource {
        /// A `data:` URL; OpenRouter also takes an address.
        file_data: String = "file_data",
        /// A stored file.
        file_id: String = "file_id",
        /// Its name.
        filename: String = "filename",
    }
}

wire_struct! {
    /// Why the model declines.
    pub struct RefusalPart {
        /// Its words.
        refusal: String = "refusal",
    }
}

wire_struct! {
    /// The `custom` object of a free-form tool's definition.
    pub struct CustomForm {
        /// Its name.
        name: String = "name",
        /// What it does.
        description: String = "description",
        /// The grammar.
        format: Json = "format",
    }
}
