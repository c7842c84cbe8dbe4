//! Anthropic Messages.

use std::collections::HashSet;

use serde_json::Value;

use super::{Broken, tools};
use crate::hear::anthropic::picture;
use crate::json::{list, text};
use crate::model::{ModelScript, seal_holds};
use crate::recorded::Recorded;

pub(crate) fn check(request: &Recorded, body: &Value, script: &ModelScript, broken: &mut Broken) {
    if body["max_tokens"].as_u64().is_none_or(|limit| limit == 0) {
        broken.push("max_tokens: required, a positive integer".to_owned());
    }
    messages(request, body, broken);
    thinking(body, script, broken);
    offered(body, broken);
    let marks = count_key(body, "cache_control");
    if marks > 4 {
        broken.push(format!("cache_control: at most 4 blocks, found {marks}"));
    }
}

pub(super) fn messages(request: &Recorded, body: &Value, broken: &mut Broken) {
    let messages = list(&body["messages"]);
    match messages.first() {
        None => broken.push("messages: at least one is required".to_owned()),
        Some(first) if first["role"] != "user" => broken.push("messages.0: must be of the user".to_owned()),
        Some(_) => {}
    }
    let betas = request.header("anthropic-beta").unwrap_or_default();
    let mut walk = Walk { pending: Vec::new(), seen: HashSet::new(), broken };
    for (index, message) in messages.iter().enumerate() {
        let place = format!("messages.{index}");
        let role = text(&message["role"]);
        let system_allowed = role == "system" && betas.contains("mid-conversation-system");
        if !matches!(role, "user" | "assistant") && !system_allowed {
            walk.broken.push(format!("{place}.role: {role:?} is unknown"));
        }
        walk.message(&place, role, &message["content"]);
    }
    if !walk.pending.is_empty() {
        let pending = walk.pending.join(", ");
        walk.broken.push(format!("messages: tool_use {pending} at the end without tool_result"));
    }
}

struct Walk<'a, 'b> {
    /// Calls of the message before that wait for their results.
    pending: Vec<&'a str>,
    seen: HashSet<&'a str>,
    broken: &'b mut Broken,
}

impl<'a> Walk<'a, '_> {
    fn message(&mut self, place: &str, role: &str, content: &'a Value) {
        let blocks = list(content);
        let empty = if content.is_string() { text(content).is_empty() } else { blocks.is_empty() };
        if empty {
            self.broken.push(format!("{place}.content: must not be empty"));
        }
        self.results(place, role, blocks);
        for (index, block) in blocks.iter().enumerate() {
            self.block(&format!("{place}.content.{index}"), role, block);
        }
    }

    /// Results must follow their calls directly, all of them, and stand first.
    fn results(&mut self, place: &str, role: &str, blocks: &'a [Value]) {
        let is_result = |block: &&Value| block["type"] == "tool_result";
        let mut answered: Vec<_> =
            blocks.iter().filter(is_result).map(|block| text(&block["tool_use_id"])).collect();
        // A system message may stand between a call and its results.
        if role == "system" && answered.is_empty() {
            return;
        }
        let leading = blocks.iter().take_while(is_result).count();
        if leading != answered.len() {
            self.broken.push(format!("{place}: tool_result blocks must come first"));
        }
        answered.sort_unstable();
        self.pending.sort_unstable();
        if answered != self.pending {
            let (want, got) = (self.pending.join(", "), answered.join(", "));
            self.broken.push(format!("{place}: tool_use [{want}] is followed by results of [{got}]"));
        }
        self.pending.clear();
    }

    fn block(&mut self, place: &str, role: &str, block: &'a Value) {
        let kind = text(&block["type"]);
        let own_side = match kind {
            "tool_use" | "thinking" | "redacted_thinking" | "server_tool_use" => role == "assistant",
            "tool_result" | "image" | "document" => role == "user",
            _ => true,
        };
        if !own_side {
            self.broken.push(format!("{place}: {kind} in a message of the {role}"));
        }
        match kind {
            "text" if text(&block["text"]).trim().is_empty() => {
                self.broken.push(format!("{place}.text: must not be empty"));
            }
            "tool_use" => self.tool_use(place, block),
            "tool_result" => self.result_content(place, &block["content"]),
            "thinking" => self.sealed(place, block),
            "image" => self.image(place, block),
            "" => self.broken.push(format!("{place}.type: required")),
            _ => {}
        }
    }

    fn tool_use(&mut self, place: &str, block: &'a Value) {
        tools::unique(place, &block["id"], &mut self.seen, self.broken);
        tools::name(place, &block["name"], 128, self.broken);
        let id = text(&block["id"]);
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
            self.broken.push(format!("{place}.id: {id:?} does not match [a-zA-Z0-9_-]+"));
        }
        if !block["input"].is_object() {
            self.broken.push(format!("{place}.input: must be an object"));
        }
        self.pending.push(id);
    }

    fn result_content(&mut self, place: &str, content: &Value) {
        if !(content.is_null() || content.is_string() || content.is_array()) {
            self.broken.push(format!("{place}.content: must be a string or a list"));
        }
        for (index, part) in list(content).iter().enumerate() {
            match text(&part["type"]) {
                "text" | "document" | "search_result" | "tool_reference" => {}
                "image" => self.image(&format!("{place}.content.{index}"), part),
                other => self.broken.push(format!("{place}.content.{index}.type: {other:?}")),
            }
        }
    }

    fn sealed(&mut self, place: &str, block: &Value) {
        if !seal_holds(text(&block["thinking"]), text(&block["signature"])) {
            self.broken.push(format!("{place}.signature: does not fit the thinking text"));
        }
    }

    fn image(&mut self, place: &str, block: &Value) {
        if let Err(why) = picture(block) {
            self.broken.push(format!("{place}: {why}"));
        }
    }
}

