//! Client streams: complete, in order, and read back as what they were written from.

use lynkr_types::FaultKind;
use serde_json::json;

use super::fixtures::fixture;
use super::*;
use crate::Dialect;
use crate::neutral::{Block, Opaque, Proof, Refusal, Stop, StopReason, Thinking, ToolUse, Usage};
use crate::wire::Json;

fn foreign() -> Reply {
    let call = |name: &str, arguments: &str, freeform: bool| {
        Block::ToolUse(ToolUse {
            id: format!("toolu_{name}"),
            name: name.to_owned(),
            namespace: freeform.then(|| "n".to_owned()),
            arguments: arguments.to_owned(),
            freeform,
            ..ToolUse::default()
        })
    };
    Reply {
        id: "msg_up".to_owned(),
        model: "claude".to_owned(),
        blocks: vec![
            Block::Thinking(Thinking {
                text: "hm".to_owned(),
                proof: Some(Proof::Signature("sig".to_owned())),
                ..Thinking::default()
            }),
            Block::text("hello"),
            call("ls", "{\"a\":1}", false),
            call("apply_patch", "*** Begin", true),
        ],
        stop: Some(Stop::from(StopReason::ToolUse)),
        usage: Usage { input: Some(3), cache_read: Some(4), output: Some(5), ..Usage::default() },
        ..Reply::default()
    }
}

#[test]
fn every_frame_that_strict_readers_want() {
    let text = written(&foreign().to_events(), context());
    insta::assert_snapshot!("strict_stream", text);
}

#[test]
fn frames_are_numbered_and_items_are_placed() {
    let list = frames(&written(&foreign().to_events(), context()));
    for (at, frame) in list.iter().enumerate() {
        assert_eq!(frame["sequence_number"], at, "{frame}");
    }
    let done: Vec<Value> = list
        .iter()
        .filter(|frame| frame["type"] == "response.output_item.done")
        .map(|frame| frame["item"].clone())
        .collect();
    assert_eq!(list.last().unwrap()["response"]["output"], json!(done));
    let whole: Value =
        serde_json::from_slice(&OpenAiResponsesCodec.encode_reply(&foreign(), &context())).unwrap();
    assert_eq!(list.last().unwrap()["response"], whole, "streamed or not, the answer is the same");
}

#[test]
fn what_the_encoder_writes_the_decoder_reads() {
    for text in [fixture!("tool-turn/stream.sse"), fixture!("reasoning-turn/stream.sse")] {
        let events = events_of(&[text.as_bytes()]);
        let again = events_of(&[written(&events, context()).as_bytes()]);
        check_contract(&again);
        let (once, twice) = (sum(&events).unwrap(), sum(&again).unwrap());
        assert_eq!(twice.blocks.len(), once.blocks.len());
        for (left, right) in once.blocks.iter().zip(&twice.blocks) {
            match (left, right) {
                (Block::Opaque(left), Block::Opaque(right)) => {
                    assert_eq!(left.value.to_value(), right.value.to_value());
                }
                _ => assert_eq!(left, right),
            }
        }
        assert_eq!((twice.stop, twice.usage, twice.id), (once.stop, once.usage, once.id));
    }
}

#[test]
fn blocks_that_grow_at_the_same_time() {
    let call =
        |id: &str| Block::ToolUse(ToolUse { id: id.to_owned(), name: "f".to_owned(), ..ToolUse::default() });
    let args = |index, fragment: &str| Event::ArgsDelta { index, fragment: fragment.to_owned() };
    let events = [
        Event::Start { id: "x".to_owned(), model: "m".to_owned(), usage: Usage::default() },
        Event::BlockStart { index: 0, block: call("a") },
        Event::BlockStart { index: 1, block: call("b") },
        args(1, "{\"b\":"),
        args(0, "{\"a\":"),
        args(1, "2}"),
        args(0, "1}"),
        Event::BlockStop { index: 1 },
        Event::BlockStop { index: 0 },
        Event::Stop(StopReason::ToolUse.into()),
    ];
    let list = frames(&written(&events, context()));
    let output = &list.last().unwrap()["response"]["output"];
    assert_eq!(
        (&output[0]["arguments"], &output[1]["arguments"]),
        (&json!("{\"a\":1}"), &json!("{\"b\":2}"))
    );
}

