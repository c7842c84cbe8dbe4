//! Post-link optimization: the linked program laid anew, block by block, by how often each block runs.
//!
//! The compiler, even with a profile, lays each function for itself, the blocks that run beside those that don't. LLVM's BOLT
//! takes the linked program apart, puts the blocks of a function in the order in which they run, functions that call each other
//! side by side, and what never ran apart from it. It wants a profile of just this program, so that one is made anew each
//! time: a copy that counts is exercised as clients would. <https://github.com/llvm/llvm-project/tree/main/bolt>

use super::{exercise, shipped};
use crate::process;
use anyhow::Context as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Requests of each kind.
const REQUESTS: usize = 150;
/// Releases of LLVM whose BOLT may be installed beside the compiler's own.
const RELEASES: std::ops::RangeInclusive<u32> = 17..=30;

/// How the program is laid. Pages stay of the usual size: huge ones would have more of the program in memory than runs.
const LAID: &[&str] = &[
    "-reorder-blocks=ext-tsp",
    "-reorder-functions=cdsort",
    "-split-functions",
    "-split-all-cold",
    "-split-eh",
    "-no-huge-pages",
];

/// The installed tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bolt {
    bolt: PathBuf,
    merge: PathBuf,
}

impl Bolt {
    /// The newest that is installed under a name in one of these folders.
    fn within(folders: &[PathBuf]) -> Option<Self> {
        let numbered = RELEASES.rev().map(|release| format!("llvm-bolt-{release}"));
        let mut names = std::iter::once("llvm-bolt".to_owned()).chain(numbered);
        names.find_map(|name| folders.iter().find_map(|folder| Self::at(&folder.join(&name))))
    }

    /// The tools that lie where a link leads. BOLT looks for its runtime by the path that it is called by, and `merge-fdata`
    /// often has no link of its own.
    fn at(link: &Path) -> Option<Self> {
        let bolt = link.canonicalize().ok()?;
        let merge = bolt.with_file_name("merge-fdata");
        merge.is_file().then_some(Self { bolt, merge })
    }

    /// What is installed.
    pub(super) fn installed() -> Option<Self> {
        let path = process::variable("PATH").unwrap_or_default();
        Self::within(&std::env::split_paths(&path).collect::<Vec<_>>())
    }

    /// Lays a program anew that was linked with its relocations, and writes it to `laid`.
    pub(super) fn lay(&self, linked: &Path, laid: &Path) -> anyhow::Result<()> {
        let folder = tempfile::tempdir().context("making a folder for what is counted")?;
        let (counting, counts) = (folder.path().join("lynkr"), folder.path().join("counts"));
        fs::create_dir(&counts).context("making a folder for counts")?;
        let to = counts.join("of");
        self.run(linked, &counting, |bolt| {
            bolt.args(["-instrument", "-instrumentation-file-append-pid"]);
            bolt.arg(format!("-instrumentation-file={}", to.display()));
        })?;
        exercise::exercised(&counting, REQUESTS)?;
        let mut merge = process::command(&self.merge.display().to_string(), &[]);
        merge.args(shipped::entries(&counts)?);
        let merged = folder.path().join("merged");
        fs::write(&merged, process::capture(merge)?).context("writing what was counted")?;
        self.run(linked, laid, |bolt| {
            bolt.args(LAID).arg(format!("-data={}", merged.display()));
        })
    }

    fn run(
        &self,
        from: &Path,
        to: &Path,
        how: impl FnOnce(&mut std::process::Command),
    ) -> anyhow::Result<()> {
        let mut bolt = process::command(&self.bolt.display().to_string(), &[]);
        bolt.arg(from).arg("-o").arg(to);
        how(&mut bolt);
        process::quietly(bolt).context("`cargo xtask dist --plain` goes without BOLT")
    }
}

#[cfg(test)]
mod tests {
    //! Which tools are taken.

    use super::*;
    use std::os::unix::fs::symlink;

    fn install(folder: &Path, release: u32, whole: bool) -> anyhow::Result<()> {
        let own = folder.join(format!("lib/llvm-{release}/bin"));
        fs::create_dir_all(&own)?;
        fs::create_dir_all(folder.join("bin"))?;
        fs::write(own.join("llvm-bolt"), "")?;
        if whole {
            fs::write(own.join("merge-fdata"), "")?;
        }
        symlink(own.join("llvm-bolt"), folder.join(format!("bin/llvm-bolt-{release}")))?;
        Ok(())
    }

    #[test]
    fn the_newest_that_is_whole() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = [folder.path().join("nowhere"), folder.path().join("bin")];
        assert_eq!(Bolt::within(&path), None);
        install(folder.path(), 19, true)?;
        install(folder.path(), 21, true)?;
        install(folder.path(), 22, false)?;
        let found = Bolt::within(&path).context("none is found")?;
        let own = folder.path().canonicalize()?.join("lib/llvm-21/bin");
        assert_eq!(found, Bolt { bolt: own.join("llvm-bolt"), merge: own.join("merge-fdata") });
        Ok(())
    }
}
