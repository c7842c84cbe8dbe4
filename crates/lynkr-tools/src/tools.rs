//! The tools themselves, one file each.

pub(crate) mod edit_patch;
pub(crate) mod fs_read;
pub(crate) mod fs_write;
pub(crate) mod workspace_list;
pub(crate) mod workspace_search;

use crate::input::Input;
use crate::redact::MARK;
use crate::tool::ToolError;

/// What models call the path of a file.
const PATH: &[&str] = &["path", "file", "file_path", "filePath", "filename", "name"];

/// Files are text in one encoding.
fn check_encoding(input: &Input) -> Result<(), ToolError> {
    match input.text(&["encoding"])?.map(str::to_ascii_lowercase).as_deref() {
        None | Some("utf8" | "utf-8") => Ok(()),
        Some(other) => Err(ToolError::failed(format!("encoding must be utf8, not {other}"))),
    }
}

/// A text that stands for a secret must not be written in its place.
fn check_unredacted(text: &str, what: &str) -> Result<(), ToolError> {
    if text.contains(MARK) {
        let message = format!(
            "{what} holds `{MARK}…]`, which stands for a secret that would be lost: leave that line as it is"
        );
        return Err(ToolError::failed(message));
    }
    Ok(())
}
