//! A request for an upstream: neutral → wire.

use lynkr_types::Loss;

use super::encode_blocks::{BlockWriter, Side};
use super::wire::{ContentBlock, Message, Metadata, OutputConfig, OutputFormatForm, Request, ThinkingConfig};
use crate::codec::{Encoded, Target};
use crate::error::EncodeError;
use crate::forms::ToolForm;
use crate::neutral::{
    Conversation, OutputFormat, Reasoning, ReasoningMode, Role, Tool, ToolChoice, ToolKind, Turn,
};
use crate::wire::{Json, Rest, TextOr};
use crate::{Dialect, neutral::Block};

const DIALECT: Dialect = Dialect::Anthropic;

/// Writes a request.
pub(super) fn request(conversation: &Conversation, target: &Target) -> Result<Encoded, EncodeError> {
    let mut losses = Vec::new();
    let mut writer = BlockWriter { losses: &mut losses, origin: conversation.origin, side: Side::Upstream };
    let system = system(conversation, &mut writer)?;
    let messages = messages(conversation, &mut writer)?;
    let tools = tools(conversation, &mut losses)?;
    let tool_choice = tool_choice(conversation, !tools.is_empty(), &mut losses)?;
    let max_tokens = conversation.max_tokens.unwrap_or(target.default_max_tokens);
    let mut rest = conversation.extra.of(DIALECT);
    conversation.extra.note_losses(DIALECT, "", &mut losses);
    note_unsupported(conversation, &mut losses);
    let output_config = output_config(conversation, &mut rest, &mut losses);
    let thinking = thinking(conversation, max_tokens, &mut losses);
    let wire = Request {
        model: Some(target.model.clone()),
        messages: Some(messages),
        system,
        max_tokens: Some(max_tokens),
        metadata: metadata(conversation, &mut losses),
        stop_sequences: (!conversation.stop.is_empty()).then(|| conversation.stop.clone()),
        stream: conversation.stream.then_some(true),
        temperature: temperature(conversation, thinking.is_some(), &mut losses),
        top_p: conversation.sampling.top_p,
        top_k: conversation.sampling.top_k,
        tools: (!tools.is_empty()).then_some(tools),
        tool_choice,
        thinking,
        output_config,
        service_tier: service_tier(conversation, &mut losses),
        rest,
    };
    // Wire types hold strings, numbers and raw JSON only: writing them can't fail.
    let body = serde_json::to_vec(&wire).unwrap_or_default();
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
            writer.append(&turn.blocks, &mut content)?;
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
                    feature: format!("tools.{}", tool.name),
                    why: "tool_choice forces a tool that another provider runs itself".to_owned(),
                });
            }
            None => losses.push(Loss::dropped(format!("tools.{}", tool.name))),
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
            schema.clone().unwrap_or_else(empty_schema)
        }
        ToolKind::Freeform { .. } => {
            losses.push(Loss::approximated("tools[].format"));
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

fn empty_schema() -> Json {
    Json::of(&serde_json::json!({"type": "object", "properties": {}}))
}

fn tool_choice(
    conversation: &Conversation,
    has_tools: bool,
    losses: &mut Vec<Loss>,
) -> Result<Option<Json>, EncodeError> {
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
        // Without tools the API refuses any choice; `auto` and `none` mean the same then.
        if !matches!(conversation.tool_choice, Some(ToolChoice::Auto | ToolChoice::None) | None) {
            losses.push(Loss::dropped("tool_choice"));
        }
        return Ok(None);
    }
    if serial && let Some(object) = value.as_object_mut() {
        object.insert("disable_parallel_tool_use".to_owned(), true.into());
    }
    Ok(Some(Json::of(&value)))
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
        OutputFormat::JsonSchema { schema, strict, .. } => {
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

fn thinking(conversation: &Conversation, max_tokens: u64, losses: &mut Vec<Loss>) -> Option<ThinkingConfig> {
    let reasoning = conversation.reasoning.as_ref()?;
    reasoning.extra.note_losses(DIALECT, "reasoning.", losses);
    if native(conversation) {
        return native_thinking(reasoning);
    }
    // To ask for thinking without saying how much is to ask for the usual amount.
    let usual = (reasoning.mode == ReasoningMode::Adaptive).then_some("medium");
    let effort = reasoning.effort.as_deref().or(usual)?;
    if matches!(effort, "none" | "minimal") {
        return None;
    }
    let budget = effort_budget(effort).min(max_tokens.saturating_sub(1));
    // The API refuses thinking below 1,024 tokens, beside a forced tool, and in a tool loop whose earlier
    // calls carry no signed thinking; the answer without it is better than an error.
    if budget < 1_024 || forces_tool(conversation) || has_unsigned_calls(conversation) {
        losses.push(Loss::dropped("reasoning.effort"));
        return None;
    }
    losses.push(Loss::approximated("reasoning.effort"));
    Some(ThinkingConfig {
        kind: Some("enabled".to_owned()),
        budget_tokens: Some(budget),
        ..ThinkingConfig::default()
    })
}

fn native_thinking(reasoning: &Reasoning) -> Option<ThinkingConfig> {
    let (kind, budget_tokens) = match reasoning.mode {
        ReasoningMode::Unspecified => return None,
        ReasoningMode::Adaptive => ("adaptive", None),
        ReasoningMode::Disabled => ("disabled", None),
        ReasoningMode::Budget(budget) => ("enabled", Some(budget)),
    };
    Some(ThinkingConfig {
        kind: Some(kind.to_owned()),
        budget_tokens,
        display: reasoning.summary.clone(),
        rest: reasoning.extra.of(DIALECT),
    })
}

/// Thinking tokens for OpenAI's words; the same steps that the other direction uses.
fn effort_budget(effort: &str) -> u64 {
    match effort {
        "low" => 4_096,
        "medium" => 16_384,
        _ => 32_000,
    }
}

fn forces_tool(conversation: &Conversation) -> bool {
    matches!(conversation.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool { .. }))
}

fn has_unsigned_calls(conversation: &Conversation) -> bool {
    conversation.turns.iter().any(|turn| {
        let calls = turn.blocks.iter().any(|block| matches!(block, Block::ToolUse(_)));
        let signed = turn.blocks.iter().any(|block| {
            matches!(block, Block::Thinking(thinking) if super::encode_blocks::is_native_proof(thinking))
        });
        calls && !signed
    })
}
