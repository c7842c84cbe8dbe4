//! The receipt: what the gateway changed on the way of one request, and why. It is shown in the log and
//! in a response header, so that no change is silent.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// What happened to something that the target dialect can't express.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LossAction {
    /// Left out; the answer is still useful without it.
    Dropped,
    /// Sent in the nearest form that the target has.
    Approximated,
}

/// One thing that a translation could not carry over exactly.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Loss {
    /// The request field or block, in the client's own words (`tool_choice`, `messages[].document`).
    pub feature: Cow<'static, str>,
    /// What was done about it.
    pub action: LossAction,
}

impl Loss {
    /// Something that was left out.
    pub fn dropped(feature: impl Into<Cow<'static, str>>) -> Self {
        Self { feature: feature.into(), action: LossAction::Dropped }
    }

    /// Something that was sent in the nearest form.
    pub fn approximated(feature: impl Into<Cow<'static, str>>) -> Self {
        Self { feature: feature.into(), action: LossAction::Approximated }
    }
}

/// One change that the gateway made to a request or its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The model name that goes up isn't the one that the client sent.
    Model {
        /// What the client asked for.
        from: String,
        /// What went up.
        to: String,
        /// Which rule chose it.
        why: &'static str,
    },
    /// The request was translated from one dialect into another.
    Translated {
        /// The client's dialect.
        from: &'static str,
        /// The upstream's dialect.
        to: &'static str,
    },
    /// A field was added to a passed-through body.
    Added {
        /// Its path.
        field: &'static str,
        /// Why the upstream needs it.
        why: &'static str,
    },
    /// A field of a passed-through body went up elsewhere.
    Moved {
        /// Its path.
        field: &'static str,
        /// Where it went.
        to: &'static str,
    },
    /// A translation could not carry something over exactly.
    Lost(Loss),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model { from, to, why } => write!(f, "model={from}->{to}({why})"),
            Self::Translated { from, to } => write!(f, "translated={from}->{to}"),
            Self::Added { field, why } => write!(f, "added={field}({why})"),
            Self::Moved { field, to } => write!(f, "moved={field}->{to}"),
            Self::Lost(Loss { feature, action: LossAction::Dropped }) => write!(f, "dropped={feature}"),
            Self::Lost(Loss { feature, action: LossAction::Approximated }) => {
                write!(f, "approximated={feature}")
            }
        }
    }
}

/// Everything that the gateway changed on the way of one request, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    changes: Vec<Change>,
}

/// The most bytes of a receipt as a header.
const MOST: usize = 1_000;

impl Receipt {
    /// Notes one change. The same change noted twice is kept once.
    pub fn note(&mut self, change: Change) {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    /// Notes each loss of a translation.
    pub fn note_losses(&mut self, losses: Vec<Loss>) {
        for loss in losses {
            self.note(Change::Lost(loss));
        }
    }

    /// The changes, in the order in which they were made.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Whether nothing was changed.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The receipt as one header value: changes joined with `; `, reduced to visible ASCII, at most
    /// 1,000 bytes.
    pub fn to_header(&self) -> String {
        let mut text = String::new();
        for change in &self.changes {
            if !text.is_empty() {
                text.push_str("; ");
            }
            let _ = write!(text, "{change}");
        }
        if text.len() <= MOST && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return text;
        }
        text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).take(MOST).collect()
    }
}
