//! What is to be run.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A program with its arguments, its folder, and what its environment has other than this process's own.
#[derive(Clone)]
pub struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
    set: BTreeMap<OsString, OsString>,
    removed: BTreeSet<OsString>,
    folder: Option<PathBuf>,
}

impl Program {
    /// This program, without arguments, in this process's folder and environment.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            arguments: Vec::new(),
            set: BTreeMap::new(),
            removed: BTreeSet::new(),
            folder: None,
        }
    }

    /// With these arguments besides.
    #[must_use]
    pub fn arguments<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// With this variable.
    #[must_use]
    pub fn variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        let name = name.into();
        self.removed.remove(&name);
        self.set.insert(name, value.into());
        self
    }

    /// Without this variable, should this process have it.
    #[must_use]
    pub fn without(mut self, name: impl Into<OsString>) -> Self {
        let name = name.into();
        self.set.remove(&name);
        self.removed.insert(name);
        self
    }

    /// In this folder.
    #[must_use]
    pub fn in_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it is given.
    pub fn given(&self) -> impl Iterator<Item = &OsStr> {
        self.arguments.iter().map(OsString::as_os_str)
    }

    /// Starts it with nothing to read and nothing to write to but a file for what it says on standard error. It keeps
    /// running when this process ends; a program of this house calls [`leave_terminal`](crate::leave_terminal) first.
    pub fn spawn_detached(&self, said: File) -> io::Result<Child> {
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said);
        command.spawn()
    }

    /// Starts it with this process's own input and output, in its process group.
    pub(crate) fn spawn_beside(&self) -> io::Result<Child> {
        self.command().spawn()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).envs(&self.set);
        for name in &self.removed {
            command.env_remove(name);
        }
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }
}

/// Variables hold keys: only their names are shown.
impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program")
            .field("path", &self.path)
            .field("arguments", &self.arguments.len())
            .field("set", &self.set.keys().collect::<Vec<_>>())
            .field("removed", &self.removed)
            .field("folder", &self.folder)
            .finish()
    }
}
