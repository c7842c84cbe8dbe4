//! Wire types of Amazon Bedrock's Converse API, after the service model `bedrock-runtime`, version 2023-09-30.
//!
//! Unions are objects with one field, named after the kind: their types have every kind as an optional field.

use crate::wire::{Json, wire_struct};

wire_struct! {
    /// `POST /model/{modelId}/converse` and `/converse-stream`.
    pub struct Request {
        /// The turns.
        messages: Vec<Message> = "messages",
        /// Instructions: texts, cache points, guarded content.
        system: Vec<ContentBlock> = "system",
        /// Length and sampling.
        inference_config: InferenceConfig = "inferenceConfig",
        /// The tools.
        tool_config: ToolConfig = "toolConfig",
        /// Fields that only the model's own vendor knows.
        additional: Json = "additionalModelRequestFields",
        /// Words by which logs are filtered.
        request_metadata: Json = "requestMetadata",
        /// `priority`, `default`, `flex`, `reserved`.
        service_tier: ServiceTier = "serviceTier",
        /// The form of the answer, and effort.
        output_config: OutputConfig = "outputConfig",
    }
}

wire_struct! {
    /// One turn.
    pub struct Message {
        /// `user`, `assistant` or `system`.
        role: String = "role",
        /// What is said.
        content: Vec<ContentBlock> = "content",
    }
}

wire_struct! {
    /// A part of a turn or of the instructions, a union. `video`, `audio`, `guardContent`, `searchResult` and
    /// whatever comes later stay in `rest`.
    pub struct ContentBlock {
        /// Words.
        text: String = "text",
        /// A picture.
        image: MediaBlock = "image",
        /// A file.
        document: MediaBlock = "document",
        /// A call.
        tool_use: ToolUseBlock = "toolUse",
        /// A tool's answer.
        tool_result: ToolResultBlock = "toolResult",
        /// Reasoning.
        reasoning: ReasoningBlock = "reasoningContent",
        /// Everything up to here is cached.
        cache_point: CachePoint = "cachePoint",
        /// Words, and where they come from.
        citations: CitationsBlock = "citationsContent",
        /// Within a tool's answer: any JSON.
        json: Json = "json",
    }
}

wire_struct! {
    /// A picture or a file.
    pub struct MediaBlock {
        /// The format: `png`, `pdf` …
        format: String = "format",
        /// A file's name.
        name: String = "name",
        /// Its bytes.
        source: Source = "source",
        /// A file's context.
        context: Json = "context",
        /// Whether a file is cited.
        citations: Json = "citations",
    }
}

wire_struct! {
    /// Where bytes are, a union.
    pub struct Source {
        /// In place, as base64.
        bytes: String = "bytes",
        /// In Amazon S3.
        s3: S3Location = "s3Location",
        /// Words in place.
        text: String = "text",
    }
}

wire_struct! {
    /// A place in Amazon S3.
    pub struct S3Location {
        /// `s3://bucket/key`.
        uri: String = "uri",
    }
}

wire_struct! {
    /// A call.
    pub struct ToolUseBlock {
        /// Pairs it with its result.
        id: String = "toolUseId",
        /// The tool.
        name: String = "name",
        /// The arguments.
        input: Json = "input",
        /// `server_tool_use` when the provider runs the tool itself.
        kind: String = "type",
    }
}

wire_struct! {
    /// A tool's answer.
    pub struct ToolResultBlock {
        /// The call.
        id: String = "toolUseId",
        /// The answer.
        content: Vec<ContentBlock> = "content",
        /// `success` or `error`.
        status: String = "status",
        /// Set when the provider ran the tool itself.
        kind: String = "type",
    }
}

wire_struct! {
    /// Reasoning, a union.
    pub struct ReasoningBlock {
        /// In words.
        text: ReasoningText = "reasoningText",
        /// Encrypted.
        redacted: String = "redactedContent",
    }
}

wire_struct! {
    /// Reasoning in words.
    pub struct ReasoningText {
        /// The words.
        text: String = "text",
        /// The proof.
        signature: String = "signature",
    }
}

wire_struct! {
    /// A mark up to which the prompt is cached.
    pub struct CachePoint {
        /// `default`.
        kind: String = "type",
        /// `5m` or `1h`.
        ttl: String = "ttl",
    }
}

wire_struct! {
    /// Words, and where they come from.
    pub struct CitationsBlock {
        /// The words.
        content: Vec<ContentBlock> = "content",
        /// The sources.
        citations: Vec<Json> = "citations",
    }
}

wire_struct! {
    /// Length and sampling.
    pub struct InferenceConfig {
        /// The most output tokens.
        max_tokens: u64 = "maxTokens",
        /// 0 to 1.
        temperature: f64 = "temperature",
        /// 0 to 1.
        top_p: f64 = "topP",
        /// Texts that end the answer.
        stop_sequences: Vec<String> = "stopSequences",
    }
}

