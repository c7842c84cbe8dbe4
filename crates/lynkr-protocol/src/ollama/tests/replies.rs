//! Whole answers and errors.

use std::time::Duration;

use lynkr_types::FaultKind;
use serde_json::{Value, json};

use super::{context, fixture};
use crate::ApiError;
use crate::codec::Codec;
use crate::neutral::{Block, Reply, StopReason, ToolUse};
use crate::ollama::OllamaCodec;

fn read(text: &str) -> Reply {
    OllamaCodec.decode_reply(text.as_bytes()).unwrap()
}

fn write(reply: &Reply) -> Value {
    serde_json::from_slice(&OllamaCodec.encode_reply(reply, &context())).unwrap()
}

#[test]
fn an_answer_comes_out_as_it_came_in() {
    for text in [
        fixture!("edit-blocks/reply.json"),
        fixture!("tools-offered/reply.json"),
        fixture!("minimal/reply.json"),
    ] {
        let mut expected: Value = serde_json::from_str(text).unwrap();
        expected["model"] = json!("shown");
        let mut back = write(&read(text));
        // What a server may leave out and this encoder always writes.
        for (pointer, fields) in [("", vec!["prompt_eval_count"]), ("/message/tool_calls/1", vec!["id"])] {
            let Some(object) = back.pointer_mut(pointer).and_then(Value::as_object_mut) else { continue };
            for field in fields {
                if expected.pointer(&format!("{pointer}/{field}")).is_none() {
                    object.remove(field);
                }
            }
        }
        if let Some(function) =
            back.pointer_mut("/message/tool_calls/1/function").and_then(Value::as_object_mut)
        {
            function.remove("index");
        }
        assert_eq!(back, expected);
    }
}

#[test]
fn an_answer_means_what_it_says() {
    let reply = read(fixture!("tools-offered/reply.json"));
    assert_eq!(reply.stop.clone().unwrap().reason, StopReason::ToolUse);
    assert_eq!((reply.usage.input, reply.usage.output), (Some(26), Some(298)));
    let kinds: Vec<_> = reply.blocks.iter().map(Block::kind).collect();
    assert_eq!(kinds, ["thinking", "text", "tool_use", "tool_use"]);
    let reasons = |text: &str| read(text).stop.unwrap().reason;
    assert_eq!(reasons(fixture!("edit-blocks/reply.json")), StopReason::MaxTokens);
    assert_eq!(reasons(fixture!("minimal/reply.json")), StopReason::Other("load".to_owned()));
}

#[test]
fn calls_of_different_answers_have_different_ids() {
    let id = |created_at: &str| {
        let body = json!({"created_at": created_at, "message": {"tool_calls": [
            {"function": {"name": "f", "arguments": {}}}, {"function": {"name": "f", "arguments": {}}}]}});
        let reply = read(&body.to_string());
        let ids = reply.blocks.into_iter().filter_map(|block| match block {
            Block::ToolUse(call) => Some(call.id),
            _ => None,
        });
        ids.collect::<Vec<_>>()
    };
    let (first, second) = (id("2026-01-01T00:00:00.1Z"), id("2026-01-01T00:00:00.2Z"));
    assert_eq!(first, id("2026-01-01T00:00:00.1Z"));
    assert_ne!(first, second);
    assert_ne!(first[0], first[1]);
}

#[test]
fn an_answer_without_an_answer_is_an_error() {
    let error = |text: &str| OllamaCodec.decode_reply(text.as_bytes()).unwrap_err();
    assert_eq!(error("{}").kind, FaultKind::BadGateway);
    assert_eq!(error("<html>").kind, FaultKind::BadGateway);
    assert_eq!(error(r#"{"error":"model 'x' not found"}"#).kind, FaultKind::NotFound);
    assert_eq!(error(r#"{"error":"something"}"#), ApiError::new(FaultKind::BadGateway, "something"));
}

#[test]
fn estimates_stand_in_for_counts() {
    let reply = Reply { blocks: vec![Block::text("a")], ..Reply::default() };
    assert_eq!(
        write(&reply),
        json!({
            "model": "shown",
            "created_at": "2023-11-14T22:13:20Z",
            "message": {"role": "assistant", "content": "a"},
            "done": true,
            "done_reason": "stop",
            "prompt_eval_count": 7,
        })
    );
}

#[test]
fn broken_arguments_become_an_object() {
    let call = ToolUse { name: "f".to_owned(), arguments: "{\"a".to_owned(), ..ToolUse::default() };
    let reply = Reply { blocks: vec![Block::ToolUse(call)], ..Reply::default() };
    let arguments = &write(&reply)["message"]["tool_calls"][0]["function"]["arguments"];
    assert_eq!(*arguments, json!({"raw_arguments": "{\"a"}));
}

#[test]
fn errors_of_upstreams() {
    let read = |status: u16, body: &str| {
        let error = OllamaCodec.decode_error(status, body.as_bytes());
        (error.kind, error.status, error.message, error.code)
    };
    let context = Some("context_length_exceeded".to_owned());
    for (status, body, kind, message, code) in [
        (404, r#"{"error":"model 'x' not found"}"#, FaultKind::NotFound, "model 'x' not found", None),
        (418, r#"{"error":{"message":"tea"}}"#, FaultKind::InvalidRequest, "tea", None),
        (500, "boom\n", FaultKind::Internal, "boom", None),
        (502, "", FaultKind::BadGateway, "the server answered with status 502 and no message", None),
        (
            400,
            r#"{"error":"input length exceeds the context length"}"#,
            FaultKind::InvalidRequest,
            "input length exceeds the context length",
            context,
        ),
        (
            503,
            r#"{"error":"server busy, please try again"}"#,
            FaultKind::Overloaded,
            "server busy, please try again",
            None,
        ),
    ] {
        assert_eq!(read(status, body), (kind, status, message.to_owned(), code));
    }
}

#[test]
fn errors_for_clients() {
    let error = ApiError {
        retry_after: Some(Duration::from_secs(1)),
        ..ApiError::new(FaultKind::RateLimit, "slow \"down\"")
    };
    assert_eq!(OllamaCodec.encode_error(&error, "id"), br#"{"error":"slow \"down\""}"#);
}
