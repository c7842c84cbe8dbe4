//! Tools and the choice among them, both ways.

use lynkr_types::Loss;
use serde::Deserialize;

use super::DIALECT;
use super::keeping::{self, Keeper};
use super::parts::note_cache;
use super::place::Place;
use super::wire::{self, CustomTool, FunctionTool, NamespaceTool};
use crate::error::{DecodeError, EncodeError};
use crate::forms::{self, ToolForm};
use crate::neutral::{Namespace, Tool, ToolChoice, ToolKind};
use crate::wire::{Json, Rest};

/// Reads the tools; those of a namespace stand one after another.
pub(super) fn read(list: Vec<wire::Tool>) -> Result<Vec<Tool>, DecodeError> {
    let mut tools = Vec::with_capacity(list.len());
    for (index, tool) in list.into_iter().enumerate() {
        read_any(tool, &Place::top("tools", index), &mut tools)?;
    }
    Ok(tools)
}

/// Reads the tools of a list that stands within `outer`.
pub(super) fn read_below(list: Vec<wire::Tool>, outer: &Place<'_>) -> Result<Vec<Tool>, DecodeError> {
    let mut tools = Vec::with_capacity(list.len());
    for (index, tool) in list.into_iter().enumerate() {
        read_any(tool, &outer.inner("tools", index), &mut tools)?;
    }
    Ok(tools)
}

fn read_any(tool: wire::Tool, place: &Place<'_>, tools: &mut Vec<Tool>) -> Result<(), DecodeError> {
    match tool {
        wire::Tool::Namespace(group) if group.tools.as_ref().is_some_and(|list| !list.is_empty()) => {
            read_group(group, place, tools)
        }
        other => {
            tools.push(read_one(other, place)?);
            Ok(())
        }
    }
}

fn read_group(group: NamespaceTool, place: &Place<'_>, tools: &mut Vec<Tool>) -> Result<(), DecodeError> {
    let namespace = Namespace {
        name: place.need("name", group.name)?,
        description: group.description,
        extra: Keeper::new(group.rest).into_extra(),
    };
    for (index, tool) in group.tools.unwrap_or_default().into_iter().enumerate() {
        let tool = read_one(tool, &place.inner("tools", index))?;
        tools.push(Tool { namespace: Some(namespace.clone()), ..tool });
    }
    Ok(())
}

fn read_one(tool: wire::Tool, place: &Place<'_>) -> Result<Tool, DecodeError> {
    match tool {
        wire::Tool::Function(FunctionTool { name, description, parameters, strict, rest }) => {
            let kind = Some("function".to_owned());
            let form = ToolForm { kind, name, description, parameters, strict, ..ToolForm::default() };
            read_function(form, &rest, place)
        }
        wire::Tool::Custom(CustomTool { name, description, rest, .. })
            if rest.find("input_schema").is_some() =>
        {
            read_function(ToolForm { name, description, ..ToolForm::default() }, &rest, place)
        }
        wire::Tool::Custom(tool) => Ok(Tool {
            name: place.need("name", tool.name)?,
            namespace: None,
            description: tool.description,
            kind: ToolKind::Freeform { format: tool.format },
            cache: None,
            extra: Keeper::new(tool.rest).into_extra(),
        }),
        wire::Tool::Other { tag: None, fields } => read_function(ToolForm::default(), &fields, place),
        other => Ok(read_server(&other)),
    }
}

fn read_server(tool: &wire::Tool) -> Tool {
    let value = Json::of(tool);
    let name = match tool {
        wire::Tool::Other { fields, .. } => fields.find("name").and_then(Json::as_string),
        _ => None,
    };
    Tool {
        name: name.unwrap_or_else(|| tool.tag().to_owned()),
        namespace: None,
        description: None,
        kind: ToolKind::Server { value, dialect: DIALECT },
        cache: None,
        extra: crate::neutral::Extra::NONE,
    }
}

fn read_function(mut form: ToolForm, rest: &Rest, place: &Place<'_>) -> Result<Tool, DecodeError> {
    for (name, value) in rest.iter() {
        crate::wire::Fields::take_raw(&mut form, name.to_owned(), value.clone())
            .map_err(|error| place.fault(name, error))?;
    }
    let foreign = form.function.is_some() || form.input_schema.is_some();
    let mut tool = forms::tool(form, DIALECT, &place.to_string())?;
    if foreign && let ToolKind::Function { strict, .. } = &mut tool.kind {
        // In the forms of the other vendors, `strict` is off unless it is asked for; here it is on.
        strict.get_or_insert(false);
    }
    Ok(tool)
}

