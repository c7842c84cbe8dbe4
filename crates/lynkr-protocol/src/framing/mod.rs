//! Sans-I/O framing: bytes in at any split, whole frames out.

pub mod event_stream;
mod ndjson;
mod sse;

pub use ndjson::LineDecoder;
pub use sse::{SseDecoder, SseFrame, write_sse};

/// A frame or line longer than this ends the stream with an error rather than eating memory: 64 MiB.
pub const MAX_FRAME_BYTES: usize = 64 * 1024 * 1024;

/// A frame grew past [`MAX_FRAME_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stream frame is longer than {MAX_FRAME_BYTES} bytes")]
pub struct FrameTooLong;

#[cfg(test)]
mod tests;
