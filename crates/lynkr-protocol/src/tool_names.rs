//! Tools that only some dialects know, made plain and restored.
//!
//! The Responses dialect groups tools in namespaces and has free-form tools whose arguments are plain text;
//! and every vendor limits tool names. For a target without these, [`ToolNames::flatten`] renames and
//! wraps; [`Restorer`] turns the calls in the answer back into what the client declared.

mod unwrap;

use std::collections::{BTreeMap, BTreeSet};

use lynkr_types::Loss;
use serde_json::json;

use crate::neutral::{Block, Conversation, Event, Namespace, Reply, Tool, ToolChoice, ToolKind, ToolUse};
use crate::wire::Json;
use unwrap::InputUnwrapper;

/// The longest tool name that every vendor takes (OpenAI's limit).
pub const MAX_NAME: usize = 64;

/// What a flat name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Original {
    name: String,
    namespace: Option<String>,
    freeform: bool,
}

/// The renamed tools of one conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolNames {
    originals: BTreeMap<String, Original>,
    flat: BTreeMap<(Option<String>, String), String>,
}

impl ToolNames {
    /// Makes every tool, call and result of `conversation` plain: no namespaces, no free-form tools, names
    /// of at most [`MAX_NAME`] letters, digits, `_` and `-`.
    pub fn flatten(conversation: &mut Conversation) -> (Self, Vec<Loss>) {
        let mut names = Self::default();
        let mut losses = Vec::new();
        let mut taken: BTreeSet<String> = conversation.tools.iter().filter_map(plain_name).collect();
        for tool in &mut conversation.tools {
            names.flatten_tool(tool, &mut taken, &mut losses);
        }
        for turn in &mut conversation.turns {
            for block in &mut turn.blocks {
                names.flatten_block(block);
            }
        }
        if let Some(ToolChoice::Tool { name, namespace }) = &mut conversation.tool_choice
            && let Some(flat) = names.flat.get(&(namespace.take(), name.clone()))
        {
            name.clone_from(flat);
        }
        (names, losses)
    }

    /// Whether nothing was renamed or wrapped.
    pub fn is_empty(&self) -> bool {
        self.originals.is_empty()
    }

    fn flatten_tool(&mut self, tool: &mut Tool, taken: &mut BTreeSet<String>, losses: &mut Vec<Loss>) {
        if matches!(tool.kind, ToolKind::Server { .. }) {
            return;
        }
        let group = tool.namespace.take();
        if let Some(group) = &group {
            describe_group(group, self, tool, losses);
        }
        let namespace = group.map(|namespace| namespace.name);
        let freeform = matches!(tool.kind, ToolKind::Freeform { .. });
        let flat = flat_name(namespace.as_deref(), &tool.name, taken);
        if namespace.is_none() && !freeform && flat == tool.name {
            return;
        }
        taken.insert(flat.clone());
        if let ToolKind::Freeform { format } = &tool.kind {
            losses.push(Loss::approximated("tools[].custom"));
            describe_format(&mut tool.description, format.as_ref());
            tool.kind = ToolKind::Function { schema: Some(input_schema()), strict: None };
        }
        let original = Original { name: tool.name.clone(), namespace: namespace.clone(), freeform };
        self.flat.insert((namespace, tool.name.clone()), flat.clone());
        self.originals.insert(flat.clone(), original);
        tool.name = flat;
    }

    fn flatten_block(&self, block: &mut Block) {
        match block {
            Block::ToolUse(call) => self.flatten_call(call),
            Block::ToolResult(result) => result.freeform = false,
            _ => {}
        }
    }

    fn flatten_call(&self, call: &mut ToolUse) {
        let key = (call.namespace.take(), call.name.clone());
        match (self.flat.get(&key), &key.0) {
            (Some(flat), _) => call.name.clone_from(flat),
            // A call of a tool that is no longer on offer.
            (None, namespace) => call.name = flat_name(namespace.as_deref(), &key.1, &BTreeSet::new()),
        }
        if std::mem::take(&mut call.freeform) {
            call.arguments = json!({"input": call.arguments}).to_string();
        }
    }

    /// A restorer for one streamed answer.
    pub fn restorer(&self) -> Restorer {
        Restorer { names: self.clone(), unwrapping: BTreeMap::new() }
    }

    /// Restores the calls in a whole answer.
    pub fn restore(&self, reply: &mut Reply) {
        for block in &mut reply.blocks {
            let Block::ToolUse(call) = block else { continue };
            if self.restore_call(call) {
                let mut unwrapper = InputUnwrapper::default();
                let mut text = unwrapper.push(&call.arguments);
                text.push_str(&unwrapper.finish());
                call.arguments = text;
            }
        }
    }