/// Writes the tools; neighbours of one namespace are grouped again.
pub(super) fn write(tools: &[Tool], native: bool, losses: &mut Vec<Loss>) -> Vec<wire::Tool> {
    let mut list: Vec<wire::Tool> = Vec::with_capacity(tools.len());
    let mut open: Option<&Namespace> = None;
    for tool in tools {
        let Some(written) = write_one(tool, native, losses) else { continue };
        match (&tool.namespace, list.last_mut()) {
            (Some(space), Some(wire::Tool::Namespace(group))) if open == Some(space) => {
                group.tools.get_or_insert_default().push(written);
            }
            (Some(space), _) => list.push(wire::Tool::Namespace(NamespaceTool {
                name: Some(space.name.clone()),
                description: space.description.clone(),
                tools: Some(vec![written]),
                rest: keeping::restore(&space.extra),
            })),
            (None, _) => list.push(written),
        }
        open = tool.namespace.as_ref();
    }
    list
}

fn write_one(tool: &Tool, native: bool, losses: &mut Vec<Loss>) -> Option<wire::Tool> {
    note_cache(tool.cache.as_ref(), losses);
    tool.extra.note_losses(DIALECT, "tools[].", losses);
    let (name, description) = (Some(tool.name.clone()), tool.description.clone());
    let rest = keeping::restore(&tool.extra);
    match &tool.kind {
        ToolKind::Function { schema, strict } => Some(wire::Tool::Function(FunctionTool {
            name,
            description,
            parameters: schema.clone().or_else(|| (!native).then(no_parameters)),
            // Left out, it would be on, and schemas of other dialects rarely fit its rules.
            strict: strict.or((!native).then_some(false)),
            rest,
        })),
        ToolKind::Freeform { format } => {
            let format =
                format.as_ref().map(|format| if native { format.clone() } else { flat_grammar(format) });
            Some(wire::Tool::Custom(CustomTool { name, description, format, rest }))
        }
        ToolKind::Server { value, dialect } if *dialect == DIALECT => value.read().ok(),
        ToolKind::Server { .. } => {
            losses.push(Loss::dropped(format!("tools[].{}", tool.name)));
            None
        }
    }
}

/// Chat nests what this API has flat: `{type: grammar, grammar: {syntax, definition}}`.
fn flat_grammar(format: &Json) -> Json {
    let serde_json::Value::Object(mut fields) = format.to_value() else { return format.clone() };
    if let Some(serde_json::Value::Object(inner)) = fields.remove("grammar") {
        fields.extend(inner);
    }
    Json::of(&fields)
}

fn no_parameters() -> Json {
    Json::of(&serde_json::json!({"type": "object", "properties": {}}))
}

/// Writes the choice. One that can't be written would change what is asked, so it is an error.
pub(super) fn write_choice(choice: &ToolChoice, tools: &[Tool]) -> Result<Json, EncodeError> {
    match choice {
        ToolChoice::Auto => Ok(Json::of("auto")),
        ToolChoice::None => Ok(Json::of("none")),
        ToolChoice::Required => Ok(Json::of("required")),
        ToolChoice::Tool { name, namespace } => write_named(name, namespace.as_deref(), tools),
        ToolChoice::Other { dialect, value } if *dialect == DIALECT => Ok(value.clone()),
        ToolChoice::Other { value, .. } => {
            allowed_tools(value).ok_or_else(|| refused("this choice has no counterpart; name one tool"))
        }
    }
}

fn write_named(name: &str, namespace: Option<&str>, tools: &[Tool]) -> Result<Json, EncodeError> {
    let chosen = tools.iter().find(|tool| {
        tool.name == name && tool.namespace.as_ref().map(|space| space.name.as_str()) == namespace
    });
    let kind = match chosen.map(|tool| &tool.kind) {
        Some(ToolKind::Freeform { .. }) => "custom",
        Some(ToolKind::Server { dialect, .. }) if *dialect != DIALECT => {
            return Err(refused("the forced tool runs at another provider; leave the choice to the model"));
        }
        _ => "function",
    };
    let mut written = serde_json::json!({"type": kind, "name": name});
    if let (Some(object), Some(namespace)) = (written.as_object_mut(), namespace) {
        object.insert("namespace".to_owned(), namespace.into());
    }
    Ok(Json::of(&written))
}

/// Chat nests what this API has flat: `{type, allowed_tools: {mode, tools: [{type, function: {name}}]}}`.
fn allowed_tools(value: &Json) -> Option<Json> {
    #[derive(Deserialize)]
    struct Choice {
        allowed_tools: Allowed,
    }
    #[derive(Deserialize)]
    struct Allowed {
        mode: String,
        tools: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        function: Named,
    }
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    let Allowed { mode, tools } = value.read::<Choice>().ok()?.allowed_tools;
    let tools: Vec<_> = tools
        .into_iter()
        .map(|tool| serde_json::json!({"type": "function", "name": tool.function.name}))
        .collect();
    Some(Json::of(&serde_json::json!({"type": "allowed_tools", "mode": mode, "tools": tools})))
}

fn refused(why: &str) -> EncodeError {
    EncodeError { target: DIALECT, feature: "tool_choice".to_owned(), why: why.to_owned() }
}
