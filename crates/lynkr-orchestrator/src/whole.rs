//! Whole answers: read, checked, and written in the client's dialect.

use std::time::Duration;

use bytes::Bytes;
use lynkr_http::{Gathered, InboundBody, Phase, TransportError, within};
use lynkr_protocol::bedrock_converse::invoke::ChunkDecoder;
use lynkr_protocol::call_ids::CallIds;
use lynkr_protocol::neutral::{Assembler, Event, Reply, Usage};
use lynkr_protocol::{ApiError, Dialect, Outline, codec};
use lynkr_providers::Upstream;
use lynkr_types::FaultKind;

use crate::attempt::Dispatch;
use crate::failure::{Failure, nonsense};
use crate::gateway::{Gateway, Limits};
use crate::plan::Way;
use crate::prices::Cost;
use crate::{embed, estimate};

/// How much a body may be and how long it may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    idle: Duration,
    whole: Duration,
    bytes: usize,
}

impl Bounds {
    /// What a provider's answers are held to.
    pub(crate) fn of(limits: &Limits) -> Self {
        Self { idle: limits.idle, whole: limits.answer, bytes: limits.answer_bytes }
    }

    /// What the answers of one provider are held to: `since` it was asked, if it has a time-out of its own.
    pub(crate) fn of_upstream(limits: &Limits, upstream: &Upstream, since: Duration) -> Self {
        let own = upstream.timeout().map_or(limits.answer, |most| most.saturating_sub(since));
        Self { whole: own.min(limits.answer), ..Self::of(limits) }
    }

    /// For a question of the gateway's own, which nobody waits for long.
    pub(crate) fn within(time: Duration) -> Self {
        Self { idle: time, whole: time, bytes: 16 * 1024 * 1024 }
    }
}

/// Reads a body to its end, in bounded time and memory.
pub(crate) async fn read(body: InboundBody, bounds: Bounds) -> Result<Bytes, Failure> {
    let late = TransportError::Timeout { phase: Phase::Body, after: bounds.whole };
    // Silence alone is no measure: a byte now and then would keep a request for ever.
    let whole = within(bounds.whole, read_pieces(body, bounds)).await;
    whole.unwrap_or_else(|_| Err(Failure::from(&late)))
}

async fn read_pieces(mut body: InboundBody, bounds: Bounds) -> Result<Bytes, Failure> {
    let mut all = Gathered::of(&body.size_hint());
    // The end of what has its announced length comes late, if somebody waits for it.
    while !body.is_at_end() {
        match within(bounds.idle, body.next()).await {
            Ok(None) => break,
            Ok(Some(Ok(bytes))) => all.push(bytes),
            Ok(Some(Err(error))) => return Err(Failure::from(&error)),
            Err(_) => {
                let late = TransportError::Timeout { phase: Phase::Body, after: bounds.idle };
                return Err(Failure::from(&late));
            }
        }
        if all.len() > bounds.bytes {
            let most = bounds.bytes;
            let message =
                format!("the provider's answer is larger than {most} bytes (LYNKR_MAX_ANSWER_BYTES)");
            return Err(Failure::upstream(ApiError::new(FaultKind::BadGateway, message)));
        }
    }
    Ok(all.into_bytes())
}

/// A stream that was read to its end, without a cloud's own frames.
pub(crate) fn unframed(bytes: &[u8]) -> Result<Bytes, Failure> {
    let mut inside = Vec::new();
    ChunkDecoder::new().push(bytes, &mut inside).map_err(Failure::upstream)?;
    Ok(Bytes::from(inside))
}

/// A whole answer as the client gets it.
pub(crate) struct Written {
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
    /// What it cost in US dollars; `None` where no price is known.
    pub(crate) cost: Option<String>,
}

impl Written {
    fn json(body: impl Into<Bytes>, cost: Option<String>) -> Self {
        Self { content_type: "application/json".to_owned(), body: body.into(), cost }
    }
}

