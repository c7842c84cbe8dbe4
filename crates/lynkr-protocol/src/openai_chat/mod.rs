//! OpenAI Chat Completions (`POST /v1/chat/completions`), as a client surface and as an upstream: OpenAI
//! itself, OpenRouter, llama.cpp, LM Studio, vLLM, DeepSeek, Moonshot and whoever else speaks it.
//!
//! The format is OpenAI's API reference, "Chat Completions"; `reasoning_content` is DeepSeek's,
//! `reasoning_details` and `cache_control` are OpenRouter's.

mod decode;
mod decode_messages;
mod details;
mod encode;
mod encode_assistant;
mod encode_fields;
mod encode_messages;
mod encode_parts;
mod encode_tools;
mod error;
mod extent;
mod nested;
mod parts;
mod reply;
mod stream_blocks;
mod stream_calls;
mod stream_decode;
mod stream_encode;
mod stream_template;
mod usage;
pub mod wire;
pub mod wire_reply;

use crate::Dialect;
use crate::codec::{Codec, Encoded, EventDecoder, EventEncoder, ReplyContext, Target};
use crate::error::{ApiError, DecodeError, EncodeError};
use crate::neutral::{Conversation, Reply};

const DIALECT: Dialect = Dialect::OpenAiChat;

/// The codec of Chat Completions.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpenAiChatCodec;

impl Codec for OpenAiChatCodec {
    fn dialect(&self) -> Dialect {
        DIALECT
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

#[cfg(test)]
mod tests;
