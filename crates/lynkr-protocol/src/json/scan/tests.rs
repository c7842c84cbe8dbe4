//! What is JSON, held against `serde_json`.

use proptest::prelude::*;
use serde::de::IgnoredAny;

use super::*;

/// What the walk says of a text with one value.
fn walked(text: &str) -> Option<&str> {
    let mut scan = Scan::new(text);
    let value = scan.value()?;
    scan.end()?;
    Some(value)
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

const EDGES: &[&str] = &[
    "1",
    "-1",
    "0",
    "-0",
    "01",
    "-",
    "1.",
    "1.5",
    ".5",
    "1e",
    "1e5",
    "1E+5",
    "1e-5",
    "1e+",
    "00",
    "0.0",
    "0e0",
    "true",
    "tru",
    "truefalse",
    "null",
    "nul",
    "false",
    "\"\"",
    "\"",
    "\"\\\"\"",
    "\"\\u12\"",
    "\"\\u12aF\"",
    "\"\\u12ag\"",
    "\"\\x\"",
    "\"\\",
    "\"\\u",
    "\"a\u{1}b\"",
    "\"\t\"",
    "\"\u{7f}é\u{1f600}\"",
    "\"\\ud800\"",
    "[]",
    "[ ]",
    "[1]",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1,2",
    "]",
    "{}",
    "{ }",
    "{\"a\":1}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{1:2}",
    "{\"a\":1 \"b\":2}",
    "{\"a\" : [ { } , [ ] , \"x\" ] , \"b\":null}",
    "{\"a\":[}]",
    "[{]}",
    "",
    " ",
    " 1 ",
    "1 1",
    "\n[\r\n1\t]\n",
    "\u{a0}1",
    "//",
    "+1",
    "Infinity",
    "NaN",
    "'a'",
    "\"12345678\"",
    "\"1234567\\\"\"",
    "\"12345678\\n90123456\"",
    "\"123456789\u{1f}\"",
];

#[test]
fn the_edges_of_the_grammar() {
    for text in EDGES {
        assert_eq!(walked(text).is_some(), is_json(text), "{text:?}");
    }
    assert_eq!(walked(" [1] "), Some("[1]"));
}

#[test]
fn depth_is_no_matter() {
    let deep = format!("{}1{}", "[{\"a\":".repeat(50_000), "}]".repeat(50_000));
    assert_eq!(walked(&deep).map(str::len), Some(deep.len()));
    assert_eq!(walked(&deep[..deep.len() - 1]), None);
}

#[test]
fn parts_are_where_they_stand() {
    let text = r#" { "a" : [1, {"b":"]"} , "x"] , "\u0062":{} } "#;
    let (mut seen, mut scan) = (Vec::new(), Scan::new(text));
    let walked = scan.members(|scan, name| {
        if scan.first()? == b'[' {
            return scan.elements(|element| seen.push((name, element)));
        }
        seen.push((name, scan.value()?));
        Some(())
    });
    assert_eq!((walked, scan.end()), (Some(()), Some(())));
    assert_eq!(
        seen,
        [(r#""a""#, "1"), (r#""a""#, r#"{"b":"]"}"#), (r#""a""#, r#""x""#), (r#""\u0062""#, "{}")]
    );
    for broken in ["{", "{\"a\":1", "{\"a\":1]", "[1]", "{\"a\" 1}", "{a:1}", "{,}", "{\"a\":1,}"] {
        let mut scan = Scan::new(broken);
        assert_eq!(scan.members(|scan, _| scan.value().map(drop)), None, "{broken}");
    }
}

#[test]
fn seals_are_seen_wherever_a_text_begins_with_one() {
    for (text, sealed) in [
        (r#"{"a":["lynkr.v1.xyz"]}"#, true),
        (r#"["rs_lynkr_1"]"#, true),
        (r#"{"bHlua3IudjEu":1}"#, true),
        (r#"["it begins with lynkr.v1."]"#, false),
        (r#"["\"lynkr.v1."]"#, false),
        (r#"["lynkr","rs_","b"]"#, false),
    ] {
        let mut scan = Scan::new(text);
        assert!(scan.value().is_some());
        assert_eq!(scan.sealed, sealed, "{text}");
    }
}

/// JSON with some of it changed, so that most of it is still near the grammar.
pub(in crate::json) fn texts() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<f64>().prop_map(|number| number.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        "[a-z\"\\\\/u0-9 ]{0,24}".prop_map(|text| format!("\"{text}\"")),
    ];
    let tree = leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|all| format!("[{}]", all.join(" ,"))),
            prop::collection::vec(("[a-z]{0,9}", inner), 0..4).prop_map(|all| {
                let members: Vec<String> =
                    all.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    });
    (tree, any::<prop::sample::Index>(), prop::option::of("[\\[\\]{},:\"\\\\0-9ea-f \n\u{1}-]{0,2}"))
        .prop_map(|(text, place, put)| {
            let Some(put) = put else { return text };
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            if places.is_empty() {
                return put;
            }
            let at = places[place.index(places.len())];
            let after = text[at..].chars().next().map_or(at, |gone| at + gone.len_utf8());
            format!("{}{put}{}", &text[..at], &text[after..])
        })
}

proptest! {
    #[test]
    fn it_takes_what_serde_json_takes(text in texts()) {
        prop_assert_eq!(walked(&text).is_some(), is_json(&text), "{}", text);
    }
}
