//! Goes through the workspace: what git ignores, what is hidden and what may not be seen is passed over, and no link is
//! followed.

use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use ignore::{DirEntry, WalkBuilder};

use crate::context::Context;
use crate::tool::ToolError;

/// Folders that hold other people's code, which git doesn't always ignore.
const PASSED_OVER: &str = "node_modules";

/// Which files are wanted.
#[derive(Debug)]
pub(crate) struct Wanted {
    patterns: GlobSet,
    ignore: GlobSet,
}

impl Wanted {
    /// Those that match one of `patterns` (all, without any) and none of `ignore`.
    pub(crate) fn new(patterns: &[String], ignore: &[String]) -> Result<Self, ToolError> {
        let everything = ["**/*".to_owned()];
        let patterns = if patterns.is_empty() { &everything } else { patterns };
        Ok(Self { patterns: globs(patterns)?, ignore: globs(ignore)? })
    }

    fn takes(&self, path: &Path) -> bool {
        self.patterns.is_match(path) && !self.ignores(path)
    }

    /// `dist` ignores the folder and all in it, as `dist/**` does.
    fn ignores(&self, path: &Path) -> bool {
        path.ancestors().any(|path| self.ignore.is_match(path))
            || path.file_name().is_some_and(|name| self.ignore.is_match(Path::new(name)))
    }
}

fn globs(patterns: &[String]) -> Result<GlobSet, ToolError> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let clean = pattern.strip_prefix("./").unwrap_or(pattern);
        let clean = clean
            .strip_suffix("/**")
            .filter(|folder| !folder.ends_with('*'))
            .map_or_else(|| vec![clean.to_owned()], |folder| vec![clean.to_owned(), folder.to_owned()]);
        for text in clean {
            let glob = GlobBuilder::new(&text).literal_separator(true).build();
            set.add(glob.map_err(|error| ToolError::failed(format!("`{pattern}` is no pattern: {error}")))?);
        }
    }
    set.build().map_err(|error| ToolError::failed(format!("the patterns can't be used: {error}")))
}

/// Something in the workspace.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    /// Its path below the workspace.
    pub(crate) path: &'a Path,
    pub(crate) entry: &'a DirEntry,
}

impl Found<'_> {
    /// `file`, `directory` or `symlink`.
    pub(crate) fn kind(&self) -> &'static str {
        match self.entry.file_type() {
            Some(kind) if kind.is_dir() => "directory",
            Some(kind) if kind.is_symlink() => "symlink",
            _ => "file",
        }
    }

    /// The path with `/` between its names.
    pub(crate) fn shown(&self) -> String {
        let names: Vec<_> = self.path.iter().map(|name| name.to_string_lossy()).collect();
        names.join("/")
    }
}

/// Calls `visit` for what is wanted, by name, until it says that it has enough.
pub(crate) fn walk(
    context: &Context,
    wanted: &Wanted,
    mut visit: impl FnMut(&Found<'_>) -> Result<bool, ToolError>,
) -> Result<(), ToolError> {
    let workspace = &context.workspace;
    let mut walk = WalkBuilder::new(workspace.root());
    walk.follow_links(false).parents(false).git_global(false).require_git(false);
    walk.sort_by_file_name(std::ffi::OsStr::cmp);
    let (root, held) = (workspace.root().to_owned(), std::sync::Arc::clone(workspace));
    walk.filter_entry(move |entry| {
        let relative = entry.path().strip_prefix(&root).unwrap_or(entry.path());
        relative.as_os_str().is_empty() || (entry.file_name() != PASSED_OVER && held.shows(relative))
    });
    // What can't be read is as if it weren't there.
    for entry in walk.build().filter_map(Result::ok) {
        if context.is_cancelled() {
            return Err(ToolError::failed("nobody waits for it any more"));
        }
        let Ok(path) = entry.path().strip_prefix(workspace.root()) else { continue };
        if path.as_os_str().is_empty() || !wanted.takes(path) {
            continue;
        }
        if !visit(&Found { path, entry: &entry })? {
            break;
        }
    }
    Ok(())
}
