//! What native objects wrote in a way that the neutral form doesn't tell: see [`crate::kept`].

/// The format of a picture or file whose bytes are elsewhere.
pub(super) const FORMAT: &str = "#format";
/// A tool's answer in JSON rather than words.
pub(super) const JSON: &str = "#json";
/// Words that stood in `citationsContent`; its `content` when that wasn't one text.
pub(super) const CITED: &str = "#citationsContent";
/// A sum of token counts that isn't theirs.
pub(super) const TOTAL: &str = "#totalTokens";
/// An empty object that says nothing: the names of the fields that were so.
pub(super) const EMPTY: &str = "#empty.";
/// Why an answer ended, in the provider's word, when the neutral form can't give it back.
pub(super) const STOP: &str = "#stopReason";
