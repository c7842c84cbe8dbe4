//! Bedrock Converse.

use std::collections::HashSet;

use serde_json::Value;

use super::{Broken, tools};
use crate::hear::converse::picture;
use crate::json::{list, text};
use crate::model::seal_holds;

const FIELDS: &str = "additionalModelRequestFields additionalModelResponseFieldPaths guardrailConfig inferenceConfig \
                      messages outputConfig performanceConfig promptVariables requestMetadata serviceTier system \
                      toolConfig";

pub(super) fn check(body: &Value, broken: &mut Broken) {
    known("", body, FIELDS, broken);
    for (index, block) in list(&body["system"]).iter().enumerate() {
        let place = format!("system.{index}");
        if member(&place, block, "text guardContent cachePoint", broken) == "text" {
            words(&place, block, broken);
        }
    }
    inference(&body["inferenceConfig"], broken);
    messages(body, broken);
    offered(body, broken);
    let points = body.to_string().matches("\"cachePoint\":{").count();
    if points > 4 {
        broken.push(format!("cachePoint: at most 4, found {points}"));
    }
}

/// Bedrock refuses fields that it doesn't know.
fn known(place: &str, object: &Value, names: &str, broken: &mut Broken) {
    let fields = object.as_object().into_iter().flatten().map(|(name, _)| name);
    let unknown = fields.filter(|name| !names.split_whitespace().any(|known| known == name.as_str()));
    broken.extend(unknown.map(|name| format!("{place}{name}: unknown field")));
}

/// The one field of a union.
fn member<'a>(place: &str, union: &'a Value, names: &str, broken: &mut Broken) -> &'a str {
    known(&format!("{place}."), union, names, broken);
    let mut fields = union.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    if let (Some(only), None) = (fields.next(), fields.next()) {
        return only;
    }
    broken.push(format!("{place}: must have exactly one field"));
    ""
}

fn words(place: &str, block: &Value, broken: &mut Broken) {
    if text(&block["text"]).trim().is_empty() {
        broken.push(format!("{place}.text: must not be blank"));
    }
}

fn inference(config: &Value, broken: &mut Broken) {
    known("inferenceConfig.", config, "maxTokens temperature topP stopSequences", broken);
    if config.get("maxTokens").is_some_and(|limit| limit.as_u64().is_none_or(|limit| limit == 0)) {
        broken.push("inferenceConfig.maxTokens: must be a positive integer".to_owned());
    }
    for name in ["temperature", "topP"] {
        let given = config.get(name);
        if given.is_some_and(|value| !value.as_f64().is_some_and(|value| (0.0..=1.0).contains(&value))) {
            broken.push(format!("inferenceConfig.{name}: must be from 0 to 1"));
        }
    }
    if list(&config["stopSequences"]).iter().any(|stop| text(stop).trim().is_empty()) {
        broken.push("inferenceConfig.stopSequences: must not be blank".to_owned());
    }
}

fn messages(body: &Value, broken: &mut Broken) {
    let messages = list(&body["messages"]);
    if messages.is_empty() {
        broken.push("messages: at least one is required".to_owned());
    }
    let mut walk = Walk { pending: Vec::new(), seen: HashSet::new(), files: HashSet::new(), broken };
    let mut expected = "user";
    for (index, message) in messages.iter().enumerate() {
        let place = format!("messages.{index}");
        known(&format!("{place}."), message, "role content", walk.broken);
        let role = text(&message["role"]);
        if role != expected {
            walk.broken
                .push(format!("{place}.role: roles alternate, so it must be {expected}, not {role:?}"));
        }
        expected = if role == "user" { "assistant" } else { "user" };
        walk.message(&place, role, list(&message["content"]));
    }
    if !walk.pending.is_empty() {
        let pending = walk.pending.join(", ");
        walk.broken.push(format!("messages: toolUse {pending} at the end without toolResult"));
    }
}

const BLOCKS: &str = "text image document video audio toolUse toolResult guardContent cachePoint reasoningContent \
                      citationsContent searchResult";

struct Walk<'a, 'b> {
    /// Calls of the message before that wait for their results.
    pending: Vec<&'a str>,
    seen: HashSet<&'a str>,
    files: HashSet<&'a str>,
    broken: &'b mut Broken,
}

