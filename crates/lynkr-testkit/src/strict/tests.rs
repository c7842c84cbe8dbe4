//! The strict checks: what a vendor would refuse is a violation, what it takes is none.

use std::time::Instant;

use serde_json::json;
use tokio::sync::watch;

use super::*;
use crate::model::seal;
use crate::recorded::Progress;

const PNG: &str = "iVBORw0KGgo=";

fn recorded(headers: &[(&str, &str)]) -> Recorded {
    let fixed =
        [("host", "127.0.0.1:1"), ("content-type", "application/json"), ("anthropic-version", "2023-06-01")];
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Recorded {
        number: 0,
        connection: 0,
        server: ([127, 0, 0, 1], 1).into(),
        method: "POST".to_owned(),
        path: "/".to_owned(),
        query: None,
        headers: fixed.iter().chain(headers).map(pair).collect(),
        body: bytes::Bytes::new(),
        arrived: Instant::now(),
        progress: watch::channel(Progress::Answered).1,
    }
}

/// `expected`: one needle per broken rule, in order.
#[track_caller]
fn check_rules(dialect: Wire, body: &Value, expected: &[&str]) {
    let broken = check(dialect, &recorded(&[]), body, &ModelScript::new().thinking());
    let fits = broken.len() == expected.len()
        && broken.iter().zip(expected).all(|(rule, needle)| rule.contains(needle));
    assert!(fits, "expected {expected:?}, got {broken:#?}");
}

fn anthropic(messages: &Value) -> Value {
    json!({"model": "m", "max_tokens": 4096, "messages": messages})
}

#[test]
fn anthropic_pairs() {
    let call = json!({"type": "tool_use", "id": "t1", "name": "Bash", "input": {}});
    let result = json!({"type": "tool_result", "tool_use_id": "t1", "content": "x"});
    let user = json!({"role": "user", "content": "hi"});
    let turn = |role: &str, blocks: &[&Value]| json!({"role": role, "content": blocks});
    let judge = |rest: &[Value], expected: &[&str]| {
        let mut messages = vec![user.clone()];
        messages.extend_from_slice(rest);
        check_rules(Wire::Anthropic, &anthropic(&messages.into()), expected);
    };
    let text = json!({"type": "text", "text": "x"});
    judge(&[turn("assistant", &[&call]), turn("user", &[&result, &text])], &[]);
    judge(&[turn("assistant", &[&call]), turn("user", &[&text, &result])], &["must come first"]);
    judge(&[turn("assistant", &[&call])], &["at the end without tool_result"]);
    judge(&[turn("assistant", &[&call]), user.clone()], &["followed by results of []"]);
    judge(&[turn("user", &[&result])], &["tool_use [] is followed"]);
    judge(&[turn("assistant", &[])], &["must not be empty"]);
    judge(&[json!({"role": "tool", "content": "x"})], &["unknown"]);
}

#[test]
fn anthropic_thinking_must_come_back_as_it_was() {
    let turn = |text: &str, signature: &str| {
        let mut body = anthropic(&json!([
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": text, "signature": signature},
                {"type": "tool_use", "id": "t1", "name": "Bash", "input": {}},
            ]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1"}]},
        ]));
        body["thinking"] = json!({"type": "enabled", "budget_tokens": 2048});
        body
    };
    check_rules(Wire::Anthropic, &turn("a", &seal("a")), &[]);
    check_rules(Wire::Anthropic, &turn("b", &seal("a")), &["signature"]);
    let mut bare = turn("a", &seal("a"));
    bare["messages"][1]["content"].as_array_mut().unwrap().remove(0);
    check_rules(Wire::Anthropic, &bare, &["must start with thinking"]);
}

#[test]
fn anthropic_fields() {
    let mut body = anthropic(&json!([{"role": "user", "content": [
        {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": PNG}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "%%"}},
    ]}]));
    body["max_tokens"] = Value::Null;
    body["stop"] = json!("x");
    body["tools"] = json!([{"name": "a b", "input_schema": {}}]);
    check_rules(
        Wire::Anthropic,
        &body,
        &[
            "stop: unknown",
            "max_tokens",
            "image/png, not image/jpeg",
            "no base64",
            "does not match",
            "type object",
        ],
    );
}

#[test]
fn chat_pairs() {
    let call = |id: &str, arguments: &str| {
        json!({"role": "assistant", "tool_calls": [
        {"id": id, "type": "function", "function": {"name": "sh", "arguments": arguments}}]})
    };
    let result = json!({"role": "tool", "tool_call_id": "c1", "content": "x"});
    let judge = |messages: Value, expected: &[&str]| {
        check_rules(Wire::Chat, &json!({"model": "m", "messages": messages}), expected);
    };
    judge(json!([{"role": "user", "content": "hi"}, call("c1", "{}"), result]), &[]);
    judge(json!([call("c1", "{}")]), &["not answered"]);
    judge(json!([call("c1", "{"), result]), &["JSON object"]);
    judge(json!([result]), &["without a preceding call"]);
    judge(json!([{"role": "assistant", "content": null}]), &["must not be empty"]);
    judge(
        json!([{"role": "user", "content": [{"type": "image", "source": {}}]}]),
        &["\"image\" in a message"],
    );
}

#[test]
fn responses_pairs() {
    let judge = |input: Value, expected: &[&str]| {
        let body = json!({"model": "m", "store": false, "input": input});
        check_rules(Wire::Responses, &body, expected);
    };
    let call =
        json!({"type": "function_call", "id": "fc_1", "call_id": "c", "name": "sh", "arguments": "{}"});
    let output = json!({"type": "function_call_output", "call_id": "c", "output": "x"});
    judge(json!([call, output]), &[]);
    judge(json!([call]), &["no tool output found for c"]);
    judge(json!([output]), &["no tool call found"]);
    judge(
        json!([{"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "abc"}]),
        &["unchanged"],
    );
    judge(json!([{"role": "user", "content": [{"type": "text", "text": "x"}]}]), &["\"text\" in a message"]);
}

#[test]
fn ollama_shapes() {
    let body = json!({"model": "m", "temperature": 1, "messages": [
        {"role": "user", "content": [{"type": "text", "text": "x"}], "images": [PNG]},
        {"role": "assistant", "tool_calls": [{"function": {"name": "sh", "arguments": "{}"}}]},
    ]});
    check_rules(
        Wire::Ollama,
        &body,
        &["temperature: unknown", "must be a string", "must be an object", "at the end were not answered"],
    );
}

#[test]
fn headers_of_a_gateway() {
    let script = ModelScript::new().expect_key("up").forbid("down");
    let mut broken = Broken::new();
    let request = recorded(&[("x-lynkr-tier", "SIMPLE"), ("x-api-key", "down")]);
    headers::check(Wire::Anthropic, &request, &script, &mut broken);
    let found: Vec<_> =
        broken.iter().map(|rule| rule.split_whitespace().nth(2).unwrap_or_default()).collect();
    assert_eq!(found, ["leaks", "carries", "the"], "{broken:?}");
}
