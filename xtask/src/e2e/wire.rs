//! The formats of requests and answers that clients and models speak.

/// A format of requests and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    /// Anthropic Messages, in a cloud's envelope or without.
    Anthropic,
    /// `OpenAI`'s Chat Completions.
    Chat,
    /// `OpenAI`'s Responses.
    Responses,
    /// Ollama's own chat.
    Ollama,
    /// Google's `generateContent`.
    Gemini,
    /// Amazon Bedrock's Converse, which no client here speaks.
    Converse,
}
