//! A client's request → the neutral form.

use serde_json::Number;

use super::decode_messages::Messages;
use super::marks;
use super::wire::{ChatRequest, Options, ToolDefinition};
use crate::error::read_json;
use crate::forms;
use crate::neutral::{Conversation, Extra, OutputFormat, Reasoning, ReasoningMode, Sampling, Tool, ToolKind};
use crate::wire::{Json, Rest, TextOr};
use crate::{DecodeError, Dialect};

/// Begins the names under which options that the neutral form doesn't know stand in the extra fields.
pub(super) const OPTION: &str = "options.";
/// Begins the names of a tool's own fields, beside those of its function.
pub(super) const OUTER: &str = "tool.";

pub(super) fn request(body: &[u8]) -> Result<Conversation, DecodeError> {
    let wire: ChatRequest = read_json(body)?;
    let mut rest = wire.rest;
    let messages = wire.messages.ok_or_else(|| DecodeError::at("messages", "is required"))?;
    let mut read = Messages::default();
    for (place, message) in messages.into_iter().enumerate() {
        read.push(place, message)?;
    }
    if wire.stream.is_none() {
        marks::set(&mut rest, marks::STREAM_ABSENT);
    }
    if let Some(keep_alive) = wire.keep_alive {
        rest.push("keep_alive", keep_alive);
    }
    let (tool_choice, parallel_tool_calls) = match &wire.tool_choice {
        Some(value) => {
            let (choice, parallel) = forms::tool_choice(value, Dialect::Ollama)?;
            (Some(choice), parallel)
        }
        None => (None, None),
    };
    let mut conversation = Conversation {
        origin: Some(Dialect::Ollama),
        model: wire.model.unwrap_or_default(),
        stream: wire.stream.unwrap_or(true),
        system: read.system,
        turns: read.turns,
        tools: tools(wire.tools, &mut rest)?,
        tool_choice,
        parallel_tool_calls,
        output: output(wire.format, &mut rest),
        reasoning: wire.think.map(|think| reasoning(&think)).transpose()?,
        ..Conversation::default()
    };
    if let Some(options) = wire.options {
        take_options(options, &mut conversation, &mut rest);
    }
    conversation.extra = Extra::new(Dialect::Ollama, rest);
    Ok(conversation)
}

/// An absent list and an empty one mean the same; the second is marked.
fn tools(list: Option<Vec<Json>>, rest: &mut Rest) -> Result<Vec<Tool>, DecodeError> {
    if list.as_ref().is_some_and(Vec::is_empty) {
        marks::set(rest, marks::TOOLS_EMPTY);
    }
    list.unwrap_or_default().iter().enumerate().map(|(place, json)| tool(place, json)).collect()
}

/// One tool: the native form, whose two objects are kept apart, or another vendor's.
fn tool(place: usize, json: &Json) -> Result<Tool, DecodeError> {
    let path = format!("tools[{place}]");
    let wire: ToolDefinition = json.read().map_err(|error| DecodeError::at(&path, error))?;
    let Some(function) = wire.function else {
        let form: forms::ToolForm = json.read().map_err(|error| DecodeError::at(&path, error))?;
        return forms::tool(form, Dialect::Ollama, &path);
    };
    let name = function.name.filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| DecodeError::at(format!("{path}.function.name"), "is required"))?;
    let mut rest = function.rest;
    for (name, value) in wire.rest.iter() {
        rest.push(format!("{OUTER}{name}"), value.clone());
    }
    Ok(Tool {
        name,
        namespace: None,
        description: function.description,
        kind: ToolKind::Function { schema: function.parameters, strict: function.strict },
        cache: None,
        extra: Extra::new(Dialect::Ollama, rest),
    })
}

/// `"json"`, a schema, or something that isn't known and is kept.
fn output(format: Option<Json>, rest: &mut Rest) -> OutputFormat {
    let Some(format) = format else { return OutputFormat::Text };
    if format.is_object() {
        return OutputFormat::JsonSchema { name: None, schema: format, strict: None, description: None };
    }
    if format.as_string().as_deref() == Some("json") {
        return OutputFormat::JsonObject;
    }
    rest.push("format", format);
    OutputFormat::Text
}

fn reasoning(think: &Json) -> Result<Reasoning, DecodeError> {
    let mode = |mode| Reasoning { mode, ..Reasoning::default() };
    match (think.get(), think.as_string()) {
        ("true", _) => Ok(mode(ReasoningMode::Adaptive)),
        ("false", _) => Ok(mode(ReasoningMode::Disabled)),
        (_, Some(level)) => {
            let mut rest = Rest::default();
            marks::set(&mut rest, marks::THINK_LEVEL);
            let extra = Extra::new(Dialect::Ollama, rest);
            Ok(Reasoning { effort: Some(level), extra, ..mode(ReasoningMode::Adaptive) })
        }
        _ => Err(DecodeError::at("think", "must be a boolean or one of `low`, `medium`, `high`")),
    }
}

fn take_options(options: Options, conversation: &mut Conversation, rest: &mut Rest) {
    if options == Options::default() {
        marks::set(rest, marks::OPTIONS_EMPTY);
    }
    let mut keep = |name: &str, value: Json| rest.push(format!("{OPTION}{name}"), value);
    // A number that the neutral form can't hold (-1 for "no limit") stays as it is.
    conversation.max_tokens = whole(options.num_predict, "num_predict", &mut keep);
    conversation.sampling = Sampling {
        temperature: options.temperature.and_then(|number| number.as_f64()),
        top_p: options.top_p.and_then(|number| number.as_f64()),
        top_k: whole(options.top_k, "top_k", &mut keep),
        frequency_penalty: options.frequency_penalty.and_then(|number| number.as_f64()),
        presence_penalty: options.presence_penalty.and_then(|number| number.as_f64()),
        seed: whole(options.seed, "seed", &mut keep),
    };
    for (name, value) in options.rest.iter() {
        keep(name, value.clone());
    }
    match options.stop {
        Some(TextOr::Text(text)) => {
            marks::set(rest, marks::STOP_PLAIN);
            conversation.stop = vec![text];
        }
        Some(TextOr::List(list)) => conversation.stop = list,
        None => {}
    }
}

/// A whole number, also when it is written with a fraction of zero, as Ollama takes it.
fn whole<T: TryFrom<i64>>(
    number: Option<Number>,
    name: &str,
    keep: &mut impl FnMut(&str, Json),
) -> Option<T> {
    let number = number?;
    let exact = number.as_i64().or_else(|| {
        let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
        format!("{float:.0}").parse().ok()
    });
    let value = exact.and_then(|value| T::try_from(value).ok());
    if value.is_none() {
        keep(name, Json::of(&number));
    }
    value
}
