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
