//! The binary event stream of Amazon Web Services, `application/vnd.amazon.eventstream`.
//!
//! A message is a prelude (total length, headers' length, CRC-32 of those eight bytes), headers with typed
//! values, a payload, and a CRC-32 of everything before it; all numbers are big-endian. Format and limits are
//! those of the Smithy specification, "Amazon Event Stream Specification".

mod header;

pub use header::{Header, HeaderValue};

use std::borrow::Cow;

use header::{read_headers, write_header};

/// The `content-type` of such a stream.
pub const CONTENT_TYPE: &str = "application/vnd.amazon.eventstream";

/// The longest headers of one message, in bytes.
pub const MAX_HEADERS_BYTES: usize = 128 * 1024;

/// The longest payload of one message, in bytes. Writers are held to less by the specification; the readers
/// of the vendor's own SDKs take this much.
pub const MAX_PAYLOAD_BYTES: usize = 24 * 1024 * 1024;

/// Total length, headers' length, and their checksum.
const PRELUDE_BYTES: usize = 12;
/// The prelude, and the message's checksum.
const FRAME_BYTES: usize = PRELUDE_BYTES + 4;

/// One message of a stream.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Message {
    /// What the message is: `:message-type`, `:event-type`, `:exception-type`, `:content-type` …
    pub headers: Vec<Header>,
    /// Its body.
    pub payload: Vec<u8>,
}

/// Bytes that are no event stream, or a message that can't be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventStreamError {
    /// The prelude's checksum is another one: the stream is damaged or of another format.
    #[error("the event stream's prelude has a wrong checksum")]
    PreludeChecksum,
    /// The message's checksum is another one.
    #[error("a message of the event stream has a wrong checksum")]
    MessageChecksum,
    /// Lengths that contradict each other, or are past the limits.
    #[error("a message of the event stream says that it has {total} bytes, {headers} of them headers")]
    Length {
        /// What it says of the whole message.
        total: usize,
        /// What it says of its headers.
        headers: usize,
    },
    /// Headers that don't follow the format.
    #[error("a message of the event stream has malformed headers: {0}")]
    Header(&'static str),
    /// The stream ended inside a message.
    #[error("the event stream ended inside a message")]
    Truncated,
}

impl Message {
    /// An event as services send it: its type, the payload's type, the payload.
    pub fn event(kind: &str, content_type: &str, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            headers: vec![
                Header::text(":event-type", kind),
                Header::text(":content-type", content_type),
                Header::text(":message-type", "event"),
            ],
            payload: payload.into(),
        }
    }

    /// An exception as services send it: the stream ends with it.
    pub fn exception(kind: &str, content_type: &str, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            headers: vec![
                Header::text(":exception-type", kind),
                Header::text(":content-type", content_type),
                Header::text(":message-type", "exception"),
            ],
            payload: payload.into(),
        }
    }

    /// A header's text; `None` when there is no such header or it holds something else.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.headers.iter().find(|header| header.name == name).map(|header| &header.value) {
            Some(HeaderValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// What the message is. One that doesn't say counts as an event of no type, as the vendor's SDKs read it.
    pub fn kind(&self) -> MessageKind<'_> {
        let text = |name| self.text(name).unwrap_or_default();
        match self.text(":message-type") {
            Some("exception") => MessageKind::Exception(text(":exception-type")),
            Some("error") => {
                MessageKind::Error { code: text(":error-code"), message: text(":error-message") }
            }
            _ => MessageKind::Event(text(":event-type")),
        }
    }

    /// Appends the message's bytes. Fails when a name or value is longer than its length field can say, or
    /// the message is past the limits; then nothing is appended.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), EventStreamError> {
        let mut headers = Vec::with_capacity(96);
        for header in &self.headers {
            write_header(header, &mut headers)?;
        }
        let (total, headers_len) = (FRAME_BYTES + headers.len() + self.payload.len(), headers.len());
        let lengths = Lengths { total, headers: headers_len };
        lengths.check()?;
        let begin = out.len();
        out.extend_from_slice(&be32(total));
        out.extend_from_slice(&be32(headers_len));
        out.extend_from_slice(&checksum(out.get(begin..)).to_be_bytes());
        out.extend_from_slice(&headers);
        out.extend_from_slice(&self.payload);
        out.extend_from_slice(&checksum(out.get(begin..)).to_be_bytes());
        Ok(())
    }
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind<'a> {
    /// A step of the answer, by its `:event-type`.
    Event(&'a str),
    /// A failure that the service's model names, by its `:exception-type`.
    Exception(&'a str),
    /// A failure that it doesn't name.
    Error {
        /// `:error-code`.
        code: &'a str,
        /// `:error-message`.
        message: &'a str,
    },
}

/// Splits bytes into messages.
#[derive(Debug, Default)]
pub struct EventStreamDecoder {
    buffer: Vec<u8>,
}

impl EventStreamDecoder {
    /// A decoder at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes and appends each message that they complete to `messages`. A message is refused as soon as
    /// its prelude shows that it can't be one, before its bytes are waited for.
    pub fn push(&mut self, bytes: &[u8], messages: &mut Vec<Message>) -> Result<(), EventStreamError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        // In the common case messages come whole and aren't copied.
        let input = if buffer.is_empty() {
            Cow::Borrowed(bytes)
        } else {
            buffer.extend_from_slice(bytes);
            Cow::Owned(buffer)
        };
        let mut rest = &*input;
        while let Some((message, after)) = read_message(rest)? {
            messages.push(message);
            rest = after;
        }
        let taken = input.len() - rest.len();
        self.buffer = match input {
            Cow::Owned(buffer) if taken == 0 => buffer,
            input => input.get(taken..).unwrap_or_default().to_vec(),
        };
        Ok(())
    }

    /// Ends the stream, which must stand between two messages.
    pub fn finish(&self) -> Result<(), EventStreamError> {
        if self.buffer.is_empty() { Ok(()) } else { Err(EventStreamError::Truncated) }
    }
}

