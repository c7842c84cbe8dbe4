//! Rules about tools that all dialects share.

use std::collections::HashSet;

use serde_json::Value;

use super::Broken;

pub(super) fn name(place: &str, name: &Value, longest: usize, broken: &mut Broken) {
    let text = name.as_str().unwrap_or_default();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if text.is_empty() || text.len() > longest || !text.bytes().all(allowed) {
        broken.push(format!("{place}.name: {name} does not match [a-zA-Z0-9_-]{{1,{longest}}}"));
    }
}

pub(super) fn schema(place: &str, schema: &Value, broken: &mut Broken) {
    if schema["type"] != "object" {
        broken.push(format!("{place}: must be a schema of type object"));
    }
}

pub(super) fn arguments_text(place: &str, arguments: &Value, broken: &mut Broken) {
    let parsed = arguments.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    if !parsed.is_some_and(|value| value.is_object()) {
        broken.push(format!("{place}.arguments: must be the text of a JSON object, is {arguments}"));
    }
}

pub(super) fn unique<'a>(place: &str, id: &'a Value, seen: &mut HashSet<&'a str>, broken: &mut Broken) {
    match id.as_str() {
        None | Some("") => broken.push(format!("{place}.id: required")),
        Some(id) if !seen.insert(id) => broken.push(format!("{place}.id: {id} is used twice")),
        Some(_) => {}
    }
}
