//! Building blocks of the wire types: structs that type the fields we act on and keep every other field
//! as raw JSON, so that what a vendor adds tomorrow survives a trip through us.
//!
//! `#[serde(flatten)]` and tagged or untagged derives are avoided on purpose: they buffer values in a
//! form from which [`Json`] can't be read. The two macros here write the small visitors instead.

mod json;
mod macros;
mod text_or;

pub use json::{Json, Rest};
pub use text_or::TextOr;

pub(crate) use json::Key;
pub(crate) use macros::{Fields, read_fields, wire_struct, wire_tagged};

#[cfg(test)]
mod tests;