fn thinking(body: &Value, script: &ModelScript, broken: &mut Broken) {
    if body["thinking"]["type"] != "enabled" {
        return;
    }
    let budget = body["thinking"]["budget_tokens"].as_u64().unwrap_or(0);
    if budget < 1024 || body["max_tokens"].as_u64().is_some_and(|limit| limit <= budget) {
        broken.push("thinking.budget_tokens: at least 1024 and less than max_tokens".to_owned());
    }
    if body["temperature"].as_f64().is_some_and(|value| (value - 1.0).abs() > f64::EPSILON) {
        broken.push("temperature: only 1 goes with thinking".to_owned());
    }
    if matches!(text(&body["tool_choice"]["type"]), "any" | "tool") {
        broken.push("tool_choice: may not force a tool together with thinking".to_owned());
    }
    // The vendor wants the thinking back in front of the calls that it led to.
    let last = list(&body["messages"]).iter().rev().find(|message| message["role"] == "assistant");
    let blocks = last.map_or(&[][..], |message| list(&message["content"]));
    let calls = blocks.iter().any(|block| block["type"] == "tool_use");
    let first = blocks.first().map_or("", |block| text(&block["type"]));
    if script.thinking && calls && !matches!(first, "thinking" | "redacted_thinking") {
        broken.push(format!("messages: the last assistant turn must start with thinking, not {first:?}"));
    }
}

fn offered(body: &Value, broken: &mut Broken) {
    let mut names = HashSet::new();
    for (index, tool) in list(&body["tools"]).iter().enumerate() {
        let place = format!("tools.{index}");
        tools::name(&place, &tool["name"], 128, broken);
        if !names.insert(text(&tool["name"])) {
            broken.push(format!("{place}.name: used twice"));
        }
        if matches!(text(&tool["type"]), "" | "custom") {
            tools::schema(&format!("{place}.input_schema"), &tool["input_schema"], broken);
        }
    }
}

/// Occurrences of a key anywhere but inside tool schemas and tool inputs, which are the client's own data.
fn count_key(value: &Value, key: &str) -> usize {
    match value {
        Value::Array(items) => items.iter().map(|item| count_key(item, key)).sum(),
        Value::Object(map) => {
            let inner = map.iter().filter(|(name, _)| !matches!(name.as_str(), "input" | "input_schema"));
            usize::from(map.contains_key(key)) + inner.map(|(_, item)| count_key(item, key)).sum::<usize>()
        }
        _ => 0,
    }
}
