//! The wire types of the Responses API: what we act on is typed, everything else is kept as it came.

use crate::wire::{Json, TextOr, wire_struct, wire_tagged};

wire_struct! {
    /// The body of `POST /v1/responses`.
    pub struct Request {
        /// The model's name.
        model: String = "model",
        /// Whether the answer is streamed.
        stream: bool = "stream",
        /// An instruction ahead of the conversation.
        instructions: String = "instructions",
        /// The conversation: plain text, or items.
        input: TextOr<Item> = "input",
        /// The tools on offer.
        tools: Vec<Tool> = "tools",
        /// Which tool must be called.
        tool_choice: Json = "tool_choice",
        /// Whether several tools may be called in one answer.
        parallel_tool_calls: bool = "parallel_tool_calls",
        /// The most tokens that the answer may have, reasoning included.
        max_output_tokens: u64 = "max_output_tokens",
        /// Sampling temperature.
        temperature: f64 = "temperature",
        /// Nucleus sampling.
        top_p: f64 = "top_p",
        /// How much the model reasons.
        reasoning: Reasoning = "reasoning",
        /// The form of the answer.
        text: TextOptions = "text",
        /// Whether the provider keeps the answer.
        store: bool = "store",
        /// The stored answer that this request continues.
        previous_response_id: String = "previous_response_id",
        /// Up to 16 pairs of strings.
        metadata: Json = "metadata",
        /// Who asks.
        user: String = "user",
        /// The processing class.
        service_tier: String = "service_tier",
    }
}

wire_struct! {
    /// A request of which only the input matters.
    pub struct Continued {
        /// The conversation, or its newest part.
        input: TextOr<Json> = "input",
    }
}

wire_struct! {
    /// The `reasoning` field.
    pub struct Reasoning {
        /// `minimal`, `low`, `medium`, `high` …
        effort: String = "effort",
        /// `auto`, `concise`, `detailed`.
        summary: String = "summary",
    }
}

wire_struct! {
    /// The `text` field.
    pub struct TextOptions {
        /// Plain text, any JSON object, or JSON of a schema.
        format: TextFormat = "format",
    }
}

wire_tagged! {
    /// The form of the answer's text.
    pub enum TextFormat by "type" {
        /// Plain text.
        Text(PlainFormat) = "text",
        /// Any JSON object.
        JsonObject(PlainFormat) = "json_object",
        /// JSON of a schema.
        JsonSchema(SchemaFormat) = "json_schema",
    }
}

wire_struct! {
    /// A format without settings.
    pub struct PlainFormat {}
}

wire_struct! {
    /// The `json_schema` format.
    pub struct SchemaFormat {
        /// The schema's name.
        name: String = "name",
        /// What it is for.
        description: String = "description",
        /// The schema.
        schema: Json = "schema",
        /// Whether the answer follows it exactly.
        strict: bool = "strict",
    }
}

wire_tagged! {
    /// One item of the conversation, in a request or in an answer.
    pub enum Item by "type" {
        /// Words, images and files of one speaker.
        Message(Message) = "message",
        /// The model's reasoning.
        Reasoning(ReasoningItem) = "reasoning",
        /// A call with JSON arguments.
        FunctionCall(FunctionCall) = "function_call",
        /// What a function answered.
        FunctionCallOutput(CallOutput) = "function_call_output",
        /// A call with plain text.
        CustomToolCall(CustomToolCall) = "custom_tool_call",
        /// What a custom tool answered.
        CustomToolCallOutput(CallOutput) = "custom_tool_call_output",
    }
}

wire_struct! {
    /// A `message` item.
    pub struct Message {
        /// The item's id.
        id: String = "id",
        /// `in_progress`, `completed` or `incomplete`.
        status: String = "status",
        /// `user`, `assistant`, `system` or `developer`.
        role: String = "role",
        /// What it says.
        content: TextOr<Part> = "content",
    }
}

wire_tagged! {
    /// A part of a message's or a tool output's content.
    pub enum Part by "type" {
        /// Words for the model.
        InputText(TextPart) = "input_text",
        /// Words of the model.
        OutputText(TextPart) = "output_text",
        /// Words, in chat's spelling.
        Text(TextPart) = "text",
        /// A picture.
        InputImage(ImagePart) = "input_image",
        /// A file.
        InputFile(FilePart) = "input_file",
        /// The model declines.
        Refusal(RefusalPart) = "refusal",
    }
}

wire_struct! {
    /// Words.
    pub struct TextPart {
        /// The words.
        text: String = "text",
        /// Citations.
        annotations: Vec<Json> = "annotations",
    }
}

wire_struct! {
    /// A picture.
    pub struct ImagePart {
        /// A web or `data:` URL.
        image_url: String = "image_url",
        /// A file of the provider's store.
        file_id: String = "file_id",
        /// `low`, `high`, `auto` or `original`.
        detail: String = "detail",
    }
}

wire_struct! {
    /// A file.
    pub struct FilePart {
        /// Its bytes: a `data:` URL, or plain base64.
        file_data: String = "file_data",
        /// A file of the provider's store.
        file_id: String = "file_id",
        /// Where the provider fetches it.
        file_url: String = "file_url",
        /// Its name.
        filename: String = "filename",
    }
}

