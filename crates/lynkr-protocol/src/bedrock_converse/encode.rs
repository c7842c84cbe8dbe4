//! The neutral form → a request for an upstream.

use std::borrow::Cow;

use super::wire::{ContentBlock, Message, Request};
use super::write_blocks::{Side, Writer, words};
use super::{DIALECT, encode_config, encode_tools, notes};
use crate::codec::{Encoded, Target};
use crate::error::EncodeError;
use crate::json;
use crate::kept::Kept;
use crate::neutral::{Block, Conversation, Role, Turn};
use crate::wire::Rest;

/// What stands ahead of a conversation that its model begins: the API wants a user's turn there.
const OPENING: &str = "(The conversation begins here.)";
/// What stands beside files that come without words: the API wants some.
const BESIDE_FILES: &str = "(See the attached document.)";

pub(super) fn refuse(feature: &str, why: impl Into<String>) -> EncodeError {
    EncodeError { target: DIALECT, feature: feature.to_owned(), why: why.into() }
}

/// Writes a request.
pub(super) fn request(conversation: &Conversation, target: &Target) -> Result<Encoded, EncodeError> {
    if conversation.previous_response_id.is_some() {
        let why = "the stored answer must be put into the conversation first";
        return Err(refuse("previous_response_id", why));
    }
    let native = conversation.origin == Some(DIALECT);
    let mut writer = Writer::new(Side::Upstream, native, &target.model);
    let mut kept = encode_config::kept(conversation, &mut writer);
    let tool_config = encode_tools::config(conversation, target, &mut kept, &mut writer)?;
    let system = system(conversation, &mut writer)?;
    let messages = messages(conversation, &mut writer)?;
    let mut wire = Request { messages: Some(messages), system, tool_config, ..Request::default() };
    encode_config::write(conversation, target, &mut kept, &mut writer, &mut wire);
    wire.rest = kept.rest;
    // Wire types hold strings, numbers and raw JSON only: writing them can't fail.
    let body = json::to_vec(&wire, conversation.size());
    Ok(Encoded { body, losses: writer.losses })
}

/// Whether a nested object came without fields.
pub(super) fn is_empty(kept: &Kept, name: &str) -> bool {
    kept.has(&format!("{}{name}", notes::EMPTY))
}

fn system(
    conversation: &Conversation,
    writer: &mut Writer<'_>,
) -> Result<Option<Vec<ContentBlock>>, EncodeError> {
    let mut blocks = Vec::new();
    for part in &conversation.system {
        part.extra.note_losses(DIALECT, "system.", &mut writer.losses);
        if let Some(other) = part.blocks.iter().find(|block| !is_words(block)).filter(|_| !writer.native) {
            let why = "instructions are words there; show it in a user message";
            return Err(refuse(&format!("system.{}", other.kind()), why));
        }
        writer.append(&part.blocks, &mut blocks)?;
    }
    let said = !blocks.is_empty() || (writer.native && !conversation.system.is_empty());
    Ok(said.then_some(blocks))
}

/// Whether the block may stand among instructions; what only another dialect understands is left out.
fn is_words(block: &Block) -> bool {
    matches!(block, Block::Text(_) | Block::Refusal(_) | Block::Opaque(_))
}

/// A message to be.
struct Group<'a> {
    role: &'static str,
    blocks: Vec<Cow<'a, Block>>,
    rest: Rest,
}

fn messages(conversation: &Conversation, writer: &mut Writer<'_>) -> Result<Vec<Message>, EncodeError> {
    let mut groups: Vec<Group<'_>> = Vec::with_capacity(conversation.turns.len());
    for turn in &conversation.turns {
        turn.extra.note_losses(DIALECT, "messages[].", &mut writer.losses);
        let group = group(turn, writer);
        match groups.last_mut() {
            Some(last) if last.role == group.role && !writer.native => merge(last, group.blocks),
            _ => groups.push(group),
        }
    }
    let mut messages: Vec<Message> = Vec::with_capacity(groups.len() + 1);
    for group in groups {
        let mut content = Vec::with_capacity(group.blocks.len());
        writer.append(group.blocks.iter().map(Cow::as_ref), &mut content)?;
        if !writer.native {
            add_words_to_files(&mut content, writer);
        }
        push_message(
            Message { role: Some(group.role.to_owned()), content: Some(content), rest: group.rest },
            &mut messages,
            writer,
        );
    }
    Ok(messages)
}

