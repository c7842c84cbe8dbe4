//! The client's own words for what a request holds: the neutral name and the dialect's.

use crate::Dialect;

/// Neutral name → the dialect's. A name also stands for everything under it (`image` for `image.detail`);
/// longer names come first.
type Words = &'static [(&'static str, &'static str)];

const ANTHROPIC: Words = &[
    ("parallel_tool_calls", "tool_choice.disable_parallel_tool_use"),
    ("reasoning.budget", "thinking.budget_tokens"),
    ("reasoning.effort", "output_config.effort"),
    ("reasoning.summary", "thinking.display"),
    ("reasoning", "thinking"),
    ("response_format", "output_config.format"),
    ("stop", "stop_sequences"),
    ("thinking.proof", "thinking.signature"),
    ("tool_use.arguments", "tool_use.input"),
    ("user", "metadata.user_id"),
];

const OPENAI_CHAT: Words = &[
    ("document", "file"),
    ("image", "image_url"),
    ("reasoning.budget", "reasoning.max_tokens"),
    ("reasoning.effort", "reasoning_effort"),
    ("thinking.proof", "reasoning_details"),
    ("thinking", "reasoning_content"),
    ("tool_result", "tool message"),
    ("tool_use", "tool_calls[]"),
];

const OPENAI_RESPONSES: Words = &[
    ("document", "input_file"),
    ("image", "input_image"),
    ("max_tokens", "max_output_tokens"),
    ("messages[].item", "message"),
    ("response_format", "text.format"),
    ("text.item", "message"),
    ("thinking.proof", "reasoning.encrypted_content"),
    ("thinking", "reasoning item"),
    ("tool_result", "function_call_output"),
    ("tool_use", "function_call"),
];

const OLLAMA: Words = &[
    ("frequency_penalty", "options.frequency_penalty"),
    ("image", "images"),
    ("max_tokens", "options.num_predict"),
    ("presence_penalty", "options.presence_penalty"),
    ("reasoning", "think"),
    ("response_format", "format"),
    ("seed", "options.seed"),
    ("stop", "options.stop"),
    ("temperature", "options.temperature"),
    ("tool_result", "tool message"),
    ("tool_use", "tool_calls[]"),
    ("top_k", "options.top_k"),
    ("top_p", "options.top_p"),
];

const GEMINI: Words = &[
    ("document", "inlineData"),
    ("frequency_penalty", "generationConfig.frequencyPenalty"),
    ("image", "inlineData"),
    ("max_tokens", "generationConfig.maxOutputTokens"),
    ("presence_penalty", "generationConfig.presencePenalty"),
    ("reasoning.budget", "thinkingConfig.thinkingBudget"),
    ("reasoning.effort", "thinkingConfig.thinkingLevel"),
    ("reasoning.summary", "thinkingConfig.includeThoughts"),
    ("reasoning", "thinkingConfig"),
    ("response_format", "generationConfig.responseJsonSchema"),
    ("seed", "generationConfig.seed"),
    ("stop", "generationConfig.stopSequences"),
    ("system", "systemInstruction"),
    ("temperature", "generationConfig.temperature"),
    ("thinking.proof", "thoughtSignature"),
    ("thinking", "thought"),
    ("tool_choice", "toolConfig.functionCallingConfig"),
    ("tool_result", "functionResponse"),
    ("tool_use", "functionCall"),
    ("top_k", "generationConfig.topK"),
    ("top_p", "generationConfig.topP"),
];

const BEDROCK_CONVERSE: Words = &[
    ("cache_control", "cachePoint"),
    ("citations", "citationsContent"),
    ("max_tokens", "inferenceConfig.maxTokens"),
    ("metadata", "requestMetadata"),
    ("reasoning.budget", "thinking.budget_tokens"),
    ("reasoning.effort", "outputConfig.effort"),
    ("reasoning.summary", "thinking.display"),
    ("reasoning", "thinking"),
    ("response_format", "outputConfig.textFormat"),
    ("service_tier", "serviceTier"),
    ("stop", "inferenceConfig.stopSequences"),
    ("temperature", "inferenceConfig.temperature"),
    ("thinking.proof", "reasoningContent.signature"),
    ("thinking", "reasoningContent"),
    ("tool_choice", "toolConfig.toolChoice"),
    ("tool_result.is_error", "toolResult.status"),
    ("tool_result", "toolResult"),
    ("tool_use.arguments", "toolUse.input"),
    ("tool_use.id", "toolUseId"),
    ("tool_use", "toolUse"),
    ("top_p", "inferenceConfig.topP"),
];

/// The word of a client of `origin`; `None` where it is the neutral name.
pub(super) fn of(origin: Option<Dialect>, name: &str) -> Option<String> {
    let words = match origin? {
        Dialect::Anthropic => ANTHROPIC,
        Dialect::OpenAiChat => OPENAI_CHAT,
        Dialect::OpenAiResponses => OPENAI_RESPONSES,
        Dialect::Ollama => OLLAMA,
        Dialect::Gemini => GEMINI,
        Dialect::BedrockConverse => BEDROCK_CONVERSE,
    };
    words.iter().find_map(|(neutral, own)| {
        let rest = name.strip_prefix(neutral)?;
        (rest.is_empty() || rest.starts_with('.')).then(|| format!("{own}{rest}"))
    })
}
