//! Whole answers, both ways.

use lynkr_types::FaultKind;

use super::encode_blocks::{BlockWriter, Side};
use super::wire::Response;
use super::{blocks, error, usage};
use crate::Dialect;
use crate::codec::ReplyContext;
use crate::error::{ApiError, read_json};
use crate::neutral::{Extra, Reply};
use crate::wire::Json;

/// Reads an upstream's answer.
pub(super) fn decode(body: &[u8]) -> Result<Reply, ApiError> {
    let wire: Response = read_json(body)
        .map_err(|error| ApiError::new(FaultKind::BadGateway, format!("the provider's answer: {error}")))?;
    from_wire(wire)
}

/// The neutral form of an answer, or the error that it holds.
pub(super) fn from_wire(wire: Response) -> Result<Reply, ApiError> {
    if let Some(form) = &wire.error {
        return Err(error::from_form(form, FaultKind::BadGateway));
    }
    let Some(content) = wire.content else {
        return Err(ApiError::new(FaultKind::BadGateway, "the provider's answer has no `content`"));
    };
    let blocks = blocks::list(content, format_args!("content"))
        .map_err(|error| ApiError::new(FaultKind::BadGateway, format!("the provider's answer: {error}")))?;
    Ok(Reply {
        id: wire.id.unwrap_or_default(),
        model: wire.model.unwrap_or_default(),
        blocks,
        stop: wire.stop_reason.as_deref().map(|reason| usage::decode_stop(reason, wire.stop_sequence)),
        usage: wire.usage.map(usage::decode).unwrap_or_default(),
        extra: Extra::new(Dialect::Anthropic, wire.rest),
    })
}

/// Writes an answer for a client.
pub(super) fn encode(reply: &Reply, context: &ReplyContext) -> Vec<u8> {
    let mut losses = Vec::new();
    let mut content = Vec::new();
    let mut writer = BlockWriter { losses: &mut losses, origin: None, side: Side::Client };
    // On a client's side nothing is refused: a block that can't be written is left out of `content`.
    for block in &reply.blocks {
        let _ = writer.append(std::slice::from_ref(block), &mut content);
    }
    let mut rest = reply.extra.of(Dialect::Anthropic);
    let sequence = reply.stop.as_ref().and_then(|stop| stop.sequence.clone());
    if sequence.is_none() && rest.find("stop_sequence").is_none() {
        rest.push("stop_sequence", Json::null());
    }
    if reply.stop.is_none() && rest.find("stop_reason").is_none() {
        rest.push("stop_reason", Json::null());
    }
    let wire = Response {
        id: Some(message_id(&reply.id, context)),
        kind: Some("message".to_owned()),
        role: Some("assistant".to_owned()),
        model: Some(context.model.clone()),
        content: Some(content),
        stop_reason: reply.stop.as_ref().map(|stop| usage::encode_stop(&stop.reason).to_owned()),
        stop_sequence: sequence,
        usage: Some(usage::encode(&reply.usage, context.input_estimate)),
        error: None,
        rest,
    };
    crate::json::to_vec(&wire, 512)
}

/// The upstream's id where it has Anthropic's form, else one made from the seed.
pub(super) fn message_id(id: &str, context: &ReplyContext) -> String {
    if id.starts_with("msg_") { id.to_owned() } else { format!("msg_{}", context.seed) }
}
