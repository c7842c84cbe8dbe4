//! The API takes the snake-case names of its fields too, and Google's own examples for curl use them.
//! They are rewritten where the format has names; what tools and schemas say is left alone.

use serde_json::{Map, Value};

/// What a body in snake case has at least one of. A body without them isn't rewritten.
const SIGNS: &[&str] = &[
    "\"system_instruction\"",
    "\"generation_config\"",
    "\"safety_settings\"",
    "\"tool_config\"",
    "\"cached_content\"",
    "\"function_declarations\"",
    "\"function_call\"",
    "\"function_response\"",
    "\"inline_data\"",
    "\"file_data\"",
    "\"mime_type\"",
    "\"file_uri\"",
    "\"google_search\"",
    "\"code_execution\"",
    "\"url_context\"",
    "\"thought_signature\"",
    "\"max_output_tokens\"",
    "\"stop_sequences\"",
    "\"thinking_config\"",
    "\"thinking_budget\"",
    "\"thinking_level\"",
    "\"include_thoughts\"",
    "\"response_mime_type\"",
    "\"response_schema\"",
    "\"response_json_schema\"",
    "\"parameters_json_schema\"",
    "\"function_calling_config\"",
    "\"allowed_function_names\"",
    "\"top_p\"",
    "\"top_k\"",
];

/// The body in camel case; `None` when there is nothing to do or when it isn't JSON.
pub(super) fn camel(body: &[u8]) -> Option<Vec<u8>> {
    if !SIGNS.iter().any(|sign| memchr::memmem::find(body, sign.as_bytes()).is_some()) {
        return None;
    }
    let mut value: Value = serde_json::from_slice(body).ok()?;
    let before = value.clone();
    request(&mut value);
    (value != before).then(|| value.to_string().into_bytes())
}

fn request(value: &mut Value) {
    rename(value);
    each(value, "contents", content);
    within(value, "systemInstruction", content);
    each(value, "tools", |tool| {
        rename(tool);
        each(tool, "functionDeclarations", rename);
    });
    within(value, "toolConfig", |config| {
        rename(config);
        within(config, "functionCallingConfig", rename);
    });
    within(value, "generationConfig", |config| {
        rename(config);
        within(config, "thinkingConfig", rename);
    });
    each(value, "safetySettings", rename);
}

fn content(value: &mut Value) {
    rename(value);
    each(value, "parts", part);
}

fn part(value: &mut Value) {
    rename(value);
    for field in ["inlineData", "fileData", "functionCall", "executableCode", "codeExecutionResult"] {
        within(value, field, rename);
    }
    within(value, "functionResponse", |response| {
        rename(response);
        each(response, "parts", |inner| {
            rename(inner);
            within(inner, "inlineData", rename);
            within(inner, "fileData", rename);
        });
    });
}

fn within(value: &mut Value, name: &str, change: impl FnOnce(&mut Value)) {
    if let Some(inner) = value.get_mut(name) {
        change(inner);
    }
}

fn each(value: &mut Value, name: &str, change: impl FnMut(&mut Value)) {
    if let Some(Value::Array(list)) = value.get_mut(name) {
        list.iter_mut().for_each(change);
    }
}

/// Gives the fields of an object their camel-case names.
fn rename(value: &mut Value) {
    let Value::Object(object) = value else { return };
    if !object.keys().any(|name| name.contains('_')) {
        return;
    }
    let renamed: Map<String, Value> =
        std::mem::take(object).into_iter().map(|(name, value)| (camel_name(&name), value)).collect();
    *object = renamed;
}

fn camel_name(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else if std::mem::take(&mut upper) {
            camel.push(c.to_ascii_uppercase());
        } else {
            camel.push(c);
        }
    }
    camel
}
