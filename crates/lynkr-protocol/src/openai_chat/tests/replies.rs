//! Whole answers of every vendor's kind.

use lynkr_types::FaultKind;
use serde_json::json;

use super::*;
use crate::neutral::{Block, Proof, Refusal, Stop, StopReason, Text, Thinking, ToolUse, Usage};
use crate::seal;
use crate::wire::Json;

fn answer(message: Value, finish: &str) -> Result<Reply, ApiError> {
    let body = json!({"id": "c1", "model": "m", "choices": [{"index": 0, "message": message, "finish_reason": finish}]});
    OpenAiChatCodec.decode_reply(body.to_string().as_bytes())
}

fn written(reply: &Reply) -> Value {
    serde_json::from_slice(&OpenAiChatCodec.encode_reply(reply, &context())).unwrap()
}

#[test]
fn stop_reasons() {
    let plain = json!({"content": "a"});
    let called = json!({"content": null, "tool_calls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}]});
    for (message, wire, expected) in [
        (&plain, "stop", StopReason::EndTurn),
        (&plain, "length", StopReason::MaxTokens),
        (&plain, "content_filter", StopReason::Refusal),
        (&plain, "eos_token", StopReason::Other("eos_token".to_owned())),
        (&called, "tool_calls", StopReason::ToolUse),
        (&called, "stop", StopReason::ToolUse),
        (&called, "function_call", StopReason::ToolUse),
        (&called, "", StopReason::ToolUse),
        (&called, "length", StopReason::MaxTokens),
    ] {
        let reply = answer(message.clone(), wire).unwrap();
        assert_eq!(reply.stop.unwrap().reason, expected, "{wire}");
    }
    let body = br#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop","stop_reason":"END"}]}"#;
    let reply = OpenAiChatCodec.decode_reply(body).unwrap();
    let stop = Stop { reason: StopReason::StopSequence, sequence: Some("END".to_owned()) };
    assert_eq!(reply.stop, Some(stop));
    assert_eq!(written(&reply)["choices"][0]["stop_reason"], "END");
}

#[test]
fn stop_reasons_for_clients() {
    for (reason, word) in [
        (StopReason::EndTurn, "stop"),
        (StopReason::StopSequence, "stop"),
        (StopReason::PauseTurn, "stop"),
        (StopReason::MaxTokens, "length"),
        (StopReason::ContextWindow, "length"),
        (StopReason::ToolUse, "tool_calls"),
        (StopReason::Refusal, "content_filter"),
        (StopReason::Other("odd".to_owned()), "stop"),
    ] {
        let reply = Reply { blocks: vec![Block::text("a")], stop: Some(reason.into()), ..Reply::default() };
        assert_eq!(written(&reply)["choices"][0]["finish_reason"], word);
    }
}

#[test]
fn counts_of_every_vendor() {
    let usage = |usage: Value| {
        let body = json!({"choices": [{"message": {"content": "a"}}], "usage": usage});
        OpenAiChatCodec.decode_reply(body.to_string().as_bytes()).unwrap().usage
    };
    let openai = usage(json!({"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13,
        "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 2}}));
    assert_eq!(
        (openai.input, openai.cache_read, openai.output, openai.reasoning),
        (Some(6), Some(4), Some(3), Some(2))
    );
    let openrouter =
        usage(json!({"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13, "cost": 0.1,
        "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 5}}));
    assert_eq!(
        (openrouter.input, openrouter.cache_write, openrouter.total_input()),
        (Some(1), Some(5), Some(10))
    );
    let deepseek = usage(json!({"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13,
        "prompt_cache_hit_tokens": 8, "prompt_cache_miss_tokens": 2}));
    assert_eq!((deepseek.input, deepseek.cache_read), (Some(2), Some(8)));
    assert_eq!(usage(json!({"prompt_tokens": 10, "cached_tokens": 1})).cache_read, Some(1));
    assert_eq!(usage(Value::Null), Usage::default());
    assert_eq!(usage(json!({"prompt_tokens": "many"})), Usage::default());
}

#[test]
fn unknown_counts_are_not_zero() {
    let reply = Reply { blocks: vec![Block::text("a")], ..Reply::default() };
    assert_eq!(written(&reply).get("usage"), None);
    let usage = Usage { output: Some(3), ..Usage::default() };
    let expected = json!({"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10, "estimated": true});
    assert_eq!(written(&Reply { usage, ..reply })["usage"], expected);
}

#[test]
fn a_200_that_is_no_answer() {
    for (body, kind, message) in [
        (r#"{"error":{"message":"slow down","code":429}}"#, FaultKind::RateLimit, "slow down"),
        (r#"{"error":"boom"}"#, FaultKind::BadGateway, "boom"),
        (r#"{"detail":"no model"}"#, FaultKind::BadGateway, "no model"),
        (
            r#"{"choices":[{"error":{"message":"provider down","code":502},"finish_reason":"error"}]}"#,
            FaultKind::BadGateway,
            "provider down",
        ),
        (r#"{"id":"x","choices":[]}"#, FaultKind::BadGateway, "no `choices`"),
        ("{}", FaultKind::BadGateway, "no `choices`"),
        (r#"{"choices":[{"index":0}]}"#, FaultKind::BadGateway, "no `message`"),
        (r#"{"choices":"none"}"#, FaultKind::BadGateway, "choices"),
        ("<html>", FaultKind::BadGateway, "not a chat completion"),
    ] {
        let error = OpenAiChatCodec.decode_reply(body.as_bytes()).unwrap_err();
        assert_eq!(error.kind, kind, "{body}");
        assert!(error.message.contains(message), "{body}: {error}");
    }
}

#[test]
fn odd_messages() {
    let reply = answer(
        json!({"role": "assistant", "content": [
        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "a"}]}),
        "stop",
    );
    let thinking = |text: &str| Block::Thinking(Thinking { text: text.to_owned(), ..Thinking::default() });
    assert_eq!(reply.unwrap().blocks, [thinking("hm"), Block::text("a")]);
    let reply =
        answer(json!({"content": null, "function_call": {"name": "f", "arguments": "{}"}}), "function_call");
    let reply = reply.unwrap();
    let [Block::ToolUse(call)] = reply.blocks.as_slice() else { panic!("a call") };
    assert_eq!((call.id.as_str(), call.name.as_str()), ("call_c1_0", "f"));
    let calls = json!([{"function": {"name": "f", "arguments": {"a": 1}}}, {"function": {"name": "g"}}]);
    let reply = answer(json!({"tool_calls": calls}), "tool_calls").unwrap();
    let ids: Vec<(&str, &str)> = reply
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::ToolUse(call) => Some((call.id.as_str(), call.arguments.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(ids, [("call_c1_0", "{\"a\":1}"), ("call_c1_1", "")]);
    let reply = answer(json!({"content": null, "refusal": "no"}), "stop").unwrap();
    assert_eq!(reply.blocks, [Block::Refusal(Refusal { text: "no".to_owned() })]);
}

#[test]
fn further_choices_survive() {
    let body = json!({"id": "c", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "a"}, "finish_reason": "stop"},
        {"index": 1, "message": {"role": "assistant", "content": "b"}, "finish_reason": "stop"}]});
    let reply = OpenAiChatCodec.decode_reply(body.to_string().as_bytes()).unwrap();
    assert_eq!(written(&reply)["choices"][1], body["choices"][1]);
}

#[test]
fn a_foreign_answer_in_full() {
    let thinking = Thinking {
        text: "hm".to_owned(),
        proof: Some(Proof::Signature("sig".to_owned())),
        ..Thinking::default()
    };
    let citation =
        json!([{"type": "web_search_result_location", "url": "https://example.com", "title": "E"}]);
    let text = Text { text: "b".to_owned(), citations: Some(Json::of(&citation)), ..Text::default() };
    let call = ToolUse { id: "t".to_owned(), name: "f".to_owned(), ..ToolUse::default() };
    let reply = Reply {
        id: "msg_1".to_owned(),
        model: "claude".to_owned(),
        blocks: vec![
            Block::Thinking(thinking.clone()),
            Block::text("a"),
            Block::Text(text),
            Block::ToolUse(call),
        ],
        stop: Some(StopReason::ToolUse.into()),
        usage: Usage { input: Some(3), cache_read: Some(4), output: Some(5), ..Usage::default() },
        ..Reply::default()
    };
    let body = written(&reply);
    insta::assert_json_snapshot!("foreign_answer", body);
    // The message, sent back by the client, still proves the reasoning.
    let request = json!({"messages": [body["choices"][0]["message"]]});
    let conversation = decode(&request.to_string());
    assert_eq!(conversation.turns.first().unwrap().blocks.first(), Some(&Block::Thinking(thinking)));
    let data = body["choices"][0]["message"]["reasoning_details"][0]["data"].as_str().unwrap();
    assert!(seal::open(data).is_some());
}
