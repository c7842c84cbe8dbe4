//! A model behind Google's paths: Gemini by key and in a project, and Claude on Vertex AI.
//!
//! What Google refuses is from its "Gemini API reference" (`Content`, `Schema`, `FunctionCallingConfig`), from
//! "Thought signatures" and "Function calling", and from Anthropic's "Claude on Vertex AI".

mod hear;
mod speak;
mod strict;

use serde_json::{Value, json};

use crate::recorded::Recorded;
use crate::script::Script;
pub(crate) use hear::hear;
pub(crate) use speak::speak;
pub(crate) use strict::{check, check_claude, check_count};

/// The version that stands in the body of Claude's requests.
const CLAUDE_VERSION: &str = "vertex-2023-10-16";

/// What one of Google's paths asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Generate { model: String, stream: bool },
    Count,
    Claude { model: String, stream: bool },
    ClaudeCount,
}

impl Asked {
    /// Reads `…/models/{model}:{method}`.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        let (before, last) = path.rsplit_once("/models/")?;
        let (model, method) = last.split_once(':')?;
        let model = model.to_owned();
        let is_claude = before.ends_with("/publishers/anthropic");
        match (is_claude, method) {
            (false, "generateContent") => Some(Self::Generate { model, stream: false }),
            (false, "streamGenerateContent") => Some(Self::Generate { model, stream: true }),
            (false, "countTokens") => Some(Self::Count),
            (true, "rawPredict") if model == "count-tokens" => Some(Self::ClaudeCount),
            (true, "rawPredict") => Some(Self::Claude { model, stream: false }),
            (true, "streamRawPredict") => Some(Self::Claude { model, stream: true }),
            _ => None,
        }
    }
}

/// The request as Anthropic itself would have it: with the model, without the envelope.
pub(crate) fn unwrapped(request: &Recorded, model: &str, stream: bool) -> Value {
    let mut body = request.json();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("anthropic_version");
        fields.insert("model".to_owned(), json!(model));
        fields.insert("stream".to_owned(), json!(stream));
    }
    body
}

/// The answer to `:countTokens`.
pub(crate) fn token_count(tokens: u64) -> Script {
    Script::json(200, &json!({"totalTokens": tokens}))
}

/// The model listing of the Gemini API.
pub(crate) fn models() -> Script {
    let entry = |name: &str, methods: &[&str]| json!({"name": format!("models/{name}"), "displayName": name, "supportedGenerationMethods": methods});
    let answers = ["generateContent", "countTokens"];
    Script::json(
        200,
        &json!({"models": [entry("gemini-kit-large", &answers), entry("gemini-kit-embedding", &["embedContent"])]}),
    )
}

/// An error body.
pub(crate) fn error_body(status: u16, message: &str) -> Value {
    let word = match status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        _ => "INTERNAL",
    };
    json!({"error": {"code": status, "message": message, "status": word}})
}

#[cfg(test)]
mod tests;
