//! A request for an upstream: neutral → wire.

use lynkr_types::Loss;

use super::encode_blocks::{BlockWriter, Side};
use super::encode_thinking;
use super::wire::{ContentBlock, Message, Metadata, OutputConfig, OutputFormatForm, Request};
use crate::codec::{Encoded, Target};
use crate::error::EncodeError;
use crate::forms::ToolForm;
use crate::json;
use crate::neutral::{Conversation, OutputFormat, Role, Tool, ToolChoice, ToolKind, Turn};
use crate::wire::{Json, Rest, TextOr};
use crate::{Dialect, neutral::Block};

const DIALECT: Dialect = Dialect::Anthropic;

/// Writes a request.
pub(super) fn request(conversation: &Conversation, target: &Target) -> Result<Encoded, EncodeError> {
    if conversation.previous_response_id.is_some() {
        return Err(EncodeError {
            target: DIALECT,
            feature: "previous_response_id".to_owned(),
            why: "the stored answer must be put into the conversation first".to_owned(),
        });
    }
    let mut losses = Vec::new();
    let mut writer = BlockWriter { losses: &mut losses, origin: conversation.origin, side: Side::Upstream };
    let system = system(conversation, &mut writer)?;
    let messages = messages(conversation, &mut writer)?;
    let tools = tools(conversation, &mut losses)?;
    let tool_choice = tool_choice(conversation, !tools.is_empty())?;
    let max_tokens = conversation.max_tokens.unwrap_or(target.default_max_tokens);
    let mut rest = conversation.extra.of(DIALECT);
    conversation.extra.note_losses(DIALECT, "", &mut losses);
    note_unsupported(conversation, &mut losses);
    let output_config = output_config(conversation, &mut rest, &mut losses);
    let thinking = encode_thinking::thinking(conversation, max_tokens, &mut losses);
    let temperature = temperature(conversation, thinking.is_some(), &mut losses);
    let top_p = top_p(conversation, temperature, thinking.is_some(), &mut losses);
    let top_k = top_k(conversation, thinking.is_some(), &mut losses);
    let wire = Request {
        model: Some(target.model.clone()),
        messages: Some(messages),
        system,
        max_tokens: Some(max_tokens),
        metadata: metadata(conversation, &mut losses),
        stop_sequences: stop(conversation, &mut losses),
        stream: conversation.stream.then_some(true),
        temperature,
        top_p,
        top_k,
        tools: (!tools.is_empty()).then_some(tools),
        tool_choice,
        thinking,
        output_config,
        service_tier: service_tier(conversation, &mut losses),
        rest,
    };
    // Wire types hold strings, numbers and raw JSON only: writing them can't fail.
    let body = json::to_vec(&wire, conversation.size());
    Ok(Encoded { body, losses })
}

fn native(conversation: &Conversation) -> bool {
    conversation.origin == Some(DIALECT)
}

fn system(
    conversation: &Conversation,
    writer: &mut BlockWriter<'_>,
) -> Result<Option<TextOr<ContentBlock>>, EncodeError> {
    let mut blocks = Vec::new();
    for part in &conversation.system {
        part.extra.note_losses(DIALECT, "system.", writer.losses);
        if let Some(other) =
            part.blocks.iter().find(|block| !is_words(block)).filter(|_| !native(conversation))
        {
            return Err(EncodeError {
                target: DIALECT,
                feature: format!("system.{}", other.kind()),
                why: "instructions are words there; show it in a user message".to_owned(),
            });
        }
        writer.append(&part.blocks, &mut blocks)?;
    }
    if let [ContentBlock::Text(only)] = blocks.as_slice()
        && only.cache_control.is_none()
        && only.citations.is_none()
        && only.rest.is_empty()
    {
        return Ok(only.text.clone().map(TextOr::Text));
    }
    Ok((!blocks.is_empty()).then_some(TextOr::List(blocks)))
}

/// Whether the block may stand among instructions; what only another dialect understands is left out.
fn is_words(block: &Block) -> bool {
    matches!(block, Block::Text(_) | Block::Refusal(_) | Block::Opaque(_))
}

