//! What experience says: checks of an answer ([`verify`]), what a turn was worth ([`reward`]), which model did well on
//! work like this ([`knn`], [`bandit`]), whether tiers can be lowered or their bounds moved ([`deescalate`],
//! [`calibrate`]), and what another policy would have earned ([`evaluate`], by [`logged`] decisions). [`learner`] is all
//! of it as one, which decisions ask.
//!
//! States are bounded in memory, are saved as bytes with a version ([`state`]), and survive numbers that are none: what
//! can't be used is left out and said so, never a panic.
//!
//! Deliberately absent: a clock, randomness (draws come in as arguments) and defaults that calls could change.

pub mod accuracy;
pub mod bandit;
pub mod bounds;
pub mod calibrate;
pub mod checks;
pub mod deescalate;
pub mod diary;
pub mod edits;
pub mod evaluate;
pub mod feedback;
pub mod knn;
pub mod latency;
pub mod learner;
pub mod logged;
pub mod project;
pub mod quantiles;
pub mod reward;
pub mod simulate;
pub mod state;
pub mod task;
pub mod verify;

mod number;
