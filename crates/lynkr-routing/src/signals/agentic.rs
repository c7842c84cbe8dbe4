//! Whether the request is a step of longer work that the model does by itself.

use std::sync::LazyLock;

use crate::phrases::Table;
use crate::tier::Tier;
use crate::words::Words;

/// How a request works on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum AgenticKind {
    /// One answer.
    #[default]
    SingleShot,
    /// Several tools after one another.
    ToolChain,
    /// Tries until it works.
    Iterative,
    /// On its own for long.
    Autonomous,
}

impl AgenticKind {
    /// As headers say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SingleShot => "SINGLE_SHOT",
            Self::ToolChain => "TOOL_CHAIN",
            Self::Iterative => "ITERATIVE",
            Self::Autonomous => "AUTONOMOUS",
        }
    }

    /// The least tier for it.
    pub const fn floor(self) -> Tier {
        match self {
            Self::SingleShot => Tier::Simple,
            Self::ToolChain => Tier::Medium,
            Self::Iterative => Tier::Complex,
            Self::Autonomous => Tier::Reasoning,
        }
    }
}

/// What the user's words say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AgenticText {
    /// To work without asking.
    pub autonomous: bool,
    /// To go on until something holds.
    pub iterative: bool,
    /// One thing after another.
    pub chain: bool,
    /// Several files.
    pub files: bool,
    /// To plan.
    pub planning: bool,
    /// To build and to test.
    pub tests: bool,
}

pub(super) const AUTONOMOUS: &[&str] = &[
    "autonomously",
    "on your own * until",
    "without asking|confirmation|interruption",
    "don't ask * confirm|confirmation|questions|permission",
    "work through * all|every|entire",
    "keep going until",
    "do not stop until",
    "don't stop until",
    "by yourself until",
    "end to end * on your own",
    "take over * entirely|completely",
];
pub(super) const ITERATIVE: &[&str] = &[
    "until * pass|passes|green|work|works|succeeds|clean|done",
    "one by one",
    "iterate until|on",
    "keep trying|fixing|iterating",
    "loop until",
    "repeat until",
    "fix * and rerun|retest",
    "retry until",
];
pub(super) const CHAIN: &[&str] = &[
    "and then run|test|commit|push|open|deploy",
    "then run * tests|build|linter",
    "first _ * then _ * finally",
    "after that run|update|commit",
];
pub(super) const FILES: &[&str] = &[
    "across|throughout|in * files|modules|packages|services|codebase|repo|repository",
    "multiple|several|many|all|every|each files|file|modules|module|components|component",
    "whole|entire codebase|repo|repository|project",
    "codebase wide",
];
pub(super) const PLANNING: &[&str] = &[
    "plan * implementation|migration|refactor|refactoring|rollout|phases|steps",
    "make|write|create|draft a * plan",
    "break * down into",
    "step by step plan",
    "roadmap",
];
pub(super) const TESTS: &[&str] = &[
    "implement|build|add|write|fix|create * and * test|tests",
    "implement|build|add|write|fix|create * with * test|tests",
];

impl AgenticText {
    /// Reads the user's words.
    pub fn of(words: &Words) -> Self {
        static TABLES: LazyLock<[Table; 6]> =
            LazyLock::new(|| [AUTONOMOUS, ITERATIVE, CHAIN, FILES, PLANNING, TESTS].map(Table::of));
        let [autonomous, iterative, chain, files, planning, tests] =
            TABLES.each_ref().map(|table| table.any_in(words));
        Self { autonomous, iterative, chain, files, planning, tests }
    }

    /// Its points: the documented ones.
    pub fn points(self) -> u32 {
        let Self { autonomous, iterative, chain, files, planning, tests } = self;
        [(autonomous, 25), (iterative, 20), (chain, 15), (files, 15), (planning, 10), (tests, 15)]
            .into_iter()
            .filter_map(|(has, points)| has.then_some(points))
            .sum()
    }
}

