//! The neutral form → a request for an upstream.

use lynkr_types::Loss;

use super::losses::Losses;
use super::model::has_levels;
use super::notes::{self, Kept};
use super::signature::PLACEHOLDER;
use super::wire::{Content, Part, Request, ToolConfig};
use super::write_parts::{Side, Writer};
use super::{DIALECT, encode_config, encode_tools};
use crate::codec::{Encoded, Target};
use crate::error::EncodeError;
use crate::json;
use crate::neutral::{Block, Conversation, Role, SystemPart, Turn};

pub(super) fn refuse(feature: &str, why: impl Into<String>) -> EncodeError {
    EncodeError { target: DIALECT, feature: feature.to_owned(), why: why.into() }
}

pub(super) fn request(conversation: &Conversation, target: &Target) -> Result<Encoded, EncodeError> {
    if conversation.previous_response_id.is_some() {
        let why = "the stored answer must be put into the conversation first";
        return Err(refuse("previous_response_id", why));
    }
    let native = conversation.origin == Some(DIALECT);
    let mut kept = Kept::of(&conversation.extra, DIALECT);
    let mut losses = Losses::default();
    losses.extra(&conversation.extra, "");
    note_unknown(conversation, &mut losses);
    let mut wire = Request::default();
    let tools = encode_tools::tools(conversation, target, &mut losses)?;
    let has_tools = tools.as_ref().is_some_and(|tools| !tools.is_empty());
    let config_rest = kept.take("toolConfig");
    let calling = encode_tools::calling(conversation, &mut kept, has_tools)?;
    wire.tools = tools.or_else(|| is_empty(&kept, "tools").then(Vec::new));
    if calling.is_some() || !config_rest.is_empty() || is_empty(&kept, "toolConfig") {
        let mut config = calling.unwrap_or_default();
        for (name, value) in config_rest.iter() {
            config.rest.push(name, value.clone());
        }
        wire.tool_config = Some(config);
    }
    wire.generation_config = encode_config::config(conversation, target, &mut kept, &mut losses);

    let mut writer = Writer::new(Side::Upstream, native, &target.model);
    writer.losses = losses;
    wire.system_instruction = system(&conversation.system, &mut writer)?;
    wire.contents = Some(contents(&conversation.turns, &mut writer)?);
    wire.rest = kept.rest;
    // Can't fail: all keys are strings and nothing writes but into memory.
    let body = json::to_vec(&wire, conversation.size());
    Ok(Encoded { body, losses: writer.losses.0 })
}

/// Whether a nested object came without fields.
pub(super) fn is_empty(kept: &Kept, name: &str) -> bool {
    kept.has(&format!("{}{name}", notes::EMPTY))
}

/// Notes the fields of the neutral form that the dialect has no place for.
fn note_unknown(conversation: &Conversation, losses: &mut Losses) {
    let tier = conversation.service_tier.as_deref();
    let said = [
        (conversation.user.is_some(), "user"),
        (conversation.metadata.is_some(), "metadata"),
        // The other tiers are the usual one.
        (!matches!(tier, None | Some("auto" | "default" | "standard_only")), "service_tier"),
        // Nothing is stored anyway, so only the wish to store is lost.
        (conversation.store == Some(true), "store"),
        (
            conversation.parallel_tool_calls == Some(false) && !conversation.tools.is_empty(),
            "parallel_tool_calls",
        ),
    ];
    for (_, field) in said.into_iter().filter(|(said, _)| *said) {
        losses.dropped(field);
    }
}

fn system(parts: &[SystemPart], writer: &mut Writer<'_>) -> Result<Option<Content>, EncodeError> {
    let mut content = Content::default();
    let mut wire = Vec::new();
    for part in parts {
        writer.losses.extra(&part.extra, "system.");
        let kept = Kept::of(&part.extra, DIALECT);
        content.role = content.role.or_else(|| kept.word(notes::ROLE));
        for (name, value) in kept.rest.iter() {
            content.rest.push(name, value.clone());
        }
        let is_picture = |block: &Block| matches!(block, Block::Image(_) | Block::Document(_));
        if !writer.native && part.blocks.iter().any(is_picture) {
            return Err(refuse("system.image", "instructions are words; a user message can show it"));
        }
        wire.append(&mut writer.turn(&part.blocks)?);
    }
    if wire.is_empty() && (parts.is_empty() || !writer.native) {
        return Ok(None);
    }
    content.parts = Some(wire);
    Ok(Some(content))
}

fn contents(turns: &[Turn], writer: &mut Writer<'_>) -> Result<Vec<Content>, EncodeError> {
    let mut contents: Vec<Content> = Vec::with_capacity(turns.len());
    for turn in turns {
        writer.losses.extra(&turn.extra, "messages[].");
        let kept = Kept::of(&turn.extra, DIALECT);
        let (role, mut parts) = match turn.role {
            Role::User => ("user", writer.turn(&turn.blocks)?),
            Role::Assistant => ("model", writer.turn(&turn.blocks)?),
            Role::System | Role::Developer => ("user", reminder(turn, writer)?),
        };
        if role == "model" && !writer.native && has_levels(writer.model) {
            sign_first_call(&mut parts);
        }
        if writer.native {
            let role = match kept.note(notes::ROLE) {
                Some(role) => role.as_string(),
                None => Some(role.to_owned()),
            };
            contents.push(Content { role, parts: Some(parts), rest: kept.rest });
            continue;
        }
        // A turn without parts is refused, and so are answers of one round of calls in several turns.
        match contents.last_mut() {
            _ if parts.is_empty() => {}
            Some(Content { role: Some(last), parts: Some(before), .. }) if last == role => {
                before.append(&mut parts);
            }
            _ => contents.push(Content {
                role: Some(role.to_owned()),
                parts: Some(parts),
                ..Content::default()
            }),
        }
    }
    Ok(contents)
}

/// Instructions in mid-conversation, which the API doesn't know, as a reminder in the user's turn.
fn reminder(turn: &Turn, writer: &mut Writer<'_>) -> Result<Vec<Part>, EncodeError> {
    writer.losses.add(Loss::approximated("messages[].role=system"));
    let words: Vec<&str> = turn.blocks.iter().filter_map(Block::as_text).collect();
    let text = format!("<system-reminder>\n{}\n</system-reminder>", words.join("\n\n"));
    writer.turn(&[Block::text(text)])
}

/// The first call of a turn must have a signature. Clients that hold all reasoning in one place return it
/// ahead of the words, so a signature on those is the call's. Other providers' calls never had one, and some
/// clients lose it.
fn sign_first_call(parts: &mut [Part]) {
    let Some(at) = parts.iter().position(|part| part.function_call.is_some()) else { return };
    let (before, rest) = parts.split_at_mut(at);
    let Some(call) = rest.first_mut().filter(|call| call.signature.is_none()) else { return };
    let is_words = |part: &&mut Part| {
        part.thought != Some(true) && part.text.as_ref().is_some_and(|text| !text.is_empty())
    };
    call.signature = before.iter_mut().rev().filter(is_words).find_map(|part| part.signature.take());
    call.signature.get_or_insert_with(|| PLACEHOLDER.to_owned());
}

impl ToolConfig {
    /// A configuration of the calls alone.
    pub(super) fn of_calls(calling: super::wire::CallingConfig) -> Self {
        Self { calling: Some(calling), ..Self::default() }
    }
}