fn messages(conversation: &Conversation, writer: &mut BlockWriter<'_>) -> Result<Vec<Message>, EncodeError> {
    let mut messages: Vec<Message> = Vec::with_capacity(conversation.turns.len());
    for turn in &conversation.turns {
        let (role, content) = message(turn, conversation, writer)?;
        turn.extra.note_losses(DIALECT, "messages[].", writer.losses);
        if content.is_empty() {
            continue;
        }
        match messages.last_mut() {
            Some(last) if last.role.as_deref() == Some(role) && !native(conversation) => {
                merge(last, content);
            }
            _ => messages.push(Message {
                role: Some(role.to_owned()),
                content: Some(TextOr::List(content)),
                rest: turn.extra.of(DIALECT),
            }),
        }
    }
    for message in &mut messages {
        shorten(message);
    }
    Ok(messages)
}

/// Neighbouring turns of one role become one message; tool results must come first in it.
fn merge(last: &mut Message, mut more: Vec<ContentBlock>) {
    let Some(TextOr::List(blocks)) = &mut last.content else { return };
    blocks.append(&mut more);
    if blocks.iter().any(|block| matches!(block, ContentBlock::ToolResult(_))) {
        blocks.sort_by_key(|block| !matches!(block, ContentBlock::ToolResult(_)));
    }
}

/// A message of one plain text goes in the short form.
fn shorten(message: &mut Message) {
    if let Some(TextOr::List(blocks)) = &message.content
        && let [ContentBlock::Text(only)] = blocks.as_slice()
        && only.cache_control.is_none()
        && only.citations.is_none()
        && only.rest.is_empty()
    {
        message.content = only.text.clone().map(TextOr::Text);
    }
}

fn message(
    turn: &Turn,
    conversation: &Conversation,
    writer: &mut BlockWriter<'_>,
) -> Result<(&'static str, Vec<ContentBlock>), EncodeError> {
    let mut content = Vec::with_capacity(turn.blocks.len());
    match turn.role {
        Role::User => writer.append(&turn.blocks, &mut content)?,
        Role::Assistant => {
            writer.append_model(&turn.blocks, &mut content)?;
            return Ok(("assistant", content));
        }
        // Anthropic knows the role under a beta that only its own clients ask for.
        Role::System | Role::Developer if native(conversation) => {
            writer.append(&turn.blocks, &mut content)?;
            return Ok(("system", content));
        }
        Role::System | Role::Developer => {
            writer.losses.push(Loss::approximated("messages[].role=system"));
            let words: Vec<&str> = turn.blocks.iter().filter_map(Block::as_text).collect();
            let text = format!("<system-reminder>\n{}\n</system-reminder>", words.join("\n\n"));
            writer.append(&[Block::text(text)], &mut content)?;
            let others = turn.blocks.iter().filter(|block| block.as_text().is_none());
            writer.append(&others.cloned().collect::<Vec<_>>(), &mut content)?;
        }
    }
    Ok(("user", content))
}

fn tools(conversation: &Conversation, losses: &mut Vec<Loss>) -> Result<Vec<ToolForm>, EncodeError> {
    let mut forms = Vec::with_capacity(conversation.tools.len());
    for tool in &conversation.tools {
        match tool_form(tool, losses) {
            Some(form) => forms.push(form),
            None if forced(conversation, &tool.name) => {
                return Err(EncodeError {
                    target: DIALECT,
                    feature: "tool_choice".to_owned(),
                    why: format!("it forces `{}`, which another provider runs itself", tool.name),
                });
            }
            None => losses.push(Loss::dropped(format!("tools[].{}", tool.name))),
        }
    }
    Ok(forms)
}

fn forced(conversation: &Conversation, tool: &str) -> bool {
    matches!(&conversation.tool_choice, Some(ToolChoice::Tool { name, .. }) if name == tool)
}

