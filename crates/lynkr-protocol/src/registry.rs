//! The table of dialects: the one place that knows them all.

use crate::codec::Codec;
use crate::{Dialect, anthropic, bedrock_converse, gemini, ollama, openai_chat, openai_responses};

/// The codec of a dialect.
pub fn codec(dialect: Dialect) -> &'static dyn Codec {
    match dialect {
        Dialect::Anthropic => &anthropic::AnthropicCodec,
        Dialect::OpenAiChat => &openai_chat::OpenAiChatCodec,
        Dialect::OpenAiResponses => &openai_responses::OpenAiResponsesCodec,
        Dialect::Ollama => &ollama::OllamaCodec,
        Dialect::Gemini => &gemini::GeminiCodec,
        Dialect::BedrockConverse => &bedrock_converse::BedrockConverseCodec,
    }
}
