//! The builtin responder: everything that a client needs to be tried, tested and benchmarked without a
//! model. It is deterministic, it says what it is, and it never pretends to be a language model.
//!
//! - [`respond`] is the pure core: a conversation in, a [`Script`] of events and pauses out.
//! - [`Scenario`] is a script file that drives real clients through tool round trips.
//! - [`handle`] is the responder as an HTTP server would be: a path and a body in, a status and bytes in the
//!   path's own dialect out. Sending them, and sleeping between them, is the caller's part.
//!
//! What a user message may ask for (`/lynkr …`) is listed in [`HELP`]; `docs/builtin.md` is the manual.
//!
//! Deliberately absent from all but [`BuiltinTransport`]: a runtime and a clock. Ids and times come from the caller.

#![warn(missing_docs)]

mod attempts;
mod commands;
mod content;
mod embeddings;
mod http_like;
mod models;
mod plan;
mod play;
mod respond;
mod scenario;
mod schema;
mod script;
mod select;
mod summary;
mod tokens;
mod transport;

pub use attempts::Attempts;
pub use commands::HELP;
pub use http_like::{Answer, Body, handle};
pub use respond::respond;
pub use scenario::{Scenario, ScenarioError};
pub use schema::minimal_instance;
pub use script::{Options, Script, Step};
pub use tokens::{estimate_conversation, estimate_text};
pub use transport::BuiltinTransport;

#[cfg(test)]
mod tests;
