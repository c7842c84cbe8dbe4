//! What is counted in a text: each count has steps, from which on a feature holds.

use super::features::STEPS;

/// What was counted so far.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) words: u32,
    pub(super) lines: u32,
    pub(super) code: u32,
    pub(super) items: u32,
    pub(super) paths: u32,
    pub(super) numbers: u32,
    pub(super) names: u32,
    pub(super) questions: u32,
    pub(super) commas: u32,
    pub(super) sentences: u32,
    pub(super) options: u32,
    pub(super) unread: u32,
}

impl Counts {
    /// In the order of the steps.
    pub(super) fn in_order(&self) -> [u32; STEPS.len()] {
        [
            self.words,
            self.lines,
            self.code,
            self.items,
            self.paths,
            self.numbers,
            self.names,
            self.questions,
            self.commas,
            self.sentences,
            self.options,
            self.unread,
        ]
    }
}
