//! The conversation: turns → messages.

use lynkr_types::Loss;

use super::DIALECT;
use super::decode_messages::FUNCTION_MESSAGE;
use super::encode::{Scope, inexpressible};
use super::encode_assistant::assistants;
use super::encode_parts::{content, parts, words};
use super::wire::{Message, Part, PlainMessage, ToolMessage};
use crate::error::EncodeError;
use crate::neutral::{Block, Role, SystemPart, SystemRole, ToolResult, Turn};
use crate::wire::{Json, Rest, TextOr};

/// Writes every message.
pub(super) fn messages(scope: &mut Scope<'_>) -> Result<Vec<Message>, EncodeError> {
    let conversation = scope.conversation;
    let mut messages = Vec::with_capacity(conversation.system.len() + conversation.turns.len());
    system(scope, &mut messages)?;
    let is_model = |turn: &Turn| turn.role == Role::Assistant;
    for run in conversation.turns.chunk_by(|one, next| is_model(one) == is_model(next)) {
        if run.first().is_some_and(is_model) {
            assistants(scope, run, &mut messages)?;
        } else {
            others(scope, run, &mut messages)?;
        }
    }
    Ok(messages)
}

/// Instructions. Neighbouring parts of a `system` field become one message, messages stay messages.
fn system(scope: &mut Scope<'_>, messages: &mut Vec<Message>) -> Result<(), EncodeError> {
    let only_first = !scope.target.late_system;
    let field = |part: &SystemPart| only_first || part.role == SystemRole::Instructions;
    for run in scope.conversation.system.chunk_by(|one, next| field(one) && field(next)) {
        let mut all = Vec::new();
        let mut rest = Rest::default();
        let mut role = SystemRole::System;
        for part in run {
            part.extra.note_losses(DIALECT, "system.", &mut scope.losses);
            only_words(scope, &part.blocks)?;
            all.append(&mut parts(scope, &part.blocks)?);
            rest = part.extra.of(DIALECT);
            role = part.role;
        }
        push_plain(scope, role, all, rest, messages);
    }
    Ok(())
}

/// OpenAI refuses anything but words among instructions.
fn only_words<'b>(scope: &Scope<'_>, blocks: impl IntoIterator<Item = &'b Block>) -> Result<(), EncodeError> {
    let shown = |block: &&Block| matches!(block, Block::Image(_) | Block::Document(_));
    match blocks.into_iter().find(shown).filter(|_| !scope.native) {
        Some(other) => Err(inexpressible(
            format!("system.{}", other.kind()),
            "instructions are words there; show it in a user message",
        )),
        None => Ok(()),
    }
}

fn push_plain(
    scope: &Scope<'_>,
    role: SystemRole,
    parts: Vec<Part>,
    mut rest: Rest,
    messages: &mut Vec<Message>,
) {
    let content = content(scope, parts);
    if content.is_some() {
        rest.remove("content");
    } else if rest.is_empty() {
        return;
    }
    let message = PlainMessage { content, rest };
    messages.push(match role {
        SystemRole::Developer if scope.target.developer_role => Message::Developer(message),
        SystemRole::Developer | SystemRole::System | SystemRole::Instructions => Message::System(message),
    });
}

/// A run of turns that aren't the model's. The answers to its calls must stand right after them, so
/// they come first, whatever the client's dialect put between.
fn others(scope: &mut Scope<'_>, run: &[Turn], messages: &mut Vec<Message>) -> Result<(), EncodeError> {
    let mut shown = Vec::new();
    for block in run.iter().flat_map(|turn| &turn.blocks) {
        if let Block::ToolResult(result) = block {
            messages.push(tool(scope, result, &mut shown)?);
        }
    }
    if !shown.is_empty() {
        let content = Some(TextOr::List(shown));
        messages.push(Message::User(PlainMessage { content, rest: Rest::default() }));
    }
    for turn in run {
        turn.extra.note_losses(DIALECT, "messages[].", &mut scope.losses);
        other(scope, turn, messages)?;
    }
    Ok(())
}

