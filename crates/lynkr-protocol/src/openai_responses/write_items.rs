//! Turns and blocks → input items.

use std::collections::HashSet;

use lynkr_types::Loss;

use super::DIALECT;
use super::keeping::{self, Envelope};
use super::parts::{self, Speaker, note_cache};
use super::wire::{
    CallOutput, CustomToolCall, FunctionCall, Item, Message, Part, ReasoningItem, ReasoningText, TextPart,
};
use crate::error::EncodeError;
use crate::neutral::{Block, Extra, Opaque, Proof, Role, Thinking, ToolResult, ToolUse, Turn};
use crate::wire::{Json, Rest, TextOr};

/// What stands ahead of a failed tool's answer: the API has no field for it.
const TOOL_ERROR: &str = "[tool error] ";

/// Collects items turn by turn.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    pub items: Vec<Item>,
    pub losses: &'a mut Vec<Loss>,
    /// Whether the conversation came in this dialect.
    pub native: bool,
    /// Whether the provider stores answers, so that it knows reasoning by its id alone.
    pub stored: bool,
    open: Option<Open>,
    /// The ids of free-form calls: other dialects' results don't say that they answer one.
    freeform: HashSet<String>,
}

/// A message that takes more parts.
#[derive(Debug)]
struct Open {
    role: &'static str,
    envelope: Envelope,
    parts: Vec<Part>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(native: bool, stored: bool, losses: &'a mut Vec<Loss>) -> Self {
        Self { items: Vec::new(), losses, native, stored, open: None, freeform: HashSet::new() }
    }

    pub(super) fn turn(&mut self, turn: &Turn) -> Result<(), EncodeError> {
        match turn.role {
            Role::Assistant => {
                turn.extra.note_losses(DIALECT, "messages[].", self.losses);
                for block in &turn.blocks {
                    self.model_block(block)?;
                }
                self.close();
                Ok(())
            }
            Role::User => self.message("user", &turn.blocks, &turn.extra),
            Role::System => self.message("system", &turn.blocks, &turn.extra),
            Role::Developer => self.message("developer", &turn.blocks, &turn.extra),
        }
    }

    /// Blocks of anyone but the model: outputs become items of their own, the rest one message, or
    /// several where outputs stand between.
    pub(super) fn message(
        &mut self,
        role: &'static str,
        blocks: &[Block],
        extra: &Extra,
    ) -> Result<(), EncodeError> {
        extra.note_losses(DIALECT, "messages[].", self.losses);
        let mut envelope = Envelope::of(extra);
        if blocks.is_empty()
            && let Some(envelope) = envelope.take()
        {
            self.open = Some(Open { role, envelope, parts: Vec::new() });
        }
        for block in blocks {
            if self.item(block)? {
                continue;
            }
            let part = parts::write(block, Speaker::Other, self.native, self.losses)?;
            let Some(part) = part else { continue };
            self.part(role, part, || envelope.take().unwrap_or_default());
        }
        self.close();
        Ok(())
    }

    fn model_block(&mut self, block: &Block) -> Result<(), EncodeError> {
        if self.item(block)? {
            return Ok(());
        }
        let envelope = match block {
            Block::Text(text) => Envelope::of(&text.extra),
            Block::Image(image) => Envelope::of(&image.extra),
            Block::Document(document) => Envelope::of(&document.extra),
            _ => None,
        };
        if envelope.is_some() {
            self.close();
        }
        if let Some(part) = parts::write(block, Speaker::Model, self.native, self.losses)? {
            self.part("assistant", part, || envelope.unwrap_or_default());
        }
        Ok(())
    }

