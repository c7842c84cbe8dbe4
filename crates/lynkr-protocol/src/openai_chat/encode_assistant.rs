//! The model's own turns: neutral → assistant messages.

use lynkr_types::Loss;

use super::DIALECT;
use super::decode_messages::OPAQUE_CALL;
use super::encode::Scope;
use super::encode_parts::{content, parts};
use super::nested::unnest;
use super::wire::{AssistantMessage, CalledCustom, CalledFunction, Message, Part, RefusalPart, ToolCall};
use crate::error::EncodeError;
use crate::neutral::{Block, Proof, Thinking, ToolUse, Turn};
use crate::wire::{Json, Rest, TextOr};

/// Writes a run of the model's turns. Another dialect's neighbours are one message here, since all calls
/// of an answer stand in one message; a text that follows a text stays a message of its own.
pub(super) fn assistants(
    scope: &mut Scope<'_>,
    run: &[Turn],
    messages: &mut Vec<Message>,
) -> Result<(), EncodeError> {
    let native = scope.native;
    let mut group: Vec<&Turn> = Vec::new();
    for turn in run {
        if !group.is_empty() && (native || !joins(&group, turn)) {
            assistant(scope, &std::mem::take(&mut group), messages)?;
        }
        group.push(turn);
    }
    assistant(scope, &group, messages)
}

fn joins(group: &[&Turn], next: &Turn) -> bool {
    let has = |turn: &Turn, test: fn(&Block) -> bool| turn.blocks.iter().any(test);
    let is_text = |block: &Block| matches!(block, Block::Text(_));
    let is_call = |block: &Block| matches!(block, Block::ToolUse(_));
    let called = group.iter().any(|turn| has(turn, is_call));
    let spoken = group.iter().any(|turn| has(turn, is_text));
    called || !spoken || !has(next, is_text)
}

fn assistant(scope: &mut Scope<'_>, turns: &[&Turn], messages: &mut Vec<Message>) -> Result<(), EncodeError> {
    let mut wire = AssistantMessage::default();
    let mut said = Vec::new();
    let mut calls = Vec::new();
    for turn in turns {
        turn.extra.note_losses(DIALECT, "messages[].", &mut scope.losses);
        wire.rest = turn.extra.of(DIALECT);
        for block in &turn.blocks {
            match block {
                Block::Thinking(thinking) => add_thinking(scope, thinking, &mut wire),
                Block::ToolUse(call) => calls.push(tool_call(scope, call)),
                Block::Opaque(opaque)
                    if opaque.dialect == DIALECT && opaque.kind.starts_with(OPAQUE_CALL) =>
                {
                    calls.extend(opaque.value.read().ok());
                }
                Block::Text(_) | Block::Refusal(_) | Block::Opaque(_) => said.push(block),
                Block::Image(_) | Block::Document(_) | Block::ToolResult(_) => {
                    scope.note(Loss::dropped(format!("assistant.{}", block.kind())));
                }
            }
        }
    }
    let mut said = parts(scope, said)?;
    take_refusal(&mut said, &mut wire);
    wire.content = content(scope, said);
    wire.tool_calls = (!calls.is_empty()).then_some(calls);
    if let Some(message) = settle(wire) {
        messages.push(Message::Assistant(message));
    }
    Ok(())
}

/// A refusal beside nothing but words goes into the message's own field.
fn take_refusal(parts: &mut Vec<Part>, wire: &mut AssistantMessage) {
    let mut refusals = Vec::new();
    parts.retain_mut(|part| match part {
        Part::Refusal(RefusalPart { refusal, .. }) => {
            refusals.extend(refusal.take());
            false
        }
        Part::Text(_) | Part::ImageUrl(_) | Part::File(_) | Part::Other { .. } => true,
    });
    wire.refusal = (!refusals.is_empty()).then(|| refusals.join("\n\n"));
}

