//! Tools and the choice among them: wire → neutral.

use super::DIALECT;
use super::read_blocks::marker_of;
use super::wire::{ToolConfig, ToolEntry, ToolSpec};
use crate::error::DecodeError;
use crate::forms;
use crate::kept::nest;
use crate::neutral::{Conversation, Extra, Tool, ToolChoice, ToolKind};
use crate::wire::{Json, Rest};

pub(super) fn read(
    config: ToolConfig,
    conversation: &mut Conversation,
    rest: &mut Rest,
) -> Result<(), DecodeError> {
    nest(rest, "toolConfig", &config.rest);
    for (at, entry) in config.tools.unwrap_or_default().into_iter().enumerate() {
        let path = format!("toolConfig.tools[{at}]");
        let marker = entry.cache_point.as_ref().and_then(marker_of);
        if let (Some(marker), Some(Tool { cache: place @ None, .. })) =
            (marker, conversation.tools.last_mut())
        {
            *place = Some(marker);
            continue;
        }
        conversation.tools.push(tool(entry, &path)?);
    }
    conversation.tool_choice = config.tool_choice.map(choice).transpose()?;
    Ok(())
}

fn tool(entry: ToolEntry, path: &str) -> Result<Tool, DecodeError> {
    if let Some(spec) = entry.spec {
        return function(spec, path);
    }
    let has = |name: &str| entry.rest.find(name).is_some();
    if has("function") || has("name") || has("type") {
        let form = Json::of(&entry).read().map_err(|error| DecodeError::at(path, error))?;
        return forms::tool(form, DIALECT, path);
    }
    let name = entry.system_tool.as_ref().and_then(|tool| tool.name.clone());
    let kind = ToolKind::Server { value: Json::of(&entry), dialect: DIALECT };
    let name = name.unwrap_or_else(|| "cachePoint".to_owned());
    Ok(Tool { name, namespace: None, description: None, kind, cache: None, extra: Extra::NONE })
}

fn function(spec: ToolSpec, path: &str) -> Result<Tool, DecodeError> {
    let name = spec.name.filter(|name| !name.is_empty());
    let mut rest = spec.rest;
    let schema = spec.input_schema.and_then(|schema| {
        nest(&mut rest, "inputSchema", &schema.rest);
        schema.json
    });
    Ok(Tool {
        name: name.ok_or_else(|| DecodeError::at(format!("{path}.toolSpec.name"), "is required"))?,
        namespace: None,
        description: spec.description,
        kind: ToolKind::Function { schema, strict: spec.strict },
        cache: None,
        extra: Extra::new(DIALECT, rest),
    })
}

/// Reads `toolChoice`: a union, or another vendor's form.
fn choice(value: Json) -> Result<ToolChoice, DecodeError> {
    let tree = value.to_value();
    let name = tree.get("tool").and_then(|tool| tool.get("name")).and_then(serde_json::Value::as_str);
    match (tree.get("auto"), tree.get("any"), name) {
        (Some(_), None, None) => Ok(ToolChoice::Auto),
        (None, Some(_), None) => Ok(ToolChoice::Required),
        (None, None, Some(name)) => Ok(ToolChoice::Tool { name: name.to_owned(), namespace: None }),
        _ => forms::tool_choice(&value, DIALECT).map(|(choice, _)| choice),
    }
}
