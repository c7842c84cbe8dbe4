//! Tools and how they are called: neutral → wire.

use serde_json::Value;

use super::DIALECT;
use super::encode::refuse;
use super::losses::Losses;
use super::model::takes_json_schema;
use super::notes::{self, Kept};
use super::openapi::from_json_schema;
use super::schema::to_json_schema;
use super::wire::{CallingConfig, FunctionDeclaration, ToolConfig, ToolObject};
use crate::codec::Target;
use crate::error::EncodeError;
use crate::neutral::{Conversation, Tool, ToolChoice, ToolKind};
use crate::wire::{Json, Rest};

/// The tools to offer; `None` when there is none.
pub(super) fn tools(
    conversation: &Conversation,
    target: &Target,
    losses: &mut Losses,
) -> Result<Option<Vec<ToolObject>>, EncodeError> {
    if !target.tools {
        if matches!(conversation.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool { .. })) {
            let why = "the model takes no tools, and the request demands a call of one";
            return Err(refuse("tool_choice", why));
        }
        if !conversation.tools.is_empty() {
            losses.dropped("tools");
        }
        return Ok(None);
    }
    let mut entries = Entries::default();
    for tool in &conversation.tools {
        losses.cache(tool.cache.as_ref());
        losses.extra(&tool.extra, "tools[].");
        let key = Kept::of(&tool.extra, DIALECT).note(notes::ENTRY).and_then(|entry| entry.read().ok());
        match &tool.kind {
            ToolKind::Server { value, dialect: DIALECT } => {
                let fields: std::collections::BTreeMap<String, Json> = value.read().unwrap_or_default();
                entries.change(key, true, |entry| {
                    for (name, value) in fields {
                        entry.rest.push(name, value);
                    }
                });
            }
            ToolKind::Server { .. } => losses.dropped(&format!("tools[].{}", tool.name)),
            ToolKind::Function { .. } | ToolKind::Freeform { .. } => {
                let declaration = declaration(tool, &target.model, losses);
                entries.change(key, false, |entry| {
                    entry.functions.get_or_insert_default().push(declaration);
                });
            }
        }
    }
    match &conversation.tool_choice {
        Some(ToolChoice::Tool { name, .. }) => check_offered(name, &entries.0)?,
        Some(ToolChoice::Required) if entries.0.is_empty() => {
            return Err(refuse("tool_choice", "it asks for a call, and there is no tool to offer"));
        }
        _ => {}
    }
    let entries: Vec<ToolObject> = entries.0.into_iter().map(|(_, entry)| entry).collect();
    Ok((!entries.is_empty()).then_some(entries))
}

/// The entries of `tools`, each with its place in the client's request.
#[derive(Debug, Default)]
struct Entries(Vec<(Option<u64>, ToolObject)>);

impl Entries {
    /// Changes the entry for a tool: the one that it stood in, or for other dialects' functions one for all.
    fn change(&mut self, key: Option<u64>, alone: bool, change: impl FnOnce(&mut ToolObject)) {
        let fits = |entry: &(Option<u64>, ToolObject)| {
            entry.0 == key && (key.is_some() || (!alone && entry.1.functions.is_some()))
        };
        if let Some((_, entry)) = self.0.iter_mut().find(|entry| fits(entry)) {
            change(entry);
            return;
        }
        let mut entry = ToolObject::default();
        change(&mut entry);
        self.0.push((key, entry));
    }
}

fn check_offered(name: &str, entries: &[(Option<u64>, ToolObject)]) -> Result<(), EncodeError> {
    let mut functions = entries.iter().flat_map(|(_, entry)| entry.functions.iter().flatten());
    if functions.any(|function| function.name.as_deref() == Some(name)) {
        return Ok(());
    }
    Err(refuse("tool_choice", format!("the tool `{name}` that must be called can't be offered")))
}

