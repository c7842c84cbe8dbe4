//! The peek: what it reads, what it refuses, and that edits change nothing else.

use proptest::prelude::*;

use super::*;

fn apply(body: &str, mut edits: Vec<Edit>) -> String {
    pieces(body.len(), &mut edits)
        .into_iter()
        .map(|piece| match piece {
            Piece::Kept(range) => body[range].to_owned(),
            Piece::New(text) => text.to_owned(),
        })
        .collect()
}

#[test]
fn reads_what_routing_needs() {
    let body = r#" { "messages" : [1,{"a":[2]}], "model" : "a\"b", "stream":true,"max_tokens":5,"tools":[{"name":"f","input_schema":{}}]}"#;
    let peek = peek(Dialect::Anthropic, body.as_bytes()).unwrap();
    assert_eq!(peek.model.as_deref(), Some("a\"b"));
    assert_eq!(&body[peek.model_span.clone().unwrap()], r#""a\"b""#);
    assert_eq!((peek.turns, peek.tools, peek.stream, peek.max_tokens), (2, 1, Some(true), Some(5)));
    assert!(peek.native);
    let edited = apply(body, vec![peek.set_model("m\n").unwrap(), peek.insert("x", "1")]);
    assert_eq!(edited, body.replace(r#""a\"b""#, r#""m\n""#).replace(" { ", " {\"x\":1, "));
    assert_eq!(peek.set_model("a\"b"), None);
}

#[test]
fn other_vendors_forms_are_noticed() {
    let cases = [
        (Dialect::Anthropic, r#""tools":[{"type":"web_search_20250305","name":"w"}]"#, true),
        (Dialect::Anthropic, r#""tools":[{"type":"function","function":{"name":"f"}}]"#, false),
        (Dialect::Anthropic, r#""tools":[{"name":"f","type":"function","input_schema":{}}]"#, false),
        (Dialect::Anthropic, r#""tool_choice":{"type":"function","function":{"name":"f"}}"#, false),
        (Dialect::Anthropic, r#""tool_choice":"auto""#, false),
        (Dialect::Anthropic, r#""tool_choice":{"type":"tool","name":"f"}"#, true),
        (Dialect::Anthropic, r#""model":"a","model":"b""#, false),
        (Dialect::Anthropic, r#""x":[{"type":"thinking","signature":"lynkr.v1.e30="}]"#, false),
        (
            Dialect::OpenAiResponses,
            r#""x":[{"type":"reasoning","encrypted_content":"lynkr.v1.e30="}]"#,
            false,
        ),
        (Dialect::OpenAiChat, r#""tools":[{"type":"function","function":{"name":"f"}}]"#, true),
        (Dialect::OpenAiChat, r#""tools":[{"name":"f","input_schema":{}}]"#, false),
        (Dialect::OpenAiChat, r#""tools":[{"type":"function","name":"f"}]"#, false),
        (Dialect::OpenAiChat, r#""tool_choice":"required""#, true),
        (Dialect::OpenAiChat, r#""tool_choice":{"type":"tool","name":"f"}"#, false),
        (
            Dialect::OpenAiResponses,
            r#""tools":[{"type":"function","name":"f"},{"type":"namespace","tools":[]}]"#,
            true,
        ),
        (Dialect::OpenAiResponses, r#""tools":[{"type":"function","function":{"name":"f"}}]"#, false),
        (Dialect::OpenAiResponses, r#""tool_choice":{"type":"function","name":"f"}"#, true),
    ];
    for (dialect, field, native) in cases {
        let turns = if dialect == Dialect::OpenAiResponses { "input" } else { "messages" };
        let body = format!("{{\"{turns}\":[],{field}}}");
        assert_eq!(peek(dialect, body.as_bytes()).unwrap().native, native, "{dialect} {field}");
    }
}

#[test]
fn refusals_name_the_field() {
    let cases = [
        ("", "the body is not valid JSON"),
        ("{\"messages\":[]", "the body is not valid JSON"),
        ("{\"messages\":[]} x", "the body is not valid JSON"),
        ("[]", "the body must be a JSON object"),
        ("{}", "messages: is required"),
        (r#"{"messages":{}}"#, "messages: invalid type"),
        (r#"{"messages":null}"#, "messages: must be a list"),
        (r#"{"messages":[],"model":7}"#, "model: invalid type"),
        (r#"{"messages":[],"stream":"yes"}"#, "stream: invalid type"),
        (r#"{"messages":[],"tools":{}}"#, "tools: invalid type"),
    ];
    for (body, expected) in cases {
        let error = peek(Dialect::Anthropic, body.as_bytes()).unwrap_err();
        assert!(error.message.starts_with(expected), "{body}: {}", error.message);
    }
}

#[test]
fn asking_for_usage() {
    let ask = |body: &str| {
        let peek = peek(Dialect::OpenAiChat, body.as_bytes()).unwrap();
        peek.ask_for_usage(body.as_bytes()).map(|edit| apply(body, vec![edit]))
    };
    assert_eq!(
        ask(r#"{"messages":[]}"#).unwrap(),
        r#"{"stream_options":{"include_usage":true},"messages":[]}"#
    );
    assert_eq!(
        ask(r#"{"messages":[],"stream_options":{"a":1}}"#).unwrap(),
        r#"{"messages":[],"stream_options":{"a":1,"include_usage":true}}"#
    );
    assert_eq!(ask(r#"{"messages":[],"stream_options":{"include_usage":true}}"#), None);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        for dialect in Dialect::ALL {
            let _ = peek(dialect, &bytes);
        }
    }
}

#[test]
fn a_thread_is_seen_where_it_is_one() {
    for (dialect, fields, expected) in [
        (Dialect::Anthropic, r#""thread":{"type":"create"}"#, true),
        (Dialect::Anthropic, r#""thread":null"#, false),
        (Dialect::Anthropic, r#""metadata":{"thread":{}}"#, false),
        (Dialect::OpenAiChat, r#""thread":{}"#, false),
    ] {
        let body = format!("{{\"messages\":[],{fields}}}");
        assert_eq!(peek(dialect, body.as_bytes()).unwrap().thread, expected, "{body}");
    }
}

#[test]
fn the_billing_line_is_found_with_its_comma() {
    let line = r#"{"type":"text","text":"x-anthropic-billing-header: cc_version=1; cch=abc;"}"#;
    let other = r#"{"type":"text","text":"You are.","cache_control":{"type":"ephemeral"}}"#;
    for (system, rest) in [
        (format!("[{line} , {other}]"), format!("[{other}]")),
        (format!("[ {other},{line}]"), format!("[ {other}]")),
        (format!("[{line}]"), "[]".to_owned()),
        (format!("[{other}]"), format!("[{other}]")),
        ("\"x-anthropic-billing-header: a\"".to_owned(), "\"x-anthropic-billing-header: a\"".to_owned()),
        ("[7]".to_owned(), "[7]".to_owned()),
    ] {
        let body = format!("{{\"messages\":[],\"system\":{system}}}");
        let found = peek(Dialect::Anthropic, body.as_bytes()).unwrap().billing_line;
        let mut left = body.clone();
        if let Some(range) = found {
            left.replace_range(range, "");
        }
        assert_eq!(left, format!("{{\"messages\":[],\"system\":{rest}}}"), "{body}");
    }
}

#[test]
fn tools_that_are_none_are_told_in_the_parsers_words() {
    let with = |tools: &str| {
        let body = format!("{{\"messages\":[],\"tools\":{tools}}}");
        peek(Dialect::Anthropic, body.as_bytes()).map(|peek| peek.tools).map_err(|error| error.message)
    };
    assert_eq!(with("[{\"name\":\"a\"}, {\"\\u0074ype\":\"custom\"} ]"), Ok(2));
    assert_eq!(with("null"), Ok(0));
    assert_eq!(with("[{},1]"), Err("tools: invalid type: integer `1`, expected an object".to_owned()));
    assert_eq!(with("\"a\""), Err("tools: invalid type: string \"a\", expected a sequence".to_owned()));
    assert!(with("[{},]").is_err());
}
