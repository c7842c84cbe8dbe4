//! The requests that are sent: a small one, and one like a coding agent's in the middle of its work. Every request
//! carries a mark of its own, so that no cache can answer it.

mod texts;

use bytes::Bytes;
use lynkr_protocol::Dialect;
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};
use texts::{MARK, RESULT, large, small, small_chat, small_gemini, small_ollama, small_responses};

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// About 1.6 KB: one question.
    Small,
    /// About 92 KB: 60 messages, a new one, and 20 tools.
    Large,
    /// About 200 KB: the same with longer results of tools.
    Longer,
    /// About 1 MB.
    Huge,
}

impl Size {
    /// As reports say it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Small => "1.6 KB",
            Self::Large => "92 KB",
            Self::Longer => "200 KB",
            Self::Huge => "1 MB",
        }
    }

    /// The characters of each tool's result.
    const fn result(self) -> usize {
        match self {
            Self::Small | Self::Large => RESULT,
            Self::Longer => 4_800,
            Self::Huge => 31_500,
        }
    }
}

/// How it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Whole,
    Stream,
}

impl Mode {
    /// As reports say it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Stream => "stream",
        }
    }

    const fn is_stream(self) -> bool {
        matches!(self, Self::Stream)
    }
}

/// A request, cut where the mark goes.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) dialect: Dialect,
    pub(crate) mode: Mode,
    before: String,
    after: String,
    sent: AtomicU64,
    run: u32,
}

impl Body {
    /// Builds an Anthropic client's body once; requests are copies of it.
    pub(crate) fn new(size: Size, mode: Mode) -> Self {
        let body = match size {
            Size::Small => small(mode.is_stream()),
            Size::Large | Size::Longer | Size::Huge => large(mode.is_stream(), size.result()),
        };
        Self::cut(Dialect::Anthropic, mode, &body)
    }

    /// The small body as a client of any dialect sends it.
    pub(crate) fn of(dialect: Dialect, mode: Mode) -> Self {
        let body = match dialect {
            Dialect::Anthropic => small(mode.is_stream()),
            Dialect::OpenAiChat => small_chat(mode.is_stream()),
            Dialect::OpenAiResponses => small_responses(mode.is_stream()),
            Dialect::Ollama => small_ollama(mode.is_stream()),
            Dialect::Gemini | Dialect::BedrockConverse => small_gemini(),
        };
        Self::cut(dialect, mode, &body)
    }

    fn cut(dialect: Dialect, mode: Mode, body: &Value) -> Self {
        let text = body.to_string();
        let (before, after) = text.split_once(MARK).unwrap_or((text.as_str(), ""));
        Self {
            dialect,
            mode,
            before: before.to_owned(),
            after: after.to_owned(),
            sent: AtomicU64::new(0),
            run: std::process::id(),
        }
    }

    /// The next request's bytes, unlike all before it.
    pub(crate) fn next(&self) -> Bytes {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        let (before, run, after) = (&self.before, self.run, &self.after);
        Bytes::from(format!("{before}{run:08x}{number:016x}{after}"))
    }

    /// Where it is posted.
    pub(crate) fn path(&self) -> &'static str {
        match (self.dialect, self.mode) {
            (Dialect::Anthropic, _) => "/v1/messages",
            (Dialect::OpenAiChat, _) => "/v1/chat/completions",
            (Dialect::OpenAiResponses, _) => "/v1/responses",
            (Dialect::Ollama, _) => "/api/chat",
            (Dialect::Gemini | Dialect::BedrockConverse, Mode::Whole) => {
                "/v1beta/models/gemini-2.5-pro:generateContent"
            }
            (Dialect::Gemini | Dialect::BedrockConverse, Mode::Stream) => {
                "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse"
            }
        }
    }

    /// What stands at the end of a complete answer to it.
    pub(crate) fn last_words(&self) -> &'static str {
        match (self.mode, self.dialect) {
            (Mode::Whole, _) => "piece 19",
            (Mode::Stream, Dialect::Anthropic) => "message_stop",
            (Mode::Stream, Dialect::OpenAiChat) => "[DONE]",
            (Mode::Stream, Dialect::OpenAiResponses) => "response.completed",
            (Mode::Stream, Dialect::Ollama) => "\"done\":true",
            (Mode::Stream, Dialect::Gemini | Dialect::BedrockConverse) => "finishReason",
        }
    }
}

#[cfg(test)]
mod tests;
