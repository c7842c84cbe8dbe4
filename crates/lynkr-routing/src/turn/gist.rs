//! What the learner makes of an ask: worked out when it is first asked for, and then kept with the ask, which later
//! requests of the conversation have as well.

use std::sync::OnceLock;

use crate::learn::project::{self, DIMENSIONS};
use crate::learn::task::Task;

/// The kind of work, and the words as a vector.
#[derive(Debug, Clone, Default)]
pub struct Gist(OnceLock<Box<(Task, [f32; DIMENSIONS])>>);

impl PartialEq for Gist {
    /// It follows from the words, whether it was worked out yet or not.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Gist {
    pub(super) fn of(&self, words: &str) -> &(Task, [f32; DIMENSIONS]) {
        self.0.get_or_init(|| Box::new((Task::guess(words), project::text(words))))
    }
}
