//! The OpenAPI subset of Gemini's `Schema` → JSON Schema: type names in lower case, `nullable` as a type.
//! Clients of this dialect mix the two up, so every schema of theirs passes through here.

use serde_json::{Map, Value};

use crate::wire::Json;

/// Deeper schemas stay as they are.
const MAX_DEPTH: usize = 64;

/// The schema in JSON Schema; `None` when it is already.
pub(super) fn to_json_schema(schema: &Json) -> Option<Json> {
    let before = schema.to_value();
    let mut after = before.clone();
    convert(&mut after, MAX_DEPTH);
    (before != after).then(|| Json::of(&after))
}

fn convert(schema: &mut Value, depth: usize) {
    let (Value::Object(object), Some(depth)) = (schema, depth.checked_sub(1)) else { return };
    convert_type(object);
    for (name, value) in object.iter_mut() {
        match name.as_str() {
            "properties" | "$defs" | "definitions" | "patternProperties" => {
                if let Value::Object(named) = value {
                    for schema in named.values_mut() {
                        convert(schema, depth);
                    }
                }
            }
            "items" | "additionalProperties" | "not" | "contains" | "propertyNames" => convert(value, depth),
            "anyOf" | "oneOf" | "allOf" | "prefixItems" => {
                if let Value::Array(list) = value {
                    for schema in list {
                        convert(schema, depth);
                    }
                }
            }
            _ => {}
        }
    }
}

fn convert_type(object: &mut Map<String, Value>) {
    let lower = match object.get("type").and_then(Value::as_str) {
        Some("TYPE_UNSPECIFIED") => {
            object.remove("type");
            None
        }
        Some(name @ ("STRING" | "NUMBER" | "INTEGER" | "BOOLEAN" | "ARRAY" | "OBJECT" | "NULL")) => {
            Some(name.to_ascii_lowercase())
        }
        _ => None,
    };
    if let Some(lower) = lower {
        object.insert("type".to_owned(), lower.into());
    }
    // Only the OpenAPI subset knows `nullable`; there the type is one name.
    let Some(Value::String(kind)) = object.get("type") else { return };
    let kinds = Value::from(vec![kind.clone(), "null".to_owned()]);
    match object.get("nullable") {
        Some(Value::Bool(true)) => {
            object.remove("nullable");
            object.insert("type".to_owned(), kinds);
        }
        Some(Value::Bool(false)) => {
            object.remove("nullable");
        }
        _ => {}
    }
}