#[test]
fn ends() {
    let start = Event::Start { id: "resp_up".to_owned(), model: "m".to_owned(), usage: Usage::default() };
    let refusal = Block::Refusal(Refusal { text: "no".to_owned() });
    let cases = [
        (StopReason::EndTurn, None, "response.completed", Value::Null),
        (StopReason::MaxTokens, None, "response.incomplete", json!({"reason": "max_output_tokens"})),
        (StopReason::ContextWindow, None, "response.incomplete", json!({"reason": "max_output_tokens"})),
        (StopReason::Refusal, None, "response.incomplete", json!({"reason": "content_filter"})),
        (StopReason::Refusal, Some(refusal), "response.completed", Value::Null),
    ];
    for (reason, block, kind, details) in cases {
        let mut events = vec![start.clone()];
        if let Some(block) = block {
            events.extend([Event::BlockStart { index: 0, block }, Event::BlockStop { index: 0 }]);
        }
        events.push(Event::Stop(reason.into()));
        let list = frames(&written(&events, context()));
        let last = list.last().unwrap();
        assert_eq!((&last["type"], &last["response"]["incomplete_details"]), (&json!(kind), &details));
        assert_eq!(last["response"]["id"], "resp_up");
    }
}

#[test]
fn errors_before_and_after_the_start() {
    let error = Event::Error(ApiError::new(FaultKind::RateLimit, "slow"));
    let list = frames(&written(std::slice::from_ref(&error), context()));
    let kinds: Vec<&Value> = list.iter().map(|frame| &frame["type"]).collect();
    assert_eq!(kinds, ["error", "response.failed"]);
    assert_eq!(list[0]["code"], "rate_limit_exceeded");

    let mut events = foreign().to_events();
    // Cut within the first call: half a call must not look like a whole one.
    let cut = events.iter().position(|event| matches!(event, Event::ArgsDelta { .. })).unwrap();
    events.truncate(cut + 1);
    events.push(error);
    let list = frames(&written(&events, context()));
    let last = list.last().unwrap();
    assert_eq!((&last["type"], &last["response"]["status"]), (&json!("response.failed"), &json!("failed")));
    assert_eq!(last["response"]["error"], json!({"code": "rate_limit_exceeded", "message": "slow"}));
    assert_eq!(last["response"]["output"].as_array().unwrap().len(), 2);
    assert!(!list.iter().any(|frame| frame["type"] == "response.function_call_arguments.done"));
}

#[test]
fn opaque_things_of_this_dialect_pass_and_others_do_not() {
    let block = |dialect, value: Value| {
        Block::Opaque(Opaque {
            dialect,
            kind: "web_search_call".to_owned(),
            value: Json::parse(&value.to_string()).unwrap(),
        })
    };
    let own = block(Dialect::OpenAiResponses, json!({"type": "web_search_call", "id": "ws_1"}));
    let other = block(Dialect::Anthropic, json!({"type": "server_tool_use"}));
    let reply =
        Reply { blocks: vec![other, own], stop: Some(StopReason::EndTurn.into()), ..Reply::default() };
    let mut events = reply.to_events();
    let value = Json::parse("{\n \"type\": \"response.x\",\n \"sequence_number\": 99}").unwrap();
    events
        .insert(1, Event::Opaque { dialect: Dialect::OpenAiResponses, kind: "response.x".to_owned(), value });
    let text = written(&events, context());
    let list = frames(&text);
    let kinds: Vec<&str> = list.iter().map(|frame| frame["type"].as_str().unwrap()).collect();
    let expected = [
        "response.created",
        "response.in_progress",
        "response.x",
        "response.output_item.added",
        "response.output_item.done",
        "response.completed",
    ];
    assert_eq!(kinds, expected);
    assert_eq!((&list[2]["sequence_number"], &list[3]["output_index"]), (&json!(2), &json!(0)));
}

#[test]
fn the_request_is_echoed_on_one_line() {
    // Clients send bodies that are spread over lines.
    let request = decode(fixture!("codex-first/request.json"));
    let context = ReplyContext { request: Some(std::sync::Arc::new(request)), ..context() };
    let text = written(&foreign().to_events(), context);
    assert!(text.split("\n\n").filter(|frame| !frame.is_empty()).all(|frame| frame.lines().count() == 2));
    let list = frames(&text);
    assert_eq!(list[0]["response"]["tools"], value(fixture!("codex-first/request.json"))["tools"]);
    assert_eq!(list[0]["response"]["store"], false);
}

#[test]
fn keep_alive_is_a_comment() {
    let mut encoder = OpenAiResponsesCodec.event_encoder(context());
    let mut out = Vec::new();
    encoder.keep_alive(&mut out);
    encoder.push(&Event::Ping, &mut out);
    assert_eq!(out, b": keep-alive\n\n: keep-alive\n\n");
}
