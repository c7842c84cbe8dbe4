//! Gemini's objects on the wire, in their camel-case spelling.

use serde_json::Number;

use crate::wire::{Json, wire_struct};

wire_struct! {
    /// The body of `generateContent` and `streamGenerateContent`.
    pub struct Request {
        /// The model; it stands in the URL, and a few clients repeat it here.
        model: String = "model",
        /// The conversation.
        contents: Vec<Content> = "contents",
        /// Instructions ahead of it.
        system_instruction: Content = "systemInstruction",
        /// The tools on offer.
        tools: Vec<ToolObject> = "tools",
        /// Which tool must be called.
        tool_config: ToolConfig = "toolConfig",
        /// How the model answers.
        generation_config: GenerationConfig = "generationConfig",
    }
}

wire_struct! {
    /// One turn.
    pub struct Content {
        /// `user` or `model`; `user` when absent.
        role: String = "role",
        /// Its parts.
        parts: Vec<Part> = "parts",
    }
}

wire_struct! {
    /// One part of a turn. It holds one kind of data; `executableCode`, `codeExecutionResult` and what
    /// comes after them are in `rest`.
    pub struct Part {
        /// Words.
        text: String = "text",
        /// Whether the words are the model's reasoning.
        thought: bool = "thought",
        /// What proves the reasoning behind this part.
        signature: String = "thoughtSignature",
        /// Bytes in place.
        inline_data: Blob = "inlineData",
        /// Bytes elsewhere.
        file_data: FileData = "fileData",
        /// The model calls a tool.
        function_call: FunctionCall = "functionCall",
        /// What a tool answered.
        function_response: FunctionResponse = "functionResponse",
    }
}

wire_struct! {
    /// Bytes in place.
    pub struct Blob {
        /// The MIME type.
        mime_type: String = "mimeType",
        /// Standard base64.
        data: String = "data",
    }
}

wire_struct! {
    /// Bytes elsewhere.
    pub struct FileData {
        /// The MIME type.
        mime_type: String = "mimeType",
        /// Where they are.
        file_uri: String = "fileUri",
    }
}

wire_struct! {
    /// A call of a tool.
    pub struct FunctionCall {
        /// Pairs the call with its result; many models give none.
        id: String = "id",
        /// The tool's name.
        name: String = "name",
        /// The arguments, an object.
        args: Json = "args",
        /// Arguments that come piece by piece (Vertex, in streams).
        partial_args: Vec<PartialArg> = "partialArgs",
        /// Whether more pieces of this call come.
        will_continue: bool = "willContinue",
    }
}

wire_struct! {
    /// A piece of the arguments.
    pub struct PartialArg {
        /// Which argument: a JSON path.
        json_path: String = "jsonPath",
        /// The piece, of a text.
        string_value: String = "stringValue",
        /// The value, a number.
        number_value: Number = "numberValue",
        /// The value, a boolean.
        bool_value: bool = "boolValue",
    }
}

wire_struct! {
    /// What a tool answered.
    pub struct FunctionResponse {
        /// The call's id.
        id: String = "id",
        /// The tool's name.
        name: String = "name",
        /// The answer, an object: `output` or `error`, or anything.
        response: Json = "response",
        /// Media of the answer.
        parts: Vec<Part> = "parts",
    }
}

wire_struct! {
    /// An entry of `tools`: functions, or tools that the provider runs.
    pub struct ToolObject {
        /// Functions.
        functions: Vec<FunctionDeclaration> = "functionDeclarations",
    }
}

wire_struct! {
    /// A function on offer.
    pub struct FunctionDeclaration {
        /// Its name.
        name: String = "name",
        /// What it does.
        description: String = "description",
        /// Its arguments in the OpenAPI subset.
        parameters: Json = "parameters",
        /// Its arguments in JSON Schema.
        parameters_json_schema: Json = "parametersJsonSchema",
    }
}

wire_struct! {
    /// How tools are used.
    pub struct ToolConfig {
        /// How functions are called.
        calling: CallingConfig = "functionCallingConfig",
    }
}

