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

/// Appends to a frame that isn't whole yet. What would be too long is refused before there is room for it.
fn append(frame: &mut Vec<u8>, more: &[u8]) -> Result<(), FrameTooLong> {
    let length = frame.len().saturating_add(more.len());
    if length > MAX_FRAME_BYTES {
        return Err(FrameTooLong);
    }
    if length > frame.capacity() {
        let room = frame.capacity().saturating_mul(2).clamp(length, MAX_FRAME_BYTES);
        frame.reserve_exact(room - frame.len());
    }
    frame.extend_from_slice(more);
    Ok(())
}

#[cfg(test)]
mod tests;
