//! What is wrong with the configuration, in a form that can be fixed without reading code.

use std::fmt;

use crate::{Setting, Source, mask};

/// Whether the gateway can start in spite of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It can't.
    Error,
    /// It can; what was written has no effect.
    Warning,
}

/// One thing that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The setting, TOML key or file that it is about.
    pub key: String,
    /// The offending value, already masked where it is or may hold a secret.
    pub value: Option<String>,
    /// Where the value came from. Boxed, so that a problem is small enough for a `Result`.
    pub source: Option<Box<Source>>,
    /// What is wrong, as the second half of a sentence that begins with the key.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem that keeps the gateway from starting.
    pub fn error(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            key: key.into(),
            value: None,
            source: None,
            message: message.into(),
            hint: None,
        }
    }

    /// A problem that the gateway can live with.
    pub fn warning(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(key, message) }
    }

    /// Adds the offending value, masked as the setting's kind demands.
    #[must_use]
    pub fn with_value(mut self, setting: &Setting, value: &str) -> Self {
        self.value = Some(mask::for_display(setting.kind, value));
        self
    }

    /// Adds where the value came from.
    #[must_use]
    pub fn with_source(mut self, source: &Source) -> Self {
        self.source = Some(Box::new(source.clone()));
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}: {}", self.key)?;
        if let Some(value) = &self.value {
            write!(f, " = `{value}`")?;
        }
        if let Some(source) = &self.source {
            write!(f, " ({source})")?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}
