//! The smallest values that fit.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::minimal_instance;

#[test]
fn table() {
    for (schema, expected) in [
        (json!({"type": "object"}), json!({})),
        (json!({"type": "object", "properties": {"a": {"type": "string"}}}), json!({})),
        (
            json!({"type": "object", "required": ["s", "n", "b", "l", "?"], "properties": {
                "s": {"type": "string", "minLength": 3}, "n": {"type": "integer", "minimum": 5, "multipleOf": 4},
                "b": {"type": "boolean"}, "l": {"type": "array", "minItems": 2, "items": {"enum": ["q", "r"]}}}}),
            json!({"s": "xxx", "n": 8, "b": false, "l": ["q", "q"], "?": ""}),
        ),
        (json!({"const": {"a": 1}}), json!({"a": 1})),
        (json!({"type": ["null", "integer"], "exclusiveMinimum": 0}), json!(1)),
        (json!({"type": "integer", "maximum": -3, "multipleOf": 2}), json!(-4)),
        (json!({"type": "number", "minimum": 0.5}), json!(0.5)),
        (json!({"type": "number", "exclusiveMinimum": 0, "maximum": 0.5}), json!(0.5)),
        (json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5}), json!(0.25)),
        (json!({"anyOf": [{"type": "null"}, {"type": "string", "format": "date"}]}), json!("1970-01-01")),
        (
            json!({"allOf": [{"required": ["a"]}, {"properties": {"a": {"const": 1}}, "required": ["b"]}]}),
            json!({"a": 1, "b": ""}),
        ),
        (
            json!({"$ref": "#/$defs/t", "$defs": {"t": {"type": "object", "required": ["next"],
                "properties": {"next": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/u"}]}}}, "u": {"const": 7}}}),
            json!({"next": 7}),
        ),
        (
            json!({"type": "object", "minProperties": 1, "properties": {"a": {"type": "null"}}}),
            json!({"a": null}),
        ),
        (
            json!({"type": "array", "minItems": 2, "prefixItems": [{"const": 1}], "items": {"const": 2}}),
            json!([1, 2]),
        ),
        (json!(true), json!("")),
    ] {
        assert_eq!(minimal_instance(&schema), expected, "{schema}");
    }
}

#[test]
fn schemas_without_end_have_one() {
    for schema in [json!({"$ref": "#"}), json!({"allOf": [{"$ref": "#"}, {"$ref": "#"}]})] {
        assert!(!minimal_instance(&schema).is_object());
    }
    let wide = json!({"type": "object", "required": ["a", "b", "c"], "properties":
        {"a": {"$ref": "#"}, "b": {"$ref": "#"}, "c": {"$ref": "#"}}});
    assert!(minimal_instance(&wide).is_object());
    let list = json!({"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#"}}});
    assert!(minimal_instance(&list).is_object());
}

fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("type"),
        Just("object"),
        Just("array"),
        Just("integer"),
        Just("properties"),
        Just("required"),
        Just("items"),
        Just("minItems"),
        Just("anyOf"),
        Just("allOf"),
        Just("$ref"),
        Just("#"),
        Just("minimum"),
        Just("maximum"),
        Just("multipleOf"),
        Just("minLength"),
        Just("enum"),
    ];
    let leaf = prop_oneof![
        word.clone().prop_map(|word| json!(word)),
        (-3i64..4).prop_map(|number| json!(number)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        Just(json!(null)),
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::vec((word.clone(), inner), 0..4).prop_map(|fields| fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_schema_panics(schema in any_json()) {
        minimal_instance(&schema);
    }
}
