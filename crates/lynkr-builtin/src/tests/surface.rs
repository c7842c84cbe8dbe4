//! The HTTP-like surface, in each dialect.

use std::time::Duration;

use lynkr_protocol::neutral::{Assembler, Block, Reply, StopReason};
use lynkr_protocol::{Dialect, ReplyContext, codec};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Answer, Body, Options, handle};

fn context() -> ReplyContext {
    ReplyContext {
        model: String::new(),
        created: 1_700_000_000,
        seed: "0123456789abcdef0123456789abcdef".to_owned(),
        input_estimate: 0,
        include_usage: false,
        request: None,
    }
}

fn send(path: &str, body: &Value) -> Answer {
    handle(path, body.to_string().as_bytes(), &Options::default(), context())
}

#[track_caller]
fn whole(answer: &Answer) -> Vec<u8> {
    match &answer.body {
        Body::Whole(body) => body.clone(),
        Body::Stream(_) => panic!("a whole body"),
    }
}

#[track_caller]
fn tree(answer: &Answer) -> Value {
    serde_json::from_slice(&whole(answer)).unwrap()
}

#[track_caller]
fn pieces(answer: &Answer) -> Vec<(Duration, Vec<u8>)> {
    match &answer.body {
        Body::Stream(pieces) => pieces.clone(),
        Body::Whole(body) => panic!("a stream, not {}", String::from_utf8_lossy(body)),
    }
}

/// A request in each dialect that is ready.
fn requests(text: &str, stream: bool) -> Vec<(Dialect, &'static str, Value)> {
    let message = json!([{"role": "user", "content": text}]);
    let chat = json!({"model": "m", "messages": message, "stream": stream, "max_tokens": 500,
        "tools": [{"type": "function", "function": {"name": "Bash", "parameters":
            {"type": "object", "required": ["command"], "properties": {"command": {"type": "string"}}}}}]});
    let responses = json!({"model": "m", "input": text, "stream": stream,
        "tools": [{"type": "function", "name": "Bash", "parameters":
            {"type": "object", "required": ["command"], "properties": {"command": {"type": "string"}}}}]});
    let all = [
        (Dialect::Anthropic, "/v1/messages?beta=true", chat.clone()),
        (Dialect::OpenAiChat, "/openai/v1/chat/completions", chat.clone()),
        (Dialect::OpenAiResponses, "/v1/responses", responses),
        (Dialect::Ollama, "/api/chat", chat),
    ];
    all.into_iter().filter(|(dialect, ..)| codec(*dialect).dialect() == *dialect).collect()
}

fn assert_called(reply: &Reply, dialect: Dialect) {
    let call = reply.blocks.iter().find_map(|block| match block {
        Block::ToolUse(call) => Some(call),
        _ => None,
    });
    let call = call.unwrap_or_else(|| panic!("{dialect}: a call"));
    assert_eq!(
        (call.name.as_str(), call.arguments.as_str()),
        ("Bash", "{\"command\":\"echo lynkr-builtin-1\"}")
    );
    assert_eq!(reply.stop.as_ref().unwrap().reason, StopReason::ToolUse, "{dialect}");
}

#[test]
fn calls_arrive_streamed_and_whole_in_every_dialect() {
    for (dialect, path, body) in requests("/lynkr tool", true) {
        let answer = send(path, &body);
        assert_eq!((answer.status, answer.content_type), (200, codec(dialect).stream_content_type()));
        let (mut decoder, mut events, mut assembler) =
            (codec(dialect).event_decoder(), Vec::new(), Assembler::new());
        for (_, piece) in pieces(&answer) {
            decoder.push(&piece, &mut events).unwrap();
        }
        decoder.finish(&mut events).unwrap();
        for event in &events {
            assembler.push(event);
        }
        assert_called(&assembler.finish().unwrap(), dialect);
    }
    for (dialect, path, body) in requests("/lynkr tool", false) {
        let answer = send(path, &body);
        assert_called(&codec(dialect).decode_reply(&whole(&answer)).unwrap(), dialect);
    }
}

