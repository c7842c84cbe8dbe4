//! The folders of one cell: a home, a project, the outputs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A fresh folder tree, removed by [`Scratch::remove`] only, so that a red cell can be looked into.
#[derive(Debug)]
pub(crate) struct Scratch {
    root: PathBuf,
    home: PathBuf,
    project: PathBuf,
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

impl Scratch {
    pub(crate) fn create(name: &str) -> anyhow::Result<Self> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir()
            .join(format!("lynkr-e2e-{}", std::process::id()))
            .join(format!("{number:03}-{name}"));
        let (home, project) = (root.join("home"), root.join("project"));
        fs::create_dir_all(&home)?;
        fs::create_dir_all(&project)?;
        fs::create_dir_all(root.join("tmp"))?;
        fs::write(project.join("dot.png"), include_bytes!("clients/dot.png"))?;
        fs::write(project.join("square.png"), include_bytes!("clients/square.png"))?;
        Ok(Self { root, home, project })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    pub(crate) fn project(&self) -> &Path {
        &self.project
    }

    pub(crate) fn remove(&self) {
        // What can't be removed is left to the system's own cleaning of temporary files.
        let _ = fs::remove_dir_all(&self.root);
        if let Some(parent) = self.root.parent() {
            // Succeeds for the last cell only.
            let _ = fs::remove_dir(parent);
        }
    }
}
