//! The JSON array of a stream whose server ignored `alt=sse`, cut into its objects as they come. One
//! object on its own, as an answer that isn't streamed, is cut out just the same.

use crate::error::DecodeError;
use crate::framing::{FrameTooLong, MAX_FRAME_BYTES};

/// Splits bytes into the outermost objects.
#[derive(Debug, Default)]
pub(super) struct ObjectDecoder {
    object: Vec<u8>,
    depth: u32,
    in_string: bool,
    escaped: bool,
}

impl ObjectDecoder {
    /// Takes bytes and appends each object that they complete to `objects`.
    pub(super) fn push(&mut self, bytes: &[u8], objects: &mut Vec<Vec<u8>>) -> Result<(), DecodeError> {
        for byte in bytes {
            if self.depth == 0 && !begins(*byte)? {
                continue;
            }
            self.object.push(*byte);
            if self.step(*byte) {
                objects.push(std::mem::take(&mut self.object));
            }
        }
        if self.object.len() > MAX_FRAME_BYTES { Err(FrameTooLong.into()) } else { Ok(()) }
    }

    /// Whether an object is incomplete.
    pub(super) fn is_open(&self) -> bool {
        self.depth > 0
    }

    /// Follows one byte of an object; whether the object ends with it.
    fn step(&mut self, byte: u8) -> bool {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }
}

/// What may stand between objects is the array around them.
fn begins(byte: u8) -> Result<bool, DecodeError> {
    match byte {
        b'{' => Ok(true),
        b'[' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' => Ok(false),
        _ => Err(DecodeError::new("the stream is neither server-sent events nor a list of JSON objects")),
    }
}