#[test]
fn pauses_stand_before_pieces() {
    for (dialect, path, body) in requests("/lynkr pace 7\n/lynkr chunk 1\n/lynkr echo abc", true) {
        let paused = pieces(&send(path, &body)).iter().filter(|(pause, _)| pause.as_millis() == 7).count();
        assert_eq!(paused, 3, "{dialect}");
    }
    for (dialect, path, body) in requests("/lynkr pace 7\n/lynkr chunk 1\n/lynkr echo abc", false) {
        assert_eq!(send(path, &body).delay, Duration::from_millis(21), "{dialect}");
    }
}

#[test]
fn failures_have_status_header_and_the_dialects_body() {
    for (dialect, path, body) in requests("/lynkr error 429 1 3", true) {
        let answer = send(path, &body);
        assert_eq!(answer.status, 429);
        assert_eq!(answer.headers, [("retry-after", "3".to_owned())]);
        let error = codec(dialect).decode_error(429, &whole(&answer));
        assert_eq!(error.message, "a failure with status 429, as asked", "{dialect}");
    }
    for (dialect, path, _) in requests("", true) {
        let answer = handle(path, b"{", &Options::default(), context());
        assert_eq!(answer.status, 400, "{dialect}");
    }
}

#[test]
fn a_cut_breaks_streams_and_whole_bodies() {
    for (_, path, body) in requests("/lynkr cut 2", true) {
        assert!(send(path, &body).cut);
    }
    for (dialect, path, body) in requests("/lynkr cut 2", false) {
        let answer = send(path, &body);
        assert!(answer.cut);
        assert!(serde_json::from_slice::<Value>(&whole(&answer)).is_err(), "{dialect}");
    }
}

#[test]
fn the_documented_curl_calls() {
    let body = json!({"model": "claude-proxy", "messages": [{"role": "user", "content": "Rebuild the index."}],
        "tools": [{"name": "workspace_index_rebuild", "type": "function", "description": "Rebuild the index.",
            "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "function", "function": {"name": "workspace_index_rebuild"}}});
    let answer = tree(&send("/v1/messages", &body));
    assert_eq!(answer["stop_reason"], "tool_use");
    assert_eq!(answer["content"][0]["name"], "workspace_index_rebuild");
    assert_eq!(answer["content"][0]["input"], json!({}));
    let plain = json!({"model": "claude-proxy", "messages": [{"role": "user", "content": "Hello"}]});
    let text = tree(&send("/v1/messages", &plain))["content"][0]["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("Lynkr builtin responder: no model is configured"), "{text}");
}

#[test]
fn tokens_are_counted() {
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "12345678"}]});
    assert_eq!(tree(&send("/v1/messages/count_tokens?beta=true", &body)), json!({"input_tokens": 2}));
    assert_eq!(send("/v1/messages/count_tokens", &json!({"model": "m"})).status, 400);
}

#[test]
fn models_are_listed_for_every_reader() {
    let list = tree(&send("/v1/models?limit=1000", &Value::Null));
    assert_eq!((&list["object"], &list["has_more"]), (&json!("list"), &json!(false)));
    let model = &list["data"][0];
    assert_eq!((&model["object"], &model["type"]), (&json!("model"), &json!("model")));
    assert_eq!(model["created_at"], "2023-11-14T22:13:20Z");
    assert_eq!(tree(&send("/v1/models/lynkr-builtin", &Value::Null)), *model);
    assert_eq!(send("/v1/models/other", &Value::Null).status, 404);
    assert_eq!(tree(&send("/api/tags", &Value::Null))["models"][0]["name"], "lynkr-builtin");
    let show = tree(&send("/api/show", &json!({"name": "any"})));
    assert!(show["capabilities"].as_array().unwrap().contains(&json!("tools")));
    assert!(tree(&send("/api/version", &Value::Null))["version"].is_string());
    for path in ["/api/pull", "/v1/messages/batches", "/"] {
        assert_eq!(send(path, &Value::Null).status, 404, "{path}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(path in "/(v1/messages|api/chat|api/show|v1/models/)", bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        handle(&path, &bytes, &Options::default(), context());
    }
}
