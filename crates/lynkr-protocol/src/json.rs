//! JSON read and written by what most of it is: long texts. `marks` finds where texts end sixteen bytes at a time, `scan`
//! walks over values, `read` and `write` are ways of `serde` over both.
//!
//! Whatever they don't take, `serde_json` decides: they are quicker, not different.

mod marks;
mod read;
mod scan;
mod text;
mod write;

use std::fmt;

use serde::{Deserialize, Serialize, de, ser};

pub(crate) use scan::Scan;
pub(crate) use text::unquoted;
pub use text::walked;

/// The name under which `serde_json` hands its raw values through `serde`.
const RAW: &str = "$serde_json::private::RawValue";

/// Something that isn't read, or written, here: what it is, `serde_json` tells.
#[derive(Debug)]
struct Odd;

impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not taken")
    }
}

impl std::error::Error for Odd {}

impl de::Error for Odd {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl ser::Error for Odd {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Reads a value from JSON text, as `serde_json` reads it.
pub fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, serde_json::Error> {
    match read::value(text) {
        Some(value) => Ok(value),
        // What is wrong is told in the parser's words.
        None => serde_json::from_str(text),
    }
}

/// The same from bytes.
pub fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, serde_json::Error> {
    match std::str::from_utf8(bytes).ok().and_then(read::value) {
        Some(value) => Ok(value),
        None => serde_json::from_slice(bytes),
    }
}

/// The value that a text begins with, as it stands there.
pub(crate) fn first(text: &str) -> Option<&str> {
    Scan::new(text).value()
}

/// Appends a value as JSON. One that can't be written is `null`; wire types are texts, numbers and raw JSON, which can.
pub(crate) fn append<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let before = out.len();
    if !write::value(out, value) {
        out.truncate(before);
        let text = serde_json::to_vec(value);
        out.extend_from_slice(text.as_deref().unwrap_or(b"null"));
    }
}

/// A value as JSON, of about so many bytes.
pub(crate) fn to_vec<T: Serialize + ?Sized>(value: &T, capacity: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(capacity);
    append(&mut out, value);
    out
}

#[cfg(test)]
mod tests;
