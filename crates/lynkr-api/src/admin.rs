//! What the surface asks of the process around it.

use std::fmt::Debug;

use async_trait::async_trait;

/// Reads the configuration anew.
#[async_trait]
pub trait Reload: Send + Sync + Debug {
    /// Puts the configuration into effect as it is now, or says everything that is wrong with it and leaves the
    /// old one in effect.
    async fn reload(&self) -> Result<Reloaded, Vec<String>>;

    /// The configuration in effect, to be shown; `None` where there is none to show.
    async fn configuration(&self) -> Option<ShownConfiguration> {
        None
    }
}

/// The configuration in effect as it may be shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShownConfiguration {
    /// Every setting.
    pub settings: Vec<ShownSetting>,
    /// What is wrong with the files as they are now.
    pub problems: Vec<String>,
    /// The files that are read.
    pub files: Vec<String>,
}

/// A setting as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownSetting {
    /// The environment name.
    pub name: &'static str,
    /// The path in `lynkr.toml`.
    pub toml: &'static str,
    /// The value, masked where it is a secret; `None` when unset.
    pub value: Option<String>,
    /// Where it came from; `unset` when it has no value.
    pub source: String,
    /// Whether it is a secret.
    pub secret: bool,
    /// What it is for.
    pub help: &'static str,
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
