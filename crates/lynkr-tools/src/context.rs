//! What a tool is run in: the workspace, the limits, and whether anybody still waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::tool::ToolError;
use crate::workspace::Workspace;

/// How much a tool may take in and say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest file that is read or written, in bytes.
    pub file_bytes: u64,
    /// The most that a model is told by one call, in bytes.
    pub output_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 1024 * 1024, output_bytes: 256 * 1024 }
    }
}

/// What a tool is run in.
#[derive(Debug, Clone)]
pub struct Context {
    /// The files.
    pub workspace: Arc<Workspace>,
    /// How much.
    pub limits: Limits,
    cancelled: Arc<AtomicBool>,
}

impl Context {
    pub(crate) fn new(workspace: Arc<Workspace>, limits: Limits) -> Self {
        Self { workspace, limits, cancelled: Arc::default() }
    }

    /// Whether nobody waits for the tool any more.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Cancels when it is dropped.
    pub(crate) fn guard(&self) -> Guard {
        Guard(Arc::clone(&self.cancelled))
    }

    /// Does what waits for disks on a thread where that may be.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, ToolError> + Send + 'static,
    ) -> Result<T, ToolError> {
        let context = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&context)).await;
        done.unwrap_or_else(|_| Err(ToolError::failed("the tool broke down")))
    }
}

/// The interest of whoever waits.
#[derive(Debug)]
pub(crate) struct Guard(Arc<AtomicBool>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