fn other(scope: &mut Scope<'_>, turn: &Turn, messages: &mut Vec<Message>) -> Result<(), EncodeError> {
    let mut blocks = Vec::with_capacity(turn.blocks.len());
    for block in &turn.blocks {
        match block {
            Block::ToolResult(_) => {}
            Block::Opaque(opaque) if opaque.dialect == DIALECT && opaque.kind == FUNCTION_MESSAGE => {
                messages.extend(opaque.value.read::<Message>().ok());
            }
            _ => blocks.push(block),
        }
    }
    let mut rest = turn.extra.of(DIALECT);
    let mut parts = parts(scope, blocks.iter().copied())?;
    let instructs = matches!(turn.role, Role::System | Role::Developer);
    if instructs && scope.target.late_system {
        only_words(scope, blocks)?;
    } else if instructs {
        scope.note(Loss::approximated("messages[].role=system"));
        parts.insert(0, words("<system-reminder>"));
        parts.push(words("</system-reminder>"));
        messages.push(Message::User(PlainMessage { content: content(scope, parts), rest }));
        return Ok(());
    }
    match turn.role {
        Role::System => push_plain(scope, SystemRole::System, parts, rest, messages),
        Role::Developer => push_plain(scope, SystemRole::Developer, parts, rest, messages),
        Role::User | Role::Assistant => {
            let content = content(scope, parts);
            if content.is_some() {
                rest.remove("content");
            }
            if content.is_some() || !rest.is_empty() {
                messages.push(Message::User(PlainMessage { content, rest }));
            }
        }
    }
    Ok(())
}

/// A tool's answer. Tool messages take words only: pictures and files go into the user message after the
/// answers (`shown`), with a line that names the call.
fn tool(scope: &mut Scope<'_>, result: &ToolResult, shown: &mut Vec<Part>) -> Result<Message, EncodeError> {
    result.extra.note_losses(DIALECT, "tool_result.", &mut scope.losses);
    let mut all = parts(scope, &result.content)?;
    if !scope.native {
        move_media(scope, &result.id, &mut all, shown);
    }
    if result.is_error == Some(true) {
        scope.note(Loss::approximated("tool_result.is_error"));
        mark_error(&mut all);
    }
    if let Some(cache) = scope.cache(result.cache.as_ref()) {
        mark_cached(cache, &mut all);
    }
    let mut rest = result.extra.of(DIALECT);
    let content = match content(scope, all) {
        Some(content) => {
            rest.remove("content");
            Some(content)
        }
        None if rest.find("content").is_some() => None,
        None => Some(TextOr::Text(String::new())),
    };
    Ok(Message::Tool(ToolMessage { content, tool_call_id: Some(result.id.clone()), rest }))
}

/// The marker of a whole answer stands on its last part here.
fn mark_cached(cache: Json, parts: &mut [Part]) {
    if let Some(Part::Text(last)) = parts.last_mut() {
        last.cache_control.get_or_insert(cache);
    }
}

fn mark_error(parts: &mut Vec<Part>) {
    const MARK: &str = "[tool error] ";
    match parts.first_mut() {
        Some(Part::Text(part)) => {
            let text = part.text.take().unwrap_or_default();
            part.text = Some(format!("{MARK}{text}"));
        }
        _ => parts.insert(0, words(MARK.trim_end())),
    }
}

fn move_media(scope: &mut Scope<'_>, id: &str, parts: &mut [Part], shown: &mut Vec<Part>) {
    for part in parts {
        let (kind, feature) = match part {
            Part::ImageUrl(_) => ("image", "tool_result.image"),
            Part::File(_) => ("file", "tool_result.document"),
            Part::Text(_) | Part::Refusal(_) | Part::Other { .. } => continue,
        };
        scope.note(Loss::approximated(feature));
        shown.push(words(format!("The {kind} that tool call {id} returned:")));
        let placeholder = words(format!("[{kind}: shown in the next user message]"));
        shown.push(std::mem::replace(part, placeholder));
    }
}