fn tool_form(tool: &Tool, losses: &mut Vec<Loss>) -> Option<ToolForm> {
    let schema = match &tool.kind {
        ToolKind::Server { value, dialect } if *dialect == DIALECT => return value.read().ok(),
        ToolKind::Server { .. } => return None,
        ToolKind::Function { schema, strict } => {
            if *strict == Some(true) {
                losses.push(Loss::dropped("tools[].strict"));
            }
            schema.as_ref().map_or_else(empty_schema, typed_schema)
        }
        ToolKind::Freeform { .. } => {
            losses.push(Loss::approximated("tools[].custom"));
            Json::of(&serde_json::json!({"type": "object", "properties": {"input": {"type": "string"}}}))
        }
    };
    tool.extra.note_losses(DIALECT, "tools[].", losses);
    Some(ToolForm {
        name: Some(tool.name.clone()),
        description: tool.description.clone(),
        input_schema: Some(schema),
        cache_control: tool.cache.clone(),
        rest: tool.extra.of(DIALECT),
        ..ToolForm::default()
    })
}

/// The schema of a tool that takes nothing.
pub(crate) fn empty_schema() -> Json {
    Json::of(&serde_json::json!({"type": "object", "properties": {}}))
}

/// The API refuses a schema that doesn't say that it is an object's.
pub(crate) fn typed_schema(schema: &Json) -> Json {
    match schema.to_value() {
        serde_json::Value::Object(fields) if !fields.contains_key("type") => {
            let mut typed = serde_json::Map::new();
            typed.insert("type".to_owned(), "object".into());
            typed.extend(fields);
            Json::of(&typed)
        }
        _ => schema.clone(),
    }
}

fn tool_choice(conversation: &Conversation, has_tools: bool) -> Result<Option<Json>, EncodeError> {
    let serial = conversation.parallel_tool_calls == Some(false);
    let mut value = match &conversation.tool_choice {
        None if serial && has_tools => serde_json::json!({"type": "auto"}),
        None => return Ok(None),
        Some(ToolChoice::Auto) => serde_json::json!({"type": "auto"}),
        Some(ToolChoice::None) => serde_json::json!({"type": "none"}),
        Some(ToolChoice::Required) => serde_json::json!({"type": "any"}),
        Some(ToolChoice::Tool { name, .. }) => serde_json::json!({"type": "tool", "name": name}),
        Some(ToolChoice::Other { dialect, value }) if *dialect == DIALECT => return Ok(Some(value.clone())),
        Some(ToolChoice::Other { .. }) => {
            return Err(EncodeError {
                target: DIALECT,
                feature: "tool_choice".to_owned(),
                why: "it has `auto`, `none`, `any` and one named tool only".to_owned(),
            });
        }
    };
    if !has_tools && !native(conversation) {
        return without_tools(conversation).map(|()| None);
    }
    let may_call = conversation.tool_choice != Some(ToolChoice::None);
    if serial
        && may_call
        && let Some(object) = value.as_object_mut()
    {
        object.insert("disable_parallel_tool_use".to_owned(), true.into());
    }
    Ok(Some(Json::of(&value)))
}

/// Without tools the API refuses any choice; `auto` and `none` mean the same then.
fn without_tools(conversation: &Conversation) -> Result<(), EncodeError> {
    match conversation.tool_choice {
        None | Some(ToolChoice::Auto | ToolChoice::None) => Ok(()),
        Some(ToolChoice::Required | ToolChoice::Tool { .. } | ToolChoice::Other { .. }) => Err(EncodeError {
            target: DIALECT,
            feature: "tool_choice".to_owned(),
            why: "it asks for a call, and there is no tool that can be offered".to_owned(),
        }),
    }
}

fn note_unsupported(conversation: &Conversation, losses: &mut Vec<Loss>) {
    let sampling = &conversation.sampling;
    let fields = [
        ("frequency_penalty", sampling.frequency_penalty.is_some_and(|value| value != 0.0)),
        ("presence_penalty", sampling.presence_penalty.is_some_and(|value| value != 0.0)),
        ("seed", sampling.seed.is_some()),
        ("store", conversation.store == Some(true)),
    ];
    losses.extend(fields.into_iter().filter(|(_, lost)| *lost).map(|(name, _)| Loss::dropped(name)));
}

