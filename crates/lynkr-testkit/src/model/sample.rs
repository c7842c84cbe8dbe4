//! Tool arguments that satisfy a schema well enough for the tool to run.

use serde_json::{Map, Value, json};

use crate::json::{list, text};

/// A value for a JSON schema: required properties only, first choice of every alternative.
pub(crate) fn sample(schema: &Value, name: &str) -> Value {
    if let Some(fixed) = schema.get("const").or_else(|| list(&schema["enum"]).first()) {
        return fixed.clone();
    }
    if let Some(first) = ["anyOf", "oneOf", "allOf"].iter().find_map(|key| list(&schema[*key]).first()) {
        return sample(first, name);
    }
    match kind(schema) {
        "object" => required(schema, Map::new()),
        "array" => json!([sample(&schema["items"], name)]),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => json!(false),
        _ => json!(format!("kit {name}")),
    }
}

/// Completes `given` with samples of what else the schema requires.
pub(crate) fn required(schema: &Value, mut given: Map<String, Value>) -> Value {
    for name in list(&schema["required"]).iter().map(text) {
        if !given.contains_key(name) {
            given.insert(name.to_owned(), sample(&schema["properties"][name], name));
        }
    }
    Value::Object(given)
}

fn kind(schema: &Value) -> &str {
    let listed = list(&schema["type"]).iter().map(text).find(|kind| *kind != "null");
    match listed.or_else(|| schema["type"].as_str()) {
        Some(kind) => kind,
        None if schema["properties"].is_object() => "object",
        None => "string",
    }
}
