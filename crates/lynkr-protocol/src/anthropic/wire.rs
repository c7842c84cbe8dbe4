//! Wire types of the Anthropic Messages API.

use crate::forms::ToolForm;
use crate::wire::{Json, TextOr, wire_struct, wire_tagged};

wire_struct! {
    /// `POST /v1/messages`.
    pub struct Request {
        /// The model.
        model: String = "model",
        /// The turns.
        messages: Vec<Message> = "messages",
        /// Instructions.
        system: TextOr<ContentBlock> = "system",
        /// The most output tokens.
        max_tokens: u64 = "max_tokens",
        /// Who asks.
        metadata: Metadata = "metadata",
        /// Texts that end the answer.
        stop_sequences: Vec<String> = "stop_sequences",
        /// Whether the answer is streamed.
        stream: bool = "stream",
        /// Sampling.
        temperature: f64 = "temperature",
        /// Sampling.
        top_p: f64 = "top_p",
        /// Sampling.
        top_k: u64 = "top_k",
        /// The tools.
        tools: Vec<ToolForm> = "tools",
        /// Which tool must be called.
        tool_choice: Json = "tool_choice",
        /// How the model thinks.
        thinking: ThinkingConfig = "thinking",
        /// Effort and form of the answer.
        output_config: OutputConfig = "output_config",
        /// `auto` or `standard_only`.
        service_tier: String = "service_tier",
    }
}

wire_struct! {
    /// `metadata`.
    pub struct Metadata {
        /// Who asks.
        user_id: String = "user_id",
    }
}

wire_struct! {
    /// `thinking`.
    pub struct ThinkingConfig {
        /// `adaptive`, `enabled` or `disabled`.
        kind: String = "type",
        /// With `enabled`: the most tokens.
        budget_tokens: u64 = "budget_tokens",
        /// How thinking is shown.
        display: String = "display",
    }
}

wire_struct! {
    /// `output_config`.
    pub struct OutputConfig {
        /// `low` … `max`.
        effort: String = "effort",
        /// `{type: json_schema, schema}`.
        format: OutputFormatForm = "format",
    }
}

wire_struct! {
    /// `output_config.format`.
    pub struct OutputFormatForm {
        /// `json_schema`.
        kind: String = "type",
        /// The schema.
        schema: Json = "schema",
    }
}

wire_struct! {
    /// One turn.
    pub struct Message {
        /// `user`, `assistant`, or `system` in mid-conversation.
        role: String = "role",
        /// What is said.
        content: TextOr<ContentBlock> = "content",
    }
}

wire_tagged! {
    /// A part of a turn.
    pub enum ContentBlock by "type" {
        /// Words.
        Text(TextBlock) = "text",
        /// A picture.
        Image(ImageBlock) = "image",
        /// A file.
        Document(DocumentBlock) = "document",
        /// A tool call.
        ToolUse(ToolUseBlock) = "tool_use",
        /// A tool's answer.
        ToolResult(ToolResultBlock) = "tool_result",
        /// Reasoning.
        Thinking(ThinkingBlock) = "thinking",
        /// Encrypted reasoning.
        RedactedThinking(RedactedBlock) = "redacted_thinking",
    }
}

wire_struct! {
    /// Words.
    pub struct TextBlock {
        /// The words.
        text: String = "text",
        /// Where they come from.
        citations: Json = "citations",
        /// The cache marker.
        cache_control: Json = "cache_control",
    }
}

wire_struct! {
    /// A picture.
    pub struct ImageBlock {
        /// Its bytes.
        source: Source = "source",
        /// The cache marker.
        cache_control: Json = "cache_control",
    }
}

wire_struct! {
    /// A file.
    pub struct DocumentBlock {
        /// Its bytes.
        source: Source = "source",
        /// Its title.
        title: String = "title",
        /// The cache marker.
        cache_control: Json = "cache_control",
    }
}

wire_tagged! {
    /// Where bytes are.
    pub enum Source by "type" {
        /// In place.
        Base64(InlineSource) = "base64",
        /// Plain text in place.
        Text(InlineSource) = "text",
        /// At a URL.
        Url(UrlSource) = "url",
        /// In the file store.
        File(FileSource) = "file",
    }
}

