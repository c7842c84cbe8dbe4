//! A client's request: wire → neutral.

use std::fmt::Arguments;

use super::blocks;
use super::wire::{Message, OutputConfig, Request, ThinkingConfig};
use crate::Dialect;
use crate::error::{DecodeError, read_json};
use crate::forms;
use crate::neutral::{
    Conversation, Extra, OutputFormat, Reasoning, ReasoningMode, Role, Sampling, SystemPart, SystemRole, Turn,
};
use crate::wire::{Json, Rest};

const DIALECT: Dialect = Dialect::Anthropic;

/// Reads a request. Only `messages` is required, and at least one.
pub(super) fn request(body: &[u8]) -> Result<Conversation, DecodeError> {
    let wire: Request = read_json(body)?;
    let messages = wire.messages.ok_or_else(|| DecodeError::at("messages", "is required"))?;
    if messages.is_empty() {
        // Other vendors answer even that, so it has to be refused here.
        return Err(DecodeError::at("messages", "must not be empty"));
    }
    let (tool_choice, parallel_tool_calls) = match &wire.tool_choice {
        Some(value) => {
            let (choice, parallel) = forms::tool_choice(value, DIALECT)?;
            (Some(choice), parallel)
        }
        None => (None, None),
    };
    let mut rest = wire.rest;
    let (output, output_rest) = output(wire.output_config.as_ref());
    if !output_rest.is_empty() {
        rest.push("output_config", Json::of(&OutputConfig { rest: output_rest, ..OutputConfig::default() }));
    }
    let metadata = wire.metadata.unwrap_or_default();
    Ok(Conversation {
        origin: Some(DIALECT),
        model: wire.model.unwrap_or_default(),
        stream: wire.stream.unwrap_or(false),
        system: match wire.system {
            Some(system) => vec![SystemPart {
                role: SystemRole::Instructions,
                blocks: blocks::content(system, format_args!("system"))?,
                extra: Extra::NONE,
            }],
            None => Vec::new(),
        },
        turns: turns(messages)?,
        tools: tools(wire.tools.unwrap_or_default())?,
        tool_choice,
        parallel_tool_calls,
        sampling: Sampling {
            temperature: wire.temperature,
            top_p: wire.top_p,
            top_k: wire.top_k,
            ..Sampling::default()
        },
        max_tokens: wire.max_tokens,
        stop: wire.stop_sequences.unwrap_or_default(),
        reasoning: reasoning(wire.thinking, wire.output_config.and_then(|config| config.effort)),
        output,
        user: metadata.user_id,
        metadata: (!metadata.rest.is_empty()).then(|| rest_object(&metadata.rest)),
        service_tier: wire.service_tier,
        store: None,
        previous_response_id: None,
        include_usage: true,
        extra: Extra::new(DIALECT, rest),
    })
}

fn rest_object(rest: &Rest) -> Json {
    let map: serde_json::Map<String, serde_json::Value> =
        rest.iter().map(|(name, value)| (name.to_owned(), value.to_value())).collect();
    Json::of(&map)
}

fn tools(forms: Vec<forms::ToolForm>) -> Result<Vec<crate::neutral::Tool>, DecodeError> {
    forms
        .into_iter()
        .enumerate()
        .map(|(at, form)| forms::tool(form, DIALECT, &format!("tools[{at}]")))
        .collect()
}

fn turns(messages: Vec<Message>) -> Result<Vec<Turn>, DecodeError> {
    messages.into_iter().enumerate().map(|(at, message)| turn(message, at)).collect()
}

fn turn(message: Message, at: usize) -> Result<Turn, DecodeError> {
    turn_at(message, format_args!("messages[{at}]"))
}

fn turn_at(message: Message, path: Arguments<'_>) -> Result<Turn, DecodeError> {
    let role = match message.role.as_deref() {
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some("system") => Role::System,
        Some("developer") => Role::Developer,
        Some(other) => {
            return Err(DecodeError::at(format!("{path}.role"), format!("`{other}` is not a role")));
        }
        None => return Err(DecodeError::at(format!("{path}.role"), "is required")),
    };
    let content = message.content.ok_or_else(|| DecodeError::at(format!("{path}.content"), "is required"))?;
    Ok(Turn {
        role,
        blocks: blocks::content(content, format_args!("{path}.content"))?,
        extra: Extra::new(DIALECT, message.rest),
    })
}

fn reasoning(thinking: Option<ThinkingConfig>, effort: Option<String>) -> Option<Reasoning> {
    if thinking.is_none() && effort.is_none() {
        return None;
    }
    let thinking = thinking.unwrap_or_default();
    let mode = match (thinking.kind.as_deref(), thinking.budget_tokens) {
        (Some("adaptive"), _) => ReasoningMode::Adaptive,
        (Some("disabled"), _) => ReasoningMode::Disabled,
        (Some("enabled"), Some(budget)) => ReasoningMode::Budget(budget),
        _ => ReasoningMode::Unspecified,
    };
    Some(Reasoning { mode, effort, summary: thinking.display, extra: Extra::new(DIALECT, thinking.rest) })
}

/// The form of the answer, and what of `output_config` the neutral form doesn't name.
fn output(config: Option<&OutputConfig>) -> (OutputFormat, Rest) {
    let Some(config) = config else { return (OutputFormat::Text, Rest::default()) };
    let mut rest = config.rest.clone();
    let Some(format) = &config.format else { return (OutputFormat::Text, rest) };
    match (&format.kind, &format.schema) {
        (Some(kind), Some(schema)) if kind == "json_schema" && format.rest.is_empty() => {
            let schema = schema.clone();
            (OutputFormat::JsonSchema { name: None, schema, strict: None, description: None }, rest)
        }
        _ => {
            rest.push("format", Json::of(format));
            (OutputFormat::Text, rest)
        }
    }
}
