//! Tools and how they are called: wire → neutral.

use super::DIALECT;
use super::decode::keep;
use super::notes::{self, nest};
use super::schema::to_json_schema;
use super::wire::{FunctionDeclaration, ToolConfig, ToolObject};
use crate::error::DecodeError;
use crate::forms;
use crate::neutral::{Extra, Tool, ToolChoice, ToolKind};
use crate::wire::{Json, Rest};

/// Reads `tools`: each function, and each tool that the provider runs, is a tool of its own.
pub(super) fn tools(list: Vec<ToolObject>, rest: &mut Rest) -> Result<Vec<Tool>, DecodeError> {
    let mut tools = Vec::new();
    let mut silent = true;
    for (at, entry) in list.into_iter().enumerate() {
        let path = format!("tools[{at}]");
        if is_foreign(&entry) {
            let form: forms::ToolForm =
                Json::of(&entry).read().map_err(|error| DecodeError::at(&path, error))?;
            tools.push(forms::tool(form, DIALECT, &path)?);
            silent = false;
            continue;
        }
        for (place, function) in entry.functions.into_iter().flatten().enumerate() {
            let path = format!("{path}.functionDeclarations[{place}]");
            tools.push(function_tool(function, at, &path)?);
            silent = false;
        }
        for (name, value) in entry.rest.iter() {
            tools.push(server_tool(name, value, at));
            silent = false;
        }
    }
    if silent {
        notes::mark(rest, &format!("{}tools", notes::EMPTY));
    }
    Ok(tools)
}

/// Whether the entry is a tool in another vendor's form.
fn is_foreign(entry: &ToolObject) -> bool {
    let has = |name: &str| entry.rest.find(name).is_some();
    entry.functions.is_none() && (has("function") || (has("name") && (has("input_schema") || has("type"))))
}

fn function_tool(wire: FunctionDeclaration, entry: usize, path: &str) -> Result<Tool, DecodeError> {
    let name = wire.name.filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| DecodeError::at(format!("{path}.name"), "is required"))?;
    let mut rest = wire.rest;
    rest.push(notes::ENTRY, Json::of(&entry));
    let schema = schema(wire.parameters_json_schema, wire.parameters, "parameters", &mut rest);
    Ok(Tool {
        name,
        namespace: None,
        description: wire.description,
        kind: ToolKind::Function { schema, strict: None },
        cache: None,
        extra: Extra::new(DIALECT, rest),
    })
}

/// A schema in whichever field, as JSON Schema. The way it was written is noted.
pub(super) fn schema(json: Option<Json>, openapi: Option<Json>, name: &str, rest: &mut Rest) -> Option<Json> {
    let written = match (json, openapi) {
        (Some(json), spare) => {
            if let Some(spare) = spare {
                rest.push(name, spare);
            }
            json
        }
        (None, Some(openapi)) => {
            notes::mark(rest, notes::OPENAPI);
            openapi
        }
        (None, None) => return None,
    };
    let Some(converted) = to_json_schema(&written) else { return Some(written) };
    rest.push(notes::SCHEMA, written);
    Some(converted)
}

fn server_tool(name: &str, value: &Json, entry: usize) -> Tool {
    let mut rest = Rest::default();
    rest.push(notes::ENTRY, Json::of(&entry));
    let definition = Json::of(&std::collections::BTreeMap::from([(name, value)]));
    Tool {
        name: name.to_owned(),
        namespace: None,
        description: None,
        kind: ToolKind::Server { value: definition, dialect: DIALECT },
        cache: None,
        extra: Extra::new(DIALECT, rest),
    }
}

/// Reads `toolConfig`. Several allowed functions are a choice that only this dialect understands.
pub(super) fn choice(config: ToolConfig, rest: &mut Rest) -> Option<ToolChoice> {
    let Some(mut calling) = config.calling else {
        keep(rest, "toolConfig", &config.rest, true);
        return None;
    };
    let allowed = calling.allowed.take().unwrap_or_default();
    let mode = calling.mode.as_deref().unwrap_or_default();
    let choice = match (mode, allowed.as_slice()) {
        ("AUTO", []) => ToolChoice::Auto,
        ("NONE", _) => ToolChoice::None,
        ("ANY", []) => ToolChoice::Required,
        ("ANY", [name]) => ToolChoice::Tool { name: name.clone(), namespace: None },
        // The model decides here too: `VALIDATED` only holds it to the schemas.
        ("VALIDATED" | "MODE_UNSPECIFIED" | "", []) => {
            rest.push(notes::MODE, calling.mode.as_ref().map_or_else(Json::null, Json::of));
            ToolChoice::Auto
        }
        _ => {
            calling.allowed = Some(allowed);
            let value = Json::of(&ToolConfig { calling: Some(calling), rest: Rest::default() });
            nest(rest, "toolConfig", &config.rest);
            return Some(ToolChoice::Other { dialect: DIALECT, value });
        }
    };
    nest(rest, "toolConfig", &config.rest);
    nest(rest, "functionCallingConfig", &calling.rest);
    if !allowed.is_empty() && choice == ToolChoice::None {
        rest.push("functionCallingConfig.allowedFunctionNames", Json::of(&allowed));
    }
    Some(choice)
}
