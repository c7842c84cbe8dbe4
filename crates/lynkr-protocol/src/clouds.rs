//! Anthropic's dialect as clients of the clouds write it: the model and whether the answer is streamed stand in the
//! path, version and betas in the body.
//!
//! Sources: "Claude on Amazon Bedrock" and "Claude on Vertex AI" in the Claude API docs, and the SDKs' own packages
//! for both, which Claude Code speaks through.

use std::fmt::Write as _;

use serde::Deserialize;

use crate::error::{DecodeError, read_json};
use crate::peek::{Edit, Piece, pieces, remove_members};

/// The fields that the envelope has, and what stands in their place here.
const FIELDS: &[&str] = &["anthropic_beta", "anthropic_version", "model", "stream"];

/// A request out of its envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The body as Anthropic takes it, with nothing else touched.
    pub body: Vec<u8>,
    /// The body's `anthropic_version`, a cloud's own.
    pub version: Option<String>,
    /// The body's `anthropic_beta`, in order.
    pub betas: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Envelope {
    anthropic_version: Option<String>,
    #[serde(default)]
    anthropic_beta: Option<Vec<String>>,
    model: Option<String>,
}

/// Takes a body out of its envelope. `stream` is what the path says; so is `model`, but for counts, whose bodies name
/// it.
///
/// # Errors
///
/// What is no JSON object, or has fields of the envelope that aren't of their types.
pub fn open(body: &[u8], model: Option<&str>, stream: Option<bool>) -> Result<Opened, DecodeError> {
    let envelope: Envelope = read_json(body)?;
    let mut edits = remove_members(body, FIELDS)?;
    let mut text = String::new();
    if let Some(model) = model.or(envelope.model.as_deref()) {
        let _ = write!(text, "\"model\":{},", serde_json::Value::from(model));
    }
    if let Some(stream) = stream {
        let _ = write!(text, "\"stream\":{stream},");
    }
    let start = body.iter().position(|byte| *byte == b'{').map_or(0, |at| at + 1);
    let comma = (start + text.len()).saturating_sub(1);
    edits.push(Edit { range: start..start, text });
    let mut opened = Vec::with_capacity(body.len());
    for piece in pieces(body.len(), &mut edits) {
        match piece {
            Piece::Kept(range) => opened.extend_from_slice(body.get(range).unwrap_or_default()),
            Piece::New(text) => opened.extend_from_slice(text.as_bytes()),
        }
    }
    // Where nothing else is in the body, nothing follows the last comma.
    let after = opened.get(comma + 1..).unwrap_or_default();
    if opened.get(comma) == Some(&b',')
        && after.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'}')
    {
        opened.remove(comma);
    }
    let betas = envelope.anthropic_beta.unwrap_or_default();
    Ok(Opened { body: opened, version: envelope.anthropic_version, betas })
}

/// A Bedrock name of Claude as Anthropic has it: `us.anthropic.claude-sonnet-4-5-20250929-v1:0` →
/// `claude-sonnet-4-5-20250929`. What isn't one stays as it is.
pub fn plain_bedrock_model(model: &str) -> &str {
    let Some((_, name)) = model.split_once("anthropic.claude-") else { return model };
    let name = model.get(model.len() - name.len() - "claude-".len()..).unwrap_or(model);
    let revision = |tail: &str| tail.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    match name.rsplit_once("-v") {
        Some((plain, tail)) if !tail.is_empty() && revision(tail) => plain,
        _ => name,
    }
}

/// A Vertex name of Claude as Anthropic has it: `claude-sonnet-4-5@20250929` → `claude-sonnet-4-5-20250929`.
pub fn plain_vertex_model(model: &str) -> String {
    match model.split_once('@') {
        Some((name, "default" | "latest")) => name.to_owned(),
        Some((name, date)) => format!("{name}-{date}"),
        None => model.to_owned(),
    }
}

#[cfg(test)]
mod tests;