wire_struct! {
    /// The model declines.
    pub struct RefusalPart {
        /// Its words.
        refusal: String = "refusal",
    }
}

wire_struct! {
    /// A `reasoning` item.
    pub struct ReasoningItem {
        /// The item's id.
        id: String = "id",
        /// Readable summaries.
        summary: Vec<ReasoningText> = "summary",
        /// The reasoning itself, from models that show it.
        content: Vec<ReasoningText> = "content",
        /// The reasoning, readable by the provider alone.
        encrypted_content: String = "encrypted_content",
    }
}

wire_struct! {
    /// A `summary_text` or `reasoning_text` part.
    pub struct ReasoningText {
        /// Which of the two.
        kind: String = "type",
        /// The words.
        text: String = "text",
    }
}

wire_struct! {
    /// A `function_call` item.
    pub struct FunctionCall {
        /// The item's id.
        id: String = "id",
        /// `in_progress`, `completed` or `incomplete`.
        status: String = "status",
        /// Pairs the call with its output.
        call_id: String = "call_id",
        /// The function's name.
        name: String = "name",
        /// The namespace that the function belongs to.
        namespace: String = "namespace",
        /// JSON text.
        arguments: String = "arguments",
    }
}

wire_struct! {
    /// A `custom_tool_call` item.
    pub struct CustomToolCall {
        /// The item's id.
        id: String = "id",
        /// `in_progress`, `completed` or `incomplete`.
        status: String = "status",
        /// Pairs the call with its output.
        call_id: String = "call_id",
        /// The tool's name.
        name: String = "name",
        /// The namespace that the tool belongs to.
        namespace: String = "namespace",
        /// Plain text.
        input: String = "input",
    }
}

wire_struct! {
    /// A `function_call_output` or `custom_tool_call_output` item.
    pub struct CallOutput {
        /// The item's id.
        id: String = "id",
        /// `in_progress`, `completed` or `incomplete`.
        status: String = "status",
        /// The call's id.
        call_id: String = "call_id",
        /// What the tool answered.
        output: TextOr<Part> = "output",
    }
}

wire_tagged! {
    /// A tool. Server tools are `Other`.
    pub enum Tool by "type" {
        /// Called with JSON arguments.
        Function(FunctionTool) = "function",
        /// Called with plain text.
        Custom(CustomTool) = "custom",
        /// A group of tools.
        Namespace(NamespaceTool) = "namespace",
    }
}

wire_struct! {
    /// A `function` tool.
    pub struct FunctionTool {
        /// Its name.
        name: String = "name",
        /// What it does.
        description: String = "description",
        /// The JSON Schema of its arguments.
        parameters: Json = "parameters",
        /// Whether the arguments follow the schema exactly; `true` when left out.
        strict: bool = "strict",
    }
}

wire_struct! {
    /// A `custom` tool.
    pub struct CustomTool {
        /// Its name.
        name: String = "name",
        /// What it does.
        description: String = "description",
        /// The grammar of its input.
        format: Json = "format",
    }
}

wire_struct! {
    /// A `namespace` tool.
    pub struct NamespaceTool {
        /// Its name.
        name: String = "name",
        /// What its tools have in common.
        description: String = "description",
        /// Its tools.
        tools: Vec<Tool> = "tools",
    }
}

wire_struct! {
    /// A whole answer. What it echoes of the request lands in `rest`.
    pub struct Response {
        /// The answer's id.
        id: String = "id",
        /// `completed`, `incomplete`, `failed`, `cancelled`, `in_progress` or `queued`.
        status: String = "status",
        /// The model that answered.
        model: String = "model",
        /// What it says.
        output: Vec<Item> = "output",
        /// Why it failed.
        error: Json = "error",
        /// Why it is incomplete.
        incomplete_details: IncompleteDetails = "incomplete_details",
        /// Token counts.
        usage: Usage = "usage",
    }
}

wire_struct! {
    /// Why an answer is incomplete.
    pub struct IncompleteDetails {
        /// `max_output_tokens` or `content_filter`.
        reason: String = "reason",
    }
}

wire_struct! {
    /// Token counts.
    pub struct Usage {
        /// Input tokens, cached ones included.
        input_tokens: u64 = "input_tokens",
        /// What kinds of input tokens.
        input_tokens_details: InputDetails = "input_tokens_details",
        /// Output tokens, reasoning included.
        output_tokens: u64 = "output_tokens",
        /// What kinds of output tokens.
        output_tokens_details: OutputDetails = "output_tokens_details",
        /// The sum.
        total_tokens: u64 = "total_tokens",
    }
}

wire_struct! {
    /// What kinds of input tokens.
    pub struct InputDetails {
        /// Read from the provider's cache.
        cached_tokens: u64 = "cached_tokens",
        /// Written to the cache.
        cache_write_tokens: u64 = "cache_write_tokens",
    }
}

wire_struct! {
    /// What kinds of output tokens.
    pub struct OutputDetails {
        /// Reasoning.
        reasoning_tokens: u64 = "reasoning_tokens",
    }
}