/// What is known besides the words. All of it is of this exchange: since the user last spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AgenticCounts {
    /// Tools beyond the coding tool's own belt.
    pub tools: usize,
    /// Those of them that execute, write, spawn or test.
    pub acting_tools: usize,
    /// Tool results since the user last spoke.
    pub tool_results: usize,
}

/// How a request works on its own, with its points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Agentic {
    /// How.
    pub kind: AgenticKind,
    /// Its points.
    pub points: u32,
}

/// Beginnings of words in the names of tools that act.
const ACTING: &[&str] = &[
    "bash", "shell", "exec", "run", "write", "edit", "patch", "replace", "create", "delete", "task", "agent",
    "spawn", "git", "commit", "test", "notebook", "deploy", "terminal",
];

/// Whether a tool acts, by its name.
pub fn acts(tool: &str) -> bool {
    let mut words = tool.split(|character: char| !character.is_ascii_alphanumeric());
    words.any(|word| {
        ACTING.iter().any(|own| {
            word.len() >= own.len()
                && word.is_char_boundary(own.len())
                && word[..own.len()].eq_ignore_ascii_case(own)
        })
    })
}

/// Counts. What a belt always holds doesn't count, and neither does a long chat: only words that ask for work on its own
/// make a request AUTONOMOUS or ITERATIVE, and only tools that are at hand let it be done.
pub fn agentic(text: AgenticText, counts: AgenticCounts, has_tools: bool) -> Agentic {
    let by_tools = match counts.tools {
        0..=3 => 0,
        4..=5 => 8,
        6..=10 => 15,
        _ => 25,
    };
    let by_acting = match counts.acting_tools {
        0 => 0,
        1 => 8,
        2..=3 => 15,
        _ => 25,
    };
    let by_results = match counts.tool_results {
        0 => 0,
        1..=2 => 10,
        3..=5 => 20,
        _ => 30,
    };
    let points = text.points() + by_tools + by_acting + by_results;
    let kind = if text.autonomous && (has_tools || points >= 40) {
        AgenticKind::Autonomous
    } else if text.iterative && has_tools && (text.points() >= 30 || points >= 40) {
        AgenticKind::Iterative
    } else if text.iterative || text.chain || (counts.acting_tools > 3 && text.points() > 0) {
        AgenticKind::ToolChain
    } else {
        AgenticKind::SingleShot
    };
    Agentic { kind, points }
}

#[cfg(test)]
mod tests {
    //! Words that ask for work on its own, and chats that don't.

    use super::*;

    fn kind(text: &str, tools: bool) -> AgenticKind {
        agentic(AgenticText::of(&Words::of(text)), AgenticCounts::default(), tools).kind
    }

    #[test]
    fn kinds() {
        let table = [
            (
                "Work autonomously: run the tests, fix each failure one by one and iterate until all are green",
                true,
                AgenticKind::Autonomous,
            ),
            (
                "fix the failing tests one by one until everything passes and update all files",
                true,
                AgenticKind::Iterative,
            ),
            ("rename it and then run the tests", true, AgenticKind::ToolChain),
            ("solve 2+2", true, AgenticKind::SingleShot),
            ("thanks", true, AgenticKind::SingleShot),
            ("what does this function do?", true, AgenticKind::SingleShot),
        ];
        for (text, tools, wanted) in table {
            assert_eq!(kind(text, tools), wanted, "{text}");
        }
    }

    #[test]
    fn a_long_chat_is_no_work_on_its_own() {
        let counts = AgenticCounts { tool_results: 40, tools: 20, acting_tools: 0 };
        assert_eq!(agentic(AgenticText::default(), counts, true).kind, AgenticKind::SingleShot);
    }

    #[test]
    fn which_tools_act() {
        for tool in ["Bash", "run_shell_command", "mcp__git__commit", "NotebookEdit", "apply_patch"] {
            assert!(acts(tool), "{tool}");
        }
        for tool in ["Read", "grep", "web_search", "list"] {
            assert!(!acts(tool), "{tool}");
        }
    }
}