/// The client's body for a provider's whole answer.
pub(crate) fn answer(
    gateway: &Gateway,
    dispatch: &mut Dispatch<'_>,
    bytes: Bytes,
    is_stream: bool,
) -> Result<Written, Failure> {
    if let Way::Embeddings(embedded) = dispatch.plan.way {
        let (body, cost) = embed::answer(dispatch, embedded, bytes)?;
        return Ok(Written::json(body, cost));
    }
    let client = codec(dispatch.ingress.dialect);
    let passes = matches!(dispatch.plan.way, Way::Passthrough { .. }) && !dispatch.plan.stream && !is_stream;
    if passes
        && !dispatch.account.listens()
        && let Some(outline) = codec(dispatch.routed.dialect).decode_outline(&bytes)
    {
        return Ok(passed(gateway, dispatch, &outline, bytes));
    }
    let decoded = decode(dispatch.routed.dialect, &bytes, is_stream);
    let mut reply = match decoded {
        Ok(reply) => reply,
        // The client reads its own dialect; what we can't read of it may still be right.
        Err(error) if passes && has_answer(dispatch.routed.dialect, &bytes) => {
            tracing::debug!(request_id = %dispatch.ingress.request_id, %error, "passing on an answer that could not be read");
            let _ = dispatch.account.finished(&Usage::default(), true);
            return Ok(Written::json(bytes, None));
        }
        Err(error) => return Err(Failure::upstream(error)),
    };
    if dispatch.account.listens() {
        dispatch.account.said(&reply.to_events());
    }
    if passes {
        return Ok(passed(gateway, dispatch, &reply.into(), bytes));
    }
    dispatch.account.hears(&reply.model, reply.stop.as_ref().map(|stop| &stop.reason));
    let cost = dispatch.account.finished(&reply.usage, true).map(Cost::to_dollars);
    let keeper = gateway.keeper(dispatch);
    if let Way::Translate(translation) = &dispatch.plan.way {
        translation.names.restore(&mut reply);
        CallIds::of(&translation.conversation, &dispatch.context.seed).renew_all(&mut reply);
    }
    measure(&mut reply);
    if let Way::Translate(translation) = &dispatch.plan.way
        && reply.usage.total_input().is_none()
    {
        dispatch.context.input_estimate = translation.expected.shown();
    }
    if let Way::Translate(translation) = &dispatch.plan.way
        && let Some(capture) = &translation.capture
    {
        capture.extend(reply.to_events());
        return Ok(Written { content_type: String::new(), body: Bytes::new(), cost });
    }
    keeper.keep(&reply, &dispatch.context);
    if dispatch.plan.stream {
        let mut encoder = client.event_encoder(dispatch.context.clone());
        let mut out = Vec::new();
        for event in reply.to_events() {
            encoder.push(&event, &mut out);
        }
        let content_type = client.stream_content_type().to_owned();
        return Ok(Written { content_type, body: Bytes::from(out), cost });
    }
    Ok(Written::json(client.encode_reply(&reply, &dispatch.context), cost))
}

/// An answer that the client gets as it is.
fn passed(gateway: &Gateway, dispatch: &mut Dispatch<'_>, outline: &Outline, bytes: Bytes) -> Written {
    dispatch.account.hears(&outline.model, outline.stop.as_ref().map(|stop| &stop.reason));
    let cost = dispatch.account.finished(&outline.usage, true).map(Cost::to_dollars);
    gateway.keeper(dispatch).pin(&outline.id);
    Written::json(bytes, cost)
}

fn decode(dialect: Dialect, bytes: &[u8], is_stream: bool) -> Result<Reply, ApiError> {
    if !is_stream {
        return codec(dialect).decode_reply(bytes);
    }
    let mut decoder = codec(dialect).event_decoder();
    let mut events = Vec::new();
    decoder.push(bytes, &mut events).map_err(|error| nonsense(&error))?;
    decoder.finish(&mut events).map_err(|error| nonsense(&error))?;
    let mut assembler = Assembler::new();
    for event in &events {
        assembler.push(event);
    }
    assembler.finish()
}

/// Whether a body holds its dialect's answer field, in whatever form.
fn has_answer(dialect: Dialect, bytes: &[u8]) -> bool {
    use serde_json::Value;
    let field = match dialect {
        Dialect::Anthropic => "content",
        Dialect::OpenAiChat => "choices",
        Dialect::OpenAiResponses | Dialect::BedrockConverse => "output",
        Dialect::Ollama => "message",
        Dialect::Gemini => "candidates",
    };
    let body: Option<serde_json::Map<String, Value>> = serde_json::from_slice(bytes).ok();
    let said = |value: Option<&Value>| value.is_some_and(|value| !value.is_null());
    body.is_some_and(|body| {
        // A list without a choice answers nothing. A `null` error is none: Responses always has the field.
        let no_choice = body.get("choices").and_then(Value::as_array).is_some_and(Vec::is_empty);
        said(body.get(field)) && !no_choice && !said(body.get("error"))
    })
}

/// An answer without counts gets an estimate of its output, marked as one.
fn measure(reply: &mut Reply) {
    if reply.usage.output.is_none() {
        let tokens: u64 = reply.to_events().iter().map(|event: &Event| estimate::event_tokens(event)).sum();
        reply.usage.output = Some(tokens);
        reply.usage.estimated = true;
    }
}
