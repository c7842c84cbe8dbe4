//! Tells, without splitting them, that events say nothing which a tap has to know.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::Dialect;

/// What the frames that matter have in them; others may have it as well, in the model's own words.
static STOP: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("message_stop"));
static USAGE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"usage\""));
static ERROR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("error"));
static DONE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("[DONE]"));
static REASON: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"finish_reason\""));
static GEMINIS_REASON: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"finishReason\""));

/// Whether none of these whole events ends the answer, fails, or counts tokens. In doubt it is `false`: whoever asks looks
/// closer then.
pub(super) fn is_quiet(dialect: Dialect, bytes: &[u8]) -> bool {
    let has = |finder: &Finder<'_>| finder.find(bytes).is_some();
    match dialect {
        Dialect::Anthropic => !has(&STOP) && !has(&USAGE) && !has(&ERROR),
        Dialect::OpenAiChat => !has(&USAGE) && !has(&ERROR) && !has(&DONE) && no_reason(bytes),
        Dialect::Gemini => !has(&GEMINIS_REASON),
        // Each event has a number that is to be known.
        Dialect::OpenAiResponses => false,
        // They have other frames.
        Dialect::Ollama | Dialect::BedrockConverse => false,
    }
}

/// Whether every chunk says that it isn't the last, as compact as vendors write it.
fn no_reason(bytes: &[u8]) -> bool {
    let after = |at: usize| bytes.get(at + REASON.needle().len()..).unwrap_or_default();
    REASON.find_iter(bytes).all(|at| after(at).starts_with(b":null"))
}

#[cfg(test)]
mod tests;
