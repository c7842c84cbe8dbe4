//! What the surface asks of the process around it.

use std::fmt::Debug;

use async_trait::async_trait;

/// Reads the configuration anew.
#[async_trait]
pub trait Reload: Send + Sync + Debug {
    /// Puts the configuration into effect as it is now, or says everything that is wrong with it and leaves the
    /// old one in effect.
    async fn reload(&self) -> Result<Reloaded, Vec<String>>;
}

/// What a reload changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// The settings whose new values are in effect, by environment name.
    pub changed: Vec<&'static str>,
    /// The settings that changed as well, but count from the next start on.
    pub at_next_start: Vec<&'static str>,
    /// What is odd, but no reason to refuse.
    pub warnings: Vec<String>,
}

/// A gateway whose configuration stays as it is.
#[derive(Debug, Clone, Copy)]
pub struct Unchanging;

#[async_trait]
impl Reload for Unchanging {
    async fn reload(&self) -> Result<Reloaded, Vec<String>> {
        Err(vec!["the configuration of this gateway can't be read anew".to_owned()])
    }
}
