//! The table itself: one file for each part of a request.

mod answer;
mod caller;
mod content;
mod instructions;
mod reasoning;
mod tools;

use super::Section;

/// What becomes of everything that a client can say.
pub const TABLE: &[Section] = &[
    Section { title: "Instructions", rows: instructions::ROWS },
    Section { title: "Content", rows: content::ROWS },
    Section { title: "Tools", rows: tools::ROWS },
    Section { title: "Reasoning", rows: reasoning::ROWS },
    Section { title: "The answer", rows: answer::ROWS },
    Section { title: "The caller", rows: caller::ROWS },
];
