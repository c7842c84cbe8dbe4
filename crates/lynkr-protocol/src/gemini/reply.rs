//! Whole answers, both ways.

use lynkr_types::FaultKind;
use serde_json::Value;

use super::notes::{self, Kept, nest};
use super::read_parts::{Author, Reader};
use super::wire::{Candidate, Content, Part, Response};
use super::write_parts::{Side, Writer};
use super::{DIALECT, error, finish, usage};
use crate::codec::ReplyContext;
use crate::error::{ApiError, read_json};
use crate::neutral::{Block, Extra, Refusal, Reply, StopReason};
use crate::wire::{Json, Rest};

/// Reads an upstream's answer.
pub(super) fn decode(body: &[u8]) -> Result<Reply, ApiError> {
    let wire: Response = read_json(body).map_err(|problem| unread(body, &problem.message))?;
    if let Some(failure) = &wire.error {
        return Err(error::of_object(&failure.to_value()));
    }
    let mut candidates = wire.candidates.unwrap_or_default().into_iter();
    let Some(mut candidate) = candidates.next() else {
        let blocked = wire.prompt_feedback.as_ref().and_then(finish::blocked);
        return Err(blocked.unwrap_or_else(|| unread(body, "it has no `candidates`")));
    };
    let mut rest = wire.rest;
    let others: Vec<Candidate> = candidates.collect();
    if !others.is_empty() {
        rest.push("candidates", Json::of(&others));
    }
    if let Some(feedback) = &wire.prompt_feedback {
        rest.push("promptFeedback", Json::of(feedback));
    }
    let id = wire.response_id.unwrap_or_default();
    let content = candidate.content.take().unwrap_or_default();
    nest(&mut rest, "content", &content.rest);
    let mut blocks = blocks(content.parts.unwrap_or_default(), &id)?;
    let word = finish::of_candidate(&candidate).map(str::to_owned);
    if !blocks.iter().any(is_content) {
        let text = finish::of_nothing(word.as_deref().unwrap_or(""), candidate.finish_message.as_deref())?;
        blocks.extend(text.map(|text| Block::Refusal(Refusal { text })));
    }
    let called = blocks.iter().any(|block| matches!(block, Block::ToolUse(_)));
    let stop = match &word {
        Some(word) => Some(finish::stop(word, called)),
        None => called.then(|| StopReason::ToolUse.into()),
    };
    keep_candidate(candidate, stop.as_ref(), &mut rest);
    Ok(Reply {
        id,
        model: wire.model_version.unwrap_or_default(),
        blocks,
        stop,
        usage: wire.usage.map(usage::decode).unwrap_or_default(),
        extra: Extra::new(DIALECT, rest),
    })
}

fn blocks(parts: Vec<Part>, id: &str) -> Result<Vec<Block>, ApiError> {
    let mut reader = Reader::new(Author::Provider);
    reader.set_answer(id);
    let blocks = reader
        .turn(parts, "candidates[0].content.parts")
        .map_err(|problem| ApiError::new(FaultKind::BadGateway, problem.message))?;
    Ok(blocks.into_iter().filter(says_something).collect())
}

/// Whether a block is more than an empty frame.
fn says_something(block: &Block) -> bool {
    match block {
        Block::Text(text) => !text.text.is_empty(),
        Block::Thinking(thinking) => !thinking.text.is_empty() || thinking.proof.is_some(),
        Block::Image(_)
        | Block::Document(_)
        | Block::ToolUse(_)
        | Block::ToolResult(_)
        | Block::Refusal(_)
        | Block::Opaque(_) => true,
    }
}

/// Whether a client gets something from a block: a signature alone is nothing to it.
fn is_content(block: &Block) -> bool {
    !matches!(block, Block::Thinking(thinking) if thinking.text.is_empty())
}

/// Keeps what of a candidate the neutral form has no name for.
fn keep_candidate(candidate: Candidate, stop: Option<&crate::neutral::Stop>, rest: &mut Rest) {
    nest(rest, "candidate", &candidate.rest);
    if let Some(message) = &candidate.finish_message {
        rest.push("candidate.finishMessage", Json::of(message));
    }
    if let Some(word) = candidate.finish_reason
        && word != finish::word(stop, None)
    {
        rest.push(notes::FINISH, Json::of(&word));
    }
}

/// The error for a 200 that is no answer: its own words when it has some.
pub(super) fn unread(body: &[u8], problem: &str) -> ApiError {
    let value: Option<Value> = crate::json::from_slice(body).ok();
    let failure = value.as_ref().and_then(|value| value.get(0).unwrap_or(value).get("error"));
    match failure {
        Some(failure) if !failure.is_null() => error::of_object(failure),
        _ => bad_gateway(problem),
    }
}

pub(super) fn bad_gateway(problem: &str) -> ApiError {
    let message = format!("the provider's answer is not a Gemini answer: {problem}");
    ApiError::new(FaultKind::BadGateway, message)
}

/// Writes an answer for a client.
pub(super) fn encode(reply: &Reply, context: &ReplyContext) -> Vec<u8> {
    let mut kept = Kept::of(&reply.extra, DIALECT);
    let mut writer = Writer::new(Side::Client, false, &context.model);
    // Nothing is refused on the way to a client: what it could not have sent is left out.
    let mut parts = writer.turn(&reply.blocks).unwrap_or_default();
    if parts.is_empty() {
        parts.push(Part { text: Some(String::new()), ..Part::default() });
    }
    let content = Content { role: Some("model".to_owned()), parts: Some(parts), rest: kept.take("content") };
    let mut candidates = vec![Candidate {
        content: Some(content),
        finish_reason: Some(finish::word(reply.stop.as_ref(), kept.word(notes::FINISH).as_deref())),
        finish_message: None,
        index: Some(0),
        rest: kept.take("candidate"),
    }];
    let others: Option<Vec<Candidate>> = kept.rest.remove("candidates").and_then(|list| list.read().ok());
    candidates.extend(others.unwrap_or_default());
    let wire = Response {
        candidates: Some(candidates),
        usage: Some(usage::encode(&reply.usage, context.input_estimate)),
        model_version: Some(context.model.clone()),
        response_id: Some(response_id(&reply.id, context).to_owned()),
        rest: kept.rest,
        ..Response::default()
    };
    // Can't fail: all keys are strings and nothing writes but into memory.
    crate::json::to_vec(&wire, 512)
}

/// The id that a client sees: the provider's own, or one of ours.
pub(super) fn response_id<'a>(id: &'a str, context: &'a ReplyContext) -> &'a str {
    if id.is_empty() { &context.seed } else { id }
}
