//! Whole answers, both ways.

use lynkr_types::FaultKind;

use super::place::Place;
use super::read_items::{self, Seals};
use super::response::{Moment, Shell, status_of};
use super::wire::{IncompleteDetails, Response};
use super::{DIALECT, error, output, usage};
use crate::codec::ReplyContext;
use crate::error::{ApiError, DecodeError, read_json};
use crate::neutral::{Block, Extra, Reply, Stop, StopReason};

/// Reads an answer. An error in a 200, or no answer, is an error.
pub(super) fn decode(body: &[u8]) -> Result<Reply, ApiError> {
    let response: Response = read_json(body).map_err(bad_gateway)?;
    check(&response)?;
    let Some(items) = response.output else {
        return Err(ApiError::new(FaultKind::BadGateway, "the provider's answer has no output"));
    };
    let mut blocks = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let place = Place::top("output", index);
        blocks.extend(read_items::model_blocks(item, Seals::Leave, &place).map_err(bad_gateway)?);
    }
    let called = blocks.iter().any(|block| matches!(block, Block::ToolUse(_)));
    let refused = blocks.iter().any(|block| matches!(block, Block::Refusal(_)));
    Ok(Reply {
        id: response.id.unwrap_or_default(),
        model: response.model.unwrap_or_default(),
        stop: Some(stop_of(response.status.as_deref(), response.incomplete_details, called, refused)),
        blocks,
        usage: response.usage.map(usage::read).unwrap_or_default(),
        extra: Extra::new(DIALECT, response.rest),
    })
}

pub(super) fn bad_gateway(error: DecodeError) -> ApiError {
    ApiError::new(FaultKind::BadGateway, format!("the provider's answer can't be read: {}", error.message))
}

/// The error that an answer of whatever status reports.
pub(super) fn check(response: &Response) -> Result<(), ApiError> {
    if let Some(told) = &response.error {
        return Err(error::from_json(told));
    }
    match response.status.as_deref() {
        Some("failed") => {
            Err(ApiError::new(FaultKind::BadGateway, "the provider failed and doesn't say why"))
        }
        Some("cancelled") => Err(ApiError::new(FaultKind::BadGateway, "the provider cancelled the answer")),
        _ => Ok(()),
    }
}

/// Why an answer ended: the API has no field for it.
pub(super) fn stop_of(
    status: Option<&str>,
    details: Option<IncompleteDetails>,
    called: bool,
    refused: bool,
) -> Stop {
    let reason = match (status, details.and_then(|details| details.reason)) {
        (Some("incomplete"), Some(reason)) => match reason.as_str() {
            "max_output_tokens" | "max_tokens" => StopReason::MaxTokens,
            "content_filter" => StopReason::Refusal,
            _ => StopReason::Other(reason),
        },
        (Some(word @ ("incomplete" | "in_progress" | "queued")), _) => StopReason::Other(word.to_owned()),
        _ if called => StopReason::ToolUse,
        _ if refused => StopReason::Refusal,
        _ => StopReason::EndTurn,
    };
    reason.into()
}

/// Writes an answer.
pub(super) fn encode(reply: &Reply, context: &ReplyContext) -> Vec<u8> {
    let items = output::items(reply, context);
    let refused = reply.blocks.iter().any(|block| matches!(block, Block::Refusal(_)));
    let (status, incomplete) = status_of(reply.stop.as_ref(), refused);
    let shell = Shell::new(&reply.id, context);
    let object = shell.at(Moment {
        status,
        output: &items,
        usage: usage::write(&reply.usage, context.input_estimate),
        error: None,
        incomplete,
        more: reply.extra.of(DIALECT),
    });
    // Only keys that aren't strings could fail, and there are none.
    crate::json::to_vec(&object, 512)
}
