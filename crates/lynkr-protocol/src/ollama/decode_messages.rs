//! A client's messages → system parts and turns.

use super::calls::{arguments_text, id_by_place, tool_use};
use super::marks;
use super::wire::{Message, ToolCall};
use crate::neutral::{Block, Extra, Image, Media, Role, SystemPart, SystemRole, Thinking, ToolResult, Turn};
use crate::wire::{Json, Rest};
use crate::{DecodeError, Dialect};

/// Begins the names of a function's own fields, beside those of its call.
pub(super) const FUNCTION: &str = "function.";

/// What has been read so far.
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// The system messages ahead of everything else.
    pub(super) system: Vec<SystemPart>,
    /// The turns.
    pub(super) turns: Vec<Turn>,
    /// Calls without an answer yet: id and name.
    open: Vec<(String, String)>,
}

impl Messages {
    /// Adds the message at `place`.
    pub(super) fn push(&mut self, place: usize, message: Message) -> Result<(), DecodeError> {
        let field = |name: &str| format!("messages[{place}].{name}");
        let role = message.role.as_deref().ok_or_else(|| DecodeError::at(field("role"), "is required"))?;
        match role.to_ascii_lowercase().as_str() {
            "system" => self.system(message),
            "user" => self.user(message),
            "assistant" => return self.assistant(place, message),
            "tool" => self.tool(place, message),
            other => {
                let known = "must be one of `system`, `user`, `assistant`, `tool`";
                return Err(DecodeError::at(field("role"), format_args!("{known}, not `{other}`")));
            }
        }
        Ok(())
    }

    fn system(&mut self, mut message: Message) {
        let blocks = words_and_images(&mut message);
        let extra = extra(message);
        if self.turns.is_empty() {
            self.system.push(SystemPart { role: SystemRole::System, blocks, extra });
        } else {
            self.turns.push(Turn { role: Role::System, blocks, extra });
        }
    }

    fn user(&mut self, mut message: Message) {
        let blocks = words_and_images(&mut message);
        self.turns.push(Turn { role: Role::User, blocks, extra: extra(message) });
    }

    fn assistant(&mut self, place: usize, mut message: Message) -> Result<(), DecodeError> {
        let mut blocks = Vec::new();
        if let Some(text) = message.thinking.take() {
            blocks.push(Block::Thinking(Thinking { text, ..Thinking::default() }));
        }
        blocks.append(&mut words_and_images(&mut message));
        let calls = message.tool_calls.take();
        if calls.as_ref().is_some_and(Vec::is_empty) {
            marks::set(&mut message.rest, marks::CALLS_EMPTY);
        }
        for (number, call) in calls.unwrap_or_default().into_iter().enumerate() {
            blocks.push(self.call(place, number, call)?);
        }
        self.turns.push(Turn { role: Role::Assistant, blocks, extra: extra(message) });
        Ok(())
    }

    fn call(&mut self, place: usize, number: usize, call: ToolCall) -> Result<Block, DecodeError> {
        let path = |name: &str| format!("messages[{place}].tool_calls[{number}].{name}");
        let function = call.function.ok_or_else(|| DecodeError::at(path("function"), "is required"))?;
        let name = function.name.ok_or_else(|| DecodeError::at(path("function.name"), "is required"))?;
        let id = call.id.filter(|id| !id.is_empty()).unwrap_or_else(|| id_by_place(place, number));
        self.open.push((id.clone(), name.clone()));
        let mut rest = Rest::default();
        for (key, value) in call.rest.iter() {
            // The one value that `type` has says nothing, so it must not look like a loss elsewhere.
            if key == "type" && value.get() == "\"function\"" {
                marks::set(&mut rest, marks::TYPE_FUNCTION);
            } else {
                rest.push(key, value.clone());
            }
        }
        for (key, value) in function.rest.iter() {
            match value.read::<u64>() {
                Ok(index) if key == "index" => marks::set(&mut rest, &format!("{}{index}", marks::INDEX)),
                _ => rest.push(format!("{FUNCTION}{key}"), value.clone()),
            }
        }
        let mut block = tool_use(id, &name, arguments_text(function.arguments.as_ref()));
        block.extra = Extra::new(Dialect::Ollama, rest);
        Ok(Block::ToolUse(block))
    }

    fn tool(&mut self, place: usize, mut message: Message) {
        let content = words_and_images(&mut message);
        let given = message.tool_call_id.take().filter(|id| !id.is_empty());
        // Older clients call the field `name`.
        let name = message.tool_name.clone().or_else(|| message.rest.find("name").and_then(Json::as_string));
        let at = self.open.iter().position(|(id, known)| match (&given, &name) {
            (Some(given), _) => id == given,
            (None, Some(name)) => known == name,
            (None, None) => true,
        });
        let answered = at.map(|at| self.open.remove(at));
        match (message.tool_name.take(), &answered) {
            (Some(said), Some((_, known))) if said == *known => {}
            (Some(said), _) => message.rest.push("tool_name", Json::of(&said)),
            (None, _) => marks::set(&mut message.rest, marks::NAME_ABSENT),
        }
        let id = given.or(answered.map(|(id, _)| id)).unwrap_or_else(|| id_by_place(place, 0));
        let result = Block::ToolResult(ToolResult { id, content, ..ToolResult::default() });
        self.turns.push(Turn { role: Role::User, blocks: vec![result], extra: extra(message) });
    }
}

/// The words, when there are any, then the pictures.
pub(super) fn words_and_images(message: &mut Message) -> Vec<Block> {
    let mut blocks = Vec::new();
    match message.content.take() {
        Some(text) if text.is_empty() => {}
        Some(text) => blocks.push(Block::text(text)),
        None => marks::set(&mut message.rest, marks::CONTENT_ABSENT),
    }
    let images = message.images.take();
    if images.as_ref().is_some_and(Vec::is_empty) {
        marks::set(&mut message.rest, marks::IMAGES_EMPTY);
    }
    blocks.extend(images.unwrap_or_default().into_iter().map(|data| Block::Image(image(data))));
    blocks
}

/// A picture of which only the bytes are known: what it is shows in how its base64 begins.
pub(super) fn image(data: String) -> Image {
    const SIGNATURES: [(&str, &str); 5] = [
        ("iVBORw0KGgo", "image/png"),
        ("/9j/", "image/jpeg"),
        ("R0lGOD", "image/gif"),
        ("UklGR", "image/webp"),
        ("Qk", "image/bmp"),
    ];
    let source = if data.starts_with("data:") {
        Media::from_url(&data)
    } else {
        let known = SIGNATURES.iter().find(|(start, _)| data.starts_with(start));
        let media_type = known.map_or("image/png", |(_, media_type)| media_type).to_owned();
        Media::Base64 { media_type, data }
    };
    Image { source, detail: None, cache: None, extra: Extra::NONE }
}

/// Every field that was not taken, which includes those that stand in a message of the wrong role.
fn extra(message: Message) -> Extra {
    let mut rest = message.rest;
    if let Some(thinking) = message.thinking {
        rest.push("thinking", Json::of(&thinking));
    }
    if let Some(calls) = message.tool_calls {
        rest.push("tool_calls", Json::of(&calls));
    }
    for (name, value) in [("tool_name", message.tool_name), ("tool_call_id", message.tool_call_id)] {
        if let Some(value) = value {
            rest.push(name, Json::of(&value));
        }
    }
    Extra::new(Dialect::Ollama, rest)
}
