//! The files that tools work on: one folder, which no path leaves, whatever it is made of.
//!
//! Every path goes through [`Workspace::locate`], which says where it really leads and asks the rules; files are opened
//! below the folder's own handle, so that a link that is put there in the meantime leads nowhere either.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

use crate::paths::{PathRules, within};
use crate::tool::ToolError;

/// What is to be done with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Looked at.
    Read,
    /// Made or changed.
    Write,
}

/// Where a path leads: below the workspace, through no link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    real: PathBuf,
    absolute: PathBuf,
}

impl Place {
    /// The whole path, for people.
    pub fn absolute(&self) -> String {
        self.absolute.display().to_string()
    }
}

/// What nobody may change by a tool: what git runs and what the gateway itself is set up with.
const KEPT: &[&str] = &[".git", "lynkr.toml"];

/// The folder.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    /// As the operator wrote it, which may lead through links.
    spelled: PathBuf,
    dir: Dir,
    rules: PathRules,
    /// Held from reading a file to writing it.
    edits: Mutex<()>,
}

impl Workspace {
    /// Opens the folder, and makes it if there is none.
    pub fn open(root: &Path, rules: PathRules) -> io::Result<Self> {
        std::fs::create_dir_all(root)?;
        let spelled = std::path::absolute(root)?;
        let root = std::fs::canonicalize(root)?;
        let dir = Dir::open_ambient_dir(&root, ambient_authority())?;
        Ok(Self { root, spelled, dir, rules, edits: Mutex::new(()) })
    }

    /// The folder's path, through no link.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a path leads. It must stay below the folder, and no rule may forbid it, by its own name or by that of what it
    /// leads to.
    pub fn locate(&self, path: &str, access: Access) -> Result<Place, ToolError> {
        if path.contains('\0') {
            return Err(ToolError::failed("path must not contain a NUL character"));
        }
        let written = within(&self.root, &self.spelled, path).ok_or_else(|| outside(path))?;
        self.check(&written, path, access)?;
        let real = self.real(&written).map_err(|error| unreachable(path, &error))?;
        self.check(&real, path, access)?;
        Ok(Place { absolute: self.root.join(&real), real })
    }

    /// Whether a path below the folder may be looked at, by its name.
    pub(crate) fn shows(&self, relative: &Path) -> bool {
        self.rules.forbids(&self.root, relative).is_none()
    }

    fn check(&self, relative: &Path, path: &str, access: Access) -> Result<(), ToolError> {
        if let Some(rule) = self.rules.forbids(&self.root, relative) {
            return Err(ToolError::path(format!("access to {path} is not permitted ({rule})")));
        }
        let is_kept = |part: &std::ffi::OsStr| KEPT.iter().any(|kept| part.eq_ignore_ascii_case(kept));
        if access == Access::Write && relative.iter().any(is_kept) {
            return Err(ToolError::path(format!("changing {path} is not permitted")));
        }
        Ok(())
    }

    /// The path through no link. Of what isn't there yet, the folders that are.
    fn real(&self, written: &Path) -> io::Result<PathBuf> {
        if written.as_os_str().is_empty() {
            return Ok(PathBuf::new());
        }
        match self.dir.canonicalize(written) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            found => return found,
        }
        // A link that leads to nothing would be written through.
        if self.dir.symlink_metadata(written).is_ok() {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "it is a link that leads to nothing",
            ));
        }
        let (Some(parent), Some(name)) = (written.parent(), written.file_name()) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        Ok(self.real(parent)?.join(name))
    }

    /// Reads a file of at most so many bytes. Waits for the disk.
    pub fn read(&self, place: &Place, most: u64) -> Result<Vec<u8>, ToolError> {
        let wrong = |error: io::Error| ToolError::failed(format!("{}: {error}", place.absolute()));
        let metadata = self.dir.metadata(&place.real).map_err(wrong)?;
        // A pipe would be waited for without end.
        if !metadata.is_file() {
            let what = if metadata.is_dir() { "a folder" } else { "no regular file" };
            return Err(ToolError::failed(format!("{} is {what}", place.absolute())));
        }
        let mut bytes = Vec::new();
        let file = self.dir.open(&place.real).map_err(wrong)?;
        file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(wrong)?;
        if bytes.len() as u64 > most {
            return Err(too_large(place, metadata.len(), most));
        }
        Ok(bytes)
    }

    /// Reads a file of text.
    pub fn read_text(&self, place: &Place, most: u64) -> Result<String, ToolError> {
        String::from_utf8(self.read(place, most)?)
            .map_err(|_| ToolError::failed(format!("{} is not UTF-8 text", place.absolute())))
    }

    /// Keeps every other tool from writing until it is dropped.
    pub fn editing(&self) -> MutexGuard<'_, ()> {
        self.edits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces or makes a file, all of it or nothing. Waits for the disk.
    pub fn write(&self, place: &Place, bytes: &[u8], create_parents: bool) -> Result<(), ToolError> {
        let wrong = |error: io::Error| ToolError::failed(format!("{}: {error}", place.absolute()));
        let parent = place.real.parent().filter(|parent| !parent.as_os_str().is_empty());
        if let Some(parent) = parent.filter(|_| create_parents) {
            self.dir.create_dir_all(parent).map_err(wrong)?;
        }
        let before = self.dir.metadata(&place.real).ok();
        if let Some(before) = before.as_ref().filter(|before| !before.is_file()) {
            let what = if before.is_dir() { "a folder" } else { "no regular file" };
            return Err(ToolError::failed(format!("{} is {what}", place.absolute())));
        }
        let beside = parent.unwrap_or(Path::new("")).join(temporary());
        let written = self.write_beside(&beside, bytes).and_then(|()| {
            if let Some(before) = before {
                self.dir.set_permissions(&beside, before.permissions())?;
            }
            self.dir.rename(&beside, &self.dir, &place.real)
        });
        written.map_err(|error| {
            // What is left behind when this fails as well, a later look at the folder shows.
            let _ = self.dir.remove_file(&beside);
            wrong(error)
        })
    }

    fn write_beside(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.dir.open_with(path, OpenOptions::new().write(true).create_new(true))?;
        file.write_all(bytes)?;
        file.sync_all()
    }
}

/// A name that no other write has.
fn temporary() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    format!(".lynkr-{}-{}.tmp", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

fn outside(path: &str) -> ToolError {
    ToolError::path(format!("access to {path} is not permitted: it is outside of the workspace"))
}

fn unreachable(path: &str, error: &io::Error) -> ToolError {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            ToolError::path(format!("access to {path} is not permitted: {error}"))
        }
        _ => ToolError::failed(format!("{path}: {error}")),
    }
}

fn too_large(place: &Place, length: u64, most: u64) -> ToolError {
    ToolError::failed(format!(
        "{} has {length} bytes, and {most} are the most (LYNKR_TOOLS_MAX_FILE_BYTES)",
        place.absolute()
    ))
}

#[cfg(test)]
mod tests;
