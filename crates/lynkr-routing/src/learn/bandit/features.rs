//! What a learner knows of a request.

use super::super::number::unit;
use super::super::task::Task;
use serde::{Deserialize, Serialize};

/// How many features there are.
pub const FEATURES: usize = 7 + Task::ALL.len();

/// Their names, in their order.
pub const NAMES: [&str; FEATURES] = [
    "one",
    "score",
    "tokens",
    "tools",
    "streaming",
    "risk",
    "agentic",
    "code_gen",
    "code_edit",
    "summarization",
    "reasoning",
    "factoid",
    "chat",
    "tool_use",
    "other",
];

/// A request as a learner sees it: numbers from 0 to 1, in the order of [`NAMES`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; FEATURES]")]
pub struct Features([f64; FEATURES]);

/// What the features are made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Situation {
    /// The score, from 0 to 100.
    pub score: f64,
    /// Tokens of the input.
    pub tokens: u64,
    /// Whether tools are given.
    pub tools: bool,
    /// Whether the answer is streamed.
    pub streaming: bool,
    /// 1 for high risk, 0.5 for some, 0 for none.
    pub risk: f64,
    /// Whether it is part of autonomous work.
    pub agentic: bool,
    /// The kind of work.
    pub task: Task,
}

/// The logarithm of a number of tokens that counts as 1: some three million.
const MOST_TOKENS: f64 = 15.0;

impl Situation {
    /// The features.
    #[expect(clippy::cast_precision_loss, reason = "a count of tokens stays far below 2^52")]
    pub fn features(&self) -> Features {
        let flag = |set: bool| if set { 1.0 } else { 0.0 };
        let tokens = (self.tokens as f64).ln_1p() / MOST_TOKENS;
        let mut values = [0.0; FEATURES];
        let known = [
            1.0,
            self.score / 100.0,
            tokens,
            flag(self.tools),
            flag(self.streaming),
            self.risk,
            flag(self.agentic),
        ];
        let tasks = Task::ALL.map(|task| flag(task == self.task));
        values.iter_mut().zip(known.into_iter().chain(tasks)).for_each(|(to, from)| *to = from);
        Features::new(values)
    }
}

impl From<[f64; FEATURES]> for Features {
    fn from(values: [f64; FEATURES]) -> Self {
        Self::new(values)
    }
}

impl Features {
    /// Features from numbers; they are brought into 0 to 1, and what is no number is 0.
    pub fn new(values: [f64; FEATURES]) -> Self {
        Self(values.map(|value| unit(value).unwrap_or_default()))
    }

    /// The numbers.
    pub const fn values(&self) -> &[f64; FEATURES] {
        &self.0
    }
}
