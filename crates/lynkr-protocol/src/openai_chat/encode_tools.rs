//! Tools and the choice between them: neutral → wire.

use lynkr_types::Loss;
use serde::Deserialize;

use super::DIALECT;
use super::encode::{Scope, inexpressible};
use super::nested::unnest;
use super::wire::{CustomForm, Request};
use crate::error::EncodeError;
use crate::forms::{FunctionForm, ToolForm};
use crate::neutral::{Tool, ToolChoice, ToolKind};
use crate::wire::Json;

/// Writes `tools`, `tool_choice` and `parallel_tool_calls`.
pub(super) fn tools(scope: &mut Scope<'_>, wire: &mut Request) -> Result<(), EncodeError> {
    let conversation = scope.conversation;
    let mut forms = Vec::with_capacity(conversation.tools.len());
    for tool in &conversation.tools {
        let form = if scope.target.tools { form(scope, tool) } else { None };
        match form {
            Some(form) => forms.push(form),
            None if is_forced(conversation.tool_choice.as_ref(), tool) => {
                return Err(inexpressible("tool_choice", "it forces a tool that this upstream doesn't take"));
            }
            None if scope.target.tools => scope.note(Loss::dropped(format!("tools[].{}", tool.name))),
            None => scope.note(Loss::dropped("tools")),
        }
    }
    let left_out = forms.is_empty() && (!conversation.tools.is_empty() || !scope.native);
    if left_out && !matches!(conversation.tool_choice, None | Some(ToolChoice::Auto | ToolChoice::None)) {
        return Err(inexpressible(
            "tool_choice",
            "it asks for a call, but there is no tool that can be offered",
        ));
    }
    // Upstreams refuse a choice without tools.
    if !left_out {
        wire.tool_choice = choice(scope)?;
        wire.parallel_tool_calls = conversation.parallel_tool_calls;
    }
    wire.tools = (!forms.is_empty()).then_some(forms);
    Ok(())
}

fn is_forced(choice: Option<&ToolChoice>, tool: &Tool) -> bool {
    matches!(choice, Some(ToolChoice::Tool { name, .. }) if *name == tool.name)
}

fn form(scope: &mut Scope<'_>, tool: &Tool) -> Option<ToolForm> {
    if let ToolKind::Server { value, dialect } = &tool.kind {
        return if *dialect == DIALECT { value.read().ok() } else { None };
    }
    tool.extra.note_losses(DIALECT, "tools[].", &mut scope.losses);
    let mut rest = tool.extra.of(DIALECT);
    let (kind, function) = match &tool.kind {
        ToolKind::Function { schema, strict } => {
            let inner = unnest(&mut rest, "function");
            let (name, description) = (Some(tool.name.clone()), tool.description.clone());
            let parameters = schema.clone();
            ("function", Some(FunctionForm { name, description, parameters, strict: *strict, rest: inner }))
        }
        ToolKind::Freeform { format } => {
            let inner = unnest(&mut rest, "custom");
            let (name, description) = (Some(tool.name.clone()), tool.description.clone());
            let custom = CustomForm { name, description, format: format.clone(), rest: inner };
            rest.push("custom", Json::of(&custom));
            ("custom", None)
        }
        ToolKind::Server { .. } => return None,
    };
    let cache_control = scope.cache(tool.cache.as_ref());
    Some(ToolForm { kind: Some(kind.to_owned()), function, cache_control, rest, ..ToolForm::default() })
}

fn choice(scope: &Scope<'_>) -> Result<Option<Json>, EncodeError> {
    let conversation = scope.conversation;
    let word = match &conversation.tool_choice {
        None => return Ok(None),
        Some(ToolChoice::Auto) => "auto",
        Some(ToolChoice::None) => "none",
        Some(ToolChoice::Required) => "required",
        Some(ToolChoice::Tool { name, .. }) => {
            let freeform = conversation
                .tools
                .iter()
                .any(|tool| tool.name == *name && matches!(tool.kind, ToolKind::Freeform { .. }));
            let kind = if freeform { "custom" } else { "function" };
            return Ok(Some(Json::of(&serde_json::json!({"type": kind, kind: {"name": name}}))));
        }
        Some(ToolChoice::Other { dialect, value }) if *dialect == DIALECT => return Ok(Some(value.clone())),
        Some(ToolChoice::Other { value, .. }) => {
            return allowed_tools(value).map(Some).ok_or_else(|| {
                inexpressible("tool_choice", "only the client's own dialect has this choice")
            });
        }
    };
    Ok(Some(Json::of(word)))
}

/// The Responses API has flat what is nested here: `{type, mode, tools: [{type, name}]}`.
fn allowed_tools(value: &Json) -> Option<Json> {
    #[derive(Deserialize)]
    struct Choice {
        r#type: String,
        mode: String,
        tools: Vec<Named>,
    }
    #[derive(Deserialize)]
    struct Named {
        r#type: String,
        name: String,
    }
    let Choice { r#type, mode, tools } = value.read().ok()?;
    if r#type != "allowed_tools" || tools.iter().any(|tool| tool.r#type != "function") {
        return None;
    }
    let tools: Vec<_> = tools
        .into_iter()
        .map(|tool| serde_json::json!({"type": "function", "function": {"name": tool.name}}))
        .collect();
    let inner = serde_json::json!({"mode": mode, "tools": tools});
    Some(Json::of(&serde_json::json!({"type": "allowed_tools", "allowed_tools": inner})))
}
