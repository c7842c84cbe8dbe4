//! Whole answers, both ways.

use lynkr_types::FaultKind;
use serde_json::Value;

use super::decode_messages::{OPAQUE_CALL, arguments, assistant};
use super::encode_assistant::call;
use super::encode_parts::words;
use super::nested::{nest, unnest};
use super::wire::{AssistantMessage, CalledFunction, Part};
use super::wire_reply::{Choice, Response};
use super::{DIALECT, error, usage};
use crate::citations;
use crate::codec::ReplyContext;
use crate::error::{ApiError, read_json};
use crate::neutral::{Block, Extra, Opaque, Proof, Reply, StopReason, Text, Thinking, ToolUse};
use crate::seal;
use crate::wire::{Json, Rest, TextOr};

/// Reads an upstream's answer.
pub(super) fn decode(body: &[u8]) -> Result<Reply, ApiError> {
    let wire: Response = read_json(body).map_err(|problem| unread(body, &problem.message))?;
    if let Some(failure) = wire.error.as_ref().or(wire.choices.iter().flatten().find_map(failed)) {
        return Err(error::of_object(&failure.to_value(), FaultKind::BadGateway));
    }
    let mut choices = wire.choices.unwrap_or_default().into_iter();
    let Some(mut choice) = choices.next() else { return Err(unread(body, "it has no `choices`")) };
    let Some(message) = choice.message.take() else {
        return Err(unread(body, "`choices[0]` has no `message`"));
    };
    let mut rest = wire.rest;
    let others: Vec<Choice> = choices.collect();
    if !others.is_empty() {
        rest.push("choices", Json::of(&others));
    }
    nest(&mut rest, "choice", &said(&choice.rest));
    let id = wire.id.unwrap_or_default();
    let blocks = message_blocks(message, &id, &mut rest)?;
    let called = blocks.iter().any(|block| matches!(block, Block::ToolUse(_)));
    let reason = choice.finish_reason.as_deref();
    if let Some(failure) = reason.and_then(usage::failure_of) {
        return Err(failure);
    }
    let stop = match reason {
        None | Some("") => called.then(|| StopReason::ToolUse.into()),
        Some(reason) => Some(usage::decode_stop(reason, called, choice.stop_reason.as_ref())),
    };
    Ok(Reply {
        id,
        model: wire.model.unwrap_or_default(),
        blocks,
        stop,
        usage: wire.usage.as_ref().and_then(usage::decode).unwrap_or_default(),
        extra: Extra::new(DIALECT, rest),
    })
}

fn failed(choice: &Choice) -> Option<&Json> {
    choice.error.as_ref()
}

/// The error for a 200 that is no answer: its own words when it has some.
fn unread(body: &[u8], problem: &str) -> ApiError {
    let value: Option<Value> = crate::json::from_slice(body).ok();
    value.as_ref().and_then(|value| error::of_body(value, FaultKind::BadGateway)).unwrap_or_else(|| {
        let message = format!("the provider's answer is not a chat completion: {problem}");
        ApiError::new(FaultKind::BadGateway, message)
    })
}

/// The fields that say something: an answer is full of `null`s.
fn said(rest: &Rest) -> Rest {
    rest.iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}

fn message_blocks(message: AssistantMessage, id: &str, rest: &mut Rest) -> Result<Vec<Block>, ApiError> {
    let joined = message.reasoning_content.clone().filter(|text| !text.is_empty());
    let (blocks, mut extra) = assistant(message, "choices[0].message")
        .map_err(|problem| ApiError::new(FaultKind::BadGateway, problem.message))?;
    let mut blocks: Vec<Block> = blocks.into_iter().map(proven).filter_map(settle).collect();
    // Another gateway's seals may prove what isn't reasoning: then its words are only in the joined text.
    let told = |block: &Block| matches!(block, Block::Thinking(thinking) if !thinking.text.is_empty());
    if let Some(text) = joined.filter(|_| !blocks.iter().any(told)) {
        blocks.insert(0, Block::Thinking(Thinking { text, ..Thinking::default() }));
    }
    if let Some(function) = extra.remove("function_call").and_then(|raw| raw.read().ok()) {
        blocks.extend(legacy_call(function));
    }
    if let Some(annotations) = extra.find("annotations").filter(|list| has_any(list)).cloned()
        && let Some(Block::Text(text)) = blocks.iter_mut().find(|block| matches!(block, Block::Text(_)))
    {
        text.citations = Some(annotations);
        extra.remove("annotations");
    }
    nest(rest, "message", &said(&extra));
    let mut nameless = 0_usize;
    for block in &mut blocks {
        if let Block::ToolUse(call) = block
            && call.id.is_empty()
        {
            call.id = call_id(id, nameless);
            nameless += 1;
        }
    }
    Ok(blocks)
}

