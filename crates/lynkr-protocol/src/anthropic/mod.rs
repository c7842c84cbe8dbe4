//! Anthropic Messages: `POST /v1/messages`, as Anthropic's API reference describes it
//! (version header `2023-06-01` and later).
//!
//! Files: `wire` (types), `decode` + `blocks` (request in), `encode` + `encode_blocks` + `encode_thinking`
//! (request out), `reply`,
//! `outline`, `stream_decode`, `stream_encode` + `order`, `usage`, `error`. Every dialect's folder has this shape.

mod blocks;
mod decode;
pub(crate) mod encode;
pub(crate) mod encode_blocks;
pub(crate) mod encode_thinking;
mod error;
pub(crate) mod order;
mod outline;
mod reply;
mod stream_decode;
mod stream_encode;
mod usage;
pub mod wire;

use crate::Dialect;
use crate::codec::{Codec, Encoded, EventDecoder, EventEncoder, Outline, ReplyContext, Target};
use crate::error::{ApiError, DecodeError, EncodeError};
use crate::neutral::{Conversation, Reply};

const DIALECT: Dialect = Dialect::Anthropic;

/// The codec of the Messages API.
#[derive(Debug, Clone, Copy)]
pub struct AnthropicCodec;

impl Codec for AnthropicCodec {
    fn dialect(&self) -> Dialect {
        Dialect::Anthropic
    }

    fn stream_content_type(&self) -> &'static str {
        "text/event-stream; charset=utf-8"
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

    fn decode_outline(&self, body: &[u8]) -> Option<Outline> {
        outline::decode(body)
    }

    fn encode_reply(&self, reply: &Reply, context: &ReplyContext) -> Vec<u8> {
        reply::encode(reply, context)
    }

    fn event_decoder(&self) -> Box<dyn EventDecoder> {
        Box::<stream_decode::Decoder>::default()
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

pub use error::threads_unsupported;

/// The instruction by which Claude Code bills its sessions; it differs in each request.
pub const BILLING_LINE: &str = "x-anthropic-billing-header:";

/// Removes Claude Code's billing line from the instructions, which would else break every other
/// provider's prompt cache. Returns whether there was one.
pub fn remove_billing_line(conversation: &mut Conversation) -> bool {
    let is_billing =
        |block: &crate::neutral::Block| block.as_text().is_some_and(|text| text.starts_with(BILLING_LINE));
    let mut found = false;
    for part in &mut conversation.system {
        let before = part.blocks.len();
        part.blocks.retain(|block| !is_billing(block));
        found |= part.blocks.len() != before;
    }
    found
}

#[cfg(test)]
mod tests;
