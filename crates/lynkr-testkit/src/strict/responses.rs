//! OpenAI Responses.

use std::collections::HashSet;

use serde_json::Value;

use super::{Broken, tools};
use crate::json::{list, text};
use crate::model::{encrypted_holds, inspect_url};

pub(super) fn check(body: &Value, broken: &mut Broken) {
    let input = &body["input"];
    if text(input).is_empty() && list(input).is_empty() {
        broken.push("input: required, a text or a list of items".to_owned());
    }
    let continued = body["previous_response_id"].is_string();
    let stored = body["store"] != false;
    let mut walk = Walk { open: Vec::new(), seen: HashSet::new(), continued, stored, broken };
    for (index, item) in list(input).iter().enumerate() {
        walk.item(&format!("input[{index}]"), item);
    }
    if !walk.open.is_empty() {
        let missing = walk.open.join(", ");
        walk.broken.push(format!("input: no tool output found for {missing}"));
    }
    for (index, tool) in list(&body["tools"]).iter().enumerate() {
        offered(&format!("tools[{index}]"), tool, broken);
    }
}

struct Walk<'a, 'b> {
    open: Vec<&'a str>,
    seen: HashSet<&'a str>,
    continued: bool,
    stored: bool,
    broken: &'b mut Broken,
}

impl<'a> Walk<'a, '_> {
    fn item(&mut self, place: &str, item: &'a Value) {
        let kind = item["type"].as_str().unwrap_or(if item["role"].is_string() { "message" } else { "" });
        match kind {
            "message" => self.message(place, item),
            "reasoning" => self.reasoning(place, item),
            "function_call" => {
                self.call(place, item);
                self.id_prefix(place, item, "fc_");
                tools::name(place, &item["name"], 64, self.broken);
                tools::arguments_text(place, &item["arguments"], self.broken);
            }
            "custom_tool_call" => {
                self.call(place, item);
                self.id_prefix(place, item, "ctc_");
                if !item["input"].is_string() {
                    self.broken.push(format!("{place}.input: must be a string"));
                }
            }
            "local_shell_call" => self.call(place, item),
            "function_call_output" | "custom_tool_call_output" | "local_shell_call_output" => {
                self.output(place, item);
            }
            "item_reference" | "compaction" | "web_search_call" => {}
            other => self.broken.push(format!("{place}.type: {other:?} is unknown")),
        }
    }

    fn call(&mut self, place: &str, item: &'a Value) {
        let id = text(&item["call_id"]);
        if id.is_empty() || id.len() > 64 {
            self.broken.push(format!("{place}.call_id: required, at most 64 characters"));
        }
        if !self.seen.insert(id) {
            self.broken.push(format!("{place}.call_id: {id} is used twice"));
        }
        self.open.push(id);
    }

    fn output(&mut self, place: &str, item: &'a Value) {
        let id = text(&item["call_id"]);
        match self.open.iter().position(|open| *open == id) {
            Some(at) => drop(self.open.swap_remove(at)),
            None if self.continued => {}
            None => self.broken.push(format!("{place}: no tool call found for call_id {id:?}")),
        }
        if !(item["output"].is_string() || item["output"].is_array()) {
            self.broken.push(format!("{place}.output: must be a string or a list"));
        }
        self.parts(place, "user", &item["output"]);
    }

    fn message(&mut self, place: &str, item: &Value) {
        let role = text(&item["role"]);
        if !matches!(role, "user" | "assistant" | "system" | "developer") {
            self.broken.push(format!("{place}.role: {role:?} is unknown"));
        }
        let content = &item["content"];
        if text(content).is_empty() && list(content).is_empty() {
            self.broken.push(format!("{place}.content: must not be empty"));
        }
        if role == "assistant" {
            self.id_prefix(place, item, "msg_");
        }
        self.parts(place, role, content);
    }

    fn parts(&mut self, place: &str, role: &str, content: &Value) {
        for (index, part) in list(content).iter().enumerate() {
            let place = format!("{place}.content[{index}]");
            match (text(&part["type"]), role) {
                ("output_text" | "refusal", "assistant") => {}
                ("input_text" | "input_file", _) if role != "assistant" => {}
                ("input_image", _) if role != "assistant" => {
                    if let Err(why) = inspect_url(text(&part["image_url"])) {
                        self.broken.push(format!("{place}: {why}"));
                    }
                }
                (kind, _) => self.broken.push(format!("{place}.type: {kind:?} in a message of role {role}")),
            }
        }
    }

    fn reasoning(&mut self, place: &str, item: &Value) {
        self.id_prefix(place, item, "rs_");
        if !item["summary"].is_array() {
            self.broken.push(format!("{place}.summary: required, a list"));
        }
        match item["encrypted_content"].as_str() {
            Some(encrypted) if encrypted_holds(encrypted) => {}
            Some(_) => self.broken.push(format!("{place}.encrypted_content: did not come back unchanged")),
            None if self.stored => {}
            None => {
                self.broken.push(format!("{place}: unknown without encrypted_content, as nothing is stored"));
            }
        }
    }

    fn id_prefix(&mut self, place: &str, item: &Value, prefix: &str) {
        if item["id"].as_str().is_some_and(|id| !id.starts_with(prefix)) {
            self.broken.push(format!("{place}.id: {} does not begin with {prefix}", item["id"]));
        }
    }
}

fn offered(place: &str, tool: &Value, broken: &mut Broken) {
    match text(&tool["type"]) {
        "function" => {
            tools::name(place, &tool["name"], 64, broken);
            tools::schema(&format!("{place}.parameters"), &tool["parameters"], broken);
        }
        "custom" => tools::name(place, &tool["name"], 64, broken),
        "namespace" => {
            for (index, inner) in list(&tool["tools"]).iter().enumerate() {
                offered(&format!("{place}.tools[{index}]"), inner, broken);
            }
        }
        "" => broken.push(format!("{place}.type: required")),
        // Hosted tools are the vendor's own business.
        _ => {}
    }
}
