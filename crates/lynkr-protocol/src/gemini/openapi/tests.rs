//! Schemas of real tools and of every awkward form, and that what comes out holds to the subset.

use serde_json::{Value, json};

use super::super::losses::Losses;
use super::from_json_schema;
use crate::wire::Json;

fn convert(schema: &Value) -> (Option<Value>, Vec<String>) {
    let mut losses = Losses::default();
    let converted = from_json_schema(&Json::of(schema), "schema", &mut losses).map(|json| json.to_value());
    let losses = losses.0.iter().map(|loss| format!("{:?} {}", loss.action, loss.feature)).collect();
    if let Some(converted) = &converted {
        assert_in_subset(converted, "");
    }
    (converted, losses)
}

/// As the API's own validation would: known words, a type or alternatives everywhere, lists with items, only texts
/// listed, only properties required that there are.
fn assert_in_subset(schema: &Value, place: &str) {
    const WORDS: &[&str] = &[
        "type",
        "format",
        "title",
        "description",
        "nullable",
        "enum",
        "maxItems",
        "minItems",
        "properties",
        "required",
        "minProperties",
        "maxProperties",
        "minLength",
        "maxLength",
        "pattern",
        "example",
        "anyOf",
        "propertyOrdering",
        "default",
        "items",
        "minimum",
        "maximum",
    ];
    let object = schema.as_object().unwrap_or_else(|| panic!("{place}: {schema}"));
    for word in object.keys() {
        assert!(WORDS.contains(&word.as_str()), "{place}: {word}");
    }
    let kind = schema["type"].as_str();
    assert!(kind.is_some() || schema["anyOf"].is_array(), "{place}: no type in {schema}");
    if let Some(kind) = kind {
        assert!(
            ["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT"].contains(&kind),
            "{place}: {kind}"
        );
        assert_eq!(kind == "ARRAY", schema["items"].is_object(), "{place}: {schema}");
    }
    for value in schema["enum"].as_array().into_iter().flatten() {
        assert!(
            kind == Some("STRING") && value.as_str().is_some_and(|text| !text.is_empty()),
            "{place}: {schema}"
        );
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(schema["properties"][name.as_str().unwrap()].is_object(), "{place}: {name}");
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        assert_in_subset(inner, &format!("{place}.{name}"));
    }
    for inner in schema["anyOf"].as_array().into_iter().flatten() {
        assert_in_subset(inner, &format!("{place}|"));
    }
    if schema["items"].is_object() {
        assert_in_subset(&schema["items"], &format!("{place}[]"));
    }
}

/// One property's schema, as it comes out, and what the receipt says.
#[track_caller]
fn check(property: Value, expected: Value, losses: &[&str]) {
    let (converted, found) = convert(&json!({"type": "object", "properties": {"p": property}}));
    assert_eq!(converted.unwrap()["properties"]["p"], expected, "{property}");
    assert_eq!(found, losses, "{property}");
}

#[test]
fn what_the_subset_can_say_is_said_exactly() {
    for (property, expected) in [
        (json!({"type": "string", "description": "d"}), json!({"type": "STRING", "description": "d"})),
        (json!({"type": ["string", "null"]}), json!({"type": "STRING", "nullable": true})),
        (
            json!({"anyOf": [{"type": "integer"}, {"type": "null"}]}),
            json!({"type": "INTEGER", "nullable": true}),
        ),
        (json!({"type": ["string", "number"]}), json!({"anyOf": [{"type": "STRING"}, {"type": "NUMBER"}]})),
        (json!({"const": "x"}), json!({"type": "STRING", "enum": ["x"]})),
        (json!({"enum": ["a", "b", null]}), json!({"type": "STRING", "enum": ["a", "b"], "nullable": true})),
        (json!({"type": "integer", "exclusiveMinimum": 0}), json!({"type": "INTEGER", "minimum": 1})),
        (json!({"type": "integer", "exclusiveMaximum": 10}), json!({"type": "INTEGER", "maximum": 9})),
        (
            json!({"type": "integer", "minimum": 3, "exclusiveMinimum": true}),
            json!({"type": "INTEGER", "minimum": 4}),
        ),
        (json!({"enum": [1, 2, 3]}), json!({"type": "INTEGER", "minimum": 1, "maximum": 3})),
        (json!({"type": "string", "format": "date-time"}), json!({"type": "STRING", "format": "date-time"})),
        (
            json!({"type": "array", "items": {"type": "boolean"}, "minItems": 1}),
            json!({"type": "ARRAY", "items": {"type": "BOOLEAN"}, "minItems": 1}),
        ),
        (json!({"type": "object"}), json!({"type": "OBJECT"})),
        (
            json!({"properties": {"a": {"type": "string"}}, "required": ["a"]}),
            json!({"type": "OBJECT", "required": ["a"], "properties": {"a": {"type": "STRING"}}}),
        ),
    ] {
        check(property, expected, &[]);
    }
}

