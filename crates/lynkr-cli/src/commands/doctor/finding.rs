//! What a check has to say.

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// Works, but not as somebody may think.
    Warning,
    /// Doesn't work.
    Wrong,
}

impl Verdict {
    /// The word for it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Wrong => "wrong",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// What was looked at.
    pub(super) what: String,
    pub(super) verdict: Verdict,
    /// How it is.
    pub(super) told: String,
    /// What would help: a command, or a line for the configuration.
    pub(super) suggestion: Option<String>,
}

impl Finding {
    pub(super) fn new(verdict: Verdict, what: impl Into<String>, told: impl Into<String>) -> Self {
        Self { what: what.into(), verdict, told: told.into(), suggestion: None }
    }

    /// Adds what would help.
    pub(super) fn with_suggestion(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }
}
