//! Every LLM dialect that Lynkr speaks: wire types, one neutral form, framing and pure converters.
#![warn(missing_docs)]
#![deny(clippy::indexing_slicing)]

mod dialect;

pub use dialect::Dialect;
