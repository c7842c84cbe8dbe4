//! Server-sent events as the WHATWG HTML standard, section 9.2.6, defines their parsing: lines end with
//! LF, CR or CRLF; `data` lines are joined with LF; a blank line dispatches; a leading BOM is ignored.

use std::borrow::Cow;

use super::{FrameTooLong, MAX_FRAME_BYTES, append};

/// One dispatched event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SseFrame {
    /// The `event` field; empty when there was none.
    pub event: String,
    /// The `data` lines, joined with LF.
    pub data: String,
}

/// Splits bytes into events.
#[derive(Debug, Default)]
pub struct SseDecoder {
    line: Vec<u8>,
    event: String,
    data: String,
    has_data: bool,
    after_cr: bool,
    begun: bool,
}

impl SseDecoder {
    /// A decoder at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes and appends each event that they complete to `frames`.
    pub fn push(&mut self, mut bytes: &[u8], frames: &mut Vec<SseFrame>) -> Result<(), FrameTooLong> {
        if self.after_cr && !bytes.is_empty() {
            self.after_cr = false;
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(at) = memchr::memchr2(b'\n', b'\r', bytes) {
            let (head, tail) = bytes.split_at(at);
            if self.line.is_empty() && self.begun && head.len() <= MAX_FRAME_BYTES {
                // A line that came in one piece isn't copied.
                self.take_line(head, frames);
                self.check_size()?;
            } else {
                append(&mut self.line, head)?;
                self.end_line(frames)?;
            }
            bytes = match tail {
                [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => rest,
                [b'\r'] => {
                    self.after_cr = true;
                    &[]
                }
                [_, rest @ ..] => rest,
                [] => &[],
            };
        }
        append(&mut self.line, bytes)?;
        self.check_size()
    }

    /// Whether all that was taken are whole events, so that an event begins next.
    pub fn is_between_events(&self) -> bool {
        self.line.is_empty() && self.event.is_empty() && !self.has_data && !self.after_cr && self.begun
    }

    /// Ends the stream. An event without its closing blank line is dispatched too: several providers
    /// end their streams that way.
    pub fn finish(&mut self, frames: &mut Vec<SseFrame>) -> Result<(), FrameTooLong> {
        if !self.line.is_empty() {
            self.end_line(frames)?;
        }
        self.dispatch(frames);
        Ok(())
    }

    fn check_size(&self) -> Result<(), FrameTooLong> {
        if self.line.len().saturating_add(self.data.len()) > MAX_FRAME_BYTES {
            Err(FrameTooLong)
        } else {
            Ok(())
        }
    }

    fn end_line(&mut self, frames: &mut Vec<SseFrame>) -> Result<(), FrameTooLong> {
        let mut line = std::mem::take(&mut self.line);
        if !std::mem::replace(&mut self.begun, true) && line.starts_with(b"\xEF\xBB\xBF") {
            line.drain(..3);
        }
        self.take_line(&line, frames);
        line.clear();
        // The buffer goes back, so that a stream in its steady state allocates nothing here.
        self.line = line;
        self.check_size()
    }

    fn take_line(&mut self, line: &[u8], frames: &mut Vec<SseFrame>) {
        if line.is_empty() {
            self.dispatch(frames);
        } else {
            self.take_field(line);
        }
    }

    fn take_field(&mut self, line: &[u8]) {
        let colon = memchr::memchr(b':', line).unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" => {
                if self.has_data {
                    self.data.push('\n');
                }
                self.has_data = true;
                self.data.push_str(&text(value));
            }
            b"event" => self.event = text(value).into_owned(),
            _ => {}
        }
    }

    fn dispatch(&mut self, frames: &mut Vec<SseFrame>) {
        let event = std::mem::take(&mut self.event);
        if std::mem::take(&mut self.has_data) {
            frames.push(SseFrame { event, data: std::mem::take(&mut self.data) });
        }
    }
}

/// The same as `String::from_utf8_lossy`, quicker for what is right.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Appends one event to `out`. `data` may hold line ends; an empty `event` writes no `event` line.
pub fn write_sse(out: &mut Vec<u8>, event: &str, data: &[u8]) {
    if !event.is_empty() {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(event.as_bytes());
        out.push(b'\n');
    }
    let mut rest = data;
    loop {
        out.extend_from_slice(b"data: ");
        let Some(at) = memchr::memchr(b'\n', rest) else { break };
        let (line, after) = rest.split_at(at + 1);
        out.extend_from_slice(line);
        rest = after;
    }
    out.extend_from_slice(rest);
    out.extend_from_slice(b"\n\n");
}
