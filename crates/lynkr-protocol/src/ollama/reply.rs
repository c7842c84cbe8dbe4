//! Whole answers, both ways.

use lynkr_types::FaultKind;

use super::calls::{arguments_object, arguments_text, id_by_content, tool_use};
use super::decode_messages::image;
use super::error::in_answer;
use super::time::rfc3339;
use super::wire::{ChatReply, FunctionCall, Message, ToolCall};
use crate::codec::ReplyContext;
use crate::error::read_json;
use crate::neutral::{Block, Extra, Reply, Stop, StopReason, Thinking, Usage};
use crate::wire::{Json, Rest};
use crate::{ApiError, Dialect};

pub(super) fn decode(body: &[u8]) -> Result<Reply, ApiError> {
    let wire: ChatReply = read_json(body).map_err(|error| bad_gateway(&error.message))?;
    if let Some(error) = &wire.error {
        return Err(in_answer(error));
    }
    let message = wire.message.ok_or_else(|| bad_gateway("there is no `message` in it"))?;
    let created_at = wire.created_at.unwrap_or_default();
    let blocks = blocks(message, &created_at);
    let has_calls = blocks.iter().any(|block| matches!(block, Block::ToolUse(_)));
    let ended = wire.done.unwrap_or(true);
    let mut times = Rest::default();
    if !created_at.is_empty() {
        times.push("created_at", Json::of(&created_at));
    }
    Ok(Reply {
        id: String::new(),
        model: wire.model.unwrap_or_default(),
        blocks,
        stop: ended.then(|| stop(wire.done_reason.as_deref(), has_calls)),
        usage: usage(wire.prompt_eval_count, wire.eval_count, wire.rest),
        extra: Extra::new(Dialect::Ollama, times),
    })
}

/// What an answer's message says: reasoning, words, pictures, calls.
fn blocks(message: Message, created_at: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(text) = message.thinking.filter(|text| !text.is_empty()) {
        blocks.push(Block::Thinking(Thinking { text, ..Thinking::default() }));
    }
    if let Some(text) = message.content.filter(|text| !text.is_empty()) {
        blocks.push(Block::text(text));
    }
    blocks.extend(message.images.unwrap_or_default().into_iter().map(|data| Block::Image(image(data))));
    for (place, call) in message.tool_calls.unwrap_or_default().into_iter().enumerate() {
        blocks.push(Block::ToolUse(answered_call(place, call, created_at)));
    }
    blocks
}

/// A call in an answer.
fn answered_call(place: usize, call: ToolCall, created_at: &str) -> crate::neutral::ToolUse {
    let function = call.function.unwrap_or_default();
    let name = function.name.unwrap_or_default();
    let arguments = arguments_text(function.arguments.as_ref());
    let id = call.id.filter(|id| !id.is_empty());
    let id = id.unwrap_or_else(|| id_by_content(created_at, place, &name, &arguments));
    tool_use(id, &name, arguments)
}

/// Why an answer ended. A call that was made makes a plain stop a wait for its result.
pub(super) fn stop(reason: Option<&str>, has_calls: bool) -> Stop {
    let reason = match reason {
        None | Some("stop" | "" | "tool_calls") if has_calls => StopReason::ToolUse,
        None | Some("stop" | "") => StopReason::EndTurn,
        Some("tool_calls") => StopReason::ToolUse,
        Some("length") => StopReason::MaxTokens,
        Some("content_filter") => StopReason::Refusal,
        Some(other) => StopReason::Other(other.to_owned()),
    };
    reason.into()
}

/// The dialect's word for a reason. It has only two; a refusal and a pause keep names that clients of
/// LiteLLM's kind, which pass the word on, understand.
pub(super) fn done_reason(stop: Option<&Stop>) -> &str {
    match stop.map(|stop| &stop.reason) {
        None | Some(StopReason::EndTurn | StopReason::StopSequence | StopReason::ToolUse) => "stop",
        Some(StopReason::MaxTokens | StopReason::ContextWindow) => "length",
        Some(StopReason::Refusal) => "content_filter",
        Some(StopReason::PauseTurn) => "pause_turn",
        Some(StopReason::Other(reason)) => reason,
    }
}

/// Token counts; durations and other fields of the last object travel beside them.
pub(super) fn usage(input: Option<u64>, output: Option<u64>, rest: Rest) -> Usage {
    Usage { input, output, extra: Extra::new(Dialect::Ollama, rest), ..Usage::default() }
}

pub(super) fn bad_gateway(why: &str) -> ApiError {
    ApiError::new(FaultKind::BadGateway, format!("the provider's answer is not an Ollama chat answer: {why}"))
}

pub(super) fn encode(reply: &Reply, context: &ReplyContext) -> Vec<u8> {
    let created_at = reply.extra.find(Dialect::Ollama, "created_at").and_then(Json::as_string);
    let wire = ChatReply {
        model: Some(context.model.clone()),
        created_at: Some(created_at.unwrap_or_else(|| rfc3339(context.created))),
        message: Some(message(&reply.blocks)),
        done: Some(true),
        done_reason: Some(done_reason(reply.stop.as_ref()).to_owned()),
        prompt_eval_count: Some(reply.usage.total_input().unwrap_or(context.input_estimate)),
        eval_count: reply.usage.output,
        error: None,
        rest: reply.usage.extra.of(Dialect::Ollama),
    };
    // Can't fail: all keys are strings and nothing writes but into memory.
    crate::json::to_vec(&wire, 512)
}

fn message(blocks: &[Block]) -> Message {
    let mut message = Message { role: Some("assistant".to_owned()), ..Message::default() };
    let mut content = String::new();
    for block in blocks {
        match block {
            Block::Text(text) => content.push_str(&text.text),
            Block::Refusal(refusal) => content.push_str(&refusal.text),
            Block::Thinking(thinking) if !thinking.text.is_empty() => {
                message.thinking.get_or_insert_default().push_str(&thinking.text);
            }
            Block::ToolUse(call) => {
                let calls = message.tool_calls.get_or_insert_default();
                calls.push(wire_call(&call.id, &call.name, &call.arguments, calls.len()));
            }
            Block::Image(picture) => {
                if let crate::neutral::Media::Base64 { data, .. } = &picture.source {
                    message.images.get_or_insert_default().push(data.clone());
                }
            }
            // Signatures without text, and blocks that only another dialect's client could read.
            Block::Thinking(_) | Block::Document(_) | Block::ToolResult(_) | Block::Opaque(_) => {}
        }
    }
    message.content = Some(content);
    message
}

/// A call as clients read it.
pub(super) fn wire_call(id: &str, name: &str, arguments: &str, place: usize) -> ToolCall {
    let mut function = FunctionCall {
        name: Some(name.to_owned()),
        arguments: Some(arguments_object(arguments).0),
        ..FunctionCall::default()
    };
    function.rest.push("index", Json::of(&place));
    ToolCall { id: Some(id.to_owned()), function: Some(function), ..ToolCall::default() }
}
