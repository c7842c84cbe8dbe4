//! Chooses a tool among those on offer, and makes its arguments.

use lynkr_protocol::neutral::{Tool, ToolKind, ToolUse};
use serde_json::{Map, Value};

use crate::schema::minimal_instance;

/// The name that stands for whichever shell tool the client has.
pub(crate) const SHELL_LIKE: &str = "shell-like";

/// What coding tools call their shell tool, in the order of preference.
const SHELLS: [&str; 10] = [
    "Bash",
    "bash",
    "exec_command",
    "shell",
    "shell_command",
    "run_shell_command",
    "local_shell",
    "run_shell",
    "execute_command",
    "run_terminal_cmd",
];

/// The properties that hold a command, in the order of preference.
const COMMANDS: [&str; 6] = ["command", "cmd", "script", "shell_command", "input", "code"];

/// Required properties that tell a person what a call is for.
const EXPLANATIONS: [&str; 4] = ["description", "explanation", "justification", "purpose"];

/// What a call is made with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Arguments<'a> {
    /// The smallest arguments that fit the tool's schema.
    Minimal,
    /// These.
    Given(&'a Value),
    /// A shell command, in whichever property the tool has for it.
    Command(&'a str),
    /// Plain text, for free-form tools; for others JSON text, valid or not.
    Text(&'a str),
}

/// The first tool on offer that one of `names` means. Tools that the provider itself runs don't count.
pub(crate) fn find<'a, S: AsRef<str>>(tools: &'a [Tool], names: &[S]) -> Option<&'a Tool> {
    names.iter().find_map(|name| match name.as_ref() {
        SHELL_LIKE => find(tools, &SHELLS),
        name => callable(tools)
            .find(|tool| is_named(tool, name))
            .or_else(|| callable(tools).find(|tool| tool.name.eq_ignore_ascii_case(name))),
    })
}

/// The tools that a client runs.
pub(crate) fn callable(tools: &[Tool]) -> impl Iterator<Item = &Tool> {
    tools.iter().filter(|tool| !matches!(tool.kind, ToolKind::Server { .. }))
}

/// The tool's name, with its namespace where it has one.
pub(crate) fn full_name(tool: &Tool) -> String {
    match &tool.namespace {
        Some(namespace) => format!("{}.{}", namespace.name, tool.name),
        None => tool.name.clone(),
    }
}

fn is_named(tool: &Tool, name: &str) -> bool {
    tool.name == name || full_name(tool) == name
}

/// A call of `tool`.
pub(crate) fn call(tool: &Tool, arguments: Arguments<'_>, id: String) -> ToolUse {
    let freeform = matches!(tool.kind, ToolKind::Freeform { .. });
    ToolUse {
        id,
        name: tool.name.clone(),
        namespace: tool.namespace.as_ref().map(|namespace| namespace.name.clone()),
        arguments: if freeform { free_text(arguments) } else { json_text(tool, arguments) },
        freeform,
        ..ToolUse::default()
    }
}

fn free_text(arguments: Arguments<'_>) -> String {
    match arguments {
        Arguments::Minimal => String::new(),
        Arguments::Given(value) => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        Arguments::Command(text) | Arguments::Text(text) => text.to_owned(),
    }
}

fn json_text(tool: &Tool, arguments: Arguments<'_>) -> String {
    match arguments {
        Arguments::Minimal => minimal(tool).to_string(),
        Arguments::Given(value) => value.to_string(),
        Arguments::Command(command) => with_command(tool, command).to_string(),
        Arguments::Text(text) => text.to_owned(),
    }
}

fn schema(tool: &Tool) -> Value {
    match &tool.kind {
        ToolKind::Function { schema: Some(schema), .. } => schema.to_value(),
        ToolKind::Function { schema: None, .. } | ToolKind::Freeform { .. } | ToolKind::Server { .. } => {
            Value::Object(Map::new())
        }
    }
}

/// The smallest arguments; always an object, as every API wants.
fn minimal(tool: &Tool) -> Value {
    let made = minimal_instance(&schema(tool));
    let Value::Object(mut object) = made else { return Value::Object(Map::new()) };
    for name in EXPLANATIONS {
        if let Some(Value::String(text)) = object.get_mut(name)
            && text.is_empty()
        {
            "A call by the Lynkr builtin responder.".clone_into(text);
        }
    }
    Value::Object(object)
}

fn with_command(tool: &Tool, command: &str) -> Value {
    let schema = schema(tool);
    let properties = schema.get("properties").and_then(Value::as_object);
    let known = |name: &&&str| properties.is_some_and(|properties| properties.contains_key(**name));
    let name = COMMANDS.iter().find(known).copied().unwrap_or("command");
    let kind = properties.and_then(|properties| properties.get(name)?.get("type"));
    let value = if kind.is_some_and(|kind| kind == "array") {
        serde_json::json!(["bash", "-lc", command])
    } else {
        Value::from(command)
    };
    let mut arguments = minimal(tool);
    if let Some(object) = arguments.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
    arguments
}
