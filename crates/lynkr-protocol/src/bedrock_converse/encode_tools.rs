//! Tools and how they are called: neutral → wire.

use std::collections::BTreeSet;

use serde_json::json;

use super::encode::refuse;
use super::wire::{InputSchema, ToolConfig, ToolEntry, ToolSpec};
use super::write_blocks::Writer;
use super::{DIALECT, model};
use crate::anthropic::encode::{empty_schema, typed_schema};
use crate::codec::Target;
use crate::error::EncodeError;
use crate::kept::Kept;
use crate::neutral::{Block, Conversation, Tool, ToolChoice, ToolKind};
use crate::wire::Json;

const ONE_OR_ALL: &str = "it has `auto`, `any` and one named tool only";

/// The tools to offer and the choice among them; `None` when there is none.
pub(super) fn config(
    conversation: &Conversation,
    target: &Target,
    kept: &mut Kept,
    writer: &mut Writer<'_>,
) -> Result<Option<ToolConfig>, EncodeError> {
    let rest = kept.take("toolConfig");
    if !target.tools {
        return without_tools(conversation, writer);
    }
    let mut entries = entries(conversation, writer)?;
    let choice = choice(conversation, &entries)?;
    // Without tools the API refuses a history in which some were called.
    let called = called(conversation);
    if !writer.native && conversation.tool_choice == Some(ToolChoice::None) && !entries.is_empty() {
        writer.approximated("tool_choice");
        if called.is_empty() {
            return Ok(None);
        }
    }
    if entries.is_empty() && !called.is_empty() && !writer.native {
        writer.approximated("tools");
        entries = called.into_iter().map(stand_in).collect();
    }
    if entries.is_empty() && rest.is_empty() && choice.is_none() {
        return Ok(None);
    }
    Ok(Some(ToolConfig { tools: Some(entries), tool_choice: choice, rest }))
}

fn without_tools(
    conversation: &Conversation,
    writer: &mut Writer<'_>,
) -> Result<Option<ToolConfig>, EncodeError> {
    if matches!(conversation.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool { .. })) {
        let why = "the model takes no tools, and the request demands a call of one";
        return Err(refuse("tool_choice", why));
    }
    if !conversation.tools.is_empty() {
        writer.dropped("tools");
    }
    Ok(None)
}

fn entries(conversation: &Conversation, writer: &mut Writer<'_>) -> Result<Vec<ToolEntry>, EncodeError> {
    let mut entries = Vec::with_capacity(conversation.tools.len());
    for tool in &conversation.tools {
        match &tool.kind {
            ToolKind::Server { value, dialect: DIALECT } => entries.extend(value.read::<ToolEntry>().ok()),
            ToolKind::Server { .. } if is_forced(conversation, &tool.name) => {
                let why = format!("it forces `{}`, which another provider runs itself", tool.name);
                return Err(refuse("tool_choice", why));
            }
            ToolKind::Server { .. } => writer.dropped(&format!("tools[].{}", tool.name)),
            ToolKind::Function { .. } | ToolKind::Freeform { .. } => {
                let spec = Some(spec(tool, writer));
                entries.push(ToolEntry { spec, ..ToolEntry::default() });
            }
        }
        let taken = model::caches_tools(writer.model);
        if let Some(point) = writer.cache_point(tool.cache.as_ref(), taken) {
            entries.push(ToolEntry { cache_point: Some(point), ..ToolEntry::default() });
        }
    }
    Ok(entries)
}

fn is_forced(conversation: &Conversation, tool: &str) -> bool {
    matches!(&conversation.tool_choice, Some(ToolChoice::Tool { name, .. }) if name == tool)
}

fn spec(tool: &Tool, writer: &mut Writer<'_>) -> ToolSpec {
    let mut kept = writer.kept(&tool.extra, "tools[].");
    let (schema, strict) = match &tool.kind {
        ToolKind::Function { schema, strict } => (schema.clone(), *strict),
        ToolKind::Freeform { .. } | ToolKind::Server { .. } => {
            writer.approximated("tools[].custom");
            (Some(Json::of(&json!({"type": "object", "properties": {"input": {"type": "string"}}}))), None)
        }
    };
    let takes_strict = writer.native || model::is_strict(writer.model);
    if strict == Some(true) && !takes_strict {
        writer.dropped("tools[].strict");
    }
    let json =
        if writer.native { schema } else { Some(schema.as_ref().map_or_else(empty_schema, typed_schema)) };
    let rest = kept.take("inputSchema");
    ToolSpec {
        name: Some(tool.name.clone()),
        description: tool.description.clone().filter(|text| writer.native || !text.is_empty()),
        input_schema: (json.is_some() || !rest.is_empty()).then_some(InputSchema { json, rest }),
        // `false` is what leaving it out says.
        strict: strict.filter(|strict| writer.native || (*strict && takes_strict)),
        rest: kept.rest,
    }
}

/// The names of the tools that the conversation has called.
fn called(conversation: &Conversation) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut has_results = false;
    for block in conversation.turns.iter().flat_map(|turn| &turn.blocks) {
        match block {
            Block::ToolUse(call) => {
                names.insert(call.name.as_str());
            }
            Block::ToolResult(_) => has_results = true,
            _ => {}
        }
    }
    // Answers whose calls were trimmed away.
    if names.is_empty() && has_results {
        names.insert("unknown_tool");
    }
    names
}

/// A tool that is there for the history's sake alone.
fn stand_in(name: &str) -> ToolEntry {
    let spec = ToolSpec {
        name: Some(name.to_owned()),
        description: Some("No longer available. Do not call it.".to_owned()),
        input_schema: Some(InputSchema { json: Some(empty_schema()), ..InputSchema::default() }),
        ..ToolSpec::default()
    };
    ToolEntry { spec: Some(spec), ..ToolEntry::default() }
}

fn choice(conversation: &Conversation, entries: &[ToolEntry]) -> Result<Option<Json>, EncodeError> {
    let native = conversation.origin == Some(DIALECT);
    let nothing = entries.is_empty() && !native;
    let value = match &conversation.tool_choice {
        None | Some(ToolChoice::None) => return Ok(None),
        Some(ToolChoice::Auto) if nothing => return Ok(None),
        Some(ToolChoice::Auto) => json!({"auto": {}}),
        Some(ToolChoice::Required) if nothing => {
            return Err(refuse(
                "tool_choice",
                "it asks for a call, and there is no tool that can be offered",
            ));
        }
        Some(ToolChoice::Required) => json!({"any": {}}),
        Some(ToolChoice::Tool { name, .. }) if !native && !is_offered(name, entries) => {
            return Err(refuse(
                "tool_choice",
                format!("the tool `{name}` that must be called can't be offered"),
            ));
        }
        Some(ToolChoice::Tool { name, .. }) => json!({"tool": {"name": name}}),
        Some(ToolChoice::Other { dialect: DIALECT, value }) => return Ok(Some(value.clone())),
        Some(ToolChoice::Other { .. }) => return Err(refuse("tool_choice", ONE_OR_ALL)),
    };
    Ok(Some(Json::of(&value)))
}

fn is_offered(name: &str, entries: &[ToolEntry]) -> bool {
    let mut specs = entries.iter().filter_map(|entry| entry.spec.as_ref());
    specs.any(|spec| spec.name.as_deref() == Some(name))
}
