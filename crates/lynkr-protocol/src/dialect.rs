//! The names of the dialects.

use std::fmt;
use std::str::FromStr;

/// An LLM wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// Anthropic Messages (`POST /v1/messages`).
    Anthropic,
    /// OpenAI Chat Completions (`POST /v1/chat/completions`).
    OpenAiChat,
    /// OpenAI Responses (`POST /v1/responses`).
    OpenAiResponses,
    /// Ollama's native chat (`POST /api/chat`).
    Ollama,
    /// Google Gemini (`POST /v1beta/models/{model}:generateContent`).
    Gemini,
    /// Amazon Bedrock's Converse (`POST /model/{modelId}/converse`).
    BedrockConverse,
}

impl Dialect {
    /// All dialects, in the order in which documents list them.
    pub const ALL: [Self; 6] = [
        Self::Anthropic,
        Self::OpenAiChat,
        Self::OpenAiResponses,
        Self::Ollama,
        Self::Gemini,
        Self::BedrockConverse,
    ];

    /// The name used in configuration, logs and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenAiChat => "openai_chat",
            Self::OpenAiResponses => "openai_responses",
            Self::Ollama => "ollama",
            Self::Gemini => "gemini",
            Self::BedrockConverse => "bedrock_converse",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no dialect's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown dialect `{0}`")]
pub struct UnknownDialect(String);

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.name() == name)
            .ok_or_else(|| UnknownDialect(name.to_owned()))
    }
}
