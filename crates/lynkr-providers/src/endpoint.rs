//! Where a provider is spoken to, in which dialect, and when it can be.

use std::fmt;

use lynkr_protocol::Dialect;

use crate::envelope::Envelope;

/// When a provider can be spoken to in a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// Whenever it is there.
    Always,
    /// Only when the configured endpoint is this dialect's full path: not every server of the kind has it.
    WhenPinned,
    /// Since a version of the server; the gateway asks for the version beforehand.
    Since(Version),
    /// Only for models whose names have one of these forms.
    ForModels(&'static [&'static str]),
    /// Only for models whose names have none of these forms.
    ExceptModels(&'static [&'static str]),
}

/// A dialect that a provider speaks, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// The dialect.
    pub dialect: Dialect,
    /// The path below the API's root, version included: `/v1/messages`. `{model}` in it stands for the
    /// model, and a query in it is sent unless the configured endpoint has those keys itself.
    pub path: &'static str,
    /// The path of streamed answers, where it is another one.
    pub stream_path: Option<&'static str>,
    /// The path of token counts, where they have one of their own.
    pub count_path: Option<&'static str>,
    /// Whether a token count takes the whole request in a field of its own (the Gemini API, not Vertex AI).
    pub counts_whole: bool,
    /// When it can be used.
    pub offer: Offer,
    /// What the provider wraps around the dialect, if it isn't spoken as its vendor does.
    pub envelope: Option<&'static Envelope>,
}

impl Endpoint {
    /// A dialect that can always be used.
    pub const fn always(dialect: Dialect, path: &'static str) -> Self {
        Self {
            dialect,
            path,
            stream_path: None,
            count_path: None,
            counts_whole: false,
            offer: Offer::Always,
            envelope: None,
        }
    }

    /// The same dialect at the same place, when it can be used.
    #[must_use]
    pub const fn offered(self, offer: Offer) -> Self {
        Self { offer, ..self }
    }

    /// The same dialect, with another path for streamed answers.
    #[must_use]
    pub const fn streamed_at(self, path: &'static str) -> Self {
        Self { stream_path: Some(path), ..self }
    }

    /// The same dialect, with a path for token counts.
    #[must_use]
    pub const fn counted_at(self, path: &'static str) -> Self {
        Self { count_path: Some(path), ..self }
    }

    /// The same dialect, whose token counts take the whole request in a field of its own.
    #[must_use]
    pub const fn counted_whole(self) -> Self {
        Self { counts_whole: true, ..self }
    }

    /// The same dialect in an envelope.
    #[must_use]
    pub const fn within(self, envelope: &'static Envelope) -> Self {
        Self { envelope: Some(envelope), ..self }
    }

    /// The path for an answer that is streamed or isn't.
    pub(crate) fn path_for(&self, stream: bool) -> &'static str {
        self.stream_path.filter(|_| stream).unwrap_or(self.path)
    }
}

/// A part of a provider's API that has dialects of its own. The configured endpoint says which part is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// What the endpoint holds, of its host and path: `/openai/v1`.
    pub marker: &'static str,
    /// The dialects that are spoken there, in order of preference.
    pub dialects: &'static [Endpoint],
    /// Where the models are listed, if they are.
    pub models_path: Option<&'static str>,
}

/// A server's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl Version {
    /// Reads `0.14.1`, `v0.14` or `0.14.0-rc1`; what follows the numbers is not looked at.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut parts = text.split('.').map(|part| {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u32>().ok()
        });
        let major = parts.next()??;
        let minor = parts.next().unwrap_or(Some(0))?;
        let patch = parts.next().unwrap_or(Some(0))?;
        Some(Self(major, minor, patch))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests;
