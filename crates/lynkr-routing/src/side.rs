//! Requests that a coding tool makes beside the conversation: titles, suggestions, warm-ups.

use crate::turn::{Speaker, Turn};

/// Why a request is beside the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The tool suggests what the user might type next.
    Suggestion,
    /// A title or topic for the conversation.
    Title,
    /// A warm-up or a count: one word that nobody reads the answer of.
    WarmUp,
    /// The client says that a helper model is enough.
    Background,
}

impl Side {
    /// As reasons and headers say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Suggestion => "suggestion",
            Self::Title => "title",
            Self::WarmUp => "warm_up",
            Self::Background => "background",
        }
    }
}

/// How Claude Code begins what asks for a suggestion.
const SUGGESTION: &str = "[SUGGESTION MODE";
/// Words of one-word requests.
const WARM_UPS: &[&str] = &["warmup", "count", "quota"];
/// What system prompts of title requests hold.
const TITLES: &[&str] = &[
    "analyze if this message indicates a new conversation topic",
    "generate a concise, sentence-case title",
    "generate a title for this conversation",
    "you are a title generator",
    "summarize this coding conversation in under",
    "write a 5-10 word title",
];

/// What is known of a request besides its turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Around<'a> {
    /// The start of the system prompt.
    pub system: &'a str,
    /// Whether tools are on offer.
    pub has_tools: bool,
    /// The output limit, if it is said.
    pub max_tokens: Option<u64>,
    /// Whether a known coding tool asks.
    pub known_client: bool,
    /// The model that the client names.
    pub asked: &'a str,
}

/// Whether a request is beside the conversation. Only of known coding tools: anybody else means what they say.
pub fn side(turns: &[&Turn], last_text: &str, around: Around<'_>) -> Option<Side> {
    if last_text.trim_start().starts_with(SUGGESTION) {
        return Some(Side::Suggestion);
    }
    if !around.known_client || around.has_tools {
        return None;
    }
    let system = around.system.to_ascii_lowercase();
    if TITLES.iter().any(|title| system.contains(title)) {
        return Some(Side::Title);
    }
    let mut said = turns.iter().filter(|turn| turn.speaker != Speaker::System);
    let alone = said.next().is_some_and(|turn| turn.speaker == Speaker::User) && said.next().is_none();
    let words = last_text.trim();
    if alone && WARM_UPS.iter().any(|own| words.eq_ignore_ascii_case(own)) {
        return Some(Side::WarmUp);
    }
    // A coding tool without its tools that asks for the family's smallest model has a helper's errand.
    let small = around.asked.contains("haiku")
        || around.asked.contains("-mini")
        || around.asked.contains("flash-lite");
    let short = around.max_tokens.is_some_and(|most| most <= 1);
    (small || short).then_some(Side::Background)
}

#[cfg(test)]
mod tests {
    //! What is beside the conversation.

    use super::*;

    #[test]
    fn kinds() {
        let turn = Turn { speaker: Speaker::User, ..Turn::default() };
        let known = Around { known_client: true, ..Around::default() };
        let of = |text, around| side(&[&turn], text, around);
        assert_eq!(
            of("[SUGGESTION MODE: suggest what the user might type]", Around::default()),
            Some(Side::Suggestion)
        );
        assert_eq!(of("Warmup", known), Some(Side::WarmUp));
        assert_eq!(of("Warmup", Around::default()), None);
        assert_eq!(of("Warmup", Around { has_tools: true, ..known }), None);
        let title = Around { system: "Generate a concise, sentence-case title (3-7 words)", ..known };
        assert_eq!(of("fix the build", title), Some(Side::Title));
        assert_eq!(
            of("fix the build", Around { asked: "claude-haiku-4-5", ..known }),
            Some(Side::Background)
        );
        assert_eq!(of("fix the build", Around { asked: "claude-opus-4-8", ..known }), None);
    }
}
