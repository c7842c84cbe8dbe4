//! The messages of a client's request: wire → turns.

use serde::Deserialize;

use super::DIALECT;
use super::nested::nest;
use super::parts;
use super::wire::{AssistantMessage, Message, PlainMessage, ToolCall, ToolMessage};
use crate::error::DecodeError;
use crate::neutral::{
    Block, Conversation, Extra, Opaque, Refusal, Role, SystemPart, SystemRole, Thinking, ToolResult, ToolUse,
    Turn,
};
use crate::seal;
use crate::wire::{Json, Rest};

/// Puts the messages into `conversation`: instructions ahead of the first turn become its system parts.
pub(super) fn messages(list: Vec<Message>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    for (index, message) in list.into_iter().enumerate() {
        let path = format!("messages[{index}]");
        let ahead = conversation.turns.is_empty();
        let turn = match message {
            Message::System(message) if ahead => {
                conversation.system.push(system_part(SystemRole::System, message)?);
                continue;
            }
            Message::Developer(message) if ahead => {
                conversation.system.push(system_part(SystemRole::Developer, message)?);
                continue;
            }
            Message::System(message) => plain(Role::System, message)?,
            Message::Developer(message) => plain(Role::Developer, message)?,
            Message::User(message) => plain(Role::User, message)?,
            Message::Assistant(message) => {
                let (blocks, rest) = assistant(message, &path)?;
                Turn { role: Role::Assistant, blocks, extra: Extra::new(DIALECT, rest) }
            }
            Message::Tool(message) => Turn::new(Role::User, vec![tool_result(message, &path)?]),
            Message::Function(message) => {
                let value = Json::of(&Message::Function(message));
                let kind = FUNCTION_MESSAGE.to_owned();
                Turn::new(Role::User, vec![Block::Opaque(Opaque { dialect: DIALECT, kind, value })])
            }
            Message::Other { tag, .. } => return Err(wrong_role(&path, tag)),
        };
        conversation.turns.push(turn);
    }
    Ok(())
}

/// The kind of the opaque block that holds a whole message of the role `function`: it has no call id, so
/// only this dialect can say it.
pub(super) const FUNCTION_MESSAGE: &str = "message.function";

/// What the kinds of opaque tool calls begin with.
pub(super) const OPAQUE_CALL: &str = "tool_call.";

fn wrong_role(path: &str, tag: Option<String>) -> DecodeError {
    let field = format!("{path}.role");
    match tag {
        Some(role) => DecodeError::at(
            field,
            format!("`{role}` is none of `system`, `developer`, `user`, `assistant`, `tool`, `function`"),
        ),
        None => DecodeError::at(field, "is required"),
    }
}

fn system_part(role: SystemRole, message: PlainMessage) -> Result<SystemPart, DecodeError> {
    let blocks = parts::blocks(message.content)?;
    Ok(SystemPart { role, blocks, extra: Extra::new(DIALECT, message.rest) })
}

fn plain(role: Role, message: PlainMessage) -> Result<Turn, DecodeError> {
    let blocks = parts::blocks(message.content)?;
    Ok(Turn { role, blocks, extra: Extra::new(DIALECT, message.rest) })
}

fn tool_result(message: ToolMessage, path: &str) -> Result<Block, DecodeError> {
    let id =
        message.tool_call_id.ok_or_else(|| DecodeError::at(format!("{path}.tool_call_id"), "is required"))?;
    Ok(Block::ToolResult(ToolResult {
        id,
        content: parts::blocks(message.content)?,
        extra: Extra::new(DIALECT, message.rest),
        ..ToolResult::default()
    }))
}

/// The blocks of a message of the model, in the order in which it made them as far as the format tells:
/// reasoning, words, refusal, calls. The second part is what has no block.
pub(super) fn assistant(
    mut message: AssistantMessage,
    path: &str,
) -> Result<(Vec<Block>, Rest), DecodeError> {
    let mut blocks = thinking(&mut message);
    blocks.append(&mut parts::blocks(message.content)?);
    if let Some(text) = message.refusal {
        blocks.push(Block::Refusal(Refusal { text }));
    }
    for (index, call) in message.tool_calls.unwrap_or_default().into_iter().enumerate() {
        blocks.push(tool_use(call, &format!("{path}.tool_calls[{index}]"))?);
    }
    Ok((blocks, message.rest))
}

fn tool_use(mut call: ToolCall, path: &str) -> Result<Block, DecodeError> {
    if call.function.is_none() && call.custom.is_none() {
        let kind = format!("{OPAQUE_CALL}{}", call.kind.as_deref().unwrap_or_default());
        return Ok(Block::Opaque(Opaque { dialect: DIALECT, kind, value: Json::of(&call) }));
    }
    let mut rest = std::mem::take(&mut call.rest);
    if let Some(index) = call.index {
        rest.push("index", Json::of(&index));
    }
    let id = call.id.unwrap_or_default();
    let required = |field: &str| DecodeError::at(format!("{path}.{field}"), "is required");
    if let Some(custom) = call.custom {
        nest(&mut rest, "custom", &custom.rest);
        return Ok(Block::ToolUse(ToolUse {
            id,
            name: custom.name.ok_or_else(|| required("custom.name"))?,
            arguments: custom.input.unwrap_or_default(),
            freeform: true,
            extra: Extra::new(DIALECT, rest),
            ..ToolUse::default()
        }));
    }
    let function = call.function.unwrap_or_default();
    nest(&mut rest, "function", &function.rest);
    Ok(Block::ToolUse(ToolUse {
        id,
        name: function.name.ok_or_else(|| required("function.name"))?,
        arguments: function.arguments.map(arguments).unwrap_or_default(),
        extra: Extra::new(DIALECT, rest),
        ..ToolUse::default()
    }))
}

/// The arguments as text: a string's content, or the object that some vendors send in its place.
pub(super) fn arguments(value: Json) -> String {
    value.as_string().unwrap_or_else(|| value.get().to_owned())
}

/// Reasoning. A seal among the details is a proof that another dialect's provider made: it brings its
/// own text, so the joined text beside it is left alone.
fn thinking(message: &mut AssistantMessage) -> Vec<Block> {
    let (sealed, details) = open_details(message.reasoning_details.take());
    let mut rest = Rest::default();
    let mut text = message.reasoning_content.take();
    if let Some(value) = message.reasoning.take() {
        match (&text, value.as_string()) {
            (None, Some(words)) => {
                text = Some(words);
                rest.push("reasoning", Json::null());
            }
            _ => rest.push("reasoning", value),
        }
    }
    if let Some(details) = details {
        rest.push("reasoning_details", details);
    }
    if !sealed.is_empty() {
        return sealed.into_iter().map(Block::Thinking).collect();
    }
    if text.is_none() && rest.is_empty() {
        return Vec::new();
    }
    let text = text.unwrap_or_default();
    vec![Block::Thinking(Thinking { text, proof: None, extra: Extra::new(DIALECT, rest) })]
}

#[derive(Deserialize)]
struct Detail {
    data: Option<String>,
}

/// The sealed reasoning among `reasoning_details`; the details as they are when there is none.
fn open_details(details: Option<Json>) -> (Vec<Thinking>, Option<Json>) {
    let Some(details) = details else { return (Vec::new(), None) };
    let list: Vec<Json> = details.read().unwrap_or_default();
    let open = |detail: &Json| {
        let detail: Detail = detail.read().ok()?;
        seal::open(&detail.data?)
    };
    let sealed: Vec<Thinking> = list.iter().filter_map(open).collect();
    if sealed.is_empty() { (sealed, Some(details)) } else { (sealed, None) }
}
