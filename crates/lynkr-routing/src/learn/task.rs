//! What kind of work an ask is, in eight labels that everything learned shares.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// New code.
    CodeGen,
    /// A change of code that is there.
    CodeEdit,
    /// A text made shorter.
    Summarization,
    /// Design, proofs, the search for a cause.
    Reasoning,
    /// A question with a short answer.
    Factoid,
    /// Greetings and small talk.
    Chat,
    /// Commands, searches, work with tools.
    ToolUse,
    /// Anything else.
    Other,
}

/// Words that tell a task, in the order in which they are tried: the more telling ones first.
const TELLING: &[(Task, &[&str])] = &[
    (Task::Summarization, &["summarize", "summarise", "summary", "tldr", "recap", "condense", "shorten"]),
    (
        Task::Reasoning,
        &[
            "why",
            "prove",
            "proof",
            "analyze",
            "analyse",
            "design",
            "architecture",
            "compare",
            "tradeoff",
            "tradeoffs",
            "reason",
            "derive",
            "root",
            "diagnose",
            "investigate",
            "plan",
            "evaluate",
        ],
    ),
    (
        Task::CodeEdit,
        &[
            "fix", "refactor", "rename", "change", "update", "modify", "edit", "replace", "remove", "delete",
            "move", "migrate", "debug", "clean", "simplify", "convert", "bump", "upgrade",
        ],
    ),
    (Task::CodeGen, &["implement", "write", "create", "add", "generate", "build", "scaffold", "code"]),
    (
        Task::ToolUse,
        &[
            "run", "search", "find", "grep", "list", "open", "read", "commit", "push", "deploy", "install",
            "execute", "fetch", "download", "show", "check", "test",
        ],
    ),
    (Task::Chat, &["hi", "hello", "hey", "thanks", "thank", "bye", "hallo", "bonjour", "hola"]),
    (Task::Factoid, &["what", "who", "when", "where", "which", "define", "is", "does", "can", "how"]),
];

impl Task {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::CodeGen,
        Self::CodeEdit,
        Self::Summarization,
        Self::Reasoning,
        Self::Factoid,
        Self::Chat,
        Self::ToolUse,
        Self::Other,
    ];

    /// Its label, as telemetry writes it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::CodeGen => "code_gen",
            Self::CodeEdit => "code_edit",
            Self::Summarization => "summarization",
            Self::Reasoning => "reasoning",
            Self::Factoid => "factoid",
            Self::Chat => "chat",
            Self::ToolUse => "tool_use",
            Self::Other => "other",
        }
    }

    /// The task with a label; unknown labels are [`Task::Other`].
    pub fn of(label: &str) -> Self {
        Self::ALL.into_iter().find(|task| task.label() == label).unwrap_or(Self::Other)
    }

    /// A guess from the first 400 characters of an ask, by its first telling word of the first kind that has one.
    pub fn guess(ask: &str) -> Self {
        let end = ask.char_indices().nth(400).map_or(ask.len(), |(at, _)| at);
        let beginning = ask[..end].to_lowercase();
        let words: Vec<&str> = beginning.split(|c: char| !c.is_alphanumeric()).collect();
        // An order at the beginning says more than any word later on.
        let polite =
            ["please", "can", "could", "would", "you", "now", "then", "ok", "and", "just", "let", "us", "s"];
        let first = words.iter().find(|word| !word.is_empty() && !polite.contains(word));
        let telling = |words: &[&&str]| {
            let has = |list: &[&str]| words.iter().any(|word| list.contains(*word));
            TELLING.iter().find(|(_, list)| has(list)).map(|(task, _)| *task)
        };
        let ordered = first.and_then(|first| telling(&[first])).filter(|task| *task != Self::Factoid);
        ordered.or_else(|| telling(&words.iter().collect::<Vec<_>>())).unwrap_or(Self::Other)
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

#[cfg(test)]
mod tests {
    //! Labels and guesses.

    use super::*;

    #[test]
    fn labels_are_themselves() {
        for task in Task::ALL {
            assert_eq!(Task::of(task.label()), task);
            assert_eq!(serde_json::to_value(task).unwrap(), task.label());
        }
        assert_eq!(Task::of("code"), Task::Other);
    }

    #[test]
    fn guesses() {
        let table = [
            ("Write a parser for INI files", Task::CodeGen),
            ("Please fix the failing test in rows.rs", Task::CodeEdit),
            ("can you rename `foo` to `bar`?", Task::CodeEdit),
            ("Summarize this design document", Task::Summarization),
            ("Why does the lock never get released?", Task::Reasoning),
            ("What is the capital of France?", Task::Factoid),
            ("How big is a u64?", Task::Factoid),
            ("hi", Task::Chat),
            ("run the tests and commit", Task::ToolUse),
            ("東京", Task::Other),
            ("", Task::Other),
        ];
        for (ask, task) in table {
            assert_eq!(Task::guess(ask), task, "{ask}");
        }
    }
}
