//! Which paths may be reached: rules over names, without looking at a disk.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

/// A pattern that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError(String);

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PatternError {}

/// What is allowed and what is blocked.
#[derive(Debug, Clone, Default)]
pub struct PathRules {
    allowed: Vec<Pattern>,
    blocked: Vec<Pattern>,
}

impl PathRules {
    /// Rules from texts. Without any that allow, everything is allowed that isn't blocked.
    pub fn new(allowed: &[String], blocked: &[String]) -> Result<Self, PatternError> {
        let read = |texts: &[String]| {
            let said = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
            said.map(Pattern::parse).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self { allowed: read(allowed)?, blocked: read(blocked)? })
    }

    /// The setting that forbids this path, which is relative to `root`.
    pub(crate) fn forbids(&self, root: &Path, relative: &Path) -> Option<&'static str> {
        if self.blocked.iter().any(|pattern| pattern.blocks(root, relative)) {
            return Some("POLICY_FILE_BLOCKED_PATHS");
        }
        let is_allowed =
            self.allowed.is_empty() || self.allowed.iter().any(|pattern| pattern.allows(root, relative));
        (!is_allowed).then_some("POLICY_FILE_ALLOWED_PATHS")
    }
}

/// One rule. Case never counts: some disks don't know it.
#[derive(Debug, Clone)]
enum Pattern {
    /// Matches the whole path, absolute or relative to the workspace.
    Glob(GlobMatcher),
    /// A file or folder at this place, from the disk's root or the workspace's, and all that is in it.
    At(Vec<String>),
    /// A file or folder of this name, wherever it is, and all that is in it.
    Named(Vec<String>),
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, PatternError> {
        if text.contains(['*', '?']) {
            let glob = GlobBuilder::new(text).case_insensitive(true).literal_separator(false).build();
            let glob = glob.map_err(|error| PatternError(format!("`{text}` is no pattern: {error}")))?;
            return Ok(Self::Glob(glob.compile_matcher()));
        }
        let names = names(Path::new(text));
        if names.is_empty() {
            return Err(PatternError(format!("`{text}` names no file")));
        }
        Ok(if text.starts_with('/') { Self::At(names) } else { Self::Named(names) })
    }

    fn blocks(&self, root: &Path, relative: &Path) -> bool {
        let own = names(relative);
        match self {
            Self::Glob(glob) => ancestors(relative).any(|path| matches(glob, root, path)),
            Self::At(names) => {
                begins(&own, names, is_or_belongs_to)
                    || begins(&self::names(&root.join(relative)), names, is_or_belongs_to)
            }
            Self::Named(names) => {
                (0..own.len()).any(|at| begins(own.get(at..).unwrap_or_default(), names, is_or_belongs_to))
            }
        }
    }

    fn allows(&self, root: &Path, relative: &Path) -> bool {
        let is = |own: &str, name: &str| own == name;
        match self {
            Self::Glob(glob) => ancestors(relative).any(|path| matches(glob, root, path)),
            Self::At(names) => begins(&self::names(&root.join(relative)), names, is),
            Self::Named(names) => begins(&self::names(relative), names, is),
        }
    }
}

fn matches(glob: &GlobMatcher, root: &Path, relative: &Path) -> bool {
    glob.is_match(relative) || glob.is_match(root.join(relative))
}

/// A path and the folders around it, but for the workspace itself.
fn ancestors(relative: &Path) -> impl Iterator<Item = &Path> {
    relative.ancestors().filter(|path| !path.as_os_str().is_empty())
}

/// The names in a path, in lower case.
fn names(path: &Path) -> Vec<String> {
    let name = |part: Component<'_>| match part {
        Component::Normal(name) => Some(name.to_string_lossy().to_lowercase()),
        _ => None,
    };
    path.components().filter_map(name).collect()
}

/// `.env` stands for `.env.local` as well.
fn is_or_belongs_to(own: &str, name: &str) -> bool {
    own.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn begins(own: &[String], names: &[String], is: impl Fn(&str, &str) -> bool) -> bool {
    own.len() >= names.len() && own.iter().zip(names).all(|(own, name)| is(own, name))
}

/// The path from the root as it is written: without `.` and `..`, and within. `None` where it leads out.
pub(crate) fn within(root: &Path, spelled: &Path, text: &str) -> Option<PathBuf> {
    let path = Path::new(text);
    let relative = if path.is_absolute() {
        let path = lexical(path)?;
        path.strip_prefix(root).or_else(|_| path.strip_prefix(spelled)).ok()?.to_owned()
    } else {
        path.to_owned()
    };
    lexical(&relative)
}

/// Without `.` and `..`; `None` where it leads above where it begins.
fn lexical(path: &Path) -> Option<PathBuf> {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) => clean.push(name),
            Component::ParentDir => {
                if !clean.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) if clean.as_os_str().is_empty() || clean.has_root() => {
                clean.push(part);
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(clean)
}

#[cfg(test)]
mod tests;