wire_struct! {
    /// Bytes in place.
    pub struct InlineSource {
        /// The MIME type.
        media_type: String = "media_type",
        /// The bytes.
        data: String = "data",
    }
}

wire_struct! {
    /// A URL.
    pub struct UrlSource {
        /// The URL.
        url: String = "url",
    }
}

wire_struct! {
    /// A stored file.
    pub struct FileSource {
        /// Its id.
        file_id: String = "file_id",
    }
}

wire_struct! {
    /// A tool call.
    pub struct ToolUseBlock {
        /// Pairs it with its result.
        id: String = "id",
        /// The tool.
        name: String = "name",
        /// The arguments.
        input: Json = "input",
        /// The cache marker.
        cache_control: Json = "cache_control",
    }
}

wire_struct! {
    /// A tool's answer.
    pub struct ToolResultBlock {
        /// The call.
        tool_use_id: String = "tool_use_id",
        /// The answer.
        content: TextOr<ContentBlock> = "content",
        /// Whether the tool failed.
        is_error: bool = "is_error",
        /// The cache marker.
        cache_control: Json = "cache_control",
    }
}

wire_struct! {
    /// Reasoning.
    pub struct ThinkingBlock {
        /// The words.
        thinking: String = "thinking",
        /// The proof.
        signature: String = "signature",
    }
}

wire_struct! {
    /// Encrypted reasoning.
    pub struct RedactedBlock {
        /// The bytes.
        data: String = "data",
    }
}

wire_struct! {
    /// A whole answer.
    pub struct Response {
        /// Its id.
        id: String = "id",
        /// `message`; `error` when a 200 holds one.
        kind: String = "type",
        /// `assistant`.
        role: String = "role",
        /// The model.
        model: String = "model",
        /// What it says.
        content: Vec<ContentBlock> = "content",
        /// Why it ended.
        stop_reason: String = "stop_reason",
        /// Which stop sequence hit.
        stop_sequence: String = "stop_sequence",
        /// Token counts.
        usage: UsageForm = "usage",
        /// The error, when it is one.
        error: ErrorForm = "error",
    }
}

wire_struct! {
    /// Token counts.
    pub struct UsageForm {
        /// Input that no cache served.
        input_tokens: u64 = "input_tokens",
        /// Input written to the cache.
        cache_creation_input_tokens: u64 = "cache_creation_input_tokens",
        /// Input read from the cache.
        cache_read_input_tokens: u64 = "cache_read_input_tokens",
        /// Output.
        output_tokens: u64 = "output_tokens",
    }
}

wire_struct! {
    /// The inner error object.
    pub struct ErrorForm {
        /// `overloaded_error` …
        kind: String = "type",
        /// For a person.
        message: String = "message",
    }
}

wire_struct! {
    /// One stream frame; which fields are there depends on its type.
    pub struct StreamFrame {
        /// `message_start` …
        kind: String = "type",
        /// The block's index.
        index: u64 = "index",
        /// With `message_start`.
        message: Response = "message",
        /// With `content_block_start`.
        content_block: ContentBlock = "content_block",
        /// With `content_block_delta` and `message_delta`.
        delta: Delta = "delta",
        /// With `message_delta`.
        usage: UsageForm = "usage",
        /// With `error`.
        error: ErrorForm = "error",
    }
}

wire_struct! {
    /// A change to a block or to the message.
    pub struct Delta {
        /// `text_delta` …
        kind: String = "type",
        /// Words.
        text: String = "text",
        /// A fragment of arguments.
        partial_json: String = "partial_json",
        /// Reasoning.
        thinking: String = "thinking",
        /// The proof.
        signature: String = "signature",
        /// A citation.
        citation: Json = "citation",
        /// Why the answer ended.
        stop_reason: String = "stop_reason",
        /// Which stop sequence hit.
        stop_sequence: String = "stop_sequence",
    }
}

wire_struct! {
    /// An error body.
    pub struct ErrorBody {
        /// `error`.
        kind: String = "type",
        /// The error.
        error: ErrorForm = "error",
    }
}
