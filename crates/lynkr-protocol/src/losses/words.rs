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

/// The word of a client of `origin`; `None` where it is the neutral name.
pub(super) fn of(origin: Option<Dialect>, name: &str) -> Option<String> {
    let words = match origin? {
        Dialect::Anthropic => ANTHROPIC,
        Dialect::OpenAiChat => OPENAI_CHAT,
        Dialect::OpenAiResponses => OPENAI_RESPONSES,
        Dialect::Ollama => OLLAMA,
    };
    words.iter().find_map(|(neutral, own)| {
        let rest = name.strip_prefix(neutral)?;
        (rest.is_empty() || rest.starts_with('.')).then(|| format!("{own}{rest}"))
    })
}
