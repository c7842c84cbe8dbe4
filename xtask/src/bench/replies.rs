//! What the mock upstream answers, in every dialect that the gateway speaks to a provider.

mod anthropic;
mod bedrock;
mod chat;
mod gemini;
mod ollama;
mod responses;

use bytes::Bytes;
use lynkr_protocol::Dialect;
use serde_json::Value;

/// The dialect whose path this is, and whether the path asks for a stream; `None` where the body says so.
pub(crate) fn of_path(path: &str) -> Option<(Dialect, Option<bool>)> {
    match path {
        "/v1/messages" => Some((Dialect::Anthropic, None)),
        "/v1/chat/completions" => Some((Dialect::OpenAiChat, None)),
        "/v1/responses" => Some((Dialect::OpenAiResponses, None)),
        "/api/chat" => Some((Dialect::Ollama, None)),
        _ if path.ends_with(":generateContent") => Some((Dialect::Gemini, Some(false))),
        _ if path.ends_with(":streamGenerateContent") => Some((Dialect::Gemini, Some(true))),
        _ if path.ends_with("/converse") => Some((Dialect::BedrockConverse, Some(false))),
        _ if path.ends_with("/converse-stream") => Some((Dialect::BedrockConverse, Some(true))),
        _ => None,
    }
}

/// The media type of a dialect's streams.
pub(crate) fn stream_type(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Ollama => "application/x-ndjson",
        Dialect::BedrockConverse => "application/vnd.amazon.eventstream",
        Dialect::Anthropic | Dialect::OpenAiChat | Dialect::OpenAiResponses | Dialect::Gemini => {
            "text/event-stream"
        }
    }
}

/// The first words of every answer: the load generator looks for them.
pub(crate) const FIRST_WORDS: &str = "Reply begins";

/// Pieces of text in a whole answer, and in a stream unless it is told otherwise.
pub(crate) const PIECES: usize = 20;

/// Stands before the time, in microseconds, at which a piece was sent.
pub(crate) const SENT_AT: &str = " sent@";
/// The digits of that time.
pub(crate) const DIGITS: usize = 16;

/// A whole answer.
pub(crate) fn whole(dialect: Dialect) -> String {
    match dialect {
        Dialect::Anthropic => anthropic::whole(),
        Dialect::OpenAiChat => chat::whole(),
        Dialect::OpenAiResponses => responses::whole(),
        Dialect::Ollama => ollama::whole(),
        Dialect::Gemini => gemini::whole(),
        Dialect::BedrockConverse => bedrock::whole(),
    }
    .to_string()
}

/// A streamed answer: what comes before its text, its first piece, all others, and its end; an item is an event.
#[derive(Debug, Clone)]
pub(crate) struct Streamed {
    pub(crate) head: Vec<Bytes>,
    pub(crate) first: Bytes,
    piece: Piece,
    pub(crate) tail: Vec<Bytes>,
}

/// How a piece is made.
#[derive(Debug, Clone)]
enum Piece {
    /// Text, cut where the time stands at which it is sent.
    Cut(Bytes, Bytes),
    /// Bytes with a checksum over them, made anew each time.
    Made(fn(&str) -> Bytes),
}

/// What a piece says before the time.
const WORDS: &str = " and goes on with a piece";

impl Streamed {
    /// The stream of a dialect.
    pub(crate) fn of(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Anthropic => anthropic::streamed(),
            Dialect::OpenAiChat => chat::streamed(),
            Dialect::OpenAiResponses => responses::streamed(),
            Dialect::Ollama => ollama::streamed(),
            Dialect::Gemini => gemini::streamed(),
            Dialect::BedrockConverse => bedrock::streamed(),
        }
    }

    /// A stream of texts.
    fn cut(head: Vec<String>, delta: impl Fn(&str) -> String, tail: Vec<String>) -> Self {
        let bytes = |events: Vec<String>| events.into_iter().map(Bytes::from).collect();
        let piece = delta(&format!("{WORDS}{SENT_AT}#"));
        let (before, after) = piece.split_once('#').unwrap_or((piece.as_str(), ""));
        let piece = Piece::Cut(Bytes::from(before.to_owned()), Bytes::from(after.to_owned()));
        Self { head: bytes(head), first: Bytes::from(delta(FIRST_WORDS)), piece, tail: bytes(tail) }
    }

    /// A stream of binary messages.
    fn made(head: Vec<Bytes>, delta: fn(&str) -> Bytes, tail: Vec<Bytes>) -> Self {
        Self { head, first: delta(FIRST_WORDS), piece: Piece::Made(delta), tail }
    }

    /// A piece that is sent at a time, in microseconds.
    pub(crate) fn piece_at(&self, micros: u64) -> Bytes {
        match &self.piece {
            Piece::Cut(before, after) => {
                let mut piece = Vec::with_capacity(before.len() + DIGITS + after.len());
                piece.extend_from_slice(before);
                piece.extend_from_slice(format!("{micros:016}").as_bytes());
                piece.extend_from_slice(after);
                piece.into()
            }
            Piece::Made(delta) => delta(&format!("{WORDS}{SENT_AT}{micros:016}")),
        }
    }
}

/// A server-sent event that says its type twice, as Anthropic's and Responses' do.
fn named_event(event: &Value) -> String {
    format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default())
}

/// A server-sent event without a name.
fn data_line(chunk: &Value) -> String {
    format!("data: {chunk}\n\n")
}

fn piece(index: usize) -> String {
    if index == 0 { FIRST_WORDS.to_owned() } else { format!(" and goes on with piece {index}") }
}

/// The words of a whole answer.
fn text() -> String {
    (0..PIECES).map(piece).collect()
}

#[cfg(test)]
mod tests;
