//! Reading scenario files.

use super::Scenario;

#[test]
fn the_example_is_read() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/scenario.json"));
    let scenario = Scenario::parse(text).unwrap();
    assert_eq!(scenario.name(), "one shell command, two in parallel, then a summary");
    assert_eq!(scenario.steps.len(), 5);
}

#[test]
fn mistakes_name_the_field() {
    let step = |reply: &str| format!(r#"{{"name":"n","steps":[{{"reply":{reply}}}]}}"#);
    for (text, expected) in [
        ("{".to_owned(), "the file: EOF while parsing an object at line 1 column 1"),
        (r#"{"name":"n"}"#.to_owned(), "the file: missing field `steps` at line 1 column 12"),
        (
            r#"{"name":"n","steps":[{"when":{"tool_result":1},"reply":{}}]}"#.to_owned(),
            "steps[0].when.tool_result: unknown field `tool_result`, expected one of `tool_results`, \
             `tool_results_below`, `result_contains`, `contains`, `has_tool`, `tools` at line 1 column 43",
        ),
        (
            step(r#"{"pace_ms":"fast"}"#),
            "steps[0].reply.pace_ms: invalid type: string \"fast\", expected u64 at line 1 column 47",
        ),
        (step("{}"), "steps[0].reply: says nothing: give `text`, `tool_calls`, `error` or another part"),
        (step(r#"{"tool_calls":[{}]}"#), "steps[0].reply.tool_calls[0]: needs either `tool` or `any_of`"),
        (
            step(r#"{"tool_calls":[{"any_of":[]}]}"#),
            "steps[0].reply.tool_calls[0].any_of: must name at least one tool",
        ),
        (
            step(r#"{"tool_calls":[{"tool":"a","command":"b","raw_arguments":"c"}]}"#),
            "steps[0].reply.tool_calls[0]: takes one of `arguments`, `command`, `raw_arguments`",
        ),
        (step(r#"{"error":{"status":200}}"#), "steps[0].reply.error.status: must be from 400 to 599"),
        (step(r#"{"text":"a","chunk_chars":0}"#), "steps[0].reply.chunk_chars: must be at least 1"),
        (
            step(r#"{"text":"a","stop":"later"}"#),
            "steps[0].reply.stop: `later` is none of `end_turn`, `max_tokens`, `stop_sequence`, `tool_use`, \
             `refusal`, `pause_turn`, `context_window`",
        ),
    ] {
        assert_eq!(Scenario::parse(&text).unwrap_err().to_string(), expected);
    }
}
