//! What stands around the codec: paths, token counts, the list of models.

use lynkr_types::FaultKind;
use serde::Serialize;
use serde_json::json;

use super::decode;
use super::wire::{CountReply, CountRequest, Request};
use super::{encode, reply};
use crate::codec::{Encoded, Target};
use crate::error::{ApiError, DecodeError, EncodeError, read_json};
use crate::neutral::Conversation;
use crate::wire::Json;

/// What a path asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `generateContent`: a whole answer.
    Generate,
    /// `streamGenerateContent`: a streamed one.
    Stream,
    /// `countTokens`.
    CountTokens,
}

impl Method {
    /// The name at the end of the path.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Generate => "generateContent",
            Self::Stream => "streamGenerateContent",
            Self::CountTokens => "countTokens",
        }
    }
}

/// The model and the method that a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The model, without its resource prefix.
    pub model: String,
    /// What is asked of it.
    pub method: Method,
}

impl Path {
    /// Reads a path without its query: `/v1beta/models/{model}:{method}`, or Vertex's
    /// `…/publishers/google/models/{model}:{method}`. `None` for any other.
    pub fn parse(path: &str) -> Option<Self> {
        let (_, resource) = path.split_once("/models/")?;
        // A model's own name may hold a colon or a slash (`qwen3:8b`).
        let resource = unescape(resource);
        let (model, method) = resource.rsplit_once(':')?;
        let known = [Method::Generate, Method::Stream, Method::CountTokens];
        let method = known.into_iter().find(|known| known.name() == method)?;
        (!model.is_empty()).then(|| Self { model: model.to_owned(), method })
    }
}

/// Undoes percent-encoding of ASCII characters.
pub fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        plain.push_str(before);
        let code = after.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok());
        if let Some(byte) = code.filter(u8::is_ascii_graphic) {
            plain.push(char::from(byte));
            rest = after.get(2..).unwrap_or_default();
        } else {
            plain.push('%');
            rest = after;
        }
    }
    plain.push_str(rest);
    plain
}

/// Reads a client's `countTokens` request.
pub fn decode_count_request(body: &[u8]) -> Result<Conversation, DecodeError> {
    let wire: CountRequest = read_json(body)?;
    match wire.whole.or(wire.whole_snake) {
        Some(whole) => decode::request(whole.get().as_bytes()),
        None => decode::request(body),
    }
}

/// Writes a `countTokens` request for an upstream.
pub fn encode_count_request(conversation: &Conversation, target: &Target) -> Result<Encoded, EncodeError> {
    let encoded = encode::request(conversation, target)?;
    let mut whole: Request = serde_json::from_slice(&encoded.body).unwrap_or_default();
    whole.model = Some(format!("models/{}", target.model));
    let wire = CountRequest { whole: Some(Json::of(&whole)), ..CountRequest::default() };
    // Can't fail: all keys are strings and nothing writes but into memory.
    Ok(Encoded { body: serde_json::to_vec(&wire).unwrap_or_default(), losses: encoded.losses })
}

/// Reads an upstream's token count.
pub fn decode_count_reply(body: &[u8]) -> Result<u64, ApiError> {
    let wire: Result<CountReply, DecodeError> = read_json(body);
    let total = wire.as_ref().ok().and_then(|wire| wire.total);
    total.ok_or_else(|| {
        let failure = reply::unread(body, "it has no `totalTokens`");
        if failure.message.is_empty() {
            ApiError::new(FaultKind::BadGateway, "no token count")
        } else {
            failure
        }
    })
}

/// Writes a token count for a client.
pub fn encode_count_reply(tokens: u64) -> Vec<u8> {
    json!({ "totalTokens": tokens }).to_string().into_bytes()
}

/// A model on offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Its name, without the resource prefix.
    pub name: String,
    /// The most input tokens, when known.
    pub input_limit: Option<u64>,
    /// The most output tokens, when known.
    pub output_limit: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    name: String,
    display_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_token_limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_token_limit: Option<u64>,
    supported_generation_methods: [&'static str; 3],
}

impl<'a> Entry<'a> {
    fn of(model: &'a Model) -> Self {
        Self {
            name: format!("models/{}", model.name),
            display_name: &model.name,
            input_token_limit: model.input_limit,
            output_token_limit: model.output_limit,
            supported_generation_methods: [
                Method::Generate.name(),
                Method::Stream.name(),
                Method::CountTokens.name(),
            ],
        }
    }
}

/// The body of `GET /v1beta/models`.
pub fn models(list: &[Model]) -> Vec<u8> {
    let models: Vec<Entry<'_>> = list.iter().map(Entry::of).collect();
    json!({ "models": models }).to_string().into_bytes()
}

/// The body of `GET /v1beta/models/{model}`.
pub fn model_entry(model: &Model) -> Vec<u8> {
    // Can't fail: all keys are strings and nothing writes but into memory.
    serde_json::to_vec(&Entry::of(model)).unwrap_or_default()
}
