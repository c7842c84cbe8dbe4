//! A client's request: wire → neutral.

use super::DIALECT;
use super::decode_messages;
use super::nested::nest;
use super::wire::{CustomForm, ReasoningOptions, Request, ResponseFormat};
use crate::error::{DecodeError, read_json};
use crate::forms::{self, ToolForm};
use crate::neutral::{Conversation, Extra, OutputFormat, Reasoning, ReasoningMode, Sampling, Tool, ToolKind};
use crate::wire::{Json, Rest, TextOr};

/// Reads a request.
pub(super) fn request(body: &[u8]) -> Result<Conversation, DecodeError> {
    let mut wire: Request = read_json(body)?;
    let messages = wire.messages.take().ok_or_else(|| DecodeError::at("messages", "is required"))?;
    if messages.is_empty() {
        return Err(DecodeError::at("messages", "must not be empty"));
    }
    let mut rest = std::mem::take(&mut wire.rest);
    let mut conversation = Conversation { origin: Some(DIALECT), ..Conversation::default() };
    take_limits(&mut wire, &mut conversation, &mut rest);
    take_stream(&mut wire, &mut conversation, &mut rest);
    take_caller(&mut wire, &mut conversation, &mut rest);
    take_tools(&mut wire, &mut conversation)?;
    conversation.output = output(wire.response_format, &mut rest)?;
    conversation.reasoning = reasoning(wire.reasoning_effort, wire.reasoning);
    conversation.model = wire.model.unwrap_or_default();
    conversation.extra = Extra::new(DIALECT, rest);
    decode_messages::messages(messages, &mut conversation)?;
    Ok(conversation)
}

fn take_limits(wire: &mut Request, conversation: &mut Conversation, rest: &mut Rest) {
    conversation.sampling = Sampling {
        temperature: wire.temperature,
        top_p: wire.top_p,
        top_k: counted(wire.top_k, "top_k", rest),
        frequency_penalty: wire.frequency_penalty,
        presence_penalty: wire.presence_penalty,
        seed: wire.seed,
    };
    let old = counted(wire.max_tokens, "max_tokens", rest);
    let new = counted(wire.max_completion_tokens, "max_completion_tokens", rest);
    conversation.max_tokens = new.or(old);
    conversation.stop = match wire.stop.take() {
        // The `null` marks the short form, for the way back.
        Some(TextOr::Text(stop)) => {
            rest.push("stop", Json::null());
            vec![stop]
        }
        Some(TextOr::List(stops)) => stops,
        None => Vec::new(),
    };
}

/// A number below zero means `off` to the vendors that take it, and only to them.
fn counted(number: Option<i64>, name: &str, rest: &mut Rest) -> Option<u64> {
    let number = number?;
    let counted = u64::try_from(number).ok();
    if counted.is_none() {
        rest.push(name, Json::of(&number));
    }
    counted
}

fn take_stream(wire: &mut Request, conversation: &mut Conversation, rest: &mut Rest) {
    if wire.stream == Some(false) {
        rest.push("stream", Json::null());
    }
    conversation.stream = wire.stream.unwrap_or_default();
    if let Some(options) = wire.stream_options.take() {
        conversation.include_usage = options.include_usage.unwrap_or_default();
        nest(rest, "stream_options", &options.rest);
    }
}

fn take_caller(wire: &mut Request, conversation: &mut Conversation, rest: &mut Rest) {
    conversation.user = match (wire.user.take(), wire.safety_identifier.take()) {
        (Some(user), Some(identifier)) => {
            rest.push("safety_identifier", Json::of(&identifier));
            Some(user)
        }
        (None, Some(identifier)) => {
            rest.push("safety_identifier", Json::null());
            Some(identifier)
        }
        (user, None) => user,
    };
    conversation.metadata = wire.metadata.take();
    conversation.service_tier = wire.service_tier.take();
    conversation.store = wire.store;
}

