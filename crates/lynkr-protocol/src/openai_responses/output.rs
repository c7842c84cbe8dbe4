//! Blocks → the items of an answer. One item per block: what a client sees is the same whether the answer
//! was streamed or not, and its ids are too.

use super::keeping::{self, Envelope};
use super::parts::{self, is_part};
use super::wire::{CustomToolCall, FunctionCall, Item, Message, Part, ReasoningItem, RefusalPart, TextPart};
use super::write_items::{own_reasoning, summary};
use super::{DIALECT, OWN_REASONING};
use crate::citations;
use crate::codec::ReplyContext;
use crate::neutral::{Block, Proof, Reply, Text, Thinking, ToolUse};
use crate::seal;
use crate::wire::{Json, Rest, TextOr};

/// The items of a whole answer.
pub(super) fn items(reply: &Reply, context: &ReplyContext) -> Vec<Json> {
    let blocks = reply.blocks.iter().enumerate();
    blocks
        .filter_map(|(index, block)| {
            let id = id(block, index, &context.seed);
            item(&finished(block, index, &context.seed), &id).map(|item| Json::of(&item))
        })
        .collect()
}

/// The id of the item that a block becomes: the provider's, or one made of the answer's seed.
pub(super) fn id(block: &Block, index: usize, seed: &str) -> String {
    let (kept, prefix) = match block {
        Block::Text(text) => {
            (Envelope::of(&text.extra).and_then(|envelope| text_of(&envelope.fields)), "msg_")
        }
        Block::ToolUse(call) => {
            let kept = keeping::find(&call.extra, "id").and_then(Json::as_string);
            (kept, if call.freeform { "ctc_" } else { "fc_" })
        }
        Block::Thinking(thinking) => (reasoning_id(thinking), OWN_REASONING),
        _ => (None, "msg_"),
    };
    kept.filter(|id| !id.is_empty()).unwrap_or_else(|| format!("{prefix}{seed}_{index}"))
}

fn text_of(fields: &Rest) -> Option<String> {
    fields.find("id").and_then(Json::as_string)
}

fn reasoning_id(thinking: &Thinking) -> Option<String> {
    match &thinking.proof {
        Some(Proof::Item { id, .. }) if !id.is_empty() => Some(id.clone()),
        _ => keeping::find(&thinking.extra, "id").and_then(Json::as_string),
    }
}

/// A block with what a client's item needs and a provider may leave out.
pub(super) fn finished(block: &Block, index: usize, seed: &str) -> Block {
    let mut block = block.clone();
    if let Block::ToolUse(call) = &mut block {
        if call.id.is_empty() {
            call.id = format!("call_{seed}_{index}");
        }
        if call.arguments.is_empty() && !call.freeform {
            "{}".clone_into(&mut call.arguments);
        }
    }
    block
}

/// The item that a block becomes; `None` for what no answer of this API holds.
pub(super) fn item(block: &Block, id: &str) -> Option<Item> {
    match block {
        Block::Text(text) => Some(words(text, id)),
        Block::Refusal(refusal) => {
            let refusal = Some(refusal.text.clone());
            let part = Part::Refusal(RefusalPart { refusal, ..RefusalPart::default() });
            Some(message(part, id, Rest::default()))
        }
        Block::ToolUse(call) => Some(self::call(call, id)),
        Block::Thinking(thinking) => Some(Item::Reasoning(reasoning(thinking, id))),
        Block::Opaque(opaque) if opaque.dialect != DIALECT => None,
        Block::Opaque(opaque) if is_part(opaque) => {
            Some(message(opaque.value.read().ok()?, id, Rest::default()))
        }
        Block::Opaque(opaque) => opaque.value.read().ok(),
        Block::Image(_) | Block::Document(_) | Block::ToolResult(_) => None,
    }
}

fn words(text: &Text, id: &str) -> Item {
    let mut fields = Envelope::of(&text.extra).unwrap_or_default().fields;
    fields.remove("id");
    fields.remove("status");
    let list = text.citations.as_ref().and_then(|list| citations::list_for(DIALECT, list));
    let list: Vec<Json> = list.and_then(|list| list.read().ok()).unwrap_or_default();
    let mut rest = keeping::restore(&text.extra);
    rest.remove("annotations");
    if rest.find("logprobs").is_none() {
        rest.push("logprobs", Json::of(&[(); 0]));
    }
    let part = TextPart { annotations: Some(list), rest, ..parts::plain(&text.text) };
    message(Part::OutputText(part), id, fields)
}

fn message(part: Part, id: &str, rest: Rest) -> Item {
    Item::Message(Message {
        id: Some(id.to_owned()),
        status: Some("completed".to_owned()),
        role: Some("assistant".to_owned()),
        content: Some(TextOr::List(vec![part])),
        rest,
    })
}

fn call(call: &ToolUse, id: &str) -> Item {
    let mut rest = keeping::restore(&call.extra);
    rest.remove("id");
    rest.remove("status");
    let (id, status) = (Some(id.to_owned()), Some("completed".to_owned()));
    let (call_id, name) = (Some(call.id.clone()), Some(call.name.clone()));
    let (namespace, text) = (call.namespace.clone(), Some(call.arguments.clone()));
    if call.freeform {
        Item::CustomToolCall(CustomToolCall { id, status, call_id, name, namespace, input: text, rest })
    } else {
        Item::FunctionCall(FunctionCall { id, status, call_id, name, namespace, arguments: text, rest })
    }
}

fn reasoning(thinking: &Thinking, id: &str) -> ReasoningItem {
    if let Some(Proof::Item { encrypted, .. }) = &thinking.proof {
        let mut item = own_reasoning(thinking, id, encrypted.as_ref());
        item.rest.remove("id");
        return item;
    }
    ReasoningItem {
        id: Some(id.to_owned()),
        summary: Some(summary(&thinking.text)),
        content: None,
        encrypted_content: seal::seal(thinking),
        rest: Rest::default(),
    }
}