/// `content` must be there: `null` beside calls, since vendors refuse an empty text there. A message that
/// says nothing at all is left out.
fn settle(mut wire: AssistantMessage) -> Option<AssistantMessage> {
    let calls = wire.tool_calls.is_some();
    if calls && wire.content == Some(TextOr::Text(String::new())) {
        wire.content = None;
    }
    let null = wire.rest.remove("content").is_some();
    let reasoned =
        wire.reasoning_content.is_some() || wire.reasoning.is_some() || wire.reasoning_details.is_some();
    let says = wire.content.is_some() || calls || wire.refusal.is_some() || reasoned;
    if !says && !null && wire.rest.is_empty() {
        return None;
    }
    if wire.content.is_none() {
        wire.rest.push("content", Json::null());
    }
    Some(wire)
}

fn add_thinking(scope: &mut Scope<'_>, thinking: &Thinking, wire: &mut AssistantMessage) {
    let details = match &thinking.proof {
        Some(Proof::Details(details)) if scope.target.reasoning_content => Some(details),
        Some(_) => {
            // Only OpenRouter has proofs in this dialect, so this one was another provider's.
            scope.note(Loss::dropped("thinking.proof"));
            None
        }
        None => None,
    };
    thinking.extra.note_losses(DIALECT, "thinking.", &mut scope.losses);
    let mut rest = thinking.extra.of(DIALECT);
    if !scope.target.reasoning_content {
        if !thinking.text.is_empty() || !rest.is_empty() {
            scope.note(Loss::dropped("thinking"));
        }
        return;
    }
    let own = rest.remove("reasoning_details");
    add_details(own.as_ref().or(details), wire);
    let named = match rest.remove("reasoning") {
        Some(mark) if mark.is_null() => true,
        Some(value) => {
            wire.reasoning = Some(value);
            false
        }
        None => false,
    };
    if thinking.text.is_empty() {
        return;
    }
    if named {
        wire.reasoning = Some(Json::of(&thinking.text));
    } else {
        append(&mut wire.reasoning_content, &thinking.text);
    }
}

/// Details of several blocks stand in one list.
fn add_details(more: Option<&Json>, wire: &mut AssistantMessage) {
    let Some(more) = more else { return };
    let Some(before) = wire.reasoning_details.take() else {
        wire.reasoning_details = Some(more.clone());
        return;
    };
    let mut list: Vec<Json> = before.read().unwrap_or_default();
    list.extend(more.read::<Vec<Json>>().unwrap_or_default());
    wire.reasoning_details = Some(Json::of(&list));
}

fn append(field: &mut Option<String>, text: &str) {
    match field {
        Some(before) => {
            before.push_str("\n\n");
            before.push_str(text);
        }
        None => *field = Some(text.to_owned()),
    }
}

/// A call of a tool. Vendors read the arguments as JSON, so none at all is written as `{}`.
pub(super) fn call(call: &ToolUse, mut rest: Rest) -> ToolCall {
    let (id, name) = (Some(call.id.clone()), Some(call.name.clone()));
    let mut wire = ToolCall { id, ..ToolCall::default() };
    if call.freeform {
        let inner = unnest(&mut rest, "custom");
        wire.kind = Some("custom".to_owned());
        wire.custom = Some(CalledCustom { name, input: Some(call.arguments.clone()), rest: inner });
    } else {
        let inner = unnest(&mut rest, "function");
        let arguments = if call.arguments.is_empty() { "{}" } else { &call.arguments };
        wire.kind = Some("function".to_owned());
        wire.function = Some(CalledFunction { name, arguments: Some(Json::of(arguments)), rest: inner });
    }
    wire.rest = rest;
    wire
}

fn tool_call(scope: &mut Scope<'_>, tool_use: &ToolUse) -> ToolCall {
    tool_use.extra.note_losses(DIALECT, "tool_use.", &mut scope.losses);
    if tool_use.cache.is_some() {
        scope.note(Loss::dropped("cache_control"));
    }
    call(tool_use, tool_use.extra.of(DIALECT))
}