/// Appends a message. One that lost everything is left out, and its neighbours become one.
fn push_message(message: Message, messages: &mut Vec<Message>, writer: &mut Writer<'_>) {
    let is_empty = message.content.as_ref().is_none_or(Vec::is_empty);
    if writer.native {
        messages.push(message);
        return;
    }
    if is_empty {
        return;
    }
    match messages.last_mut() {
        Some(Message { role, content: Some(before), .. }) if *role == message.role => {
            before.extend(message.content.unwrap_or_default());
            return;
        }
        None if message.role.as_deref() == Some("assistant") => {
            writer.approximated("messages");
            let (role, content) = (Some("user".to_owned()), Some(vec![words(OPENING)]));
            messages.push(Message { role, content, rest: Rest::default() });
        }
        _ => {}
    }
    messages.push(message);
}

/// Neighbouring turns of one role become one message; answers of tools come first in it.
fn merge<'a>(last: &mut Group<'a>, more: Vec<Cow<'a, Block>>) {
    last.blocks.extend(more);
    let is_result = |block: &Cow<'_, Block>| matches!(block.as_ref(), Block::ToolResult(_));
    last.blocks.sort_by_key(|block| !is_result(block) && last.role == "user");
}

fn group<'a>(turn: &'a Turn, writer: &mut Writer<'_>) -> Group<'a> {
    let borrowed = || turn.blocks.iter().map(Cow::Borrowed).collect();
    let rest = turn.extra.of(DIALECT);
    match turn.role {
        Role::User => Group { role: "user", blocks: borrowed(), rest },
        Role::Assistant => Group { role: "assistant", blocks: assistant(turn, writer), rest },
        // A few models know the role; their own clients say so.
        Role::System | Role::Developer if writer.native => Group { role: "system", blocks: borrowed(), rest },
        Role::System | Role::Developer => Group { role: "user", blocks: reminder(turn, writer), rest },
    }
}

/// A turn of the model: there are no pictures or files in it.
fn assistant<'a>(turn: &'a Turn, writer: &mut Writer<'_>) -> Vec<Cow<'a, Block>> {
    let mut blocks = Vec::with_capacity(turn.blocks.len());
    for block in &turn.blocks {
        match block {
            Block::Image(_) | Block::Document(_) if !writer.native => {
                writer.dropped(&format!("assistant.{}", block.kind()));
            }
            _ => blocks.push(Cow::Borrowed(block)),
        }
    }
    blocks
}

/// Instructions in mid-conversation as a reminder in the user's turn.
fn reminder<'a>(turn: &'a Turn, writer: &mut Writer<'_>) -> Vec<Cow<'a, Block>> {
    writer.approximated("messages[].role=system");
    let words: Vec<&str> = turn.blocks.iter().filter_map(Block::as_text).collect();
    let text = format!("<system-reminder>\n{}\n</system-reminder>", words.join("\n\n"));
    let others = turn.blocks.iter().filter(|block| block.as_text().is_none()).map(Cow::Borrowed);
    std::iter::once(Cow::Owned(Block::text(text))).chain(others).collect()
}

/// The API refuses files in a message without words.
fn add_words_to_files(content: &mut Vec<ContentBlock>, writer: &mut Writer<'_>) {
    let has_files = content.iter().any(|block| block.document.is_some());
    if has_files && content.iter().all(|block| block.text.is_none()) {
        writer.approximated("messages[].content");
        content.push(words(BESIDE_FILES));
    }
}
