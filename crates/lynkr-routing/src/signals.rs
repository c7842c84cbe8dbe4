//! What a text, its tools and its history say of a request, each signal by itself and by name.

pub mod agentic;
pub mod client;
pub mod complexity;
pub mod force;
pub mod risk;

pub use agentic::{Agentic, AgenticKind, AgenticText};
pub use client::{ClientProfile, effective_tools, profile};
pub use force::Force;
pub use risk::{Risk, RiskLevel};

/// All tables of phrases that are looked for in a user's words.
pub(crate) const TABLES: &[&[&str]] = &[
    risk::CHANGES,
    risk::SUBJECTS,
    force::REASONING,
    force::COMPLEX,
    force::NOT,
    agentic::AUTONOMOUS,
    agentic::ITERATIVE,
    agentic::CHAIN,
    agentic::FILES,
    agentic::PLANNING,
    agentic::TESTS,
];