    fn part(&mut self, role: &'static str, part: Part, envelope: impl FnOnce() -> Envelope) {
        let open = self.open.get_or_insert_with(|| Open { role, envelope: envelope(), parts: Vec::new() });
        open.parts.push(part);
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.items.push(open.into_item());
        }
    }

    /// Writes a block that is an item of its own; `false` when it is part of a message.
    fn item(&mut self, block: &Block) -> Result<bool, EncodeError> {
        let item = match block {
            Block::ToolUse(call) => Some(self.call(call)),
            Block::ToolResult(result) => Some(self.output(result)?),
            Block::Thinking(thinking) => self.reasoning(thinking),
            Block::Opaque(opaque) if is_item(opaque) => opaque.value.read().ok(),
            Block::Text(_) | Block::Image(_) | Block::Document(_) | Block::Refusal(_) | Block::Opaque(_) => {
                return Ok(false);
            }
        };
        if let Some(item) = item {
            self.close();
            self.items.push(item);
        }
        Ok(true)
    }

    fn call(&mut self, call: &ToolUse) -> Item {
        note_cache(call.cache.as_ref(), self.losses);
        call.extra.note_losses(DIALECT, "tool_use.", self.losses);
        let (call_id, name, namespace) =
            (Some(call.id.clone()), Some(call.name.clone()), call.namespace.clone());
        let rest = keeping::restore(&call.extra);
        if call.freeform {
            self.freeform.insert(call.id.clone());
            let input = Some(call.arguments.clone());
            return Item::CustomToolCall(CustomToolCall {
                call_id,
                name,
                namespace,
                input,
                rest,
                ..CustomToolCall::default()
            });
        }
        let none = call.arguments.is_empty() && !self.native;
        let arguments = Some(if none { "{}".to_owned() } else { call.arguments.clone() });
        Item::FunctionCall(FunctionCall {
            call_id,
            name,
            namespace,
            arguments,
            rest,
            ..FunctionCall::default()
        })
    }

    fn output(&mut self, result: &ToolResult) -> Result<Item, EncodeError> {
        note_cache(result.cache.as_ref(), self.losses);
        result.extra.note_losses(DIALECT, "tool_result.", self.losses);
        let mut list: Vec<Part> = Vec::with_capacity(result.content.len());
        for block in &result.content {
            list.extend(parts::write(block, Speaker::Other, self.native, self.losses)?);
        }
        if result.is_error == Some(true) {
            self.losses.push(Loss::approximated("tool_result.is_error"));
            mark_failed(&mut list);
        }
        let output =
            if keeping::is_marked(&result.extra, "list") { TextOr::List(list) } else { shortest(list) };
        let output = CallOutput {
            call_id: Some(result.id.clone()),
            output: Some(output),
            rest: keeping::restore(&result.extra),
            ..CallOutput::default()
        };
        let freeform = result.freeform || (!self.native && self.freeform.contains(&result.id));
        Ok(if freeform { Item::CustomToolCallOutput(output) } else { Item::FunctionCallOutput(output) })
    }

    /// Reasoning that the provider can check: its own, encrypted or stored. There is no way to say
    /// reasoning that isn't.
    fn reasoning(&mut self, thinking: &Thinking) -> Option<Item> {
        thinking.extra.note_losses(DIALECT, "thinking.", self.losses);
        match &thinking.proof {
            Some(Proof::Item { id, encrypted }) if self.native || self.stored || encrypted.is_some() => {
                Some(Item::Reasoning(own_reasoning(thinking, id, encrypted.as_ref())))
            }
            None if thinking.text.is_empty() => None,
            _ => {
                self.losses.push(Loss::dropped("thinking"));
                None
            }
        }
    }
}

/// A reasoning item of this API's own.
pub(super) fn own_reasoning(thinking: &Thinking, id: &str, encrypted: Option<&String>) -> ReasoningItem {
    let rest = keeping::restore(&thinking.extra);
    let kept = rest.find("summary").is_some() || keeping::is_marked(&thinking.extra, "unsummarised");
    ReasoningItem {
        id: (!id.is_empty()).then(|| id.to_owned()),
        summary: (!kept).then(|| summary(&thinking.text)),
        content: None,
        encrypted_content: encrypted.cloned(),
        rest,
    }
}

/// The readable text as a summary of one part, or of none.
pub(super) fn summary(text: &str) -> Vec<ReasoningText> {
    if text.is_empty() {
        return Vec::new();
    }
    vec![ReasoningText {
        kind: Some("summary_text".to_owned()),
        text: Some(text.to_owned()),
        rest: Rest::default(),
    }]
}

fn is_item(opaque: &Opaque) -> bool {
    opaque.dialect == DIALECT && !parts::is_part(opaque)
}

fn mark_failed(list: &mut Vec<Part>) {
    if let Some(Part::InputText(TextPart { text: Some(text), .. })) = list.first_mut() {
        text.insert_str(0, TOOL_ERROR);
    } else {
        list.insert(0, Part::InputText(parts::plain(TOOL_ERROR.trim_end())));
    }
}

/// Plain text where that says it all.
fn shortest(mut list: Vec<Part>) -> TextOr<Part> {
    if list.is_empty() {
        return TextOr::Text(String::new());
    }
    if list.len() > 1 {
        return TextOr::List(list);
    }
    match list.pop() {
        Some(Part::InputText(part)) if part.rest.is_empty() => TextOr::Text(part.text.unwrap_or_default()),
        other => TextOr::List(other.into_iter().collect()),
    }
}

impl Open {
    fn into_item(self) -> Item {
        let Envelope { fields, untyped, plain } = self.envelope;
        let content = match self.parts.first() {
            Some(Part::InputText(part) | Part::OutputText(part))
                if plain && self.parts.len() == 1 && part.rest.is_empty() =>
            {
                TextOr::Text(part.text.clone().unwrap_or_default())
            }
            _ => TextOr::List(self.parts),
        };
        if untyped {
            let mut all = Rest::default();
            all.push("role", Json::of(self.role));
            all.push("content", Json::of(&content));
            for (name, value) in fields.iter() {
                all.push(name, value.clone());
            }
            return Item::Other { tag: None, fields: all };
        }
        Item::Message(Message {
            role: Some(self.role.to_owned()),
            content: Some(content),
            rest: fields,
            ..Message::default()
        })
    }
}