#[test]
fn what_it_can_not_say_is_near_and_noted() {
    for (property, expected, loss) in [
        (
            json!({"type": "number", "exclusiveMinimum": 0}),
            json!({"type": "NUMBER", "minimum": 0}),
            "Approximated schema.exclusiveMinimum",
        ),
        (
            json!({"oneOf": [{"type": "string"}, {"type": "boolean"}]}),
            json!({"anyOf": [{"type": "STRING"}, {"type": "BOOLEAN"}]}),
            "Approximated schema.oneOf",
        ),
        (json!({"type": "boolean", "const": true}), json!({"type": "BOOLEAN"}), "Dropped schema.enum"),
        (
            json!({"enum": [1, 5]}),
            json!({"type": "INTEGER", "minimum": 1, "maximum": 5}),
            "Approximated schema.enum",
        ),
        (json!({"enum": ["", "a"]}), json!({"type": "STRING", "enum": ["a"]}), "Approximated schema.enum"),
        (json!({"type": "string", "format": "uri"}), json!({"type": "STRING"}), "Dropped schema.format"),
        (
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            json!({"type": "OBJECT"}),
            "Dropped schema.additionalProperties",
        ),
        (
            json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]}),
            json!({"type": "ARRAY", "items": {"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]}}),
            "Approximated schema.prefixItems",
        ),
        (json!({}), json!({"type": "STRING"}), "Approximated schema.type"),
        (json!(true), json!({"type": "STRING"}), "Approximated schema.type"),
        (
            json!({"type": "array"}),
            json!({"type": "ARRAY", "items": {"type": "STRING"}}),
            "Approximated schema.type",
        ),
        (
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a", "b"]}),
            json!({"type": "OBJECT", "required": ["a"], "properties": {"a": {"type": "STRING"}}}),
            "Approximated schema.required",
        ),
        (
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "anyOf": [{"required": ["a"]}]}),
            json!({"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}),
            "Dropped schema.anyOf",
        ),
        (
            json!({"$ref": "#/$defs/none", "type": "string"}),
            json!({"type": "STRING"}),
            "Approximated schema.$ref",
        ),
        (json!({"type": "number", "multipleOf": 2}), json!({"type": "NUMBER"}), "Dropped schema.multipleOf"),
    ] {
        check(property, expected, &[loss]);
    }
}

#[test]
fn references_and_all_of_are_worked_in() {
    let (converted, losses) = convert(&json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "point": {"$ref": "#/$defs/point", "description": "own words"},
            "both": {"allOf": [{"$ref": "#/$defs/point"}, {"properties": {"z": {"type": "number"}}, "required": ["z"]}]},
        },
        "required": ["point"],
        "$defs": {"point": {"type": "object", "description": "theirs", "properties": {"x": {"$ref": "#/$defs/x"}}},
                  "x": {"type": "integer"}},
    }));
    assert_eq!(losses, Vec::<String>::new());
    assert_eq!(
        converted.unwrap()["properties"],
        json!({
            "point": {"description": "own words", "type": "OBJECT", "properties": {"x": {"type": "INTEGER"}}},
            "both": {"description": "theirs", "type": "OBJECT", "required": ["z"],
                     "properties": {"z": {"type": "NUMBER"}, "x": {"type": "INTEGER"}}},
        })
    );
}

#[test]
fn references_that_lead_back_end() {
    let tree = json!({
        "type": "object", "properties": {"child": {"$ref": "#"}, "list": {"type": "array", "items": {"$ref": "#"}}},
    });
    let (converted, losses) = convert(&tree);
    assert!(converted.unwrap().to_string().len() < 2_000);
    assert_eq!(losses, ["Approximated schema.$ref"]);
    let (_, losses) = convert(&json!({"$ref": "#"}));
    assert!(losses.contains(&"Approximated schema.$ref".to_owned()), "{losses:?}");
    let (_, losses) = convert(&json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
        "properties": {"p": {"$ref": "#/$defs/a"}}}));
    assert!(losses.contains(&"Approximated schema.$ref".to_owned()), "{losses:?}");
}

#[test]
fn a_function_without_parameters_has_none() {
    for schema in [json!({}), json!({"type": "object"}), json!({"type": "object", "properties": {}})] {
        assert_eq!(convert(&schema).0, None, "{schema}");
    }
}

#[test]
fn much_can_not_be_made_of_little() {
    let mut definitions = serde_json::Map::new();
    for step in 0..20 {
        let next = json!({"$ref": format!("#/$defs/{}", step + 1)});
        let properties: serde_json::Map<String, Value> =
            (0..10).map(|at| (format!("p{at}"), next.clone())).collect();
        definitions.insert(step.to_string(), json!({"type": "object", "properties": properties}));
    }
    let (converted, losses) = convert(&json!({"$ref": "#/$defs/0", "$defs": definitions}));
    assert!(converted.unwrap().to_string().len() < 2_000_000);
    assert!(losses.contains(&"Approximated schema.$ref".to_owned()), "{losses:?}");
}

/// The tools of every client whose requests were recorded.
#[test]
fn the_tools_of_real_clients_fit() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/dialects");
    let mut seen = 0;
    for dialect in std::fs::read_dir(root).unwrap() {
        let Ok(cases) = std::fs::read_dir(dialect.unwrap().path()) else { continue };
        for case in cases {
            let Ok(text) = std::fs::read(case.unwrap().path().join("request.json")) else { continue };
            let request: Value = serde_json::from_slice(&text).unwrap();
            for tool in request["tools"].as_array().into_iter().flatten() {
                let schemas = [&tool["input_schema"], &tool["parameters"], &tool["function"]["parameters"]];
                for schema in schemas.into_iter().filter(|schema| schema.is_object()) {
                    convert(schema);
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 20, "{seen}");
}