/// Where the last whole message ends: bytes that are passed on up to there are messages only. Bytes that are no
/// event stream count as one message.
pub fn end_of_messages(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    loop {
        match read_prelude(rest).map(|lengths| lengths.and_then(|lengths| rest.get(lengths.total..))) {
            Ok(Some(after)) => rest = after,
            Ok(None) => return bytes.len() - rest.len(),
            Err(_) => return bytes.len(),
        }
    }
}

/// What a prelude says.
#[derive(Debug, Clone, Copy)]
struct Lengths {
    total: usize,
    headers: usize,
}

impl Lengths {
    fn check(self) -> Result<(), EventStreamError> {
        let Self { total, headers } = self;
        let payload = total.checked_sub(FRAME_BYTES).and_then(|inner| inner.checked_sub(headers));
        match payload {
            Some(payload) if payload <= MAX_PAYLOAD_BYTES && headers <= MAX_HEADERS_BYTES => Ok(()),
            _ => Err(EventStreamError::Length { total, headers }),
        }
    }
}

/// Reads the first message of `bytes`; `None` while it isn't whole.
fn read_message(bytes: &[u8]) -> Result<Option<(Message, &[u8])>, EventStreamError> {
    let Some(lengths) = read_prelude(bytes)? else { return Ok(None) };
    let Some((message, after)) = bytes.split_at_checked(lengths.total) else { return Ok(None) };
    let Some((body, sum)) = message.split_last_chunk::<4>() else { return Ok(None) };
    if checksum(Some(body)) != u32::from_be_bytes(*sum) {
        return Err(EventStreamError::MessageChecksum);
    }
    let inner = body.get(PRELUDE_BYTES..).unwrap_or_default();
    let Some((headers, payload)) = inner.split_at_checked(lengths.headers) else { return Ok(None) };
    Ok(Some((Message { headers: read_headers(headers)?, payload: payload.to_vec() }, after)))
}

fn read_prelude(bytes: &[u8]) -> Result<Option<Lengths>, EventStreamError> {
    let Some((total, rest)) = bytes.split_first_chunk::<4>() else { return Ok(None) };
    let Some((headers, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
    let Some((sum, _)) = rest.split_first_chunk::<4>() else { return Ok(None) };
    if checksum(bytes.get(..8)) != u32::from_be_bytes(*sum) {
        return Err(EventStreamError::PreludeChecksum);
    }
    let size = |bytes| usize::try_from(u32::from_be_bytes(bytes)).unwrap_or(usize::MAX);
    let lengths = Lengths { total: size(*total), headers: size(*headers) };
    lengths.check()?;
    Ok(Some(lengths))
}

fn checksum(bytes: Option<&[u8]>) -> u32 {
    crc32fast::hash(bytes.unwrap_or_default())
}

/// A length that was checked to fit.
fn be32(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests;
