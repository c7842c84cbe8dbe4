//! Items → turns and blocks.
//!
//! Neighbouring items of the model (reasoning, words, calls) become one assistant turn; neighbouring
//! outputs become one user turn; each other message is a turn of its own. Developer and system messages
//! ahead of everything else are the conversation's system part.

use super::keeping::{self, Envelope, Keeper};
use super::parts::{self, Speaker};
use super::place::Place;
use super::wire::{
    CallOutput, CustomToolCall, FunctionCall, Item, Message, Part, ReasoningItem, ReasoningText,
};
use super::{DIALECT, OWN_REASONING};
use crate::error::DecodeError;
use crate::neutral::{
    Block, Extra, Opaque, Proof, Role, SystemPart, SystemRole, Text, Thinking, ToolResult, ToolUse, Turn,
};
use crate::seal;
use crate::wire::{Json, Rest, TextOr};

/// Whether `encrypted_content` may hold a proof that we sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seals {
    /// A client hands back what it got from us.
    Open,
    /// A provider never saw a seal.
    Leave,
}

/// Collects turns item by item.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub system: Vec<SystemPart>,
    pub turns: Vec<Turn>,
    /// Whether the last turn takes more outputs.
    outputs: bool,
}

impl Reader {
    pub(super) fn item(&mut self, item: Item, place: &Place<'_>) -> Result<(), DecodeError> {
        match item {
            Item::Message(message) => self.message(message, false, place),
            Item::Other { tag: None, fields } if fields.find("role").is_some() => {
                self.message(untagged(fields, place)?, true, place)
            }
            Item::FunctionCallOutput(output) => {
                let result = read_output(output, false, place)?;
                self.output(Block::ToolResult(result));
                Ok(())
            }
            Item::CustomToolCallOutput(output) => {
                let result = read_output(output, true, place)?;
                self.output(Block::ToolResult(result));
                Ok(())
            }
            Item::Other { ref tag, .. } if tag.as_deref().is_some_and(answers) => {
                self.output(opaque(&item));
                Ok(())
            }
            other => {
                let blocks = model_blocks(other, Seals::Open, place)?;
                self.model(blocks);
                Ok(())
            }
        }
    }

    fn message(&mut self, message: Message, untyped: bool, place: &Place<'_>) -> Result<(), DecodeError> {
        let role = match message.role.as_deref() {
            Some("assistant") => {
                let blocks = message_blocks(message, untyped, place)?;
                self.model(blocks);
                return Ok(());
            }
            Some("user") => Role::User,
            Some("system") => Role::System,
            Some("developer") => Role::Developer,
            Some(_) => {
                self.model(vec![opaque(&Item::Message(message))]);
                return Ok(());
            }
            None => return Err(place.fault("role", "is required")),
        };
        let (blocks, envelope) = content_of(message, untyped, Speaker::Other, place)?;
        self.place(role, blocks, Extra::new(DIALECT, envelope.keep()));
        Ok(())
    }

    fn place(&mut self, role: Role, blocks: Vec<Block>, extra: Extra) {
        self.outputs = false;
        let ahead = match role {
            Role::System => Some(SystemRole::System),
            Role::Developer => Some(SystemRole::Developer),
            Role::User | Role::Assistant => None,
        };
        match ahead {
            Some(role) if self.turns.is_empty() => self.system.push(SystemPart { role, blocks, extra }),
            _ => self.turns.push(Turn { role, blocks, extra }),
        }
    }

    fn model(&mut self, blocks: Vec<Block>) {
        self.outputs = false;
        match self.turns.last_mut() {
            Some(turn) if turn.role == Role::Assistant => turn.blocks.extend(blocks),
            _ => self.turns.push(Turn::new(Role::Assistant, blocks)),
        }
    }

    fn output(&mut self, block: Block) {
        match self.turns.last_mut() {
            Some(turn) if self.outputs => turn.blocks.push(block),
            _ => self.turns.push(Turn::new(Role::User, vec![block])),
        }
        self.outputs = true;
    }
}

/// Whether items of that type are the client's answer to an item of the model.
fn answers(kind: &str) -> bool {
    kind.ends_with("_output") || kind.ends_with("_response")
}

fn untagged(fields: Rest, place: &Place<'_>) -> Result<Message, DecodeError> {
    let mut message = Message::default();
    for (name, value) in fields.iter() {
        crate::wire::Fields::take_raw(&mut message, name.to_owned(), value.clone())
            .map_err(|error| place.fault(name, error))?;
    }
    Ok(message)
}

/// The blocks of one item of the model. What isn't understood is one opaque block.
pub(super) fn model_blocks(item: Item, seals: Seals, place: &Place<'_>) -> Result<Vec<Block>, DecodeError> {
    match item {
        Item::Message(message) => message_blocks(message, false, place),
        Item::Reasoning(item) => Ok(vec![Block::Thinking(read_reasoning(item, seals))]),
        Item::FunctionCall(call) => read_call(call, place).map(|call| vec![Block::ToolUse(call)]),
        Item::CustomToolCall(call) => read_custom(call, place).map(|call| vec![Block::ToolUse(call)]),
        other => Ok(vec![opaque(&other)]),
    }
}

fn opaque(item: &Item) -> Block {
    Block::Opaque(Opaque { dialect: DIALECT, kind: item.tag().to_owned(), value: Json::of(item) })
}

