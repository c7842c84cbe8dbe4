//! The neutral form → a request for an upstream.

use lynkr_types::Loss;

use super::decode::{OPTION, OUTER};
use super::encode_messages::Messages;
use super::encode_options::{format, options, think};
use super::marks::{self, Native};
use super::wire::{ChatRequest, FunctionDefinition, ToolDefinition};
use crate::codec::{Encoded, Target};
use crate::json;
use crate::neutral::{Conversation, Tool, ToolChoice, ToolKind};
use crate::wire::Json;
use crate::{Dialect, EncodeError};

/// What could not be carried over. The same thing is noted once, however often it stands in the request.
#[derive(Debug, Default)]
pub(super) struct Losses(Vec<Loss>);

impl Losses {
    pub(super) fn dropped(&mut self, feature: impl Into<std::borrow::Cow<'static, str>>) {
        self.note(Loss::dropped(feature));
    }

    pub(super) fn approximated(&mut self, feature: &'static str) {
        self.note(Loss::approximated(feature));
    }

    /// Notes fields that only another dialect knows.
    pub(super) fn extra(&mut self, extra: &crate::neutral::Extra, prefix: &str) {
        let mut found = Vec::new();
        extra.note_losses(Dialect::Ollama, prefix, &mut found);
        for loss in found {
            self.note(loss);
        }
    }

    /// Notes a cache marker; the dialect has none.
    pub(super) fn cache(&mut self, cache: Option<&Json>) {
        if cache.is_some() {
            self.dropped("cache_control");
        }
    }

    /// Leaves out a block that only another dialect's provider understands.
    pub(super) fn opaque(&mut self, opaque: &crate::neutral::Opaque) -> Result<(), EncodeError> {
        crate::losses::leave_out(opaque, Dialect::Ollama, &mut self.0)
    }

    fn note(&mut self, loss: Loss) {
        if !self.0.contains(&loss) {
            self.0.push(loss);
        }
    }
}

pub(super) fn refuse(feature: impl Into<String>, why: impl Into<String>) -> EncodeError {
    EncodeError { target: Dialect::Ollama, feature: feature.into(), why: why.into() }
}

pub(super) fn request(conversation: &Conversation, target: &Target) -> Result<Encoded, EncodeError> {
    if conversation.previous_response_id.is_some() {
        return Err(refuse(
            "previous_response_id",
            "the stored answer must be put into the conversation first",
        ));
    }
    let mut losses = Losses::default();
    let native = Native::of(&conversation.extra);
    losses.extra(&conversation.extra, "");
    note_unknown(conversation, &mut losses);
    let tools = tools(conversation, target, &native, &mut losses)?;
    let messages = Messages::of(conversation, target.tools, &mut losses)?;
    let stream = (!(conversation.stream && native.has(marks::STREAM_ABSENT))).then_some(conversation.stream);
    let mut wire = ChatRequest {
        model: Some(target.model.clone()),
        messages: Some(messages),
        tools,
        stream,
        format: format(&conversation.output, &mut losses),
        options: options(conversation, &native),
        think: think(conversation, target, &mut losses),
        ..ChatRequest::default()
    };
    for (name, value) in native.rest.iter().filter(|(name, _)| !name.starts_with(OPTION)) {
        wire.rest.push(name, value.clone());
    }
    // The client's own wish, when it spoke this dialect, goes before the operator's.
    if wire.rest.find("keep_alive").is_none() {
        wire.keep_alive.clone_from(&target.keep_alive);
    }
    // Can't fail: all keys are strings and nothing writes but into memory.
    let body = json::to_vec(&wire, conversation.size());
    Ok(Encoded { body, losses: losses.0 })
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

/// The tools to offer. There is no `tool_choice`: forbidding tools is done by leaving them out, and one
/// tool is pointed at by offering no other.
fn tools(
    conversation: &Conversation,
    target: &Target,
    native: &Native,
    losses: &mut Losses,
) -> Result<Option<Vec<Json>>, EncodeError> {
    if !target.tools {
        return without_tools(conversation, losses);
    }
    let mut only = None;
    match &conversation.tool_choice {
        None | Some(ToolChoice::Auto) => {}
        Some(ToolChoice::None) => {
            if !conversation.tools.is_empty() {
                losses.approximated("tool_choice");
            }
            return Ok(None);
        }
        Some(ToolChoice::Required) if conversation.tools.is_empty() => {
            return Err(refuse("tool_choice", "it asks for a call, and there is no tool to offer"));
        }
        Some(ToolChoice::Required) => losses.dropped("tool_choice"),
        Some(ToolChoice::Other { .. }) => {
            return Err(refuse(
                "tool_choice",
                "it has no choice of tools; offer only those that may be called",
            ));
        }
        Some(ToolChoice::Tool { name, .. }) => {
            losses.approximated("tool_choice");
            only = Some(name);
        }
    }
    let native_form = conversation.origin == Some(Dialect::Ollama);
    let offered = conversation.tools.iter().filter(|tool| only.is_none_or(|only| *only == tool.name));
    let list: Vec<Json> = offered.filter_map(|tool| definition(tool, native_form, losses)).collect();
    if let Some(name) = only
        && list.is_empty()
    {
        return Err(refuse("tool_choice", format!("the tool `{name}` that must be called can't be offered")));
    }
    Ok((!list.is_empty() || native.has(marks::TOOLS_EMPTY)).then_some(list))
}

fn without_tools(conversation: &Conversation, losses: &mut Losses) -> Result<Option<Vec<Json>>, EncodeError> {
    if matches!(conversation.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool { .. })) {
        return Err(refuse("tool_choice", "the model takes no tools, and the request demands a call of one"));
    }
    if !conversation.tools.is_empty() {
        losses.dropped("tools");
    }
    Ok(None)
}

/// A tool as the dialect defines it; `None` for those that only another provider can run.
fn definition(tool: &Tool, native_form: bool, losses: &mut Losses) -> Option<Json> {
    losses.cache(tool.cache.as_ref());
    losses.extra(&tool.extra, "tools[].");
    let parameters = match &tool.kind {
        ToolKind::Function { schema, strict } => {
            if *strict == Some(true) && !native_form {
                losses.dropped("tools[].strict");
            }
            schema.clone()
        }
        ToolKind::Freeform { .. } => {
            losses.approximated("tools[].custom");
            Some(Json::of(&serde_json::json!({
                "type": "object",
                "properties": {"input": {"type": "string"}},
                "required": ["input"],
            })))
        }
        ToolKind::Server { value, dialect: Dialect::Ollama } => return Some(value.clone()),
        ToolKind::Server { .. } => {
            losses.dropped(format!("tools[].{}", tool.name));
            return None;
        }
    };
    let mut wire = ToolDefinition { kind: Some("function".to_owned()), ..ToolDefinition::default() };
    let mut function = FunctionDefinition {
        name: Some(tool.name.clone()),
        description: tool.description.clone(),
        parameters,
        strict: tool_strict(tool).filter(|_| native_form),
        ..FunctionDefinition::default()
    };
    for (name, value) in Native::of(&tool.extra).rest.iter() {
        match name.strip_prefix(OUTER) {
            Some(name) => wire.rest.push(name, value.clone()),
            None => function.rest.push(name, value.clone()),
        }
    }
    wire.function = Some(function);
    Some(Json::of(&wire))
}

fn tool_strict(tool: &Tool) -> Option<bool> {
    match &tool.kind {
        ToolKind::Function { strict, .. } => *strict,
        ToolKind::Freeform { .. } | ToolKind::Server { .. } => None,
    }
}
