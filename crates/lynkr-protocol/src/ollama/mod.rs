//! Ollama's native chat: `POST /api/chat`, newline-delimited JSON.
//!
//! The format is that of Ollama's `docs/api.md` and `api/types.go`. What sets it apart:
//!
//! - An answer is streamed unless `stream` is `false`.
//! - Tool arguments are objects, and calls come whole. The event encoder therefore holds a call until its
//!   block stops; every other delta goes out at once.
//! - Calls need no id. Those of an upstream get one made of the answer's time, the call's place and its
//!   content; those of a client get one made of their place in the conversation, which isn't sent back up.
//! - There is no place for a proof of reasoning: `thinking` is plain text.
//! - Errors are `{"error": "message"}`, in mid-stream too.
//!
//! Beside the codec stand the bodies of the three other routes that Ollama's clients read:
//! [`tags`], [`show`] and [`version`].

mod calls;
mod decode;
mod decode_messages;
mod encode;
mod encode_content;
mod encode_messages;
mod encode_options;
mod error;
mod marks;
mod reply;
mod stream_decode;
mod stream_encode;
mod surface;
mod time;
pub mod wire;

pub use surface::{Model, show, tags, version};
pub use time::rfc3339;

use crate::codec::{Codec, Encoded, EventDecoder, EventEncoder, ReplyContext, Target};
use crate::neutral::{Conversation, Reply};
use crate::{ApiError, DecodeError, Dialect, EncodeError};

/// Ollama's native chat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OllamaCodec;

impl Codec for OllamaCodec {
    fn dialect(&self) -> Dialect {
        Dialect::Ollama
    }

    fn stream_content_type(&self) -> &'static str {
        "application/x-ndjson"
    }

    fn decode_request(&self, body: &[u8]) -> Result<Conversation, DecodeError> {
        decode::request(body)
    }

    fn encode_request(&self, conversation: &Conversation, target: &Target) -> Result<Encoded, EncodeError> {
        crate::losses::told(conversation.origin, encode::request(conversation, target))
    }

    fn decode_reply(&self, body: &[u8]) -> Result<Reply, ApiError> {
        reply::decode(body)
    }

    fn encode_reply(&self, reply: &Reply, context: &ReplyContext) -> Vec<u8> {
        reply::encode(reply, context)
    }

    fn event_decoder(&self) -> Box<dyn EventDecoder> {
        Box::new(stream_decode::Decoder::default())
    }

    fn event_encoder(&self, context: ReplyContext) -> Box<dyn EventEncoder> {
        Box::new(stream_encode::Encoder::new(&context))
    }

    fn decode_error(&self, status: u16, body: &[u8]) -> ApiError {
        error::decode(status, body)
    }

    fn encode_error(&self, error: &ApiError, _request_id: &str) -> Vec<u8> {
        error::encode(error)
    }
}

#[cfg(test)]
mod tests;
