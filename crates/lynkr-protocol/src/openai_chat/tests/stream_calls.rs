//! Tool calls in streams, in every vendor's manner.

use super::*;
use crate::neutral::Block;

/// The calls of a stream with these `tool_calls` lists, as `id name(arguments)`.
#[track_caller]
fn calls(lists: &[&str]) -> Vec<String> {
    let choices: Vec<String> =
        lists.iter().map(|list| format!("{{\"delta\":{{\"tool_calls\":[{list}]}}}}")).collect();
    let mut choices: Vec<&str> = choices.iter().map(String::as_str).collect();
    choices.push(r#"{"delta":{},"finish_reason":"stop"}"#);
    let events = events_of(&[stream(&choices).as_bytes()]);
    assert_order(&events);
    let reply = sum(&events).unwrap();
    let show = |block: &Block| match block {
        Block::ToolUse(call) => format!("{} {}({})", call.id, call.name, call.arguments),
        other => panic!("{other:?}"),
    };
    reply.blocks.iter().map(show).collect()
}

#[test]
fn interleaved_by_index() {
    let found = calls(&[
        r#"{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}"#,
        r#"{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"["}}"#,
        r#"{"index":0,"function":{"arguments":"{}"}},{"index":1,"function":{"arguments":"]"}}"#,
    ]);
    assert_eq!(found, ["a f({})", "b g([])"]);
}

#[test]
fn whole_calls_without_an_index() {
    let found = calls(&[
        r#"{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"f","arguments":"{\"x\":1}"}}"#,
        r#"{"id":"c","function":{"name":"g","arguments":{"y":2}}}"#,
    ]);
    assert_eq!(found, ["a f({})", "b f({\"x\":1})", "c g({\"y\":2})"]);
}

#[test]
fn the_id_repeated_in_each_chunk() {
    let found = calls(&[
        r#"{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{"}}"#,
        r#"{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"}"}}"#,
        r#"{"id":"a","function":{"name":null,"arguments":" "}}"#,
    ]);
    assert_eq!(found, ["a f({} )"]);
}

#[test]
fn another_id_in_each_chunk_of_one_call() {
    let found = calls(&[
        r#"{"index":0,"id":"a","type":"function","function":{"name":"f"}}"#,
        r#"{"index":0,"id":"x1","type":"function","function":{"arguments":"{"}}"#,
        r#"{"index":0,"id":"x2","type":"function","function":{"arguments":"}"}}"#,
    ]);
    assert_eq!(found, ["a f({})"]);
}

#[test]
fn the_same_index_for_different_calls() {
    let found = calls(&[
        r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#,
        r#"{"index":0,"id":"b","function":{"name":"f","arguments":"{}"}}"#,
    ]);
    assert_eq!(found, ["a f({})", "b f({})"]);
    let found = calls(&[
        r#"{"index":0,"function":{"name":"f","arguments":"{}"}},{"index":0,"function":{"name":"f","arguments":"[]"}}"#,
    ]);
    assert_eq!(found, ["call_c1_0 f({})", "call_c1_1 f([])"]);
}

#[test]
fn the_name_comes_late() {
    let found = calls(&[
        r#"{"index":0,"id":"a","type":"function"}"#,
        r#"{"index":0,"function":{"arguments":"{"}}"#,
        r#"{"index":0,"function":{"name":"f","arguments":"}"}}"#,
    ]);
    assert_eq!(found, ["a f({})"]);
}

#[test]
fn no_arguments_at_all() {
    assert_eq!(calls(&[r#"{"index":0,"id":"a","function":{"name":"f"}}"#]), ["a f()"]);
    assert_eq!(calls(&[r#"{"index":0,"id":"a","function":{"name":"f","arguments":null}}"#]), ["a f()"]);
}

#[test]
fn free_form_calls_and_vendor_fields() {
    let text = stream(&[
        r#"{"delta":{"tool_calls":[{"index":0,"id":"a","type":"custom","custom":{"name":"patch","input":"***"}}]}}"#,
        r#"{"delta":{"tool_calls":[{"index":0,"custom":{"input":" Begin"}}]}}"#,
        r#"{"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s"}}}]}}"#,
        r#"{"delta":{},"finish_reason":"tool_calls"}"#,
    ]);
    let events = events_of(&[text.as_bytes()]);
    let reply = sum(&events).unwrap();
    let [Block::ToolUse(patch), Block::ToolUse(call)] = reply.blocks.as_slice() else { panic!("two calls") };
    assert!(patch.freeform);
    assert_eq!(patch.arguments, "*** Begin");
    assert!(!call.extra.is_empty());
    let again = sum(&events_of(&[encode_events(&events, context()).as_bytes()])).unwrap();
    assert_eq!(again.blocks, reply.blocks);
}

#[test]
fn the_form_before_tools() {
    let text = stream(&[
        r#"{"delta":{"function_call":{"name":"f","arguments":""}}}"#,
        r#"{"delta":{"function_call":{"arguments":"{}"}}}"#,
        r#"{"delta":{},"finish_reason":"function_call"}"#,
    ]);
    let reply = sum(&events_of(&[text.as_bytes()])).unwrap();
    let [Block::ToolUse(call)] = reply.blocks.as_slice() else { panic!("a call") };
    assert_eq!((call.id.as_str(), call.name.as_str(), call.arguments.as_str()), ("call_c1_0", "f", "{}"));
}

#[test]
fn a_call_that_never_gets_a_name_is_an_error() {
    let text = stream(&[
        r#"{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"arguments":"{}"}}]}}"#,
        r#"{"delta":{},"finish_reason":"tool_calls"}"#,
    ]);
    let events = events_of(&[text.as_bytes()]);
    assert!(matches!(events.last(), Some(Event::Error(_))));
}
