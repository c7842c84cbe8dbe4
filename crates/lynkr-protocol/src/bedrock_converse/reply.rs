//! Whole answers, both ways.

use lynkr_types::FaultKind;

use super::wire::{Message, Output, Response};
use super::write_blocks::{Side, Writer};
use super::{DIALECT, error, notes, read_blocks, usage};
use crate::codec::ReplyContext;
use crate::error::{ApiError, read_json};
use crate::kept::{Kept, nest};
use crate::neutral::{Extra, Reply, StopReason};
use crate::wire::Json;

/// Reads an upstream's answer.
pub(super) fn decode(body: &[u8]) -> Result<Reply, ApiError> {
    let wire: Response = read_json(body).map_err(|problem| bad_gateway(&problem.message))?;
    let mut rest = wire.rest;
    let Some(output) = wire.output else {
        // An error that came with a 200.
        let is_error = rest.find("message").or_else(|| rest.find("__type")).is_some();
        return Err(if is_error { error::decode(502, body) } else { bad_gateway("it has no `output`") });
    };
    nest(&mut rest, "output", &output.rest);
    let message = output.message.ok_or_else(|| bad_gateway("it has no `output.message`"))?;
    nest(&mut rest, "output.message", &message.rest);
    let blocks = read_blocks::list(message.content.unwrap_or_default(), "output.message.content")
        .map_err(|problem| bad_gateway(&problem.message))?;
    let stop = wire.stop_reason.as_deref().map(usage::decode_stop);
    if let (Some(word), Some(stop)) = (wire.stop_reason.as_deref(), &stop)
        && let Some(word) = usage::odd_word(word, stop)
    {
        rest.push(notes::STOP, Json::of(word));
    }
    Ok(Reply {
        id: String::new(),
        model: String::new(),
        blocks,
        stop,
        usage: wire.usage.map(usage::decode).unwrap_or_default(),
        extra: Extra::new(DIALECT, rest),
    })
}

fn bad_gateway(problem: &str) -> ApiError {
    ApiError::new(FaultKind::BadGateway, format!("the provider's answer is not a Converse answer: {problem}"))
}

/// Writes an answer for a client. How long the model took isn't known here, so `metrics` is only there when
/// the provider sent it.
pub(super) fn encode(reply: &Reply, context: &ReplyContext) -> Vec<u8> {
    let mut kept = Kept::of(&reply.extra, DIALECT);
    let mut writer = Writer::new(Side::Client, false, &context.model);
    let mut content = Vec::with_capacity(reply.blocks.len());
    for block in &reply.blocks {
        // Nothing is refused on the way to a client: what it could not have sent is left out.
        let _ = writer.append(std::slice::from_ref(block), &mut content);
    }
    let message = Message {
        role: Some("assistant".to_owned()),
        content: Some(content),
        rest: kept.take("output.message"),
    };
    let stop = reply.stop.as_ref().map_or(&StopReason::EndTurn, |stop| &stop.reason);
    let word = kept.word(notes::STOP).unwrap_or_else(|| usage::encode_stop(stop).to_owned());
    let wire = Response {
        output: Some(Output { message: Some(message), rest: kept.take("output") }),
        stop_reason: Some(word),
        usage: Some(usage::encode(&reply.usage, context.input_estimate)),
        rest: kept.rest,
    };
    // Can't fail: all keys are strings and nothing writes but into memory.
    crate::json::to_vec(&wire, 512)
}
