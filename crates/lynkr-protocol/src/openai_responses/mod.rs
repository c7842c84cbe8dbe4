//! OpenAI Responses: `POST /v1/responses`, as OpenAI's API reference and the requests of Codex, Copilot
//! and the OpenAI SDKs show it.
//!
//! Files: `wire` (types), `keeping` (what only this dialect needs back), `decode` + `read_items` + `parts`
//! (request in), `encode` + `write_items` (request out), `tools` and `options` (both ways), `reply` +
//! `output` + `response` (answers), `stream_decode` + `slots`, `stream_encode` + `pen`, `usage`, `error`, and
//! `history` for `previous_response_id`.
//!
//! What it can't say: stop sequences, `top_k`, penalties, `seed`, reasoning without a proof, whether a tool
//! failed. A streamed reasoning item shows its text as a summary, also when the provider sent it as
//! `reasoning_text`; and each text of an answer is a message item of its own.

mod asides;
mod decode;
mod encode;
mod error;
mod frame;
mod headers;
mod history;
mod keeping;
mod options;
mod output;
mod parts;
mod pen;
mod place;
mod read_items;
mod reply;
mod response;
mod slots;
mod stream_decode;
mod stream_encode;
mod tools;
mod usage;
pub mod wire;
mod write_items;

use crate::Dialect;
use crate::codec::{Codec, Encoded, EventDecoder, EventEncoder, ReplyContext, Target};
use crate::error::{ApiError, DecodeError, EncodeError};
use crate::neutral::{Conversation, Reply};

pub use error::previous_response_not_found;
pub use headers::with_headers;
pub use history::{input_items, output_items, response_id, with_history};

const DIALECT: Dialect = Dialect::OpenAiResponses;

/// How the ids of reasoning items begin that we made: the provider that gets them back doesn't know them.
pub(crate) const OWN_REASONING: &str = "rs_lynkr_";

/// The codec of the Responses API.
#[derive(Debug, Clone, Copy)]
pub struct OpenAiResponsesCodec;

impl Codec for OpenAiResponsesCodec {
    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn stream_content_type(&self) -> &'static str {
        "text/event-stream; charset=utf-8"
    }

    fn decode_request(&self, body: &[u8]) -> Result<Conversation, DecodeError> {
        decode::decode_request(body)
    }

    fn encode_request(&self, conversation: &Conversation, target: &Target) -> Result<Encoded, EncodeError> {
        crate::losses::told(conversation.origin, encode::encode_request(conversation, target))
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
        error::decode_error(status, body)
    }

    fn encode_error(&self, error: &ApiError, request_id: &str) -> Vec<u8> {
        error::encode_error(error, request_id)
    }
}

#[cfg(test)]
mod tests;