fn take_tools(wire: &mut Request, conversation: &mut Conversation) -> Result<(), DecodeError> {
    conversation.parallel_tool_calls = wire.parallel_tool_calls;
    for (index, form) in wire.tools.take().unwrap_or_default().into_iter().enumerate() {
        conversation.tools.push(tool(form, &format!("tools[{index}]"))?);
    }
    if let Some(value) = &wire.tool_choice {
        let (choice, parallel) = forms::tool_choice(value, DIALECT)?;
        conversation.tool_choice = Some(choice);
        conversation.parallel_tool_calls = conversation.parallel_tool_calls.or(parallel);
    }
    Ok(())
}

fn tool(mut form: ToolForm, path: &str) -> Result<Tool, DecodeError> {
    if let Some(custom) = form.rest.remove("custom") {
        return custom_tool(form, &custom, path);
    }
    let inner = form.function.as_mut().map(|function| std::mem::take(&mut function.rest));
    let mut tool = forms::tool(form, DIALECT, path)?;
    if let Some(inner) = inner {
        let mut rest = tool.extra.of(DIALECT);
        nest(&mut rest, "function", &inner);
        tool.extra = Extra::new(DIALECT, rest);
    }
    Ok(tool)
}

fn custom_tool(form: ToolForm, custom: &Json, path: &str) -> Result<Tool, DecodeError> {
    let custom: CustomForm =
        custom.read().map_err(|error| DecodeError::at(format!("{path}.custom"), error))?;
    let name = custom.name.ok_or_else(|| DecodeError::at(format!("{path}.custom.name"), "is required"))?;
    let mut rest = form.rest;
    nest(&mut rest, "custom", &custom.rest);
    Ok(Tool {
        name,
        namespace: None,
        description: custom.description,
        kind: ToolKind::Freeform { format: custom.format },
        cache: form.cache_control,
        extra: Extra::new(DIALECT, rest),
    })
}

fn output(format: Option<Json>, rest: &mut Rest) -> Result<OutputFormat, DecodeError> {
    let Some(raw) = format else { return Ok(OutputFormat::Text) };
    let format: ResponseFormat = raw.read().map_err(|error| DecodeError::at("response_format", error))?;
    match format.kind.as_deref() {
        Some("text") => {
            rest.push("response_format.type", Json::null());
            nest(rest, "response_format", &format.rest);
            Ok(OutputFormat::Text)
        }
        Some("json_object") => {
            nest(rest, "response_format", &format.rest);
            Ok(OutputFormat::JsonObject)
        }
        Some("json_schema") => {
            nest(rest, "response_format", &format.rest);
            let inner = format.json_schema.unwrap_or_default();
            nest(rest, "response_format.json_schema", &inner.rest);
            let schema = inner
                .schema
                .ok_or_else(|| DecodeError::at("response_format.json_schema.schema", "is required"))?;
            let (name, strict, description) = (inner.name, inner.strict, inner.description);
            Ok(OutputFormat::JsonSchema { name, schema, strict, description })
        }
        // A vendor's own form (`grammar`, `regex`) goes to that vendor alone.
        _ => {
            rest.push("response_format", raw);
            Ok(OutputFormat::Text)
        }
    }
}

fn reasoning(effort: Option<String>, options: Option<ReasoningOptions>) -> Option<Reasoning> {
    if effort.is_none() && options.is_none() {
        return None;
    }
    let mut extra = Rest::default();
    let mut budget = None;
    let mut inner_effort = None;
    let mut enabled = None;
    if let Some(options) = options {
        enabled = options.rest.find("enabled").and_then(|value| value.read::<bool>().ok());
        extra = options.rest;
        // Both marks say in which form the effort came.
        extra.push("reasoning", Json::null());
        if effort.is_some() {
            extra.push("reasoning_effort", Json::null());
        }
        (inner_effort, budget) = (options.effort, options.max_tokens);
    }
    let effort = effort.or(inner_effort);
    let mode = match (effort.as_deref(), enabled, budget) {
        (Some("none"), _, _) | (_, Some(false), _) => ReasoningMode::Disabled,
        (_, _, Some(budget)) => ReasoningMode::Budget(budget),
        (None, Some(true), None) => ReasoningMode::Adaptive,
        _ => ReasoningMode::Unspecified,
    };
    Some(Reasoning { mode, effort, summary: None, extra: Extra::new(DIALECT, extra) })
}
