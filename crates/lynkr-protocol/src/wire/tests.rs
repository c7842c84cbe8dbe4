//! The wire macros: nothing that was read is lost when it is written.
#![expect(unreachable_pub, reason = "the macros make public types; these live in a test module")]

use super::{Json, TextOr, wire_struct, wire_tagged};

wire_struct! {
    /// An object for the tests.
    pub struct Sample {
        /// A typed field.
        name: String = "name",
        /// A typed number.
        size: u64 = "size",
    }
}

wire_tagged! {
    /// A tagged object for the tests.
    pub enum Shape by "type" {
        /// A known shape.
        Named(Sample) = "named",
    }
}

#[track_caller]
fn same(text: &str) -> Shape {
    let shape: Shape = serde_json::from_str(text).unwrap();
    let back: serde_json::Value = serde_json::from_str(&serde_json::to_string(&shape).unwrap()).unwrap();
    assert_eq!(back, serde_json::from_str::<serde_json::Value>(text).unwrap());
    shape
}

#[test]
fn unknown_fields_nulls_and_tags_survive() {
    same(r#"{"type":"named","name":"a","later":{"x":[1,2.50]}}"#);
    same(r#"{"type":"named","name":null,"size":3}"#);
    same(r#"{"later":1,"name":"a","type":"named","size":3}"#);
    assert_eq!(same(r#"{"type":"tomorrow","content":[{"deep":true}]}"#).tag(), "tomorrow");
    same(r#"{"name":"no tag at all"}"#);
}

#[test]
fn fields_before_the_tag_are_typed() {
    let Shape::Named(sample) = same(r#"{"name":"early","type":"named"}"#) else { panic!("known tag") };
    assert_eq!(sample.name.as_deref(), Some("early"));
}

#[test]
fn a_wrong_type_names_what_was_expected() {
    let error = serde_json::from_str::<Shape>(r#"{"type":"named","size":"big"}"#).unwrap_err();
    assert!(error.to_string().contains("expected u64"), "{error}");
}

#[test]
fn text_or_list() {
    assert_eq!(serde_json::from_str::<TextOr<u8>>("\"a\"").unwrap(), TextOr::Text("a".to_owned()));
    assert_eq!(serde_json::from_str::<TextOr<u8>>("[1]").unwrap(), TextOr::List(vec![1]));
    assert!(serde_json::from_str::<TextOr<u8>>("{}").is_err());
}

#[test]
fn debug_shows_no_content() {
    assert_eq!(format!("{:?}", Json::of("a secret")), "Json(10 bytes)");
}
