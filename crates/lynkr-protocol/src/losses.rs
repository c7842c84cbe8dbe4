//! What becomes of each thing that a client can say when the upstream speaks another dialect.
//!
//! [`TABLE`] says it, one test walks it against the encoders, and `docs/dialects.md` is written from it.
//! Where both speak the same dialect nothing is lost, so the table is about all other pairs.

mod markdown;
mod table;
mod words;

use lynkr_types::Loss;

pub use markdown::dialects_markdown;
pub use table::TABLE;

use crate::Dialect;
use crate::codec::Encoded;
use crate::error::EncodeError;
use crate::neutral::Opaque;

/// Rows about one part of a request.
#[derive(Debug)]
pub struct Section {
    /// What the rows are about.
    pub title: &'static str,
    /// The rows.
    pub rows: &'static [Row],
}

/// One thing that a client can say.
#[derive(Debug)]
pub struct Row {
    /// Its name, as receipts show it to clients whose dialect has no other word for it.
    pub feature: &'static str,
    /// What it is.
    pub about: &'static str,
    /// What becomes of it, in the order of [`Dialect::ALL`].
    pub fates: [Fate; 6],
}

impl Row {
    /// What becomes of it on the way to `target`.
    pub fn fate(&self, target: Dialect) -> Fate {
        let [anthropic, openai_chat, openai_responses, ollama, gemini, bedrock_converse] = self.fates;
        match target {
            Dialect::Anthropic => anthropic,
            Dialect::OpenAiChat => openai_chat,
            Dialect::OpenAiResponses => openai_responses,
            Dialect::Ollama => ollama,
            Dialect::Gemini => gemini,
            Dialect::BedrockConverse => bedrock_converse,
        }
    }
}

/// What becomes of something on the way to another dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The target has a form that says the same.
    Kept,
    /// The target does so anyway, for the reason given; nothing is written and nothing is lost.
    Implied(&'static str),
    /// The nearest form is sent, and a receipt says so: how.
    Approximated(&'static str),
    /// It is left out, and a receipt says so: why.
    Dropped(&'static str),
    /// The request is answered with a 400: why.
    Refused(&'static str),
}

/// Gives losses and refusals the names that the client's own dialect has for them, each once.
pub(crate) fn told(
    origin: Option<Dialect>,
    encoded: Result<Encoded, EncodeError>,
) -> Result<Encoded, EncodeError> {
    let mut encoded = encoded.map_err(|mut error| {
        if let Some(word) = words::of(origin, &error.feature) {
            error.feature = word;
        }
        error
    })?;
    let mut seen: Vec<Loss> = Vec::with_capacity(encoded.losses.len());
    for mut loss in encoded.losses {
        if let Some(word) = words::of(origin, &loss.feature) {
            loss.feature = word.into();
        }
        if !seen.contains(&loss) {
            seen.push(loss);
        }
    }
    encoded.losses = seen;
    Ok(encoded)
}

/// Leaves out a block that only another dialect's provider understands. Sound and film are what a question
/// is about, so an answer that never had them would mislead: they are refused.
pub(crate) fn leave_out(opaque: &Opaque, target: Dialect, losses: &mut Vec<Loss>) -> Result<(), EncodeError> {
    if matches!(opaque.kind.as_str(), "input_audio" | "input_video" | "video_url") {
        return Err(EncodeError {
            target,
            feature: opaque.kind.clone(),
            why: "the model would never hear or see it; send words or pictures".to_owned(),
        });
    }
    losses.push(Loss::dropped(opaque.kind.clone()));
    Ok(())
}

#[cfg(test)]
mod tests;
