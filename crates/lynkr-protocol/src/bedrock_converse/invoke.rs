//! What Bedrock wraps around Claude's own dialect: the frames of InvokeModelWithResponseStream, and the body of
//! CountTokens. What is inside goes through untouched.
//!
//! Source: `InvokeModelWithResponseStream` and `CountTokens` in the Amazon Bedrock API reference.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lynkr_types::FaultKind;
use serde::{Deserialize, Serialize};

use super::error;
use crate::error::{ApiError, DecodeError, read_json};
use crate::framing::event_stream::{EventStreamDecoder, Message, MessageKind};
use crate::framing::{SseDecoder, SseFrame};

/// Takes Claude's events out of AWS's frames and writes them as server-sent events, as Anthropic does.
#[derive(Debug, Default)]
pub struct ChunkDecoder {
    frames: EventStreamDecoder,
}

/// The payload of a `chunk`. A field of random length beside it hides how long the words are.
#[derive(Deserialize)]
struct Chunk {
    bytes: String,
}

/// The one field of an event that its name is.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow, rename = "type")]
    kind: std::borrow::Cow<'a, str>,
}

impl ChunkDecoder {
    /// A decoder at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes and appends each event that they complete to `out`. After a failure, which is the provider's
    /// exception or bytes that are no such stream, nothing more comes; what came before it is in `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), ApiError> {
        let mut messages = Vec::new();
        let framed = self.frames.push(bytes, &mut messages);
        for message in &messages {
            read(message, out)?;
        }
        framed.map_err(|error| ApiError::new(FaultKind::BadGateway, error.to_string()))
    }
}

fn read(message: &Message, out: &mut Vec<u8>) -> Result<(), ApiError> {
    match message.kind() {
        MessageKind::Event("chunk") => {
            let chunk = crate::json::from_slice::<Chunk>(&message.payload).ok();
            let event = chunk.and_then(|chunk| STANDARD.decode(chunk.bytes).ok()).ok_or_else(|| {
                ApiError::new(FaultKind::BadGateway, "a `chunk` of the provider's stream holds no event")
            })?;
            write_event(&event, out);
            Ok(())
        }
        // Whatever else comes beside the answer is AWS's own.
        MessageKind::Event(_) => Ok(()),
        MessageKind::Exception(name) => Err(error::of_exception(name, &message.payload)),
        MessageKind::Error { code, message: words } => Err(error::of_error(code, words, &message.payload)),
    }
}

/// One server-sent event: named as its type says, its bytes as they came.
fn write_event(event: &[u8], out: &mut Vec<u8>) {
    if let Ok(Kind { kind }) = crate::json::from_slice(event)
        && !kind.contains(['\n', '\r'])
    {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(kind.as_bytes());
        out.push(b'\n');
    }
    // A line break would end the event's data; JSON has them between its tokens only.
    for line in event.split(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| !line.is_empty()) {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.push(b'\n');
}

/// Puts Claude's events, as Anthropic sends them, into AWS's frames: for clients that speak to Bedrock.
#[derive(Debug, Default)]
pub struct ChunkEncoder {
    events: SseDecoder,
}

impl ChunkEncoder {
    /// An encoder at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes of server-sent events and appends a frame for each event that they complete.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut events = Vec::new();
        // What came before an event that is too long still counts; the stream then ends without its last event.
        let _ = self.events.push(bytes, &mut events);
        for event in &events {
            write_frame(event, out);
        }
    }
}

fn write_frame(event: &SseFrame, out: &mut Vec<u8>) {
    let message = match event.event.as_str() {
        // No `chunk`: SDKs skip events that they don't know, and Bedrock has no pings of its own.
        "ping" => Message::event("ping", "application/json", "{}"),
        "error" => {
            let error = crate::codec(crate::Dialect::Anthropic).decode_error(500, event.data.as_bytes());
            let payload = serde_json::json!({"message": error.message}).to_string();
            Message::exception(exception_of(error.kind), "application/json", payload)
        }
        _ if event.data.is_empty() => return,
        _ => {
            let payload = serde_json::json!({"bytes": STANDARD.encode(&event.data)}).to_string();
            Message::event("chunk", "application/json", payload)
        }
    };
    // Only lengths past the format's fail, and no event is as long.
    let _ = message.write(out);
}

/// The exception that ends a stream, as the service model has them.
const fn exception_of(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::RateLimit => "throttlingException",
        FaultKind::InvalidRequest | FaultKind::ContextLength | FaultKind::TooLarge => "validationException",
        FaultKind::Timeout => "modelTimeoutException",
        FaultKind::Unavailable | FaultKind::Overloaded => "serviceUnavailableException",
        FaultKind::BadGateway => "modelStreamErrorException",
        _ => "internalServerException",
    }
}

#[derive(Deserialize)]
struct CountAsked {
    input: CountAskedInput,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CountAskedInput {
    invoke_model: CountAskedBody,
}

#[derive(Deserialize)]
struct CountAskedBody {
    body: String,
}

/// The body of the InvokeModel that a client's CountTokens is about.
///
/// # Errors
///
/// What holds none: a CountTokens of Converse is one.
pub fn read_count_request(body: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let asked: CountAsked = read_json(body)?;
    let inside = STANDARD.decode(asked.input.invoke_model.body);
    inside.map_err(|error| DecodeError::new(format!("input.invokeModel.body: not base64: {error}")))
}

/// What a client's CountTokens is answered.
pub fn count_reply(tokens: u64) -> Vec<u8> {
    serde_json::json!({"inputTokens": tokens}).to_string().into_bytes()
}

#[derive(Serialize)]
struct CountRequest {
    input: CountInput,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CountInput {
    invoke_model: CountBody,
}

#[derive(Serialize)]
struct CountBody {
    body: String,
}

/// The body of a CountTokens for that of an InvokeModel.
pub fn count_request(body: &[u8]) -> Vec<u8> {
    let invoke_model = CountBody { body: STANDARD.encode(body) };
    serde_json::to_vec(&CountRequest { input: CountInput { invoke_model } }).unwrap_or_default()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Counted {
    input_tokens: u64,
}

/// The number of tokens that a CountTokens answered.
pub fn counted(answer: &[u8]) -> Option<u64> {
    crate::json::from_slice::<Counted>(answer).ok().map(|counted| counted.input_tokens)
}

/// The model whose tokens are counted: CountTokens knows models, not the inference profiles of them.
pub fn counted_model(model: &str) -> &str {
    let name = model.rsplit('/').next().unwrap_or(model);
    name.find("anthropic.").and_then(|at| name.get(at..)).unwrap_or(name)
}

#[cfg(test)]
mod tests;
