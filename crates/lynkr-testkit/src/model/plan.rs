//! What to answer: decided once, spoken in any dialect.

use serde_json::{Map, Value, json};

use super::sample::{required, sample};
use super::{ModelScript, ToolUse};
use crate::hear::{Choice, Heard, Offered, OfferedKind};

/// A tool call to make.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    /// Unique part of the id; each dialect adds its own prefix.
    pub(crate) id: String,
    pub(crate) name: String,
    /// An object, or a string for a custom tool.
    pub(crate) arguments: Value,
    pub(crate) kind: OfferedKind,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Plan {
    pub(crate) thinking: Option<String>,
    pub(crate) text: String,
    pub(crate) calls: Vec<Call>,
}

const SHELLS: [&str; 9] = [
    "Bash",
    "exec_command",
    "shell_command",
    "shell",
    "bash",
    "run_shell_command",
    "run_in_terminal",
    "execute_command",
    "local_shell",
];
const WRITERS: [&str; 5] = ["Write", "write_file", "create_file", "create", "fs_write"];

impl Plan {
    /// An answer without any content, which a healthy model never gives.
    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    pub(crate) fn make(script: &ModelScript, heard: &Heard, number: usize) -> Self {
        let calls = calls(script, heard, number);
        let text = if calls.is_empty() { final_text(script, heard) } else { script.preamble.clone() };
        let thinking = (script.thinking && heard.asks_thinking)
            .then(|| format!("The scripted model thinks about request {number} before it answers."));
        Self { thinking, text, calls }
    }

    /// A stand-in for a count of output tokens.
    pub(crate) fn output_tokens(&self) -> u64 {
        let calls: usize =
            self.calls.iter().map(|call| call.name.len() + call.arguments.to_string().len()).sum();
        let length = self.text.len() + self.thinking.as_ref().map_or(0, String::len) + calls;
        length as u64 / 4 + 1
    }
}

fn calls(script: &ModelScript, heard: &Heard, number: usize) -> Vec<Call> {
    let rounds_done = heard.results.len() >= script.steps * script.parallel;
    if rounds_done || heard.choice == Choice::Forbidden || heard.schema.is_some() {
        return Vec::new();
    }
    let Some(tool) = pick(script, heard) else { return Vec::new() };
    (0..script.parallel)
        .map(|place| Call {
            id: format!("kit{number:04}{place:02}"),
            name: tool.name.clone(),
            arguments: arguments(&script.tool, tool, heard.results.len() + place + 1),
            kind: tool.kind.clone(),
        })
        .collect()
}

fn pick<'a>(script: &ModelScript, heard: &'a Heard) -> Option<&'a Offered> {
    let named = |name: &str| heard.tools.iter().find(|tool| tool.name == name);
    if let Choice::Forced(name) = &heard.choice {
        return named(name);
    }
    match &script.tool {
        ToolUse::Named(name, _) => named(name),
        ToolUse::Shell(_) => SHELLS.iter().find_map(|name| named(name)).or(heard.tools.first()),
        ToolUse::Write { .. } => WRITERS.iter().find_map(|name| named(name)).or(heard.tools.first()),
    }
}

fn arguments(tool: &ToolUse, offered: &Offered, running: usize) -> Value {
    match tool {
        ToolUse::Named(name, arguments) if *name == offered.name => arguments.clone(),
        ToolUse::Named(..) => sample(&offered.schema, &offered.name),
        ToolUse::Shell(command) => {
            let command = command.replace("{call}", &running.to_string());
            shell_arguments(offered, &command)
        }
        ToolUse::Write { path, content } => write_arguments(offered, path, content),
    }
}

fn shell_arguments(offered: &Offered, command: &str) -> Value {
    match offered.kind {
        OfferedKind::Custom => return json!(command),
        OfferedKind::LocalShell => return json!({"command": ["bash", "-lc", command]}),
        OfferedKind::Function | OfferedKind::Namespaced(_) => {}
    }
    let properties = &offered.schema["properties"];
    let mut given = Map::new();
    if let Some(name) = ["command", "cmd", "script"].into_iter().find(|name| properties[*name].is_object()) {
        let as_list = properties[name]["type"] == "array";
        let value = if as_list { json!(["bash", "-lc", command]) } else { json!(command) };
        given.insert(name.to_owned(), value);
    }
    if properties["description"].is_object() {
        given.insert("description".to_owned(), json!("run the scripted command"));
    }
    required(&offered.schema, given)
}

fn write_arguments(offered: &Offered, path: &str, content: &str) -> Value {
    let properties = &offered.schema["properties"];
    let mut given = Map::new();
    let candidates = [
        (["file_path", "path", "filePath", "file"], path),
        (["content", "file_text", "contents", "text"], content),
    ];
    for (names, value) in candidates {
        if let Some(name) = names.into_iter().find(|name| properties[*name].is_object()) {
            given.insert(name.to_owned(), json!(value));
        }
    }
    required(&offered.schema, given)
}

fn final_text(script: &ModelScript, heard: &Heard) -> String {
    if let Some(schema) = &heard.schema {
        return sample(schema, "").to_string();
    }
    if let Some(text) = &script.text {
        return text.clone();
    }
    if heard.tools.is_empty() && heard.prompt.contains("<<<<<<< SEARCH") {
        return edit_block(&script.aider_file);
    }
    report(script, heard)
}

fn edit_block(file: &str) -> String {
    format!(
        "LYNKR_DONE\n\n{file}\n```text\n<<<<<<< SEARCH\n=======\nLYNKR_TOOL_42\n  indented line\n>>>>>>> REPLACE\n```\n"
    )
}

/// The final text: what came of the conversation, so that a client's output tells what reached the model.
fn report(script: &ModelScript, heard: &Heard) -> String {
    let results = heard.results.len();
    let last = heard.results.last().map_or("", String::as_str);
    let steps = results.div_ceil(script.parallel);
    let mut parts = vec![format!("LYNKR_DONE steps={steps} result=[{}]", short(last))];
    if results > 1 {
        parts.push(format!("results={results}"));
    }
    if heard.thoughts > 0 {
        parts.push(format!("thoughts={}", heard.thoughts));
    }
    if !heard.pictures.is_empty() {
        let seen = heard.pictures.iter().map(|picture| format!("{}:{}", picture.media_type, picture.bytes));
        parts.push(format!("images=[{}]", seen.collect::<Vec<_>>().join(",")));
    }
    parts.join(" ")
}

/// Tools wrap results in text of their own; the marker is what counts, and without one the first words.
fn short(result: &str) -> String {
    let marker = result.split_whitespace().find(|word| word.starts_with("LYNKR_"));
    marker.map_or_else(
        || result.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(120).collect(),
        str::to_owned,
    )
}
