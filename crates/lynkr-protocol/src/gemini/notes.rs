//! Remembers how a native object wrote what the neutral form says in one way only, so that it goes back
//! out in this dialect as it came.
//!
//! A note is a field of the object's `Extra` whose name begins with `#`: see [`crate::kept`].

pub(super) use crate::kept::{Kept, mark, nest};

/// The role of a turn or of the instructions, when it isn't the usual one; `null` for none.
pub(super) const ROLE: &str = "#role";
/// The name of the tool that a result answers, when no call tells it.
pub(super) const NAME: &str = "#name";
/// The id that a result came with, when its call has another; `null` for none.
pub(super) const ID: &str = "#id";
/// The form of a result's `response`.
pub(super) const FORM: &str = "#form";
/// A call had no `args`.
pub(super) const NO_ARGS: &str = "#no_args";
/// A part had a signature and nothing else.
pub(super) const BARE: &str = "#bare";
/// A placeholder stood where a signature belongs: it proves nothing, so it is no proof.
pub(super) const PLACEHOLDER: &str = "#placeholder";
/// The place of the entry of `tools` that a tool stood in.
pub(super) const ENTRY: &str = "#entry";
/// The schema as it was written.
pub(super) const SCHEMA: &str = "#schema";
/// `parameters` or `responseSchema` held the schema, rather than their JSON Schema siblings.
pub(super) const OPENAPI: &str = "#openapi";
/// The MIME type of a file.
pub(super) const MIME: &str = "#mime";
/// The mode of tool calling, when it is another word for the same.
pub(super) const MODE: &str = "#mode";
/// The MIME type of the answer, when the form doesn't tell it; `null` for none.
pub(super) const RESPONSE_MIME: &str = "#responseMimeType";
/// The level of reasoning as it was written.
pub(super) const LEVEL: &str = "#thinkingLevel";
/// Whether the reasoning is shown, as it was written.
pub(super) const THOUGHTS: &str = "#includeThoughts";
/// An empty object or list that says nothing: the names of the fields that were so.
pub(super) const EMPTY: &str = "#empty.";
/// Why an answer ended, in the provider's word.
pub(super) const FINISH: &str = "#finishReason";
/// Input tokens that tools of the provider added.
pub(super) const TOOL_USE: &str = "#toolUse";
/// One candidate was asked for in so many words.
pub(super) const ONE_CANDIDATE: &str = "#candidateCount";