fn declaration(tool: &Tool, model: &str, losses: &mut Losses) -> FunctionDeclaration {
    let mut kept = Kept::of(&tool.extra, DIALECT);
    let mut wire = FunctionDeclaration {
        name: Some(tool.name.clone()),
        description: tool.description.clone(),
        ..FunctionDeclaration::default()
    };
    let schema = match &tool.kind {
        ToolKind::Function { schema, strict } => {
            if *strict == Some(true) {
                losses.dropped("tools[].strict");
            }
            schema.clone()
        }
        ToolKind::Freeform { .. } | ToolKind::Server { .. } => {
            losses.approximated("tools[].custom");
            Some(Json::of(&serde_json::json!({
                "type": "object",
                "properties": {"input": {"type": "string"}},
                "required": ["input"],
            })))
        }
    };
    (wire.parameters_json_schema, wire.parameters) =
        fitting(restore_schema(schema, &kept), model, "tools[].parameters", losses);
    if wire.parameters.is_none() {
        wire.parameters = kept.rest.remove("parameters");
    }
    wire.rest = kept.rest;
    wire
}

/// A schema as it was written, unless it has changed since: for the JSON Schema field, or for its sibling
/// of the OpenAPI subset.
pub(super) fn restore_schema(schema: Option<Json>, kept: &Kept) -> (Option<Json>, Option<Json>) {
    let Some(schema) = schema else { return (None, None) };
    let written =
        kept.note(notes::SCHEMA).filter(|written| to_json_schema(written).as_ref() == Some(&schema));
    let unchanged = written.is_some() || !kept.has(notes::SCHEMA);
    let schema = written.cloned().unwrap_or(schema);
    if unchanged && kept.has(notes::OPENAPI) { (None, Some(schema)) } else { (Some(schema), None) }
}

/// A schema for the field of JSON Schema or its sibling, moved to the sibling for models that only know that one.
pub(super) fn fitting(
    (json_schema, openapi): (Option<Json>, Option<Json>),
    model: &str,
    name: &str,
    losses: &mut Losses,
) -> (Option<Json>, Option<Json>) {
    match json_schema {
        Some(schema) if !takes_json_schema(model) => (None, from_json_schema(&schema, name, losses)),
        schema => (schema, openapi),
    }
}

/// How functions are called. `kept` gives back what the neutral form has no name for.
pub(super) fn calling(
    conversation: &Conversation,
    kept: &mut Kept,
    has_tools: bool,
) -> Result<Option<ToolConfig>, EncodeError> {
    let native = conversation.origin == Some(DIALECT);
    let rest = kept.take("functionCallingConfig");
    let of = |mode: &str, allowed: Option<Vec<String>>, rest: Rest| {
        let calling = CallingConfig { mode: Some(mode.to_owned()), allowed, rest };
        Some(ToolConfig::of_calls(calling))
    };
    Ok(match &conversation.tool_choice {
        None => None,
        Some(ToolChoice::Auto) if native => {
            let mut config = of("AUTO", None, rest);
            if let (Some(word), Some(calling)) =
                (kept.note(notes::MODE), config.as_mut().and_then(|config| config.calling.as_mut()))
            {
                calling.mode = word.as_string();
            }
            config
        }
        Some(ToolChoice::Auto) => None,
        Some(ToolChoice::None) if native || has_tools => of("NONE", None, rest),
        Some(ToolChoice::None) => None,
        Some(ToolChoice::Required) => of("ANY", None, rest),
        Some(ToolChoice::Tool { name, .. }) => of("ANY", Some(vec![name.clone()]), rest),
        Some(ToolChoice::Other { dialect: DIALECT, value }) => value.read().ok(),
        Some(ToolChoice::Other { value, .. }) => {
            let (mode, names) = allowed_tools(value).ok_or_else(|| {
                refuse("tool_choice", "it is a choice that only its own dialect understands")
            })?;
            of(mode, Some(names), rest)
        }
    })
}

/// OpenAI's choice among some of the tools: the mode and the names.
fn allowed_tools(value: &Json) -> Option<(&'static str, Vec<String>)> {
    let value = value.to_value();
    if value.get("type").and_then(Value::as_str) != Some("allowed_tools") {
        return None;
    }
    // The chat form nests everything once more, the choice and each tool.
    let choice = value.get("allowed_tools").unwrap_or(&value);
    let mode = match choice.get("mode").and_then(Value::as_str) {
        Some("required") => "ANY",
        // `AUTO` takes no names here.
        Some("auto") | None => "VALIDATED",
        Some(_) => return None,
    };
    let name = |tool: &Value| {
        let tool = tool.get("function").unwrap_or(tool);
        tool.get("name").and_then(Value::as_str).map(str::to_owned)
    };
    let names: Option<Vec<String>> = choice.get("tools")?.as_array()?.iter().map(name).collect();
    Some((mode, names?))
}