/// The API refuses texts of white space alone.
fn stop(conversation: &Conversation, losses: &mut Vec<Loss>) -> Option<Vec<String>> {
    let blank = |text: &String| !native(conversation) && text.trim().is_empty();
    let kept: Vec<String> = conversation.stop.iter().filter(|text| !blank(text)).cloned().collect();
    if kept.len() < conversation.stop.len() {
        losses.push(Loss::dropped("stop"));
    }
    (!kept.is_empty()).then_some(kept)
}

fn temperature(conversation: &Conversation, thinks: bool, losses: &mut Vec<Loss>) -> Option<f64> {
    let asked = conversation.sampling.temperature?;
    if native(conversation) {
        return Some(asked);
    }
    if thinks && (asked - 1.0).abs() > f64::EPSILON {
        losses.push(Loss::dropped("temperature"));
        return None;
    }
    if asked > 1.0 {
        losses.push(Loss::approximated("temperature"));
    }
    Some(asked.min(1.0))
}

/// Its newer models take one of the two ways to draw, and while it thinks it takes hardly any.
fn top_p(
    conversation: &Conversation,
    temperature: Option<f64>,
    thinks: bool,
    losses: &mut Vec<Loss>,
) -> Option<f64> {
    let asked = conversation.sampling.top_p?;
    if native(conversation) || (temperature.is_none() && (!thinks || asked >= 0.95)) {
        return Some(asked);
    }
    // All candidates: that is what leaving it out says.
    if asked < 1.0 {
        losses.push(Loss::dropped("top_p"));
    }
    None
}

fn top_k(conversation: &Conversation, thinks: bool, losses: &mut Vec<Loss>) -> Option<u64> {
    let asked = conversation.sampling.top_k?;
    if thinks && !native(conversation) {
        losses.push(Loss::dropped("top_k"));
        return None;
    }
    Some(asked)
}

fn metadata(conversation: &Conversation, losses: &mut Vec<Loss>) -> Option<Metadata> {
    let mut rest = Rest::default();
    if let Some(metadata) = &conversation.metadata {
        if native(conversation) {
            let fields: serde_json::Map<String, serde_json::Value> = metadata.read().unwrap_or_default();
            rest = fields.into_iter().map(|(name, value)| (name, Json::of(&value))).collect();
        } else {
            losses.push(Loss::dropped("metadata"));
        }
    }
    let metadata = Metadata { user_id: conversation.user.clone(), rest };
    (metadata.user_id.is_some() || !metadata.rest.is_empty()).then_some(metadata)
}

fn service_tier(conversation: &Conversation, losses: &mut Vec<Loss>) -> Option<String> {
    let tier = conversation.service_tier.as_deref()?;
    match tier {
        _ if native(conversation) => Some(tier.to_owned()),
        "auto" => Some("auto".to_owned()),
        "default" => Some("standard_only".to_owned()),
        _ => {
            losses.push(Loss::dropped("service_tier"));
            None
        }
    }
}

fn output_config(
    conversation: &Conversation,
    rest: &mut Rest,
    losses: &mut Vec<Loss>,
) -> Option<OutputConfig> {
    let kept: OutputConfig =
        rest.remove("output_config").and_then(|value| value.read().ok()).unwrap_or_default();
    let mut config = OutputConfig { rest: kept.rest, ..OutputConfig::default() };
    if native(conversation) {
        config.effort = conversation.reasoning.as_ref().and_then(|reasoning| reasoning.effort.clone());
    }
    config.format = kept.format;
    match &conversation.output {
        OutputFormat::Text => {}
        OutputFormat::JsonObject => losses.push(Loss::dropped("response_format")),
        OutputFormat::JsonSchema { schema, strict, description, .. } => {
            if description.is_some() {
                losses.push(Loss::dropped("response_format.description"));
            }
            if *strict == Some(false) {
                losses.push(Loss::approximated("response_format.strict"));
            }
            config.format = Some(OutputFormatForm {
                kind: Some("json_schema".to_owned()),
                schema: Some(schema.clone()),
                ..OutputFormatForm::default()
            });
        }
    }
    let empty = config.effort.is_none() && config.format.is_none() && config.rest.is_empty();
    (!empty).then_some(config)
}
