//! JSON Schema → the OpenAPI subset of Gemini's `Schema`, for models that came before the fields that take JSON
//! Schema.
//!
//! The subset is that of `Schema` in the Gemini API reference ("Caching", "Schema"). What it has no word for is said
//! in its own words where that is possible (`const`, `exclusiveMinimum`, `oneOf`, references) and else left out;
//! both are noted, but for what only annotates.

mod combine;
mod values;

use serde_json::{Map, Value, json};

use super::losses::Losses;
use crate::wire::Json;

/// Deeper schemas end here in an object of any form.
const MAX_DEPTH: usize = 32;
/// How often a reference is followed within what it leads to.
const MAX_TURNS: usize = 2;
/// Schemas in all: references can make much of little.
const MOST_SCHEMAS: usize = 4_096;

/// Words that mean the same on both sides.
const SAME: &[&str] = &[
    "title",
    "description",
    "default",
    "example",
    "maxItems",
    "minItems",
    "minProperties",
    "maxProperties",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "propertyOrdering",
];

/// Words that say nothing about a value, or that are worked in elsewhere.
const SILENT: &[&str] = &[
    "$schema",
    "$id",
    "$anchor",
    "$comment",
    "$defs",
    "definitions",
    "$ref",
    "type",
    "nullable",
    "properties",
    "required",
    "items",
    "prefixItems",
    "enum",
    "const",
    "format",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "anyOf",
    "oneOf",
    "allOf",
];

/// The schema in the subset; `None` where it says no more than that there is an object. `name` is what the receipt
/// calls it.
pub(super) fn from_json_schema(schema: &Json, name: &str, losses: &mut Losses) -> Option<Json> {
    let mut root = schema.to_value();
    if let Value::Object(object) = &mut root
        && !["type", "anyOf", "oneOf", "allOf", "$ref"].iter().any(|word| object.contains_key(*word))
    {
        object.insert("type".to_owned(), "object".into());
    }
    let mut converter = Converter { root: &root, name, losses, left: MOST_SCHEMAS, references: Vec::new() };
    let converted = converter.schema(&root, 0);
    let is_empty = converted.get("properties").is_none() && converted.get("anyOf").is_none();
    let is_object = converted.get("type").is_none_or(|kind| kind == "OBJECT");
    // An object without properties is refused; a function without parameters isn't.
    (!(is_empty && is_object)).then(|| Json::of(&Value::Object(converted)))
}

struct Converter<'a> {
    root: &'a Value,
    name: &'a str,
    losses: &'a mut Losses,
    /// How many schemas may still be written.
    left: usize,
    /// The references that led to the schema at hand.
    references: Vec<String>,
}

impl Converter<'_> {
    fn schema(&mut self, schema: &Value, depth: usize) -> Map<String, Value> {
        let led_here = self.references.len();
        let converted = self.schema_here(schema, depth);
        self.references.truncate(led_here);
        converted
    }

    fn schema_here(&mut self, schema: &Value, depth: usize) -> Map<String, Value> {
        let mut out = Map::new();
        self.left = self.left.saturating_sub(1);
        if depth >= MAX_DEPTH || self.left == 0 {
            self.approximated("$ref");
            out.insert("type".to_owned(), "OBJECT".into());
            return out;
        }
        let Some(schema) = self.flat(schema) else {
            // `true` takes anything, and text can say anything.
            self.approximated("type");
            out.insert("type".to_owned(), "STRING".into());
            return out;
        };
        for word in SAME {
            if let Some(value) = schema.get(*word) {
                out.insert((*word).to_owned(), value.clone());
            }
        }
        for word in
            schema.keys().filter(|word| !SAME.contains(&word.as_str()) && !SILENT.contains(&word.as_str()))
        {
            self.losses.dropped(&format!("{}.{word}", self.name));
        }
        self.add_kind(&schema, &mut out, depth);
        self.add_values(&schema, &mut out);
        self.add_properties(&schema, &mut out, depth);
        self.add_items(&schema, &mut out, depth);
        out
    }

    fn add_properties(&mut self, schema: &Map<String, Value>, out: &mut Map<String, Value>, depth: usize) {
        let Some(Value::Object(properties)) = schema.get("properties") else { return };
        if properties.is_empty() {
            return;
        }
        let converted: Map<String, Value> = properties
            .iter()
            .map(|(name, schema)| (name.clone(), Value::Object(self.schema(schema, depth + 1))))
            .collect();
        if let Some(Value::Array(required)) = schema.get("required") {
            let known = |name: &&Value| name.as_str().is_some_and(|name| converted.contains_key(name));
            let named: Vec<Value> = required.iter().filter(known).cloned().collect();
            if named.len() < required.len() {
                self.approximated("required");
            }
            if !named.is_empty() {
                out.insert("required".to_owned(), named.into());
            }
        }
        out.insert("properties".to_owned(), converted.into());
    }

    /// A list must say what is in it.
    fn add_items(&mut self, schema: &Map<String, Value>, out: &mut Map<String, Value>, depth: usize) {
        if out.get("type").is_none_or(|kind| kind != "ARRAY") {
            return;
        }
        let tuple = match (schema.get("prefixItems"), schema.get("items")) {
            (Some(Value::Array(tuple)), _) | (None, Some(Value::Array(tuple))) => Some(tuple),
            _ => None,
        };
        let items = match (tuple, schema.get("items")) {
            (Some(tuple), _) => {
                self.approximated("prefixItems");
                self.any_of(tuple, depth + 1)
            }
            (None, Some(items)) => self.schema(items, depth + 1),
            (None, None) => self.schema(&Value::Bool(true), depth + 1),
        };
        out.insert("items".to_owned(), items.into());
    }

    /// One schema that stands for several.
    fn any_of(&mut self, schemas: &[Value], depth: usize) -> Map<String, Value> {
        match schemas {
            [] => self.schema(&Value::Bool(true), depth),
            [only] => self.schema(only, depth),
            several => self.schema(&json!({"anyOf": several}), depth),
        }
    }

    fn approximated(&mut self, word: &str) {
        self.losses.approximated(&format!("{}.{word}", self.name));
    }
}

#[cfg(test)]
mod tests;
