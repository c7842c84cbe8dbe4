//! What every dialect implements.

use lynkr_types::Loss;

use crate::Dialect;
use crate::error::{ApiError, DecodeError, EncodeError};
use crate::neutral::{Conversation, Event, Reply, Stop, Usage};

/// What the upstream that a request is written for can take.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The model name that goes up.
    pub model: String,
    /// What `max_tokens` becomes where the dialect needs one and the client sent none.
    pub default_max_tokens: u64,
    /// OpenAI chat: the limit is called `max_completion_tokens` rather than `max_tokens`.
    pub max_completion_tokens: bool,
    /// OpenAI chat: the role `developer` is known; else `system` is sent.
    pub developer_role: bool,
    /// OpenAI chat: instructions are taken anywhere, not only as the one first message. The templates of
    /// several local models refuse them elsewhere.
    pub late_system: bool,
    /// OpenAI chat: `stream_options.include_usage` is taken.
    pub stream_usage: bool,
    /// OpenAI chat: `reasoning_content` of earlier turns is taken back.
    pub reasoning_content: bool,
    /// OpenAI chat: `reasoning_effort` is taken.
    pub reasoning_effort: bool,
    /// OpenAI chat: `cache_control` marks are taken from clients of any dialect (OpenRouter).
    pub cache_control: bool,
    /// Whether the model takes tools at all.
    pub tools: bool,
    /// Ollama's `keep_alive`, raw JSON (a number or a string).
    pub keep_alive: Option<crate::wire::Json>,
}

impl Target {
    /// A target that takes everything.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            default_max_tokens: 16_384,
            max_completion_tokens: false,
            developer_role: false,
            late_system: true,
            stream_usage: true,
            reasoning_content: true,
            reasoning_effort: true,
            cache_control: false,
            tools: true,
            keep_alive: None,
        }
    }
}

/// A request body for an upstream, and what it could not carry.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// The JSON body.
    pub body: Vec<u8>,
    /// What was left out or approximated.
    pub losses: Vec<Loss>,
}

/// What an answer needs from outside: ids and times are not made in here.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplyContext {
    /// The model name shown to the client: the one that it asked for.
    pub model: String,
    /// Unix time in seconds.
    pub created: u64,
    /// 32 hexadecimal digits, unique for this answer; ids that the upstream doesn't give are made of it.
    pub seed: String,
    /// Estimate of the input tokens, shown until the upstream says better.
    pub input_estimate: u64,
    /// Chat: the client asked for a usage chunk at the end of the stream.
    pub include_usage: bool,
    /// The client's request, for dialects that echo parts of it (Responses).
    pub request: Option<std::sync::Arc<Conversation>>,
}

/// Turns an upstream's bytes into events. Pure: bytes in, events out.
pub trait EventDecoder: Send + std::fmt::Debug {
    /// Takes bytes at any split and appends the events that they complete.
    fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), DecodeError>;
    /// The upstream closed its stream in an orderly way. A stream that never came to its terminal event
    /// ends in `Event::Error` (bad gateway), unless it was complete but for the terminator.
    fn finish(&mut self, events: &mut Vec<Event>) -> Result<(), DecodeError>;
}

/// Turns events into a client's bytes.
pub trait EventEncoder: Send + std::fmt::Debug {
    /// Appends the bytes of one event. `Event::Error` writes the dialect's own error event.
    fn push(&mut self, event: &Event, out: &mut Vec<u8>);
    /// A sign of life between events, in the dialect's own form.
    fn keep_alive(&mut self, out: &mut Vec<u8>);
    /// Goes on where another writer of the same stream stopped: its next event would have had this number. Most
    /// dialects don't number their events.
    fn goes_on_from(&mut self, _number: u64) {}
}

/// What a whole answer tells of itself besides its content.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// The upstream's id; empty where it gives none.
    pub id: String,
    /// The model that answered; empty where it isn't told.
    pub model: String,
    /// Why the answer ended.
    pub stop: Option<Stop>,
    /// Token counts.
    pub usage: Usage,
}

impl From<Reply> for Outline {
    fn from(reply: Reply) -> Self {
        Self { id: reply.id, model: reply.model, stop: reply.stop, usage: reply.usage }
    }
}

/// One dialect: pure converters both ways.
pub trait Codec: Send + Sync + std::fmt::Debug {
    /// Which dialect it is.
    fn dialect(&self) -> Dialect;
    /// The `content-type` of its streams.
    fn stream_content_type(&self) -> &'static str;
    /// Reads a client's request. Takes the other vendor's form of tools and `tool_choice` too.
    fn decode_request(&self, body: &[u8]) -> Result<Conversation, DecodeError>;
    /// Writes a request for an upstream.
    fn encode_request(&self, conversation: &Conversation, target: &Target) -> Result<Encoded, EncodeError>;
    /// Reads an upstream's whole answer. A 200 that holds an error, or no answer, is an error.
    fn decode_reply(&self, body: &[u8]) -> Result<Reply, ApiError>;
    /// Reads what an upstream's whole answer tells of itself, where its content is nobody's business. `None` is for
    /// [`Codec::decode_reply`] to judge.
    fn decode_outline(&self, body: &[u8]) -> Option<Outline> {
        self.decode_reply(body).ok().map(Outline::from)
    }
    /// Writes a whole answer for a client.
    fn encode_reply(&self, reply: &Reply, context: &ReplyContext) -> Vec<u8>;
    /// A decoder for an upstream's stream.
    fn event_decoder(&self) -> Box<dyn EventDecoder>;
    /// An encoder for a client's stream.
    fn event_encoder(&self, context: ReplyContext) -> Box<dyn EventEncoder>;
    /// Reads an upstream's error body.
    fn decode_error(&self, status: u16, body: &[u8]) -> ApiError;
    /// Writes an error body for a client.
    fn encode_error(&self, error: &ApiError, request_id: &str) -> Vec<u8>;
}
