//! Amazon Bedrock's Converse: `POST /model/{modelId}/converse` and `/converse-stream`.
//!
//! The format is that of the Amazon Bedrock API reference (`Converse`, `ConverseStream`) and of the service
//! model `bedrock-runtime` that AWS's SDKs are made from. What sets it apart:
//!
//! - The model, and whether the answer is streamed, stand in the URL. A decoded request has neither; the
//!   encoder writes neither. An answer has no id and doesn't name its model.
//! - One format for many vendors' models, which don't all take the same: `model` knows the differences.
//!   What only Anthropic's models know (`thinking`, `top_k`, `anthropic_beta`) stands in
//!   `additionalModelRequestFields`.
//! - Cache points are blocks of their own, behind what they mark. In the neutral form they are the marker of
//!   the block before them.
//! - Anthropic's proofs of reasoning are the same ones as in Anthropic's own dialect; others travel sealed in
//!   the field `signature`.
//! - Roles alternate, a user's turn comes first, words aren't blank, files have names that differ and stand
//!   beside words, and who shows earlier calls must offer tools. The encoder sees to all of these, with a
//!   receipt where that changes what is said.
//! - There is no `tool_choice: none`. No tool is offered then, unless earlier calls demand that some are: then
//!   they stay on offer, and the receipt says so.
//! - A stream is binary: [`crate::framing::event_stream`]. Exceptions end it.

mod decode;
mod decode_config;
mod decode_tools;
mod encode;
mod encode_config;
mod encode_tools;
mod error;
mod formats;
pub mod invoke;
mod model;
mod notes;
mod read_blocks;
mod reply;
mod stream_blocks;
mod stream_decode;
mod stream_encode;
mod usage;
pub mod wire;
mod write_blocks;
mod write_media;

pub use error::name_of as error_name;

use crate::codec::{Codec, Encoded, EventDecoder, EventEncoder, ReplyContext, Target};
use crate::neutral::{Conversation, Reply};
use crate::{ApiError, DecodeError, Dialect, EncodeError, framing};

const DIALECT: Dialect = Dialect::BedrockConverse;

/// Amazon Bedrock's Converse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BedrockConverseCodec;

impl Codec for BedrockConverseCodec {
    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn stream_content_type(&self) -> &'static str {
        framing::event_stream::CONTENT_TYPE
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
