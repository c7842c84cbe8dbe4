//! Whole answers.

use lynkr_types::FaultKind;
use serde_json::json;

use super::fixtures::fixture;
use super::*;
use crate::neutral::{Block, Refusal, Stop, StopReason, Thinking, ToolUse, Usage};

fn read(body: &Value) -> Result<Reply, ApiError> {
    OpenAiResponsesCodec.decode_reply(body.to_string().as_bytes())
}

fn write(reply: &Reply, context: &ReplyContext) -> Value {
    serde_json::from_slice(&OpenAiResponsesCodec.encode_reply(reply, context)).unwrap()
}

#[test]
fn a_reply_is_read_whole() {
    let reply = OpenAiResponsesCodec.decode_reply(fixture!("tool-turn/reply.json").as_bytes()).unwrap();
    let kinds: Vec<&str> = reply.blocks.iter().map(Block::kind).collect();
    assert_eq!(kinds, ["thinking", "web_search_call", "text", "tool_use", "tool_use", "tool_use"]);
    assert_eq!(reply.stop, Some(StopReason::ToolUse.into()));
    assert_eq!((reply.usage.input, reply.usage.cache_read), (Some(20), Some(100)));
    assert_eq!((reply.usage.output, reply.usage.reasoning), (Some(30), Some(12)));
}

#[test]
fn stop_reasons() {
    let text =
        json!([{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "x"}]}]);
    let refusal =
        json!([{"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}]);
    let call = json!([{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}]);
    let incomplete = |reason: &str| json!({"reason": reason});
    let cases = [
        ("completed", Value::Null, &text, StopReason::EndTurn),
        ("completed", Value::Null, &call, StopReason::ToolUse),
        ("completed", Value::Null, &refusal, StopReason::Refusal),
        ("incomplete", incomplete("max_output_tokens"), &call, StopReason::MaxTokens),
        ("incomplete", incomplete("content_filter"), &text, StopReason::Refusal),
        ("incomplete", incomplete("tired"), &text, StopReason::Other("tired".to_owned())),
    ];
    for (status, details, output, reason) in cases {
        let body = json!({"id": "resp_1", "status": status, "incomplete_details": details, "output": output});
        let reply = read(&body).unwrap();
        assert_eq!(reply.stop, Some(reason.into()), "{body}");
        let back = write(&reply, &context());
        let known = details["reason"] != "tired";
        assert_eq!(back["status"] == status && back["incomplete_details"] == details, known, "{back}");
    }
}

#[test]
fn an_error_in_a_200_is_an_error() {
    let cases = [
        (
            json!({"error": {"message": "slow", "type": "rate_limit_error", "code": "rate_limit_exceeded"}}),
            FaultKind::RateLimit,
        ),
        (
            json!({"status": "failed", "error": {"code": "server_error", "message": "x"}, "output": []}),
            FaultKind::Internal,
        ),
        (json!({"status": "failed", "error": null, "output": []}), FaultKind::BadGateway),
        (json!({"status": "completed"}), FaultKind::BadGateway),
        (json!({"error": "plain words"}), FaultKind::BadGateway),
        (json!({"output": [{"type": "function_call"}]}), FaultKind::BadGateway),
        (json!([]), FaultKind::BadGateway),
    ];
    for (body, kind) in cases {
        let error = read(&body).unwrap_err();
        assert_eq!(error.kind, kind, "{body}: {error}");
    }
    let error = read(&json!({"error": "plain words"})).unwrap_err();
    assert_eq!(error.message, "plain words");
}

#[test]
fn a_reply_of_another_dialect_is_a_whole_object() {
    let request = decode(fixture!("schema/request.json"));
    let context = ReplyContext { request: Some(std::sync::Arc::new(request)), ..context() };
    let reply = Reply {
        id: "msg_upstream".to_owned(),
        model: "claude".to_owned(),
        blocks: vec![
            Block::Thinking(Thinking { text: "hm".to_owned(), ..Thinking::default() }),
            Block::text("hi"),
            Block::Refusal(Refusal { text: "but no".to_owned() }),
            Block::ToolUse(ToolUse { id: "toolu_1".to_owned(), name: "ls".to_owned(), ..ToolUse::default() }),
            Block::ToolUse(ToolUse {
                name: "apply_patch".to_owned(),
                namespace: Some("n".to_owned()),
                arguments: "***".to_owned(),
                freeform: true,
                ..ToolUse::default()
            }),
        ],
        stop: Some(Stop::from(StopReason::ToolUse)),
        usage: Usage { output: Some(5), ..Usage::default() },
        ..Reply::default()
    };
    let body = write(&reply, &context);
    insta::assert_snapshot!("foreign_reply", serde_json::to_string_pretty(&body).unwrap());
}

#[test]
fn usage_is_never_half() {
    let reply = Reply { usage: Usage { input: Some(3), ..Usage::default() }, ..Reply::default() };
    assert_eq!(write(&reply, &context())["usage"], Value::Null);
    let reply = Reply {
        usage: Usage {
            input: Some(3),
            cache_read: Some(4),
            cache_write: Some(5),
            output: Some(1),
            ..Usage::default()
        },
        ..Reply::default()
    };
    let usage = write(&reply, &context())["usage"].clone();
    assert_eq!((&usage["input_tokens"], &usage["total_tokens"]), (&json!(12), &json!(13)));
}

#[test]
fn citations_without_an_address_are_left_out() {
    let flat = json!({"type": "url_citation", "url": "u", "title": "t", "start_index": 0, "end_index": 1});
    let nested = json!({"type": "url_citation", "url_citation": {"url": "u"}});
    let block = crate::neutral::Text {
        text: "x".to_owned(),
        citations: Some(crate::wire::Json::of(&json!([flat, nested, {"type": "char_location"}]))),
        ..Default::default()
    };
    let reply = Reply { blocks: vec![Block::Text(block)], ..Reply::default() };
    let body = write(&reply, &context());
    let page = json!({"type": "url_citation", "url": "u", "title": "u", "start_index": 0, "end_index": 0});
    assert_eq!(body["output"][0]["content"][0]["annotations"], json!([flat, page]));
}
