//! OpenAI Chat Completions.

use std::collections::HashSet;

use serde_json::Value;

use super::{Broken, tools};
use crate::json::{list, text};
use crate::model::inspect_url;

pub(super) fn check(body: &Value, broken: &mut Broken) {
    let messages = list(&body["messages"]);
    if messages.is_empty() {
        broken.push("messages: at least one is required".to_owned());
    }
    if body.get("stream_options").is_some() && body["stream"] != true {
        broken.push("stream_options: only with stream".to_owned());
    }
    let mut walk = Walk { pending: Vec::new(), seen: HashSet::new(), broken };
    for (index, message) in messages.iter().enumerate() {
        walk.message(&format!("messages[{index}]"), message);
    }
    walk.settle("the end");
    offered(body, broken);
}

struct Walk<'a, 'b> {
    pending: Vec<&'a str>,
    seen: HashSet<&'a str>,
    broken: &'b mut Broken,
}

impl<'a> Walk<'a, '_> {
    fn message(&mut self, place: &str, message: &'a Value) {
        let role = text(&message["role"]);
        match role {
            "tool" => self.result(place, message),
            "assistant" => {
                self.settle(place);
                self.assistant(place, message);
            }
            "system" | "developer" | "user" => {
                self.settle(place);
                self.required_content(place, &message["content"]);
            }
            _ => self.broken.push(format!("{place}.role: {role:?} is unknown")),
        }
        for (index, part) in list(&message["content"]).iter().enumerate() {
            self.part(&format!("{place}.content[{index}]"), role, part);
        }
    }

    fn settle(&mut self, place: &str) {
        if !self.pending.is_empty() {
            let missing = self.pending.join(", ");
            self.broken
                .push(format!("{place}: tool_calls {missing} were not answered by tool messages before"));
            self.pending.clear();
        }
    }

    fn result(&mut self, place: &str, message: &Value) {
        let id = text(&message["tool_call_id"]);
        match self.pending.iter().position(|pending| *pending == id) {
            Some(at) => drop(self.pending.swap_remove(at)),
            None => self.broken.push(format!("{place}: tool message for {id:?} without a preceding call")),
        }
        if !(message["content"].is_string() || message["content"].is_array()) {
            self.broken.push(format!("{place}.content: must be a string or a list of text parts"));
        }
    }

    fn assistant(&mut self, place: &str, message: &'a Value) {
        let calls = list(&message["tool_calls"]);
        if message.get("tool_calls").is_some_and(|given| !given.is_null()) && calls.is_empty() {
            self.broken.push(format!("{place}.tool_calls: must not be empty"));
        }
        if calls.is_empty() && !message["refusal"].is_string() {
            self.required_content(place, &message["content"]);
        }
        if message.get("reasoning_content").is_some_and(|given| !(given.is_string() || given.is_null())) {
            self.broken.push(format!("{place}.reasoning_content: must be a string"));
        }
        for (index, call) in calls.iter().enumerate() {
            let place = format!("{place}.tool_calls[{index}]");
            tools::unique(&place, &call["id"], &mut self.seen, self.broken);
            self.pending.push(text(&call["id"]));
            if call["type"] != "function" {
                self.broken.push(format!("{place}.type: must be function"));
            }
            tools::name(&place, &call["function"]["name"], 64, self.broken);
            tools::arguments_text(&place, &call["function"]["arguments"], self.broken);
        }
    }

    fn required_content(&mut self, place: &str, content: &Value) {
        if text(content).is_empty() && list(content).is_empty() {
            self.broken.push(format!("{place}.content: must not be empty"));
        }
    }

    fn part(&mut self, place: &str, role: &str, part: &Value) {
        match (text(&part["type"]), role) {
            ("text", _) if text(&part["text"]).is_empty() => {
                self.broken.push(format!("{place}.text: must not be empty"));
            }
            ("text", _) | ("refusal", "assistant") | ("input_audio" | "file", "user") => {}
            ("image_url", "user") => {
                if let Err(why) = inspect_url(text(&part["image_url"]["url"])) {
                    self.broken.push(format!("{place}: {why}"));
                }
            }
            (kind, _) => self.broken.push(format!("{place}.type: {kind:?} in a message of role {role}")),
        }
    }
}

fn offered(body: &Value, broken: &mut Broken) {
    if body.get("tools").is_some_and(|tools| tools.as_array().is_none_or(Vec::is_empty)) {
        broken.push("tools: must be a non-empty list".to_owned());
    }
    for (index, tool) in list(&body["tools"]).iter().enumerate() {
        let place = format!("tools[{index}]");
        match text(&tool["type"]) {
            "function" => {
                tools::name(&place, &tool["function"]["name"], 64, broken);
                if let Some(parameters) = tool["function"].get("parameters") {
                    tools::schema(&format!("{place}.function.parameters"), parameters, broken);
                }
            }
            "custom" => tools::name(&place, &tool["custom"]["name"], 64, broken),
            other => broken.push(format!("{place}.type: {other:?}")),
        }
    }
}
