//! Vocabulary that every other crate shares: who is to blame for a failure and whether trying again can
//! help ([`Fault`]), what it speaks of ([`Scope`]), what the gateway changed in a request ([`Receipt`]), and what a translation could
//! not carry over ([`Loss`]); a bounded memory ([`Generations`]), what each serving thread has for itself ([`lane`]), and dates of
//! days ([`civil`]).
//!
//! Deliberately absent: I/O, a clock, randomness, and anything that only one crate needs.

#![warn(missing_docs)]

mod calendar;
mod fault;
mod generations;
pub mod lane;
mod receipt;
mod trace;

pub use calendar::civil;
pub use fault::{Blame, Fault, FaultKind, Retry, Scope};
pub use generations::Generations;
pub use receipt::{Change, Loss, LossAction, Receipt};
pub use trace::TraceContext;