impl<'a> Walk<'a, '_> {
    fn message(&mut self, place: &str, role: &str, blocks: &'a [Value]) {
        if blocks.is_empty() {
            self.broken.push(format!("{place}.content: must not be empty"));
        }
        let results = blocks.iter().filter_map(|block| block["toolResult"]["toolUseId"].as_str());
        let mut answered: Vec<_> = results.collect();
        answered.sort_unstable();
        self.pending.sort_unstable();
        if answered != self.pending {
            let (want, got) = (self.pending.join(", "), answered.join(", "));
            self.broken.push(format!("{place}: toolUse [{want}] is followed by results of [{got}]"));
        }
        self.pending.clear();
        let has = |name: &str| blocks.iter().any(|block| block.get(name).is_some());
        if has("document") && !has("text") {
            self.broken.push(format!("{place}: documents must stand beside a text"));
        }
        for (index, block) in blocks.iter().enumerate() {
            self.block(&format!("{place}.content.{index}"), role, block);
        }
    }

    fn block(&mut self, place: &str, role: &str, block: &'a Value) {
        let kind = member(place, block, BLOCKS, self.broken);
        let own_side = match kind {
            "toolUse" | "reasoningContent" | "citationsContent" => role == "assistant",
            "toolResult" | "image" | "document" | "video" => role == "user",
            _ => true,
        };
        if !own_side {
            self.broken.push(format!("{place}: {kind} in a message of the {role}"));
        }
        match kind {
            "text" => words(place, block, self.broken),
            "toolUse" => self.tool_use(place, &block[kind]),
            "toolResult" => self.result(place, &block[kind]),
            "reasoningContent" => self.reasoning(place, &block[kind]),
            "image" => self.image(place, &block[kind]),
            "document" => self.document(place, &block[kind]),
            _ => {}
        }
    }

    fn id(&mut self, place: &str, id: &Value) {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte);
        let id = text(id);
        if id.is_empty() || id.len() > 64 || !id.bytes().all(fits) {
            self.broken.push(format!("{place}.toolUseId: {id:?} does not match [a-zA-Z0-9_.:-]{{1,64}}"));
        }
    }

    fn tool_use(&mut self, place: &str, call: &'a Value) {
        known(&format!("{place}.toolUse."), call, "toolUseId name input type", self.broken);
        tools::unique(place, &call["toolUseId"], &mut self.seen, self.broken);
        tools::name(place, &call["name"], 64, self.broken);
        self.id(place, &call["toolUseId"]);
        if !call["input"].is_object() {
            self.broken.push(format!("{place}.toolUse.input: must be an object"));
        }
        self.pending.push(text(&call["toolUseId"]));
    }

    fn result(&mut self, place: &str, result: &'a Value) {
        known(&format!("{place}.toolResult."), result, "toolUseId content status type", self.broken);
        self.id(place, &result["toolUseId"]);
        if !matches!(result["status"].as_str(), None | Some("success" | "error")) {
            self.broken.push(format!("{place}.toolResult.status: neither success nor error"));
        }
        if list(&result["content"]).is_empty() {
            self.broken.push(format!("{place}.toolResult.content: must not be empty"));
        }
        for (index, part) in list(&result["content"]).iter().enumerate() {
            let place = format!("{place}.toolResult.content.{index}");
            match member(&place, part, "json text image document video searchResult", self.broken) {
                "text" => words(&place, part, self.broken),
                "image" => self.image(&place, &part["image"]),
                "document" => self.document(&place, &part["document"]),
                _ => {}
            }
        }
    }

    fn reasoning(&mut self, place: &str, reasoning: &Value) {
        if member(place, reasoning, "reasoningText redactedContent", self.broken) == "reasoningText" {
            let words = &reasoning["reasoningText"];
            if !seal_holds(text(&words["text"]), text(&words["signature"])) {
                self.broken.push(format!("{place}.signature: does not fit the reasoning text"));
            }
        }
    }

    fn image(&mut self, place: &str, image: &Value) {
        if let Err(why) = picture(image) {
            self.broken.push(format!("{place}: {why}"));
        }
    }

    fn document(&mut self, place: &str, document: &'a Value) {
        let name = text(&document["name"]);
        let fits = |c: char| c.is_ascii_alphanumeric() || " -()[]".contains(c);
        if name.is_empty() || name.len() > 200 || !name.chars().all(fits) || name.contains("  ") {
            self.broken.push(format!("{place}.document.name: {name:?} has characters that it must not have"));
        }
        if !self.files.insert(name) {
            self.broken.push(format!("{place}.document.name: {name:?} is used twice"));
        }
    }
}

fn offered(body: &Value, broken: &mut Broken) {
    let blocks = list(&body["messages"]).iter().flat_map(|message| list(&message["content"]));
    let mut called = blocks.filter(|block| block.get("toolUse").or(block.get("toolResult")).is_some());
    let Some(config) = body.get("toolConfig") else {
        if called.next().is_some() {
            broken.push("toolConfig: must be there beside toolUse and toolResult".to_owned());
        }
        return;
    };
    known("toolConfig.", config, "tools toolChoice", broken);
    if list(&config["tools"]).is_empty() {
        broken.push("toolConfig.tools: at least one is required".to_owned());
    }
    let mut names = HashSet::new();
    for (index, tool) in list(&config["tools"]).iter().enumerate() {
        let place = format!("toolConfig.tools.{index}");
        if member(&place, tool, "toolSpec systemTool cachePoint", broken) != "toolSpec" {
            continue;
        }
        let spec = &tool["toolSpec"];
        known(&format!("{place}.toolSpec."), spec, "name description inputSchema strict", broken);
        tools::name(&place, &spec["name"], 64, broken);
        tools::schema(&format!("{place}.inputSchema.json"), &spec["inputSchema"]["json"], broken);
        if spec["description"] == "" {
            broken.push(format!("{place}.description: must not be empty"));
        }
        if !names.insert(text(&spec["name"])) {
            broken.push(format!("{place}.name: used twice"));
        }
    }
    if let Some(choice) = config.get("toolChoice") {
        member("toolConfig.toolChoice", choice, "auto any tool", broken);
    }
}
