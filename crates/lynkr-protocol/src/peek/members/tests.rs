//! What is left is what was there, byte for byte.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::super::{Piece, pieces};
use super::remove_members;

fn without(body: &str, names: &[&str]) -> String {
    let mut edits = remove_members(body.as_bytes(), names).unwrap();
    pieces(body.len(), &mut edits)
        .into_iter()
        .map(|piece| match piece {
            Piece::Kept(range) => body[range].to_owned(),
            Piece::New(text) => text.to_owned(),
        })
        .collect()
}

#[test]
fn fields_go_with_one_comma() {
    let cases = [
        (r#"{"model":"m","messages":[]}"#, r#"{"messages":[]}"#),
        (r#"{"messages":[],"model":"m"}"#, r#"{"messages":[]}"#),
        (r#"{"messages":[] , "model" : "m" , "stream":true }"#, r#"{"messages":[] }"#),
        (r#"{"model":"m","stream":true,"a":1}"#, r#"{"a":1}"#),
        (r#"{"model":"m","a":1,"stream":true,"b":2}"#, r#"{"a":1,"b":2}"#),
        (r#"{"a":1,"model":"m","b":2,"model":"n"}"#, r#"{"a":1,"b":2}"#),
        (r#"{"model":"m","stream":false}"#, "{}"),
        (r#"{"mod\u0065l":"m","a":{"model":"kept"}}"#, r#"{"a":{"model":"kept"}}"#),
        (r#"{"a":"say \"model\": 1"}"#, r#"{"a":"say \"model\": 1"}"#),
        ("{}", "{}"),
    ];
    for (body, expected) in cases {
        assert_eq!(without(body, &["model", "stream"]), expected, "{body}");
    }
    assert!(remove_members(b"[]", &["model"]).is_err());
    assert!(remove_members(b"{\"model\":", &["model"]).is_err());
}

proptest! {
    #[test]
    fn the_rest_is_the_same_object(
        fields in proptest::collection::vec(("(model|stream|a|b|c|d)", "[a-z\",:{} ]{0,6}"), 0..8),
        pretty in any::<bool>(),
    ) {
        let object: Map<String, Value> =
            fields.into_iter().map(|(name, text)| (name, Value::from(text))).collect();
        let body = if pretty {
            serde_json::to_string_pretty(&object).unwrap()
        } else {
            serde_json::to_string(&object).unwrap()
        };
        let left: Map<String, Value> = serde_json::from_str(&without(&body, &["model", "stream"])).unwrap();
        let expected: Map<String, Value> =
            object.into_iter().filter(|(name, _)| name != "model" && name != "stream").collect();
        prop_assert_eq!(left, expected);
    }
}
