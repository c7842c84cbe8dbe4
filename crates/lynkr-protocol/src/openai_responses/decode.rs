//! A client's request → the neutral conversation.

use super::DIALECT;
use super::asides::Asides;
use super::keeping::Keeper;
use super::options;
use super::place::Place;
use super::read_items::Reader;
use super::tools;
use super::wire::{Item, Request};
use crate::error::{DecodeError, read_json};
use crate::forms;
use crate::neutral::{Block, Conversation, Extra, Role, Sampling, SystemPart, SystemRole, Turn};
use crate::wire::{Json, Rest, TextOr};

/// Reads a request. Everything but `input` is optional.
pub(super) fn decode_request(body: &[u8]) -> Result<Conversation, DecodeError> {
    let request: Request = read_json(body)?;
    let Some(input) = request.input else { return Err(DecodeError::at("input", "is required")) };
    let plain = matches!(input, TextOr::Text(_));
    let (reader, asides) = read_input(input)?;
    let mut rest = request.rest;
    rest.remove("input");
    let encrypted = take_encrypted_include(&mut rest);
    let keeper = Keeper::new(rest).mark("plain", plain).silently("include", encrypted.as_ref());
    let keeper = keeper.silently("stream", request.stream.filter(|stream| !stream).as_ref());
    let no_tools = request.tools.as_ref().filter(|tools| tools.is_empty());
    let keeper = keeper.silently("tools", no_tools);
    let (output, keeper) = options::read_text(request.text, keeper);
    let choice = request.tool_choice.map(|value| forms::tool_choice(&value, DIALECT)).transpose()?;
    let (tool_choice, parallel) = choice.map_or((None, None), |(choice, parallel)| (Some(choice), parallel));
    let (user, keeper) = read_user(request.user, keeper);
    let (keeper, offered) = asides.keep(keeper);
    let mut tools = tools::read(request.tools.unwrap_or_default())?;
    tools.extend(offered);
    let mut system = instructions(request.instructions);
    system.extend(reader.system);
    Ok(Conversation {
        origin: Some(DIALECT),
        model: request.model.unwrap_or_default(),
        stream: request.stream.unwrap_or(false),
        system,
        turns: reader.turns,
        tools,
        tool_choice,
        parallel_tool_calls: request.parallel_tool_calls.or(parallel),
        sampling: Sampling { temperature: request.temperature, top_p: request.top_p, ..Sampling::default() },
        max_tokens: request.max_output_tokens,
        reasoning: request.reasoning.map(options::read_reasoning),
        output,
        user,
        metadata: request.metadata,
        service_tier: request.service_tier,
        store: request.store,
        previous_response_id: request.previous_response_id,
        include_usage: true,
        extra: keeper.into_extra(),
        ..Conversation::default()
    })
}

fn read_input(input: TextOr<Item>) -> Result<(Reader, Asides), DecodeError> {
    let mut reader = Reader::default();
    let mut asides = Asides::default();
    match input {
        TextOr::Text(text) => reader.turns.push(Turn::new(Role::User, vec![Block::text(text)])),
        TextOr::List(items) => {
            for (index, item) in items.into_iter().enumerate() {
                if Asides::is_aside(&item) {
                    asides.take(&item, index)?;
                } else {
                    reader.item(item, &Place::top("input", index))?;
                }
            }
        }
    }
    Ok((reader, asides))
}

/// Takes `include` when all it asks for is encrypted reasoning: answers hold that from whichever dialect,
/// so leaving the wish out loses nothing.
fn take_encrypted_include(rest: &mut Rest) -> Option<Json> {
    let asked: Vec<String> = rest.find("include")?.read().ok()?;
    let only = asked.iter().all(|wish| wish == "reasoning.encrypted_content");
    if only { rest.remove("include") } else { None }
}

fn instructions(text: Option<String>) -> Vec<SystemPart> {
    let part = text.map(|text| SystemPart {
        role: SystemRole::Instructions,
        blocks: if text.is_empty() { Vec::new() } else { vec![Block::text(text)] },
        extra: Extra::NONE,
    });
    part.into_iter().collect()
}

/// `user` has a successor, `safety_identifier`; whichever there is says who asks.
fn read_user(user: Option<String>, keeper: Keeper) -> (Option<String>, Keeper) {
    if user.is_some() {
        return (user, keeper);
    }
    let (identifier, keeper) = keeper.take("safety_identifier");
    let user = identifier.as_ref().and_then(Json::as_string);
    let unread = identifier.filter(|_| user.is_none());
    let keeper = keeper.mark("safety_identifier", user.is_some());
    (user, keeper.openly("safety_identifier", unread.as_ref()))
}
