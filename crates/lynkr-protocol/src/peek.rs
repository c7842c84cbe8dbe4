//! One pass over a request body that reads what routing needs and leaves the rest alone.
//!
//! The pass also proves that the body is JSON, so a body that passes through untouched is never garbage.

mod members;
mod visit;

use std::ops::Range;

use crate::Dialect;
use crate::error::DecodeError;

pub use members::remove_members;

/// What a look at a request body tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peek {
    /// The model's name, when it is there.
    pub model: Option<String>,
    /// Where the model's JSON string stands in the body.
    pub model_span: Option<Range<usize>>,
    /// Whether a streamed answer is asked for; `None` when it isn't said.
    pub stream: Option<bool>,
    /// The limit of output tokens, under whichever of its names.
    pub max_tokens: Option<u64>,
    /// How many tools are on offer.
    pub tools: usize,
    /// How many turns (or input items) there are.
    pub turns: usize,
    /// Whether everything is in this dialect's own form; else the body must be translated.
    pub native: bool,
    /// `previous_response_id`.
    pub previous_response_id: Option<String>,
    /// `store`.
    pub store: Option<bool>,
    /// `stream_options.include_usage`.
    pub include_usage: bool,
    /// Where `stream_options` stands in the body.
    pub stream_options: Option<Range<usize>>,
    /// Where Claude Code's billing line stands in the body, with the comma that belongs to it: a block of
    /// Anthropic's `system` of its own.
    pub billing_line: Option<Range<usize>>,
    /// Whether Anthropic's `thread` is there: the conversation is to be kept, or is with whoever kept it.
    pub thread: bool,
    /// Whether the dialect names the model in the URL; then the body must not gain one.
    pub model_in_url: bool,
    /// Where the body's opening brace ends: the place for a new field.
    pub open: usize,
    /// What the client calls its session: `session_id`, `sessionId`, `conversation_id`, what Claude Code puts into
    /// `metadata.user_id`, or `conversation`; the first that isn't empty.
    pub session: Option<String>,
    /// `prompt_cache_key`: some clients put their session there, others a word that all of theirs share.
    pub cache_key: Option<String>,
    /// Where each turn (or input item) stands in the body.
    pub turn_spans: Vec<Range<usize>>,
    /// Where the list of tools stands in the body; Bedrock's stands in an object.
    pub tools_span: Option<Range<usize>>,
    /// Where the first turn of the user stands in the body; an input that is one text is that text.
    pub first_user: Option<Range<usize>>,
    /// Where the system prompt stands in the body, in dialects that have a field for it.
    pub system: Option<Range<usize>>,
}

/// Looks at a request. Refuses what isn't a JSON object, a model that is no string, and a body without its
/// conversation (`messages`, `input` or `contents`).
pub fn peek(dialect: Dialect, body: &[u8]) -> Result<Peek, DecodeError> {
    let mut peek = visit::read(dialect, body)?;
    peek.open = body.iter().position(|byte| *byte == b'{').map_or(0, |at| at + 1);
    Ok(peek)
}

/// A change to a body: the text that replaces a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub range: Range<usize>,
    /// What stands there instead.
    pub text: String,
}

impl Peek {
    /// The edit that gives the body another model; `None` when it has that one.
    pub fn set_model(&self, model: &str) -> Option<Edit> {
        if self.model_in_url || self.model.as_deref() == Some(model) {
            return None;
        }
        let value = serde_json::Value::from(model).to_string();
        Some(match &self.model_span {
            Some(span) => Edit { range: span.clone(), text: value },
            None => self.insert("model", &value),
        })
    }

    /// The edit that puts a new field in front.
    pub fn insert(&self, name: &str, value: &str) -> Edit {
        Edit { range: self.open..self.open, text: format!("\"{name}\":{value},") }
    }

    /// The edit that asks an OpenAI chat stream for its usage; `None` when it does already.
    pub fn ask_for_usage(&self, body: &[u8]) -> Option<Edit> {
        if self.include_usage {
            return None;
        }
        let Some(span) = &self.stream_options else {
            return Some(self.insert("stream_options", r#"{"include_usage":true}"#));
        };
        let old = body.get(span.clone()).unwrap_or_default();
        let mut options: serde_json::Map<String, serde_json::Value> =
            crate::json::from_slice(old).unwrap_or_default();
        options.insert("include_usage".to_owned(), true.into());
        Some(Edit { range: span.clone(), text: serde_json::Value::Object(options).to_string() })
    }
}

/// The ranges of `body` and the new texts between them, in order; edits must not overlap. What is put in goes before
/// what begins at the same place.
pub fn pieces(body_len: usize, edits: &mut [Edit]) -> Vec<Piece<'_>> {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut pieces = Vec::with_capacity(edits.len() * 2 + 1);
    let mut at = 0;
    for edit in edits.iter() {
        pieces.push(Piece::Kept(at..edit.range.start));
        pieces.push(Piece::New(&edit.text));
        at = edit.range.end;
    }
    pieces.push(Piece::Kept(at..body_len));
    pieces
}

/// A part of an edited body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A range of the old body.
    Kept(Range<usize>),
    /// A new text.
    New(&'a str),
}

#[cfg(test)]
mod tests;
