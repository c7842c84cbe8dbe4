//! The working tree as text: where it is and which files belong to it.

use crate::process;
use std::path::{Path, PathBuf};

/// A text file of the repository; `path` is relative to the top and uses `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// The top of the repository.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

/// Every text file that git tracks or would track, so that a new file is checked before it is added. An export
/// without `.git` is walked instead.
pub(crate) fn text_files() -> anyhow::Result<Vec<TextFile>> {
    let root = root();
    let mut paths = if root.join(".git").exists() { listed_by_git()? } else { walked(&root) };
    paths.sort();
    paths.dedup();
    let read = |path: String| {
        let bytes = std::fs::read(root.join(&path)).ok()?;
        // Files that aren't UTF-8 are images and the like: nothing here applies to them.
        Some(TextFile { path, text: String::from_utf8(bytes).ok()? })
    };
    Ok(paths.into_iter().filter_map(read).collect())
}

/// What follows the last dot of a path.
pub(crate) fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn listed_by_git() -> anyhow::Result<Vec<String>> {
    let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let names = process::capture(process::command("git", &list))?;
    Ok(names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

fn walked(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let skipped =
                matches!(entry.file_name().to_str(), Some("target" | "node_modules" | ".git") | None);
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !skipped => folders.push(path),
                Ok(kind) if kind.is_file() => found.extend(relative(root, &path)),
                _ => {}
            }
        }
    }
    found
}

fn relative(root: &Path, path: &Path) -> Option<String> {
    path.strip_prefix(root).ok()?.to_str().map(|path| path.replace('\\', "/"))
}
