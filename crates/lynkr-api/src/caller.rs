//! Which dialect a caller speaks, told from its path and its headers: errors and model lists go out in it.

use http::HeaderMap;
use lynkr_protocol::Dialect;

/// The dialect of a route; else the one that the headers hint at; else OpenAI's, which most tools read.
pub(crate) fn dialect_of(path: &str, headers: &HeaderMap) -> Dialect {
    let path = path.trim_end_matches('/');
    let path = path.strip_prefix("/openai").unwrap_or(path);
    if path.starts_with("/backend-api/codex/") {
        Dialect::OpenAiResponses
    } else if path.starts_with("/v1/messages") {
        Dialect::Anthropic
    } else if path.starts_with("/v1/responses") {
        Dialect::OpenAiResponses
    } else if ["/v1/chat", "/v1/embeddings", "/v1/batches"].iter().any(|own| path.starts_with(own)) {
        Dialect::OpenAiChat
    } else if path.starts_with("/model/") {
        Dialect::BedrockConverse
    } else if path.contains("/publishers/google/") {
        Dialect::Gemini
    } else if path.starts_with("/v1/projects/")
        || path.starts_with("/projects/")
        || path.contains("/publishers/anthropic/")
    {
        Dialect::Anthropic
    } else if path.starts_with("/v1beta") {
        Dialect::Gemini
    } else if path.starts_with("/api/") && !path.starts_with("/api/event_logging") {
        Dialect::Ollama
    } else if speaks_anthropic(headers) {
        Dialect::Anthropic
    } else {
        Dialect::OpenAiChat
    }
}

/// Whether a caller of a shared route is a client of Anthropic's API.
pub(crate) fn speaks_anthropic(headers: &HeaderMap) -> bool {
    let agent = headers.get(http::header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("");
    let agent = agent.to_ascii_lowercase();
    headers.contains_key("anthropic-version")
        || headers.contains_key("anthropic-beta")
        || headers.contains_key("x-api-key")
        || agent.starts_with("claude")
        || agent.starts_with("anthropic")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_route_tells_the_dialect_with_and_without_azures_prefix() {
        let none = HeaderMap::new();
        for (path, expected) in [
            ("/v1/messages/count_tokens", Dialect::Anthropic),
            ("/v1/responses", Dialect::OpenAiResponses),
            ("/openai/v1/responses", Dialect::OpenAiResponses),
            ("/openai/v1/chat/completions", Dialect::OpenAiChat),
            ("/backend-api/codex/responses", Dialect::OpenAiResponses),
            ("/api/chat", Dialect::Ollama),
            ("/api/embed", Dialect::Ollama),
            ("/v1/embeddings", Dialect::OpenAiChat),
            ("/v1/messages/batches/b/results", Dialect::Anthropic),
            ("/model/us.anthropic.claude-x-v1%3A0/invoke", Dialect::BedrockConverse),
            ("/v1/projects/p/locations/l/publishers/anthropic/models/c:rawPredict", Dialect::Anthropic),
            ("/v1beta1/projects/p/locations/l/publishers/google/models/g:generateContent", Dialect::Gemini),
            ("/v1/files", Dialect::OpenAiChat),
            ("/v1beta1/publishers/google/models/g:generateContent", Dialect::Gemini),
            ("/model/us.anthropic.claude-sonnet-4-5/invoke", Dialect::BedrockConverse),
            ("/v1/projects/p/locations/l/publishers/anthropic/models/m:rawPredict", Dialect::Anthropic),
            ("/projects/p/locations/l/publishers/anthropic/models/m:rawPredict", Dialect::Anthropic),
            ("/elsewhere", Dialect::OpenAiChat),
        ] {
            assert_eq!(dialect_of(path, &none), expected, "{path}");
        }
        for header in ["anthropic-version", "anthropic-beta", "x-api-key"] {
            let mut headers = HeaderMap::new();
            headers.insert(header, http::HeaderValue::from_static("x"));
            assert_eq!(dialect_of("/v1/files", &headers), Dialect::Anthropic, "{header}");
            assert_eq!(dialect_of("/v1/batches", &headers), Dialect::OpenAiChat, "{header}");
        }
    }
}
