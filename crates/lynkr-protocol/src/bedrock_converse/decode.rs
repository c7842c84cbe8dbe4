//! A client's request → the neutral form.

use super::wire::{Message, Request};
use super::{DIALECT, decode_config, decode_tools, notes, read_blocks};
use crate::error::{DecodeError, read_json};
use crate::kept::mark;
use crate::neutral::{Conversation, Extra, Role, SystemPart, SystemRole, Turn};
use crate::wire::Rest;

/// Reads a request. Only `messages` is required, and at least one.
pub(super) fn request(body: &[u8]) -> Result<Conversation, DecodeError> {
    let wire: Request = read_json(body)?;
    let messages = wire.messages.ok_or_else(|| DecodeError::at("messages", "is required"))?;
    if messages.is_empty() {
        // Other vendors answer even that, so it has to be refused here.
        return Err(DecodeError::at("messages", "must not be empty"));
    }
    let mut rest = wire.rest;
    let mut conversation = Conversation {
        origin: Some(DIALECT),
        metadata: wire.request_metadata,
        service_tier: wire.service_tier.and_then(|tier| decode_config::tier(tier, &mut rest)),
        ..Conversation::default()
    };
    if let Some(system) = wire.system {
        let blocks = read_blocks::list(system, "system")?;
        let extra = Extra::NONE;
        conversation.system.push(SystemPart { role: SystemRole::Instructions, blocks, extra });
    }
    for (at, message) in messages.into_iter().enumerate() {
        conversation.turns.push(turn(message, at)?);
    }
    if let Some(config) = wire.tool_config {
        decode_tools::read(config, &mut conversation, &mut rest)?;
    }
    if let Some(config) = wire.inference_config {
        decode_config::inference(config, &mut conversation, &mut rest);
    }
    if let Some(config) = wire.output_config {
        decode_config::output(config, &mut conversation, &mut rest);
    }
    if let Some(fields) = wire.additional {
        decode_config::additional(fields, &mut conversation, &mut rest);
    }
    conversation.extra = Extra::new(DIALECT, rest);
    Ok(conversation)
}

fn turn(message: Message, at: usize) -> Result<Turn, DecodeError> {
    let path = format!("messages[{at}]");
    let role = match message.role.as_deref() {
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some("system") => Role::System,
        Some(other) => {
            let why = format!("`{other}` is none of `user`, `assistant`, `system`");
            return Err(DecodeError::at(format!("{path}.role"), why));
        }
        None => return Err(DecodeError::at(format!("{path}.role"), "is required")),
    };
    let content = message.content.ok_or_else(|| DecodeError::at(format!("{path}.content"), "is required"))?;
    let blocks = read_blocks::list(content, &format!("{path}.content"))?;
    Ok(Turn { role, blocks, extra: Extra::new(DIALECT, message.rest) })
}

/// Notes an object that is there and says nothing.
pub(super) fn note_empty(rest: &mut Rest, name: &str, is_empty: bool) {
    if is_empty {
        mark(rest, &format!("{}{name}", notes::EMPTY));
    }
}
