//! Tool definitions as OpenAI's models are told them: declarations, not JSON.
//!
//! The numbers are those of the vendor's cookbook ("How to count tokens with tiktoken"): a head per function, a
//! line per parameter, less for a list of values, a tail for all. The cookbook counts one level; objects within
//! objects are counted here as their parameters are.

use serde_json::{Map, Value};

/// Before the first parameter of an object, and before each of them.
const PARAMETERS: u64 = 3;
const PARAMETER: u64 = 3;
/// What each value of a list of values costs beside its text, and what the list saves.
const VALUE: u64 = 3;
const VALUES_SAVE: u64 = 3;
/// The end of all declarations.
pub(crate) const TAIL: u64 = 12;

/// The tokens of one function, whose head costs `head`.
pub(crate) fn declared(
    (name, description): (&str, Option<&str>),
    schema: Option<&str>,
    head: u64,
    count: &dyn Fn(&str) -> u64,
) -> u64 {
    let line = format!("{name}:{}", sentence(description.unwrap_or_default()));
    let schema: Option<Value> = schema.and_then(|schema| serde_json::from_str(schema).ok());
    head + count(&line) + schema.map_or(0, |schema| object(&schema, count))
}

fn sentence(text: &str) -> &str {
    text.strip_suffix('.').unwrap_or(text)
}

fn object(schema: &Value, count: &dyn Fn(&str) -> u64) -> u64 {
    let properties = schema.get("properties").and_then(Value::as_object).filter(|all| !all.is_empty());
    let own = properties.map_or(0, |all| PARAMETERS + parameters(all, count));
    own + nested(schema, count)
}

fn parameters(all: &Map<String, Value>, count: &dyn Fn(&str) -> u64) -> u64 {
    all.iter().map(|(name, schema)| PARAMETER + parameter(name, schema, count)).sum()
}

fn parameter(name: &str, schema: &Value, count: &dyn Fn(&str) -> u64) -> u64 {
    let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let kind = match schema.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("|"),
        _ => String::new(),
    };
    let values = schema.get("enum").and_then(Value::as_array).map_or(0, |values| {
        let each = |value: &Value| VALUE + value.as_str().map_or_else(|| count(&value.to_string()), count);
        values.iter().map(each).sum::<u64>().saturating_sub(VALUES_SAVE)
    });
    count(&format!("{name}:{kind}:{}", sentence(description))) + values + object(schema, count)
}

/// What stands in a schema below its parameters: the items of a list, alternatives, values of a map.
fn nested(schema: &Value, count: &dyn Fn(&str) -> u64) -> u64 {
    let single = ["items", "additionalProperties"].into_iter().filter_map(|key| schema.get(key));
    let many =
        ["anyOf", "oneOf", "allOf", "prefixItems"].into_iter().filter_map(|key| schema.get(key)?.as_array());
    let shared = ["$defs", "definitions"].into_iter().filter_map(|key| schema.get(key)?.as_object());
    single
        .chain(many.flatten())
        .filter(|schema| schema.is_object())
        .map(|schema| object(schema, count))
        .sum::<u64>()
        + shared.map(|all| parameters(all, count)).sum::<u64>()
}
