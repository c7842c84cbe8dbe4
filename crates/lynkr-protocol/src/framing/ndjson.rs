//! Newline-delimited JSON: one value per line, blank lines ignored.

use super::{FrameTooLong, append};

/// Splits bytes into lines.
#[derive(Debug, Default)]
pub struct LineDecoder {
    line: Vec<u8>,
}

impl LineDecoder {
    /// A decoder at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes and appends each line that they complete to `lines`, without its end.
    pub fn push(&mut self, mut bytes: &[u8], lines: &mut Vec<String>) -> Result<(), FrameTooLong> {
        while let Some(at) = memchr::memchr(b'\n', bytes) {
            let (head, tail) = bytes.split_at(at);
            append(&mut self.line, head)?;
            self.end_line(lines);
            bytes = tail.strip_prefix(b"\n").unwrap_or(tail);
        }
        append(&mut self.line, bytes)
    }

    /// Ends the stream: a last line without its end counts.
    pub fn finish(&mut self, lines: &mut Vec<String>) {
        self.end_line(lines);
    }

    fn end_line(&mut self, lines: &mut Vec<String>) {
        let text = String::from_utf8_lossy(&self.line);
        let text = text.trim();
        if !text.is_empty() {
            lines.push(text.to_owned());
        }
        self.line.clear();
    }
}