fn has_any(list: &Json) -> bool {
    list.read::<Vec<Json>>().is_ok_and(|list| !list.is_empty())
}

/// OpenRouter's details are the proof of the reasoning beside them.
fn proven(block: Block) -> Block {
    let Block::Thinking(mut thinking) = block else { return block };
    let mut rest = thinking.extra.of(DIALECT);
    if let Some(details) = rest.remove("reasoning_details").filter(has_any) {
        thinking.proof = Some(Proof::Details(details));
        thinking.extra = Extra::new(DIALECT, rest);
    }
    Block::Thinking(thinking)
}

/// Blocks that say nothing are left out, and Mistral's reasoning parts become reasoning.
fn settle(block: Block) -> Option<Block> {
    match block {
        Block::Text(text) if text.text.is_empty() => None,
        Block::Thinking(thinking)
            if thinking.text.is_empty() && thinking.extra.is_empty() && thinking.proof.is_none() =>
        {
            None
        }
        Block::Refusal(refusal) if refusal.text.is_empty() => None,
        Block::Opaque(opaque) => Some(reasoning_part(opaque)),
        other => Some(other),
    }
}

/// Reasoning as a content part: Mistral's `{type: thinking, thinking: text or [text parts]}`, and Databricks'
/// `{type: reasoning, summary: [{type: summary_text, text, signature}]}`.
pub(super) fn reasoning_part(opaque: Opaque) -> Block {
    let field = match opaque.kind.as_str() {
        "thinking" => "thinking",
        "reasoning" => "summary",
        _ => return Block::Opaque(opaque),
    };
    let value = opaque.value.to_value();
    let text = match value.get(field) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect()
        }
        _ => return Block::Opaque(opaque),
    };
    Block::Thinking(Thinking { text, ..Thinking::default() })
}

/// A call in the form before tools.
fn legacy_call(function: CalledFunction) -> Option<Block> {
    let arguments = function.arguments.map(arguments).unwrap_or_default();
    Some(Block::ToolUse(ToolUse { name: function.name?, arguments, ..ToolUse::default() }))
}

/// An id for a call whose provider gives none, made of the answer's.
pub(super) fn call_id(answer: &str, number: usize) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let answer: String = answer.chars().filter(allowed).take(48).collect();
    format!("call_{answer}_{number}")
}

/// The id that a client sees: the provider's own, unless it is another dialect's or none.
pub(super) fn reply_id(id: &str, context: &ReplyContext) -> String {
    if id.is_empty() || id.starts_with("msg_") || id.starts_with("resp_") {
        return format!("chatcmpl-{}", context.seed);
    }
    id.to_owned()
}

/// Writes an answer for a client.
pub(super) fn encode(reply: &Reply, context: &ReplyContext) -> Vec<u8> {
    let mut rest = reply.extra.of(DIALECT);
    let message_rest = unnest(&mut rest, "message");
    let mut choice_rest = unnest(&mut rest, "choice");
    let others: Option<Vec<Choice>> = rest.remove("choices").and_then(|list| list.read().ok());
    let message = message(&reply.blocks, message_rest);
    let stop = reply.stop.clone().unwrap_or_else(|| StopReason::EndTurn.into());
    let reason = usage::encode_stop(&stop.reason, message.tool_calls.is_some(), message.refusal.is_some());
    if choice_rest.find("logprobs").is_none() {
        choice_rest.push("logprobs", Json::null());
    }
    for (name, value) in usage::stop_details(&stop).iter() {
        choice_rest.remove(name);
        choice_rest.push(name, value.clone());
    }
    let first = Choice {
        index: Some(0),
        message: Some(message),
        finish_reason: Some(reason.to_owned()),
        rest: choice_rest,
        ..Choice::default()
    };
    let wire = Response {
        id: Some(reply_id(&reply.id, context)),
        object: Some("chat.completion".to_owned()),
        created: Some(Json::of(&context.created)),
        model: Some(context.model.clone()),
        choices: Some(std::iter::once(first).chain(others.into_iter().flatten()).collect()),
        usage: usage::encode(&reply.usage, context.input_estimate).map(|form| Json::of(&form)),
        error: None,
        rest,
    };
    crate::json::to_vec(&wire, 512)
}

