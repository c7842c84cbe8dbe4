//! The neutral conversation → a request for an upstream.
//!
//! For a conversation that came in another dialect, three things are added that its own dialect takes for
//! granted: `store: false` (nothing is kept unless asked for), `strict: false` on functions (here it is on
//! when left out), and, when the model reasons, `include: ["reasoning.encrypted_content"]`, without which
//! an unstored conversation loses its reasoning between turns.

use lynkr_types::Loss;

use super::asides;
use super::options;
use super::tools;
use super::wire::{Item, Part, Request};
use super::write_items::Writer;
use super::{DIALECT, keeping};
use crate::Dialect;
use crate::codec::{Encoded, Target};
use crate::error::EncodeError;
use crate::json;
use crate::neutral::{
    Block, Conversation, Proof, ReasoningMode, Sampling, SystemPart, SystemRole, Tool, ToolChoice,
};
use crate::wire::{Json, Rest, TextOr};

/// The API refuses a lower limit.
const LEAST_OUTPUT_TOKENS: u64 = 16;
/// The API refuses a longer `user`.
const LONGEST_USER: usize = 64;

/// Writes a request.
pub(super) fn encode_request(conversation: &Conversation, target: &Target) -> Result<Encoded, EncodeError> {
    let mut losses = Vec::new();
    let request = request(conversation, target, &mut losses)?;
    // Wire types hold strings, numbers and raw JSON only: writing them can't fail.
    let body = json::to_vec(&request, conversation.size());
    Ok(Encoded { body, losses })
}

fn request(
    conversation: &Conversation,
    target: &Target,
    losses: &mut Vec<Loss>,
) -> Result<Request, EncodeError> {
    let native = is_native(conversation);
    let mut rest = keeping::restore(&conversation.extra);
    let shared = shared_fields(conversation, &mut rest, losses);
    note_unsayable(conversation, losses);
    let (instructions, input) = input(conversation, native, losses)?;
    let (tools, tool_choice) = offer(conversation, target, native, losses)?;
    rest.remove("configuration_update");
    let no_tools = rest.remove("tools").filter(|_| tools.is_empty()).map(|_| Vec::new());
    let stream_off = rest.remove("stream").filter(|_| !conversation.stream).map(|_| false);
    let text = options::write_text(&conversation.output, &mut rest, native);
    let text = options::with_verbosity(text, shared);
    let reasoning = reasoning(conversation, target, native, losses);
    if !native && reasons(conversation, target) {
        rest.push("include", Json::of(&["reasoning.encrypted_content"]));
    }
    let user = user(conversation, native, &mut rest, losses);
    Ok(Request {
        model: Some(target.model.clone()),
        stream: conversation.stream.then_some(true).or(stream_off),
        instructions,
        input: Some(input),
        tools: (!tools.is_empty()).then_some(tools).or(no_tools),
        tool_choice,
        parallel_tool_calls: conversation.parallel_tool_calls,
        max_output_tokens: limit(conversation.max_tokens, native, losses),
        temperature: conversation.sampling.temperature,
        top_p: conversation.sampling.top_p,
        reasoning,
        text,
        store: conversation.store.or((!native).then_some(false)),
        previous_response_id: conversation.previous_response_id.clone(),
        metadata: metadata(conversation, native, losses),
        user,
        service_tier: service_tier(conversation, native, losses),
        rest,
    })
}

/// Whether the conversation came in this dialect.
pub(super) fn is_native(conversation: &Conversation) -> bool {
    conversation.origin == Some(DIALECT)
}

/// Fields of Chat Completions that this API has too, under the same or another name; every other
/// dialect's own fields are noted as dropped. Returns `verbosity`.
fn shared_fields(conversation: &Conversation, rest: &mut Rest, losses: &mut Vec<Loss>) -> Option<Json> {
    const SAME: [&str; 2] = ["prompt_cache_key", "prompt_cache_retention"];
    let chat = conversation.extra.of(Dialect::OpenAiChat);
    for name in SAME {
        if let Some(value) = chat.find(name) {
            rest.push(name, value.clone());
        }
    }
    let mut noted = Vec::new();
    conversation.extra.note_losses(DIALECT, "", &mut noted);
    let is_shared = |loss: &Loss| {
        !chat.is_empty() && (SAME.contains(&loss.feature.as_ref()) || loss.feature == "verbosity")
    };
    losses.extend(noted.into_iter().filter(|loss| !is_shared(loss)));
    chat.find("verbosity").filter(|value| !value.is_null()).cloned()
}

fn note_unsayable(conversation: &Conversation, losses: &mut Vec<Loss>) {
    let Sampling { top_k, frequency_penalty, presence_penalty, seed, .. } = &conversation.sampling;
    let unsayable = [
        ("stop", !conversation.stop.is_empty()),
        ("top_k", top_k.is_some()),
        ("frequency_penalty", frequency_penalty.is_some_and(|penalty| penalty != 0.0)),
        ("presence_penalty", presence_penalty.is_some_and(|penalty| penalty != 0.0)),
        ("seed", seed.is_some()),
    ];
    for (name, said) in unsayable {
        if said {
            losses.push(Loss::dropped(name));
        }
    }
}

