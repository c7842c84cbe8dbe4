//! Reads configuration files with care: a path from a project may lead to a device, a pipe or gigabytes.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// A configuration file larger than this isn't one.
const LARGEST_FILE: u64 = 1 << 20;

/// Why a file has no text.
pub(crate) enum Unreadable {
    /// There is no such file.
    Absent,
    /// There is one; the text says what is wrong with it.
    Because(String),
}

/// The text of a configuration file.
pub(crate) fn read(path: &Path) -> Result<String, Unreadable> {
    let because = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Unreadable::Absent,
        _ => Unreadable::Because(format!("can't be read: {error}")),
    };
    let metadata = fs::metadata(path).map_err(because)?;
    if !metadata.is_file() {
        return Err(Unreadable::Because("is not a file".to_owned()));
    }
    if metadata.len() > LARGEST_FILE {
        return Err(Unreadable::Because("is larger than 1 MiB".to_owned()));
    }
    let bytes = fs::read(path).map_err(because)?;
    String::from_utf8(bytes).map_err(|_| Unreadable::Because("is not UTF-8 text".to_owned()))
}

/// Whether two paths lead to one folder.
pub(crate) fn same_folder(left: &Path, right: &Path) -> bool {
    match (fs::canonicalize(left), fs::canonicalize(right)) {
        (Ok(left), Ok(right)) => left == right,
        _ => left == right,
    }
}
