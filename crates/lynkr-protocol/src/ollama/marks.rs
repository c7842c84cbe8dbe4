//! Remembers how a native request wrote what the neutral form says in one way only: whether a field with
//! its default value was there at all. So a request that goes back out in this dialect is the same.
//!
//! A mark is a `null` in the object's [`Extra`], under a name with a space in it, which no field has. Other
//! dialects take a `null` for nothing, so a mark is never reported as a loss.

use crate::Dialect;
use crate::neutral::Extra;
use crate::wire::{Json, Rest};

/// The fields and the marks of an object that came in this dialect; both empty for all others.
#[derive(Debug, Default)]
pub(super) struct Native {
    /// The fields that the neutral form doesn't name.
    pub(super) rest: Rest,
    marks: Vec<String>,
}

impl Native {
    /// What `extra` keeps for this dialect.
    pub(super) fn of(extra: &Extra) -> Self {
        let mut native = Self::default();
        for (name, value) in extra.of(Dialect::Ollama).iter() {
            if name.contains(' ') {
                native.marks.push(name.to_owned());
            } else {
                native.rest.push(name, value.clone());
            }
        }
        native
    }

    /// Whether `mark` was set.
    pub(super) fn has(&self, mark: &str) -> bool {
        self.marks.iter().any(|known| known == mark)
    }

    /// The number that a mark beginning with `prefix` keeps.
    pub(super) fn number(&self, prefix: &str) -> Option<u64> {
        self.marks.iter().find_map(|mark| mark.strip_prefix(prefix)?.parse().ok())
    }
}

/// Sets `mark` among the fields of an object.
pub(super) fn set(rest: &mut Rest, mark: &str) {
    rest.push(mark, Json::null());
}

/// The field `stream` was not there.
pub(super) const STREAM_ABSENT: &str = "stream absent";
/// The field `content` was not there.
pub(super) const CONTENT_ABSENT: &str = "content absent";
/// The field `images` was an empty list.
pub(super) const IMAGES_EMPTY: &str = "images empty";
/// The field `tool_calls` was an empty list.
pub(super) const CALLS_EMPTY: &str = "tool_calls empty";
/// The field `tool_name` was not there.
pub(super) const NAME_ABSENT: &str = "tool_name absent";
/// The field `tools` was an empty list.
pub(super) const TOOLS_EMPTY: &str = "tools empty";
/// The field `options` was an empty object.
pub(super) const OPTIONS_EMPTY: &str = "options empty";
/// The field `stop` was a plain string.
pub(super) const STOP_PLAIN: &str = "stop plain";
/// The field `think` held a level, so the model is one that takes levels.
pub(super) const THINK_LEVEL: &str = "think level";
/// A call had `type: "function"`.
pub(super) const TYPE_FUNCTION: &str = "type function";
/// Begins the mark that keeps a call's `index`.
pub(super) const INDEX: &str = "function.index ";
