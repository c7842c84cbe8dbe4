//! Google Gemini: `POST /v1beta/models/{model}:generateContent`, `:streamGenerateContent` and
//! `:countTokens`, and the same methods under Vertex's paths.
//!
//! The format is that of the API reference at `ai.google.dev/api` (`generate-content`, `caching`,
//! `tokens`) and of the `google.ai.generativelanguage.v1beta` protocol buffers. What sets it apart:
//!
//! - The model, and whether the answer is streamed, stand in the URL: see [`Path`]. A decoded request has
//!   neither; the encoder writes neither.
//! - Thought signatures may stand on any part of an answer and must come back on the same part. In the
//!   neutral form such a part has an empty reasoning block right before it that holds the signature
//!   ([`Proof::ThoughtSignature`](crate::neutral::Proof)), so clients of every dialect keep and return it
//!   like any reasoning. The encoder puts it back on the part that follows. See `signature` for the
//!   reverse: other providers' proofs inside a Gemini client's history.
//! - Newer models refuse a call of the current turn that has no signature. When a client lost it, the
//!   documented placeholder goes up in its place, and the receipt says so.
//! - A tool result names its tool: the name is looked up from the call, as results of other dialects have
//!   ids only. Calls often have no id; those of an upstream get one made of the answer's id, those of a
//!   client one made of their place, which isn't sent.
//! - Calls come whole, so the event encoder holds a call until its block stops. Vertex can send pieces of
//!   arguments in any order by JSON path; the decoder gathers those of one call.
//! - Tools and answers are described in JSON Schema, as they came; models before 2.5 get the subset of OpenAPI
//!   that they were made for: see `openapi`.
//! - A stream is server-sent events without a terminator, or, for servers that ignore `alt=sse`, a JSON
//!   array. Each frame is a whole answer object.
//! - Both spellings of the fields are read, camel case and snake case; camel case is written.

mod array;
mod decode;
mod decode_config;
mod decode_tools;
mod encode;
mod encode_config;
mod encode_tools;
mod error;
mod finish;
mod losses;
mod media;
mod model;
mod notes;
mod openapi;
mod partial;
mod pending;
mod read_parts;
mod read_results;
mod reply;
mod schema;
mod signature;
mod spelling;
mod stream_blocks;
mod stream_decode;
mod stream_encode;
mod surface;
mod usage;
pub mod wire;
mod write_parts;
mod write_results;

pub use surface::{
    Method, Model, Path, decode_count_reply, decode_count_request, encode_count_reply, encode_count_request,
    model_entry, models, unescape,
};

use crate::codec::{Codec, Encoded, EventDecoder, EventEncoder, ReplyContext, Target};
use crate::neutral::{Conversation, Reply};
use crate::{ApiError, DecodeError, Dialect, EncodeError};

const DIALECT: Dialect = Dialect::Gemini;

/// Google Gemini.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GeminiCodec;

impl Codec for GeminiCodec {
    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn stream_content_type(&self) -> &'static str {
        "text/event-stream"
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
        Box::new(stream_encode::Encoder::new(context))
    }

    fn decode_error(&self, status: u16, body: &[u8]) -> ApiError {
        error::decode(status, body)
    }

    fn encode_error(&self, error: &ApiError, request_id: &str) -> Vec<u8> {
        error::encode(error, request_id)
    }
}

#[cfg(test)]
mod tests;
