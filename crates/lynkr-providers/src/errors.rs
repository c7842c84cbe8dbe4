//! What a provider's refusal means: one table from status, words and provider to a verdict.
//!
//! Status codes alone don't tell: 429 is a full minute at one vendor and an empty account at another, 400 may be
//! an unknown key, and a 200 may hold an error. So a refusal is read for its machine-readable words and for its
//! message ([`Said`]), and the first row of [`ERROR_ROWS`] that fits decides. What no row knows is judged by its
//! status. The [`Verdict`] says what the client is told, whether it is sent again, and what is to blame for as
//! narrow a thing as can be said: a request, a model, a credential, or the provider.
//!
//! `docs/errors.md` is written from the table, and a test sends each row's example through the gateway.

mod document;
mod row;
mod said;
mod table;

use std::time::Duration;

use lynkr_types::{Blame, FaultKind, Retry, Scope};

pub use document::errors_markdown;
pub use row::{Again, ErrorRow, Example, Wait};
pub use said::Said;
pub use table::ERROR_ROWS;

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// What the client is told.
    pub kind: FaultKind,
    /// Who caused it.
    pub blame: Blame,
    /// What it speaks of.
    pub scope: Scope,
    /// Whether the same request may be sent again, and after which wait, where the provider says so.
    pub retry: Retry,
    /// The status for the client, where it isn't the provider's own.
    pub status: Option<u16>,
}

impl Verdict {
    /// What a failure of a kind means when nothing more is known.
    pub const fn of(kind: FaultKind, after: Option<Duration>) -> Self {
        let retry = match kind {
            FaultKind::NotFound | FaultKind::ContextLength | FaultKind::NotImplemented => Retry::Elsewhere,
            _ if kind.retryable() => Retry::Same(after),
            _ => Retry::Never,
        };
        let blame = if kind.counts() { Blame::Upstream } else { Blame::Client };
        Self { kind, blame, scope: kind.scope(), retry, status: None }
    }

    /// How long the provider wants to be left alone, where it says so.
    pub const fn after(&self) -> Option<Duration> {
        match self.retry {
            Retry::Same(after) => after,
            Retry::Never | Retry::Elsewhere => None,
        }
    }
}

/// Judges what a provider said. `kind` is what the dialect makes of the refusal, for what no row knows.
pub fn judge(provider: &str, said: &Said, kind: FaultKind) -> Verdict {
    let by_status = FaultKind::from_status(said.status);
    // Words for "an error" beside a client's status say nothing against the provider.
    let is_clients = matches!(said.status, 400..=499) && !by_status.counts();
    let is_vague = matches!(kind, FaultKind::Internal | FaultKind::BadGateway | FaultKind::Unavailable);
    let kind = if is_clients && is_vague { by_status } else { kind };
    // What the dialect read of the words says more than a bare status.
    let is_told = kind != by_status;
    let fitting = ERROR_ROWS.iter().find(|row| row.fits(provider, said));
    let Some(row) = fitting.filter(|row| !(row.is_bare() && is_told)) else {
        return Verdict::of(kind, said.after);
    };
    let known = Verdict::of(row.kind, said.after);
    let retry = match row.again {
        Again::Never => Retry::Never,
        Again::Same => Retry::Same(said.after),
        Again::Elsewhere => Retry::Elsewhere,
    };
    Verdict { scope: row.scope, retry, status: row.status, ..known }
}

#[cfg(test)]
mod tests;
