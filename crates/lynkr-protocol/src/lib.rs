//! Every LLM dialect that Lynkr speaks: wire types, one neutral form, framing and pure converters.
//!
//! - [`Codec`] is what each [`Dialect`] implements: requests, replies, streams and errors, both ways.
//! - [`neutral`] is the form in between; [`wire`] holds the building blocks of the wire types.
//! - [`framing`] splits bytes into server-sent events, lines and the messages of AWS event streams.
//! - [`embeddings`] turns requests and answers of one vendor's form into another's.
//! - [`losses`] says what becomes of everything on the way from one dialect to another.
//! - [`badge`] puts a visible line in front of an answer and takes it out of histories.
//! - [`seal`] carries a provider's proof of its reasoning through a client of another dialect.
//!
//! Deliberately absent: I/O, a runtime, a clock, randomness. Everything is tested with byte slices.

#![warn(missing_docs)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

pub mod anthropic;
pub mod badge;
pub mod bedrock_converse;
pub mod call_ids;
mod citations;
pub mod clouds;
mod codec;
mod dialect;
pub mod embeddings;
mod error;
pub mod forms;
pub mod framing;
pub mod gemini;
#[cfg(test)]
mod golden;
pub mod json;
mod kept;
pub mod losses;
pub mod neutral;
pub mod ollama;
pub mod openai_chat;
pub mod openai_responses;
pub mod peek;
mod registry;
pub mod seal;
pub mod tap;
pub mod tool_names;
pub mod wire;

pub use codec::{Codec, Encoded, EventDecoder, EventEncoder, Outline, ReplyContext, Target};
pub use dialect::{Dialect, UnknownDialect};
pub use error::{ApiError, DecodeError, EncodeError};
pub use registry::codec;
