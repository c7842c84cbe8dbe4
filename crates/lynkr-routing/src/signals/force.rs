//! Phrases that decide by themselves. They are the documented ones, but whole words count and a verb needs its object:
//! "verify the file exists" asks for no proof.

use std::sync::LazyLock;

use crate::phrases::{Ready, Table};
use crate::tier::Tier;
use crate::words::Words;

/// A phrase that decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Force {
    /// The tier that it asks for.
    pub tier: Tier,
    /// The phrase, as the table has it.
    pub pattern: &'static str,
}

/// What asks for the hardest tier.
pub(super) const REASONING: &[&str] = &[
    "ultrathink",
    "security|penetration|vulnerability audit|review|assessment|test|testing|scan",
    "security code review",
    "threat model",
    "think * hard|harder|deeply|carefully",
    "think step by step",
    "think this|it through",
    "from first principles",
    "formal|formally proof|prove|verify|verification",
    "prove|disprove that _ _ _",
    "prove * theorem|lemma|correctness|correct|terminates|termination|linearizable|deadlock|invariant|complexity|bound",
    "proof of|that _ _",
    "verify * proof|correctness|theorem|invariant|invariants|linearizability",
    "reason carefully|rigorously|formally about|through|from",
];

/// What asks for more than everyday work.
pub(super) const COMPLEX: &[&str] = &[
    "architecture|architectural|architect review|design|diagram",
    "review|design|diagram * architecture",
    "system design",
    "refactor * entire|whole|all",
    "rewrite * entire|whole",
    "complete rewrite",
    "rewrite * from scratch",
    "code review",
    "pr review",
    "review this|the|my|that|our pr|diff|branch|changeset",
    "pull request review",
    "review * pull request",
    "debug|debugging * complex|difficult|hard|tricky",
    "production issue|bug|incident|outage",
    "incident|outage * production|prod",
];

/// What a whole message must be to be easy.
const SIMPLE: &[&str] = &[
    "hi",
    "hello",
    "hey",
    "hi there",
    "hello there",
    "hey there",
    "thanks",
    "thank you",
    "thx",
    "bye",
    "goodbye",
    "yes",
    "no",
    "ok",
    "okay",
    "sure",
    "got it",
    "understood",
    "help",
    "menu",
    "commands",
    "options",
    "what time is it",
    "what's the time",
    "what day is it",
    "what date is it",
    "what is the date",
    "what is the time",
];

/// Negations and jests in front of which nothing is forced: "no need for a code review".
pub(super) const NOT: &[&str] =
    &["no need", "without a|any|the", "don't|not|never", "instead of a|an|the", "skip the"];

/// So many words the longest of the easy messages has.
const MOST_SIMPLE: usize = 4;

/// A table of phrases that decide, each with itself behind a negation.
struct Forcing {
    table: Table,
    negated: Vec<Ready>,
}

impl Forcing {
    fn of(texts: &'static [&'static str]) -> Self {
        let behind_not = |text: &&str| {
            let texts: Vec<String> = NOT.iter().map(|not| format!("{not} * {text}")).collect();
            Ready::of(texts.iter().map(String::as_str))
        };
        Self { table: Table::of(texts), negated: texts.iter().map(behind_not).collect() }
    }

    /// The first phrase that stands in a text, unless it is negated there.
    fn decides(&self, words: &Words) -> Option<&'static str> {
        let (at, pattern) = self.table.first_in(words)?;
        let is_negated = self.negated.get(at).is_some_and(|negated| negated.any_in(words));
        (!is_negated).then_some(pattern)
    }
}

/// The phrase that decides on a text, if any. A confirmation (`yes`, `ok`) decides only for itself: what it confirms is
/// in the window.
pub fn force(words: &Words) -> Option<Force> {
    static TABLES: LazyLock<[(Tier, Forcing); 2]> =
        LazyLock::new(|| [(Tier::Reasoning, Forcing::of(REASONING)), (Tier::Complex, Forcing::of(COMPLEX))]);
    let easy = || SIMPLE.iter().copied().find(|whole| words.are(whole));
    if let Some(pattern) = (words.len() <= MOST_SIMPLE).then(easy).flatten() {
        return Some(Force { tier: Tier::Simple, pattern });
    }
    TABLES.iter().find_map(|(tier, table)| Some(Force { tier: *tier, pattern: table.decides(words)? }))
}

#[cfg(test)]
mod tests {
    //! The documented phrases, and what only looks like them.

    use super::*;

    #[test]
    fn easy_messages_are_short() {
        assert_eq!(SIMPLE.iter().map(|whole| whole.split(' ').count()).max(), Some(MOST_SIMPLE));
    }

    #[test]
    fn what_decides() {
        let table = [
            ("Hi!", Some(Tier::Simple)),
            ("thank you", Some(Tier::Simple)),
            ("ok", Some(Tier::Simple)),
            ("please do a security audit of the login flow", Some(Tier::Reasoning)),
            ("ultrathink about this", Some(Tier::Reasoning)),
            ("think hard about the cache", Some(Tier::Reasoning)),
            ("Prove that the algorithm terminates", Some(Tier::Reasoning)),
            ("derive it from first principles", Some(Tier::Reasoning)),
            ("verify the proof below", Some(Tier::Reasoning)),
            ("do an architecture review of this service", Some(Tier::Complex)),
            ("refactor the entire ingestion pipeline", Some(Tier::Complex)),
            ("there is a production outage", Some(Tier::Complex)),
            ("do a code review of my last commit", Some(Tier::Complex)),
            // Only look like it.
            ("verify the file exists", None),
            ("can you verify the score?", None),
            ("run the verification script", None),
            ("prove me wrong lol", None),
            ("hi, refactor this function", None),
            ("no need for a code review, just fix the typo", None),
            ("rename the security group variable", None),
            ("the proof is in the pudding", None),
            ("think of a name for this variable", None),
            ("", None),
        ];
        for (text, tier) in table {
            assert_eq!(force(&Words::of(text)).map(|force| force.tier), tier, "{text}");
        }
    }
}