    /// Returns whether the call is free-form.
    fn restore_call(&self, call: &mut ToolUse) -> bool {
        let Some(original) = self.originals.get(&call.name) else { return false };
        call.name.clone_from(&original.name);
        call.namespace.clone_from(&original.namespace);
        call.freeform = original.freeform;
        original.freeform
    }
}

/// What a namespace says of all its tools stands with the first of them.
fn describe_group(group: &Namespace, names: &ToolNames, tool: &mut Tool, losses: &mut Vec<Loss>) {
    let first = !names.flat.keys().any(|(namespace, _)| namespace.as_ref() == Some(&group.name));
    let Some(about) = group.description.as_deref().filter(|about| first && !about.is_empty()) else { return };
    losses.push(Loss::approximated("tools[].namespace.description"));
    let own = tool.description.take().map(|own| format!("{own}\n\n")).unwrap_or_default();
    tool.description = Some(format!("{own}About all tools of `{}`: {about}", group.name));
}

fn plain_name(tool: &Tool) -> Option<String> {
    let plain = tool.namespace.is_none() && fits(&tool.name);
    plain.then(|| tool.name.clone())
}

fn fits(name: &str) -> bool {
    name.len() <= MAX_NAME && name.chars().all(is_name_char)
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// `namespace__name` with other characters replaced; shortened, or told apart, by a hash of the whole.
fn flat_name(namespace: Option<&str>, name: &str, taken: &BTreeSet<String>) -> String {
    if namespace.is_none() && fits(name) {
        return name.to_owned();
    }
    let full = namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}__{name}"));
    let safe: String = full.chars().map(|c| if is_name_char(c) { c } else { '_' }).collect();
    if safe.len() <= MAX_NAME && !taken.contains(&safe) {
        return safe;
    }
    let head: String = safe.chars().take(MAX_NAME - 9).collect();
    format!("{head}_{:08x}", fnv1a(&full))
}

/// FNV-1a, 32 bits: short, and the same in every process.
fn fnv1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn input_schema() -> Json {
    Json::of(&json!({
        "type": "object",
        "properties": {"input": {"type": "string", "description": "The whole input, as plain text."}},
        "required": ["input"],
        "additionalProperties": false,
    }))
}

/// Tells the model the grammar in words, where the target can't enforce it.
fn describe_format(description: &mut Option<String>, format: Option<&Json>) {
    let Some(format) = format.map(Json::to_value) else { return };
    // Chat nests the grammar, the Responses dialect doesn't.
    let format = format.get("grammar").unwrap_or(&format);
    let Some(definition) = format.get("definition").and_then(|value| value.as_str()) else { return };
    let syntax = format.get("syntax").and_then(|value| value.as_str()).unwrap_or("given");
    let text = description.get_or_insert_default();
    text.push_str("\n\nThe input must match this ");
    text.push_str(syntax);
    text.push_str(" grammar:\n");
    text.push_str(definition);
}

/// Restores the calls in one streamed answer.
#[derive(Debug)]
pub struct Restorer {
    names: ToolNames,
    unwrapping: BTreeMap<usize, InputUnwrapper>,
}

impl Restorer {
    /// Whether nothing was renamed or wrapped, so that all events stay as they are.
    pub fn is_idle(&self) -> bool {
        self.names.is_empty()
    }

    /// Takes one event and appends what it becomes: usually itself.
    pub fn push(&mut self, mut event: Event, out: &mut Vec<Event>) {
        match &mut event {
            Event::BlockStart { index, block: Block::ToolUse(call) } => self.begin(*index, call),
            Event::ArgsDelta { index, fragment } => {
                if let Some(unwrapper) = self.unwrapping.get_mut(index) {
                    *fragment = unwrapper.push(fragment);
                    if fragment.is_empty() {
                        return;
                    }
                }
            }
            Event::BlockStop { index } => {
                let rest = self.unwrapping.remove(index).map(InputUnwrapper::finish).unwrap_or_default();
                if !rest.is_empty() {
                    out.push(Event::ArgsDelta { index: *index, fragment: rest });
                }
            }
            _ => {}
        }
        out.push(event);
    }

    fn begin(&mut self, index: usize, call: &mut ToolUse) {
        if self.names.restore_call(call) {
            self.unwrapping.insert(index, InputUnwrapper::default());
        }
    }
}

#[cfg(test)]
mod tests;
