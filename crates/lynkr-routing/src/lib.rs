//! Which model should answer a request: how hard it is ([`Tier`]), which models the operator has for that
//! ([`Ladder`]), what they cost, what sticks from turn to turn, and what experience says.
//!
//! Everything here is a function over values. Time, random draws, embeddings and what the store remembers come in
//! as plain values from the caller, so a decision can be explained, replayed and tested with strings.
//!
//! Deliberately absent: I/O, a clock, randomness, and any knowledge of providers beyond their names.

#![warn(missing_docs)]

mod ladder;
pub mod scorer;
mod text;
mod tier;

pub use ladder::{Candidate, CandidateError, Ladder, Rung};
pub use scorer::{Scored, score};
pub use text::own_words;
pub use tier::{Score, Tier, TierBounds};