fn message(blocks: &[Block], rest: Rest) -> AssistantMessage {
    let mut wire = AssistantMessage { role: Some("assistant".to_owned()), rest, ..Default::default() };
    let mut parts = Vec::new();
    let mut calls = Vec::new();
    let mut details: Vec<Json> = Vec::new();
    let mut sources: Vec<Json> = Vec::new();
    for block in blocks {
        match block {
            Block::Text(text) => {
                let list = text.citations.as_ref().and_then(|list| citations::list_for(DIALECT, list));
                sources.extend(list.and_then(|list| list.read::<Vec<Json>>().ok()).unwrap_or_default());
                add_text(text, &mut parts);
            }
            Block::Refusal(refusal) => wire.refusal.get_or_insert_default().push_str(&refusal.text),
            Block::Thinking(thinking) => add_thinking(thinking, &mut wire, &mut details),
            Block::ToolUse(tool_use) => calls.push(call(tool_use, tool_use.extra.of(DIALECT))),
            Block::Opaque(opaque) if opaque.dialect == DIALECT && opaque.kind.starts_with(OPAQUE_CALL) => {
                calls.extend(opaque.value.read().ok());
            }
            Block::Opaque(opaque) if opaque.dialect == DIALECT => parts.extend(opaque.value.read().ok()),
            Block::Opaque(_) | Block::Image(_) | Block::Document(_) | Block::ToolResult(_) => {}
        }
    }
    wire.content = reply_content(parts);
    wire.tool_calls = (!calls.is_empty()).then_some(calls);
    wire.reasoning_details = (!details.is_empty()).then(|| Json::of(&details));
    if !sources.is_empty() {
        wire.rest.remove("annotations");
        wire.rest.push("annotations", Json::of(&sources));
    }
    // OpenAI's own answers always have both fields.
    for (name, there) in [("content", wire.content.is_some()), ("refusal", wire.refusal.is_some())] {
        wire.rest.remove(name);
        if !there {
            wire.rest.push(name, Json::null());
        }
    }
    wire
}

fn add_text(text: &Text, parts: &mut Vec<Part>) {
    // Clients read one string, and a stream of the same answer would join the texts just so.
    match parts.last_mut() {
        Some(Part::Text(last)) => last.text.get_or_insert_default().push_str(&text.text),
        _ => parts.push(words(text.text.clone())),
    }
}

fn reply_content(mut parts: Vec<Part>) -> Option<TextOr<Part>> {
    match parts.as_mut_slice() {
        [] => None,
        [Part::Text(only)] => only.text.take().map(TextOr::Text),
        _ => Some(TextOr::List(parts)),
    }
}

fn add_thinking(thinking: &Thinking, wire: &mut AssistantMessage, details: &mut Vec<Json>) {
    let rest = thinking.extra.of(DIALECT);
    details.extend(details_of(thinking, details.len()));
    if thinking.text.is_empty() {
        return;
    }
    wire.reasoning_content.get_or_insert_default().push_str(&thinking.text);
    if rest.find("reasoning").is_some() {
        wire.reasoning = wire.reasoning_content.as_ref().map(Json::of);
    }
}

/// The proof as details that clients hand back untouched.
pub(super) fn details_of(thinking: &Thinking, number: usize) -> Vec<Json> {
    match &thinking.proof {
        Some(Proof::Details(list)) => list.read().unwrap_or_default(),
        _ => sealed(thinking, number).into_iter().collect(),
    }
}

/// The proof of another dialect's provider.
fn sealed(thinking: &Thinking, number: usize) -> Option<Json> {
    let data = seal::seal(thinking)?;
    Some(Json::of(&serde_json::json!({
        "type": "reasoning.encrypted",
        "id": format!("reasoning_{number}"),
        "format": "lynkr-v1",
        "index": number,
        "data": data,
    })))
}