fn input(
    conversation: &Conversation,
    native: bool,
    losses: &mut Vec<Loss>,
) -> Result<(Option<String>, TextOr<Item>), EncodeError> {
    let stored = conversation.store == Some(true);
    let mut instructions: Option<String> = None;
    let mut writer = Writer::new(native, stored, losses);
    for part in &conversation.system {
        match part.role {
            SystemRole::Instructions if is_words(part) => {
                add_instruction(part, &mut instructions, &mut writer);
            }
            SystemRole::Instructions | SystemRole::Developer => {
                writer.message("developer", &part.blocks, &part.extra)?;
            }
            SystemRole::System => writer.message("system", &part.blocks, &part.extra)?,
        }
    }
    for turn in &conversation.turns {
        writer.turn(turn)?;
    }
    let mut items = writer.items;
    asides::restore(conversation, &mut items);
    if keeping::is_marked(&conversation.extra, "plain")
        && let [Item::Message(only)] = items.as_slice()
        && let Some(TextOr::List(parts)) = &only.content
        && let [Part::InputText(part)] = parts.as_slice()
    {
        return Ok((instructions, TextOr::Text(part.text.clone().unwrap_or_default())));
    }
    Ok((instructions, TextOr::List(items)))
}

fn is_words(part: &SystemPart) -> bool {
    part.blocks.iter().all(|block| block.as_text().is_some())
}

/// All instructions share one field; a blank line stands between them.
fn add_instruction(part: &SystemPart, instructions: &mut Option<String>, writer: &mut Writer<'_>) {
    part.extra.note_losses(DIALECT, "system.", writer.losses);
    let instructions = instructions.get_or_insert_default();
    for block in &part.blocks {
        let Block::Text(text) = block else { continue };
        super::parts::note_cache(text.cache.as_ref(), writer.losses);
        text.extra.note_losses(DIALECT, "system.", writer.losses);
        if !instructions.is_empty() {
            instructions.push_str("\n\n");
        }
        instructions.push_str(&text.text);
    }
}

fn offer(
    conversation: &Conversation,
    target: &Target,
    native: bool,
    losses: &mut Vec<Loss>,
) -> Result<(Vec<super::wire::Tool>, Option<Json>), EncodeError> {
    if !target.tools && !conversation.tools.is_empty() {
        if matches!(conversation.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool { .. })) {
            return Err(EncodeError {
                target: DIALECT,
                feature: "tool_choice".to_owned(),
                why: format!("a tool is required, and {} takes none", target.model),
            });
        }
        losses.push(Loss::dropped("tools"));
        return Ok((Vec::new(), None));
    }
    let is_listed = |tool: &&Tool| !native || !asides::is_offered_in_item(tool);
    let listed: Vec<Tool> = conversation.tools.iter().filter(is_listed).cloned().collect();
    let tools = tools::write(&listed, native, losses);
    let choice = conversation.tool_choice.as_ref();
    let choice = choice.map(|choice| tools::write_choice(choice, &conversation.tools)).transpose()?;
    Ok((tools, choice))
}

fn reasoning(
    conversation: &Conversation,
    target: &Target,
    native: bool,
    losses: &mut Vec<Loss>,
) -> Option<super::wire::Reasoning> {
    let reasoning = conversation.reasoning.as_ref()?;
    if native {
        return Some(options::write_own_reasoning(reasoning));
    }
    if !target.reasoning_effort {
        if reasoning.mode != ReasoningMode::Disabled {
            losses.push(Loss::dropped("reasoning"));
        }
        return None;
    }
    options::write_reasoning(reasoning, conversation.origin, losses)
}

/// Whether the model is asked to reason, or has done so before.
fn reasons(conversation: &Conversation, target: &Target) -> bool {
    let asked = conversation.reasoning.as_ref().is_some_and(|asked| asked.mode != ReasoningMode::Disabled);
    let blocks = conversation.turns.iter().flat_map(|turn| &turn.blocks);
    let mut proofs = blocks.filter_map(|block| match block {
        Block::Thinking(thinking) => thinking.proof.as_ref(),
        _ => None,
    });
    (asked && target.reasoning_effort) || proofs.any(|proof| matches!(proof, Proof::Item { .. }))
}

fn limit(tokens: Option<u64>, native: bool, losses: &mut Vec<Loss>) -> Option<u64> {
    let tokens = tokens?;
    if native || tokens >= LEAST_OUTPUT_TOKENS {
        return Some(tokens);
    }
    losses.push(Loss::approximated("max_tokens"));
    Some(LEAST_OUTPUT_TOKENS)
}

fn user(
    conversation: &Conversation,
    native: bool,
    rest: &mut Rest,
    losses: &mut Vec<Loss>,
) -> Option<String> {
    let user = conversation.user.clone()?;
    if keeping::is_marked(&conversation.extra, "safety_identifier") {
        rest.push("safety_identifier", Json::of(&user));
        return None;
    }
    if !native && user.chars().count() > LONGEST_USER {
        losses.push(Loss::dropped("user"));
        return None;
    }
    Some(user)
}

/// Metadata are pairs of strings here.
fn metadata(conversation: &Conversation, native: bool, losses: &mut Vec<Loss>) -> Option<Json> {
    let metadata = conversation.metadata.as_ref()?;
    if native || metadata.read::<std::collections::BTreeMap<String, String>>().is_ok() {
        return Some(metadata.clone());
    }
    losses.push(Loss::dropped("metadata"));
    None
}

fn service_tier(conversation: &Conversation, native: bool, losses: &mut Vec<Loss>) -> Option<String> {
    let tier = conversation.service_tier.clone()?;
    if !native && tier == "standard_only" {
        losses.push(Loss::approximated("service_tier"));
        return Some("default".to_owned());
    }
    Some(tier)
}