fn message_blocks(message: Message, untyped: bool, place: &Place<'_>) -> Result<Vec<Block>, DecodeError> {
    let says_nothing = match &message.content {
        Some(TextOr::List(parts)) => parts.is_empty(),
        Some(TextOr::Text(_)) => false,
        None => true,
    };
    if says_nothing {
        return Ok(vec![opaque(&Item::Message(message))]);
    }
    let (mut blocks, envelope) = content_of(message, untyped, Speaker::Model, place)?;
    if let Some(extra) = blocks.first_mut().and_then(extra_of) {
        *extra = keeping::join(extra, &envelope.keep());
    }
    Ok(blocks)
}

fn extra_of(block: &mut Block) -> Option<&mut Extra> {
    match block {
        Block::Text(text) => Some(&mut text.extra),
        Block::Image(image) => Some(&mut image.extra),
        Block::Document(document) => Some(&mut document.extra),
        _ => None,
    }
}

fn content_of(
    message: Message,
    untyped: bool,
    speaker: Speaker,
    place: &Place<'_>,
) -> Result<(Vec<Block>, Envelope), DecodeError> {
    let plain = matches!(message.content, Some(TextOr::Text(_)));
    let mut fields = message.rest;
    fields.remove("content");
    for (name, value) in [("id", &message.id), ("status", &message.status)] {
        if let Some(value) = value {
            fields.push(name, Json::of(value));
        }
    }
    let blocks = read_content(message.content, "content", speaker, place)?;
    Ok((blocks, Envelope { fields, untyped, plain }))
}

fn read_content(
    content: Option<TextOr<Part>>,
    list: &'static str,
    speaker: Speaker,
    place: &Place<'_>,
) -> Result<Vec<Block>, DecodeError> {
    match content {
        None => Ok(Vec::new()),
        Some(TextOr::Text(text)) => Ok(vec![Block::text(text)]),
        Some(TextOr::List(parts)) => {
            let numbered = parts.into_iter().enumerate();
            numbered.map(|(index, part)| parts::read(part, speaker, &place.inner(list, index))).collect()
        }
    }
}

fn read_reasoning(item: ReasoningItem, seals: Seals) -> Thinking {
    if seals == Seals::Open
        && let Some(thinking) = item.encrypted_content.as_deref().and_then(seal::open)
    {
        return thinking;
    }
    let text = reasoning_text(&item);
    let ReasoningItem { id, summary, content, encrypted_content: encrypted, mut rest } = item;
    let status = rest.remove("status");
    let told_by_text = summary.as_deref().is_some_and(|list| is_plain_summary(list, &text));
    let keeper = Keeper::new(rest)
        .mark("unsummarised", summary.is_none())
        .silently("summary", summary.as_ref().filter(|_| !told_by_text))
        .silently("content", content.as_ref())
        .silently("status", status.as_ref());
    let ours = id.as_deref().is_some_and(|id| id.starts_with(OWN_REASONING));
    if ours && encrypted.is_none() {
        // Reasoning without a proof, from a provider of another dialect.
        return Thinking { text, proof: None, extra: keeper.silently("id", id.as_ref()).into_extra() };
    }
    let proof = Some(Proof::Item { id: id.unwrap_or_default(), encrypted });
    Thinking { text, proof, extra: keeper.into_extra() }
}

/// The readable text: the summaries, or else the reasoning itself, parts joined with a blank line.
pub(super) fn reasoning_text(item: &ReasoningItem) -> String {
    let join = |list: &Option<Vec<ReasoningText>>| {
        let texts = list.iter().flatten().filter_map(|part| part.text.as_deref());
        texts.collect::<Vec<_>>().join("\n\n")
    };
    let summary = join(&item.summary);
    if summary.is_empty() { join(&item.content) } else { summary }
}

fn is_plain_summary(list: &[ReasoningText], text: &str) -> bool {
    match list {
        [] => text.is_empty(),
        [only] => {
            let plain = only.kind.as_deref() == Some("summary_text") && only.rest.is_empty();
            plain && only.text.as_deref() == Some(text) && !text.is_empty()
        }
        _ => false,
    }
}

fn read_call(call: FunctionCall, place: &Place<'_>) -> Result<ToolUse, DecodeError> {
    let mut rest = call.rest;
    rest.remove("arguments");
    let keeper = Keeper::new(rest).silently("id", call.id.as_ref()).silently("status", call.status.as_ref());
    Ok(ToolUse {
        id: place.need("call_id", call.call_id.or(call.id))?,
        name: place.need("name", call.name)?,
        namespace: call.namespace,
        arguments: call.arguments.unwrap_or_default(),
        freeform: false,
        cache: None,
        extra: keeper.into_extra(),
    })
}

fn read_custom(call: CustomToolCall, place: &Place<'_>) -> Result<ToolUse, DecodeError> {
    let CustomToolCall { id, status, call_id, name, namespace, input, rest } = call;
    let call = FunctionCall { id, status, call_id, name, namespace, arguments: input, rest };
    Ok(ToolUse { freeform: true, ..read_call(call, place)? })
}

fn read_output(output: CallOutput, freeform: bool, place: &Place<'_>) -> Result<ToolResult, DecodeError> {
    let listed = matches!(output.output, Some(TextOr::List(_)));
    let mut content = read_content(output.output, "output", Speaker::Other, place)?;
    if !listed {
        // An empty text says nothing, and other dialects refuse it.
        content.retain(|block| !matches!(block, Block::Text(Text { text, .. }) if text.is_empty()));
    }
    let mut rest = output.rest;
    rest.remove("output");
    let keeper = Keeper::new(rest)
        .silently("id", output.id.as_ref())
        .silently("status", output.status.as_ref())
        .mark("list", listed);
    Ok(ToolResult {
        id: place.need("call_id", output.call_id)?,
        content,
        is_error: None,
        freeform,
        cache: None,
        extra: keeper.into_extra(),
    })
}