wire_struct! {
    /// How functions are called.
    pub struct CallingConfig {
        /// `AUTO`, `ANY`, `NONE` or `VALIDATED`.
        mode: String = "mode",
        /// The functions that may be called.
        allowed: Vec<String> = "allowedFunctionNames",
    }
}

wire_struct! {
    /// How the model answers.
    pub struct GenerationConfig {
        /// Randomness.
        temperature: Number = "temperature",
        /// Nucleus sampling.
        top_p: Number = "topP",
        /// How many candidates there are for a token.
        top_k: Number = "topK",
        /// The most tokens of the answer.
        max_output_tokens: Number = "maxOutputTokens",
        /// Texts that end the answer.
        stop_sequences: Vec<String> = "stopSequences",
        /// Fixes the randomness.
        seed: Number = "seed",
        /// Against repeating at all.
        presence_penalty: Number = "presencePenalty",
        /// Against repeating often.
        frequency_penalty: Number = "frequencyPenalty",
        /// `text/plain` or `application/json`.
        response_mime_type: String = "responseMimeType",
        /// The answer's schema in the OpenAPI subset.
        response_schema: Json = "responseSchema",
        /// The answer's schema in JSON Schema.
        response_json_schema: Json = "responseJsonSchema",
        /// How much the model reasons.
        thinking_config: ThinkingConfig = "thinkingConfig",
    }
}

wire_struct! {
    /// How much the model reasons.
    pub struct ThinkingConfig {
        /// Whether the reasoning is shown.
        include_thoughts: bool = "includeThoughts",
        /// The most tokens of it; `-1` leaves it to the model, `0` is none.
        thinking_budget: Number = "thinkingBudget",
        /// `MINIMAL`, `LOW`, `MEDIUM` or `HIGH` (Gemini 3 and later).
        thinking_level: String = "thinkingLevel",
    }
}

wire_struct! {
    /// An answer, or one frame of a streamed one.
    pub struct Response {
        /// The answers; one unless more were asked for.
        candidates: Vec<Candidate> = "candidates",
        /// Why the prompt was blocked, when it was.
        prompt_feedback: PromptFeedback = "promptFeedback",
        /// Token counts.
        usage: UsageMetadata = "usageMetadata",
        /// The model that answers.
        model_version: String = "modelVersion",
        /// The answer's id.
        response_id: String = "responseId",
        /// What failed, instead of an answer.
        error: Json = "error",
    }
}

wire_struct! {
    /// One answer.
    pub struct Candidate {
        /// What it says.
        content: Content = "content",
        /// Why it ended.
        finish_reason: String = "finishReason",
        /// The provider's words about that.
        finish_message: String = "finishMessage",
        /// Its place among the candidates.
        index: u64 = "index",
    }
}

wire_struct! {
    /// What a filter said of the prompt.
    pub struct PromptFeedback {
        /// Why it was blocked.
        block_reason: String = "blockReason",
        /// The same in words (Vertex).
        block_message: String = "blockReasonMessage",
    }
}

wire_struct! {
    /// Token counts.
    pub struct UsageMetadata {
        /// Input, the cached part included.
        prompt: u64 = "promptTokenCount",
        /// The part of the input that came from the cache.
        cached: u64 = "cachedContentTokenCount",
        /// Output, the reasoning excluded.
        candidates: u64 = "candidatesTokenCount",
        /// Reasoning.
        thoughts: u64 = "thoughtsTokenCount",
        /// Input that tools of the provider added.
        tool_use: u64 = "toolUsePromptTokenCount",
        /// The sum.
        total: u64 = "totalTokenCount",
    }
}

wire_struct! {
    /// The body of `countTokens`: a conversation, or a whole request.
    pub struct CountRequest {
        /// The request to count.
        whole: Json = "generateContentRequest",
        /// The same in snake case.
        whole_snake: Json = "generate_content_request",
    }
}

wire_struct! {
    /// The answer of `countTokens`.
    pub struct CountReply {
        /// The tokens of the prompt.
        total: u64 = "totalTokens",
    }
}
