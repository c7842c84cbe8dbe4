//! Takes out of a body what means nothing to a cloud that doesn't know the beta feature it belongs to.

use serde_json::{Map, Value};

/// What an instruction in mid-conversation is wrapped in where only a user can speak there.
const REMINDER: (&str, &str) = ("<system-reminder>\n", "\n</system-reminder>");

/// The path of instructions in mid-conversation, which are kept.
pub(super) const REMINDED: &str = "messages[system]";

/// The paths that were found, and the new values of the top-level fields that they changed; `None` for those that
/// are gone.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Changed {
    pub(super) paths: Vec<&'static str>,
    pub(super) fields: Vec<(String, Option<Value>)>,
}

/// Follows each path through a body. `[]` stands for each element, `[name]` for the elements of that type or role.
pub(super) fn without(body: &[u8], paths: &[&'static str]) -> Changed {
    let mut changed = Changed::default();
    if paths.is_empty() {
        return changed;
    }
    let Ok(mut after) = serde_json::from_slice::<Map<String, Value>>(body) else { return changed };
    let before = after.clone();
    for path in paths.iter().copied() {
        let found = match path {
            REMINDED => remind(&mut after),
            // Marks stand on blocks of every kind.
            "cache_control.scope" => after.values_mut().fold(false, |found, value| unscope(value) | found),
            _ => remove(&mut after, path),
        };
        if found {
            changed.paths.push(path);
        }
    }
    for (name, value) in before {
        if after.get(&name) != Some(&value) {
            let now = after.remove(&name);
            changed.fields.push((name, now));
        }
    }
    changed
}

/// Removes what a path names from an object; whether anything was there.
fn remove(object: &mut Map<String, Value>, path: &str) -> bool {
    let (segment, rest) = path.split_once('.').map_or((path, None), |(segment, rest)| (segment, Some(rest)));
    let Some((name, selector)) = segment.split_once('[') else {
        return match (rest, object.get_mut(segment)) {
            (None, found) => found.is_some() && object.remove(segment).is_some(),
            (Some(rest), Some(Value::Object(inner))) => remove(inner, rest),
            (Some(_), _) => false,
        };
    };
    let Some(Value::Array(list)) = object.get_mut(name) else { return false };
    let selector = selector.trim_end_matches(']');
    if let Some(rest) = rest {
        return list
            .iter_mut()
            .filter(|item| is_selected(item, selector))
            .fold(false, |found, item| item.as_object_mut().is_some_and(|item| remove(item, rest)) | found);
    }
    let before = list.len();
    list.retain(|item| !is_selected(item, selector));
    let found = list.len() < before;
    if list.is_empty() {
        object.remove(name);
    }
    found
}

fn is_selected(item: &Value, selector: &str) -> bool {
    let says = |field: &str| item.get(field).and_then(Value::as_str) == Some(selector);
    selector.is_empty() || says("type") || says("role")
}

fn unscope(value: &mut Value) -> bool {
    match value {
        Value::Array(list) => list.iter_mut().fold(false, |found, item| unscope(item) | found),
        Value::Object(object) => {
            let mark = object.get_mut("cache_control").and_then(Value::as_object_mut);
            let own = mark.is_some_and(|mark| mark.remove("scope").is_some());
            // What a tool is called with, or takes, is no block.
            let inner =
                object.iter_mut().filter(|(name, _)| !matches!(name.as_str(), "input" | "input_schema"));
            inner.fold(own, |found, (_, value)| unscope(value) | found)
        }
        _ => false,
    }
}

/// Lets the user say what instructions in mid-conversation say: left out, they would be lost.
fn remind(body: &mut Map<String, Value>) -> bool {
    let Some(Value::Array(messages)) = body.get_mut("messages") else { return false };
    let mut found = false;
    for message in messages.iter_mut().filter(|message| is_selected(message, "system")) {
        found = true;
        if let Some(content) = message.get_mut("content") {
            wrap(content);
        }
        if let Some(role) = message.get_mut("role") {
            *role = "user".into();
        }
    }
    found
}

fn wrap(content: &mut Value) {
    let texts = match content {
        Value::Array(blocks) => blocks.iter_mut().filter_map(|block| block.get_mut("text")).collect(),
        whole => vec![whole],
    };
    for text in texts {
        if let Value::String(words) = text {
            *words = format!("{}{words}{}", REMINDER.0, REMINDER.1);
        }
    }
}

#[cfg(test)]
mod tests;
