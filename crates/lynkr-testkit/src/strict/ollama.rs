//! Ollama chat.

use serde_json::Value;

use super::{Broken, tools};
use crate::json::{list, text};
use crate::model::inspect;

pub(super) fn check(body: &Value, broken: &mut Broken) {
    let messages = list(&body["messages"]);
    if messages.is_empty() {
        broken.push("messages: at least one is required".to_owned());
    }
    let mut open = 0_usize;
    for (index, message) in messages.iter().enumerate() {
        let place = format!("messages[{index}]");
        check_message(&place, message, broken);
        if message["role"] == "tool" {
            if open == 0 {
                broken.push(format!("{place}: tool message without a preceding call"));
            }
            open = open.saturating_sub(1);
        } else {
            if open > 0 {
                broken.push(format!("{place}: {open} tool calls before it were not answered"));
            }
            open = list(&message["tool_calls"]).len();
        }
    }
    if open > 0 {
        broken.push(format!("messages: {open} tool calls at the end were not answered"));
    }
    for (index, tool) in list(&body["tools"]).iter().enumerate() {
        let place = format!("tools[{index}]");
        tools::name(&place, &tool["function"]["name"], 128, broken);
        tools::schema(&format!("{place}.function.parameters"), &tool["function"]["parameters"], broken);
    }
    if body.get("options").is_some_and(|options| !options.is_object()) {
        broken.push("options: must be an object".to_owned());
    }
    if body.get("think").is_some_and(|think| !(think.is_boolean() || think.is_string())) {
        broken.push("think: must be a boolean or a level".to_owned());
    }
}

fn check_message(place: &str, message: &Value, broken: &mut Broken) {
    let role = text(&message["role"]);
    if !matches!(role, "system" | "user" | "assistant" | "tool") {
        broken.push(format!("{place}.role: {role:?} is unknown"));
    }
    let (calls, images) = (list(&message["tool_calls"]), list(&message["images"]));
    // Ollama decodes content into a Go string: absent is fine, any other type is an error.
    if message.get("content").is_some_and(|content| !content.is_string()) {
        broken.push(format!("{place}.content: must be a string"));
    }
    if text(&message["content"]).is_empty() && calls.is_empty() && images.is_empty() && role != "tool" {
        broken.push(format!("{place}.content: must not be empty"));
    }
    for (index, call) in calls.iter().enumerate() {
        let place = format!("{place}.tool_calls[{index}]");
        tools::name(&place, &call["function"]["name"], 128, broken);
        if !call["function"]["arguments"].is_object() {
            broken.push(format!("{place}.function.arguments: must be an object"));
        }
    }
    for image in images {
        if let Err(why) = inspect(None, text(image)) {
            broken.push(format!("{place}.images: {why}"));
        }
    }
}