wire_struct! {
    /// The tools.
    pub struct ToolConfig {
        /// The tools; at least one.
        tools: Vec<ToolEntry> = "tools",
        /// `{auto: {}}`, `{any: {}}` or `{tool: {name}}`.
        tool_choice: Json = "toolChoice",
    }
}

wire_struct! {
    /// A tool, a union.
    pub struct ToolEntry {
        /// A function.
        spec: ToolSpec = "toolSpec",
        /// A tool that the provider runs itself.
        system_tool: SystemTool = "systemTool",
        /// Everything up to here is cached.
        cache_point: CachePoint = "cachePoint",
    }
}

wire_struct! {
    /// A function.
    pub struct ToolSpec {
        /// Its name: 1 to 64 letters, digits, `_`, `-`.
        name: String = "name",
        /// What it does.
        description: String = "description",
        /// The schema of its arguments.
        input_schema: InputSchema = "inputSchema",
        /// Whether the arguments follow the schema to the letter.
        strict: bool = "strict",
    }
}

wire_struct! {
    /// The schema of a tool's arguments, a union.
    pub struct InputSchema {
        /// JSON Schema.
        json: Json = "json",
    }
}

wire_struct! {
    /// A tool that the provider runs itself.
    pub struct SystemTool {
        /// Its name.
        name: String = "name",
    }
}

wire_struct! {
    /// `serviceTier`.
    pub struct ServiceTier {
        /// The tier.
        kind: String = "type",
    }
}

wire_struct! {
    /// `outputConfig`.
    pub struct OutputConfig {
        /// The form of the answer.
        text_format: TextFormat = "textFormat",
        /// `low` … `max`.
        effort: String = "effort",
    }
}

wire_struct! {
    /// The form of the answer.
    pub struct TextFormat {
        /// `json_schema`.
        kind: String = "type",
        /// The form itself.
        structure: Structure = "structure",
    }
}

wire_struct! {
    /// The form itself, a union.
    pub struct Structure {
        /// JSON of a schema.
        json_schema: SchemaForm = "jsonSchema",
    }
}

wire_struct! {
    /// JSON of a schema.
    pub struct SchemaForm {
        /// The schema, as text.
        schema: String = "schema",
        /// Its name.
        name: String = "name",
        /// What it is for.
        description: String = "description",
    }
}

wire_struct! {
    /// A whole answer.
    pub struct Response {
        /// What it says.
        output: Output = "output",
        /// Why it ended.
        stop_reason: String = "stopReason",
        /// Token counts.
        usage: UsageForm = "usage",
    }
}

wire_struct! {
    /// What an answer says, a union.
    pub struct Output {
        /// The model's turn.
        message: Message = "message",
    }
}

wire_struct! {
    /// Token counts.
    pub struct UsageForm {
        /// Input that no cache served and none took.
        input: u64 = "inputTokens",
        /// Output.
        output: u64 = "outputTokens",
        /// The sum of all.
        total: u64 = "totalTokens",
        /// Input read from the cache.
        cache_read: u64 = "cacheReadInputTokens",
        /// Input written to the cache.
        cache_write: u64 = "cacheWriteInputTokens",
    }
}

wire_struct! {
    /// The payload of any event of a stream; which fields are there depends on its type.
    pub struct StreamPayload {
        /// With `messageStart`.
        role: String = "role",
        /// The block's index.
        index: u64 = "contentBlockIndex",
        /// With `contentBlockStart`.
        start: BlockStart = "start",
        /// With `contentBlockDelta`.
        delta: Delta = "delta",
        /// With `messageStop`.
        stop_reason: String = "stopReason",
        /// With `metadata`.
        usage: UsageForm = "usage",
        /// Padding without meaning, which hides the length of what is said.
        padding: String = "p",
    }
}

wire_struct! {
    /// The fixed parts of a block, a union.
    pub struct BlockStart {
        /// A call.
        tool_use: ToolUseBlock = "toolUse",
        /// An answer of a tool that the provider runs.
        tool_result: ToolResultBlock = "toolResult",
        /// A picture.
        image: MediaBlock = "image",
    }
}

wire_struct! {
    /// The growing part of a block, a union.
    pub struct Delta {
        /// Words.
        text: String = "text",
        /// A fragment of arguments.
        tool_use: ToolUseDelta = "toolUse",
        /// Parts of an answer of a tool that the provider runs.
        tool_result: Vec<ContentBlock> = "toolResult",
        /// Reasoning.
        reasoning: ReasoningDelta = "reasoningContent",
        /// Where the words come from.
        citation: Json = "citation",
        /// A picture.
        image: MediaBlock = "image",
    }
}

wire_struct! {
    /// A fragment of arguments.
    pub struct ToolUseDelta {
        /// The fragment of JSON text.
        input: String = "input",
    }
}

wire_struct! {
    /// More reasoning, a union.
    pub struct ReasoningDelta {
        /// Words.
        text: String = "text",
        /// Encrypted reasoning.
        redacted: String = "redactedContent",
        /// The proof.
        signature: String = "signature",
    }
}
