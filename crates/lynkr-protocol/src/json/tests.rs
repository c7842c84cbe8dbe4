//! What is read and written, held against `serde_json`.

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Word {
    One,
    TwoWords,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Sample {
    text: String,
    maybe: Option<String>,
    count: u64,
    below: i64,
    share: f64,
    pair: (bool, i8),
    list: Vec<Value>,
    word: Option<Word>,
    numbered: std::collections::BTreeMap<u8, String>,
}

/// What is read without the parser is the same as with it.
#[track_caller]
fn alike(text: &str) {
    let (ours, theirs) = (read::value::<Value>(text), serde_json::from_str::<Value>(text).ok());
    assert!(ours.is_none() || ours == theirs, "{text:?}");
    let raw = from_str::<&RawValue>(text).ok().map(RawValue::get);
    assert_eq!(raw, serde_json::from_str::<&RawValue>(text).ok().map(RawValue::get), "{text:?}");
    let sample = from_str::<Sample>(text).map_err(|error| error.to_string());
    assert_eq!(sample, serde_json::from_str(text).map_err(|error| error.to_string()), "{text:?}");
}

#[test]
fn values_are_read_as_the_parser_reads_them() {
    for text in [
        "null",
        " true ",
        "false",
        "0",
        "-0",
        "-1",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999",
        "-9223372036854775808",
        "-9223372036854775809",
        "1.5",
        "1e3",
        "1e999",
        "01",
        "-",
        "\"\"",
        "\"a\\n\\u00e9\\ud83d\\ude00b\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\\ud83d\\ud83d\\ude00\"",
        "\"\\u0000\"",
        "[]",
        "[1,]",
        "[1 2]",
        "{}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,}",
        "[1]]",
        "{\"text\":\"a\\\"b\",\"maybe\":null,\"count\":3,\"below\":-4,\"share\":2}",
        "{\"text\":1}",
        "{\"text\":null}",
        "{\"count\":-1}",
        "{\"below\":9223372036854775808}",
        "{\"share\":1e400}",
        "{\"pair\":[true,-3]}",
        "{\"pair\":[true]}",
        "{\"pair\":[true,1,2]}",
        "{\"word\":\"twoWords\"}",
        "{\"word\":\"three\"}",
        "{\"word\":{\"one\":null}}",
        "{\"numbered\":{\"7\":\"a\"}}",
        "[\"text\"]",
        "{\"list\":[1,\"x\",{\"y\":[null]}]}",
        "",
        "{\"te\\u0078t\":\"named with an escape\"}",
    ] {
        alike(text);
    }
}

#[test]
fn most_is_read_without_the_parser() {
    for text in ["{\"a\":[1,-2,1.5,\"x\\n\",true,null,{}]}", "\"\\u00e9\\ud83d\\ude00\"", " [ ] "] {
        assert_eq!(read::value::<Value>(text), Some(serde_json::from_str(text).unwrap()));
        let raw: Option<Box<RawValue>> = read::value(text);
        assert_eq!(raw.unwrap().get(), text.trim());
    }
}

#[test]
fn depth_is_the_parsers() {
    for depth in [90, 100, 101, 126, 127, 128, 129, 100_000] {
        alike(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_as_the_parser_refuses_them() {
    for bytes in [&b"\"\xff\""[..], b"\xff", b"{\"a\":\"\xc3\"}"] {
        let theirs = serde_json::from_slice::<Value>(bytes).unwrap_err();
        assert_eq!(from_slice::<Value>(bytes).unwrap_err().to_string(), theirs.to_string());
    }
}

#[test]
fn values_are_written_as_serde_json_writes_them() {
    let sample = Sample {
        text: "a\"\\\n\u{1}\u{7f}é\u{1f600} and sixteen more and \t then some".to_owned(),
        maybe: Some(String::new()),
        count: u64::MAX,
        below: i64::MIN,
        share: 0.1,
        pair: (true, -128),
        list: vec![Value::Null, 1.5.into(), serde_json::json!({"x": [0, "y"]})],
        word: Some(Word::TwoWords),
        numbered: [(7, "seven".to_owned())].into(),
    };
    assert_eq!(to_vec(&sample, 0), serde_json::to_vec(&sample).unwrap());
    let raw = RawValue::from_string("{\"a\" : 1}".to_owned()).unwrap();
    assert_eq!(to_vec(&(1, &raw, 'x', Some(f32::NAN)), 0), b"[1,{\"a\" : 1},\"x\",null]");
    let mut named = Vec::new();
    assert!(write::value(&mut named, &serde_json::json!({"a\"": {"b": []}})));
    assert_eq!(named, br#"{"a\"":{"b":[]}}"#);
}

proptest! {
    #[test]
    fn texts_go_both_ways(text in "[ -~\u{0}-\u{1f}\"\\\\é\u{1f600}]{0,120}") {
        let theirs = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(String::from_utf8(to_vec(&text, 0)).unwrap(), theirs.as_str());
        let back = unquoted(&theirs);
        prop_assert_eq!(back.as_deref(), Some(text.as_str()));
    }

    #[test]
    fn the_end_of_a_text_is_found_whatever_is_escaped_in_it(text in "[ -~\u{0}-\u{1f}\"\\\\é]{0,300}", before in 0_usize..70) {
        let json = serde_json::to_string(&text).unwrap();
        let padded = format!("{}{json}, 1", " ".repeat(before));
        prop_assert_eq!(first(&padded), Some(json.as_str()));
        let said = walked(&json);
        prop_assert_eq!(said.as_deref(), Some(text.as_str()));
    }

    #[test]
    fn escapes_are_read_as_the_parser_reads_them(text in "(\\\\[\"\\\\/bfnrtu]|\\\\u[0d][08d][0-9a-f]{2}|[a-z]{1,20}|é){0,12}") {
        let quoted = format!("\"{text}\"");
        let ours = unquoted(&quoted).map(std::borrow::Cow::into_owned);
        prop_assert_eq!(ours, serde_json::from_str::<String>(&quoted).ok());
    }

    #[test]
    fn trees_go_both_ways(text in scan::tests::texts()) {
        alike(&text);
        if let Ok(tree) = serde_json::from_str::<Value>(&text) {
            prop_assert_eq!(to_vec(&tree, 0), serde_json::to_vec(&tree).unwrap());
        }
    }
}
