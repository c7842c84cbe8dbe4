//! Embeddings: OpenAI's form and Ollama's two, from one into another.
//!
//! (Formats: "Create embeddings" in OpenAI's API reference; "Generate Embeddings" in Ollama's, which has a newer path
//! for several texts and an older one for a single prompt; the `/embeddings` of llama.cpp's server, whose answer is a
//! bare list.)
//!
//! Vectors stay the text that they were written in: nothing is rounded that needn't be.

pub mod answer;
pub mod request;
mod vector;

pub use answer::{Answer, decode_answer};
pub use request::{Input, Request, Target, decode_request};
pub use vector::Vector;

use crate::Dialect;

/// A form of requests and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// OpenAI's.
    OpenAi,
    /// Ollama's `/api/embed`.
    Ollama,
    /// Ollama's older `/api/embeddings`: one prompt, one vector.
    OllamaPrompt,
}

impl Form {
    /// The dialect whose errors go with it.
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::OpenAi => Dialect::OpenAiChat,
            Self::Ollama | Self::OllamaPrompt => Dialect::Ollama,
        }
    }
}

/// How a client wants its vectors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encoding {
    /// As lists of numbers.
    #[default]
    Float,
    /// As base64 of 32-bit floats, the least significant byte first.
    Base64,
}

#[cfg(test)]
mod tests;
