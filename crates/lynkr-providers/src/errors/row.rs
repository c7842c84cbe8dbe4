//! A row of the table.

use lynkr_types::{FaultKind, Scope};

use super::said::Said;

/// Whether the same request is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It fails again.
    Never,
    /// The same target may answer later.
    Same,
    /// This target won't answer; another may.
    Elsewhere,
}

/// Where a provider says how long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Nowhere.
    Unsaid,
    /// `retry-after-ms`, or `retry-after` in seconds.
    Header,
    /// In the body: Google's `RetryInfo.retryDelay`, ChatGPT's `resets_in_seconds`, or the message's own words
    /// ("try again in 1.5s").
    Body,
}

/// What a provider sends when the row applies: for the test that holds the gateway to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// The status.
    pub status: u16,
    /// A header beside the usual ones.
    pub header: Option<(&'static str, &'static str)>,
    /// The body.
    pub body: &'static str,
}

/// One row: what is refused how, and what it means. All conditions that are there must hold; of each list, one
/// is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorRow {
    /// The providers; empty for any.
    pub providers: &'static [&'static str],
    /// The statuses; empty for any.
    pub statuses: &'static [u16],
    /// Machine-readable words, in any case: codes, types, reasons, exceptions.
    pub codes: &'static [&'static str],
    /// Parts of the message, in lower case.
    pub says: &'static [&'static str],
    /// What the client is told.
    pub kind: FaultKind,
    /// What it speaks of.
    pub scope: Scope,
    /// Whether it is sent again.
    pub again: Again,
    /// Where the wait is said.
    pub wait: Wait,
    /// The client's status, where it isn't the provider's own.
    pub status: Option<u16>,
    /// What it is, for people.
    pub note: &'static str,
    /// What it looks like.
    pub example: Example,
}

impl ErrorRow {
    /// A row that applies to everything.
    pub(crate) const ANY: Self = Self {
        providers: &[],
        statuses: &[],
        codes: &[],
        says: &[],
        kind: FaultKind::Internal,
        scope: Scope::Provider,
        again: Again::Never,
        wait: Wait::Unsaid,
        status: None,
        note: "",
        example: Example { status: 500, header: None, body: "{}" },
    };

    pub(crate) const fn means(mut self, kind: FaultKind, scope: Scope, again: Again) -> Self {
        self.kind = kind;
        self.scope = scope;
        self.again = again;
        self
    }

    pub(crate) const fn waits(mut self, wait: Wait) -> Self {
        self.wait = wait;
        self
    }

    pub(crate) const fn example(mut self, status: u16, body: &'static str) -> Self {
        self.example = Example { status, header: self.example.header, body };
        self
    }

    pub(crate) const fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.example.header = Some((name, value));
        self
    }

    /// Whether nothing but the status is asked for.
    pub(crate) const fn is_bare(&self) -> bool {
        self.providers.is_empty() && self.codes.is_empty() && self.says.is_empty()
    }

    /// Whether the row applies.
    pub fn fits(&self, provider: &str, said: &Said) -> bool {
        let is_provider = self.providers.is_empty() || self.providers.contains(&provider);
        let is_status = self.statuses.is_empty() || self.statuses.contains(&said.status);
        is_provider
            && is_status
            && (self.codes.is_empty() || self.codes.iter().any(|code| said.has_code(code)))
            && (self.says.is_empty() || self.says.iter().any(|part| said.message.contains(part)))
    }
}
