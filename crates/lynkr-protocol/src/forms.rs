//! Tools and tool choices in every vendor's form. Clients mix them up (OpenAI's form sent to
//! `/v1/messages` is a documented use), so every surface takes all of them.

use crate::Dialect;
use crate::error::DecodeError;
use crate::neutral::{Extra, Tool, ToolChoice, ToolKind};
use crate::wire::{Json, wire_struct};

wire_struct! {
    /// A tool definition, whichever vendor's.
    pub struct ToolForm {
        /// `function`, `custom`, or a server tool's type; Anthropic leaves it out.
        kind: String = "type",
        /// The name; in OpenAI's chat form it stands in `function`.
        name: String = "name",
        /// What the tool does.
        description: String = "description",
        /// Anthropic's schema.
        input_schema: Json = "input_schema",
        /// The Responses dialect's schema.
        parameters: Json = "parameters",
        /// OpenAI's `strict`.
        strict: bool = "strict",
        /// OpenAI's chat form.
        function: FunctionForm = "function",
        /// Anthropic's cache marker.
        cache_control: Json = "cache_control",
    }
}

wire_struct! {
    /// The `function` object of OpenAI's chat form.
    pub struct FunctionForm {
        /// The name.
        name: String = "name",
        /// What the function does.
        description: String = "description",
        /// The schema.
        parameters: Json = "parameters",
        /// OpenAI's `strict`.
        strict: bool = "strict",
    }
}

/// Reads one tool. `native` is the dialect of the surface: a definition that nobody knows is that
/// dialect's server tool. `path` names the tool in errors (`tools[3]`).
pub fn tool(form: ToolForm, native: Dialect, path: &str) -> Result<Tool, DecodeError> {
    let nested = form.function.is_some();
    if nested || is_plain_function(&form) {
        function_tool(form, native, path)
    } else {
        Ok(server_tool(&form, native))
    }
}

fn is_plain_function(form: &ToolForm) -> bool {
    let has_schema = form.input_schema.is_some() || form.parameters.is_some();
    match form.kind.as_deref() {
        None | Some("function") => true,
        Some("custom") => has_schema,
        Some(_) => false,
    }
}

fn function_tool(form: ToolForm, native: Dialect, path: &str) -> Result<Tool, DecodeError> {
    // A tool that says `function` without the nested object may still be Anthropic's by its schema.
    let (inner, owner, at) = match form.function {
        Some(function) => (function, Dialect::OpenAiChat, format!("{path}.function.name")),
        None => (FunctionForm::default(), native, format!("{path}.name")),
    };
    let mut rest = form.rest;
    for (name, value) in inner.rest.iter() {
        rest.push(name, value.clone());
    }
    let name = inner.name.or(form.name).ok_or_else(|| DecodeError::at(at, "is required"))?;
    Ok(Tool {
        name,
        namespace: None,
        description: inner.description.or(form.description),
        kind: ToolKind::Function {
            schema: inner.parameters.or(form.input_schema).or(form.parameters),
            strict: inner.strict.or(form.strict),
        },
        cache: form.cache_control,
        extra: Extra::new(owner, rest),
    })
}

fn server_tool(form: &ToolForm, native: Dialect) -> Tool {
    Tool {
        name: form.name.clone().or_else(|| form.kind.clone()).unwrap_or_default(),
        namespace: None,
        description: None,
        kind: ToolKind::Server { value: Json::of(form), dialect: native },
        cache: None,
        extra: Extra::NONE,
    }
}

wire_struct! {
    /// A tool choice written as an object.
    pub struct ChoiceForm {
        /// `auto`, `any`, `none`, `tool`, `function`, `custom`, `allowed_tools` …
        kind: String = "type",
        /// Anthropic's and the Responses dialect's name of the tool.
        name: String = "name",
        /// The Responses dialect's namespace.
        namespace: String = "namespace",
        /// OpenAI's chat form.
        function: FunctionForm = "function",
        /// OpenAI's chat form of a free-form tool.
        custom: FunctionForm = "custom",
        /// Anthropic's switch.
        disable_parallel_tool_use: bool = "disable_parallel_tool_use",
    }
}

/// A tool choice and, in Anthropic's form, whether parallel calls are allowed.
pub type Choice = (ToolChoice, Option<bool>);

/// Reads `tool_choice` in any vendor's form. A form that nobody knows stays raw, as `native`'s.
pub fn tool_choice(value: &Json, native: Dialect) -> Result<Choice, DecodeError> {
    if let Some(word) = value.as_string() {
        return word_choice(&word).map(|choice| (choice, None));
    }
    let form: ChoiceForm =
        value.read().map_err(|_| DecodeError::at("tool_choice", "must be a string or an object"))?;
    let parallel = form.disable_parallel_tool_use.map(|disabled| !disabled);
    let named = form.function.as_ref().or(form.custom.as_ref()).and_then(|inner| inner.name.clone());
    let choice = match form.kind.as_deref() {
        Some("auto") => ToolChoice::Auto,
        Some("none") => ToolChoice::None,
        Some("any" | "required") => ToolChoice::Required,
        Some("tool" | "function" | "custom") => {
            let name =
                named.or(form.name).ok_or_else(|| DecodeError::at("tool_choice.name", "is required"))?;
            ToolChoice::Tool { name, namespace: form.namespace }
        }
        _ => ToolChoice::Other { dialect: native, value: value.clone() },
    };
    Ok((choice, parallel))
}

fn word_choice(word: &str) -> Result<ToolChoice, DecodeError> {
    match word {
        "auto" => Ok(ToolChoice::Auto),
        "none" => Ok(ToolChoice::None),
        "required" | "any" => Ok(ToolChoice::Required),
        other => Err(DecodeError::at(
            "tool_choice",
            format!("`{other}` is none of `auto`, `none`, `required`, `any`"),
        )),
    }
}

#[cfg(test)]
mod tests;
