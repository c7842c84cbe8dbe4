//! A client's request → the neutral form.

use super::notes::{self, nest};
use super::read_parts::{Author, Reader};
use super::wire::{Content, Request};
use super::{DIALECT, decode_config, decode_tools, spelling};
use crate::error::{DecodeError, read_json};
use crate::neutral::{Conversation, Extra, Role, SystemPart, SystemRole, Turn};
use crate::wire::{Json, Rest};

pub(super) fn request(body: &[u8]) -> Result<Conversation, DecodeError> {
    let camel = spelling::camel(body);
    let wire: Request = read_json(camel.as_deref().unwrap_or(body))?;
    let mut rest = wire.rest;
    let contents = wire.contents.ok_or_else(|| DecodeError::at("contents", "is required"))?;
    let mut reader = Reader::new(Author::Client);
    let mut conversation = Conversation {
        origin: Some(DIALECT),
        // `models/` is how the API names its resources.
        model: wire.model.map(|model| bare_model(&model)).unwrap_or_default(),
        ..Conversation::default()
    };
    if let Some(content) = wire.system_instruction {
        conversation.system.push(system(content, &mut reader)?);
    }
    for (at, content) in contents.into_iter().enumerate() {
        conversation.turns.push(turn(content, &format!("contents[{at}]"), &mut reader)?);
    }
    if let Some(list) = wire.tools {
        conversation.tools = decode_tools::tools(list, &mut rest)?;
    }
    if let Some(config) = wire.tool_config {
        conversation.tool_choice = decode_tools::choice(config, &mut rest);
    }
    if let Some(config) = wire.generation_config {
        decode_config::read(config, &mut conversation, &mut rest);
    }
    conversation.extra = Extra::new(DIALECT, rest);
    Ok(conversation)
}

/// A model's name without its resource prefix.
pub(super) fn bare_model(model: &str) -> String {
    model.strip_prefix("models/").unwrap_or(model).to_owned()
}

fn system(content: Content, reader: &mut Reader) -> Result<SystemPart, DecodeError> {
    let mut rest = content.rest;
    note_role(content.role, None, &mut rest);
    let blocks = reader.turn(content.parts.unwrap_or_default(), "systemInstruction.parts")?;
    Ok(SystemPart { role: SystemRole::Instructions, blocks, extra: Extra::new(DIALECT, rest) })
}

fn turn(content: Content, path: &str, reader: &mut Reader) -> Result<Turn, DecodeError> {
    let (role, usual) = match content.role.as_deref() {
        Some("model") => (Role::Assistant, "model"),
        // `function` is how the first versions of the API called the turn of a tool's answer.
        None | Some("user" | "function" | "") => (Role::User, "user"),
        Some(other) => {
            let message = format!("`{other}` is none of `user`, `model`");
            return Err(DecodeError::at(format!("{path}.role"), message));
        }
    };
    let mut rest = content.rest;
    note_role(content.role, Some(usual), &mut rest);
    let blocks = reader.turn(content.parts.unwrap_or_default(), &format!("{path}.parts"))?;
    Ok(Turn { role, blocks, extra: Extra::new(DIALECT, rest) })
}

/// Notes a role that isn't the usual one.
fn note_role(role: Option<String>, usual: Option<&str>, rest: &mut Rest) {
    if role.as_deref() != usual {
        rest.push(notes::ROLE, role.map_or_else(Json::null, |role| Json::of(&role)));
    }
}

/// Keeps the fields of a nested object; one without any is noted.
pub(super) fn keep(rest: &mut Rest, name: &str, inner: &Rest, empty: bool) {
    nest(rest, name, inner);
    if empty && inner.is_empty() {
        notes::mark(rest, &format!("{}{name}", notes::EMPTY));
    }
}
