//! Whole answers.

use serde_json::json;

use super::*;
use crate::neutral::{Block, Stop, StopReason, Usage};

fn reply(candidate: Value) -> Reply {
    let body = json!({"candidates": [candidate], "responseId": "r 1", "modelVersion": "m"});
    GeminiCodec.decode_reply(body.to_string().as_bytes()).unwrap()
}

#[test]
fn a_tool_turn_reads_as_meant() {
    let reply = GeminiCodec.decode_reply(fixture!("tool-turn/reply.json").as_bytes()).unwrap();
    let kinds: Vec<&str> = reply.blocks.iter().map(Block::kind).collect();
    assert_eq!(kinds, ["thinking", "text", "thinking", "tool_use", "tool_use"]);
    assert_eq!(reply.stop, Some(StopReason::ToolUse.into()));
    assert_eq!((reply.id.as_str(), reply.model.as_str()), ("r-1", "gemini-3-flash"));
    let Usage { input, cache_read, output, reasoning, .. } = reply.usage;
    assert_eq!((input, cache_read, output, reasoning), (Some(20), Some(100), Some(71), Some(50)));
}

#[test]
fn reasons() {
    let cases = [
        ("STOP", StopReason::EndTurn, "STOP"),
        ("MAX_TOKENS", StopReason::MaxTokens, "MAX_TOKENS"),
        ("SAFETY", StopReason::Refusal, "SAFETY"),
        ("PROHIBITED_CONTENT", StopReason::Refusal, "PROHIBITED_CONTENT"),
        ("OTHER", StopReason::Other("OTHER".to_owned()), "OTHER"),
        (
            "UNEXPECTED_TOOL_CALL",
            StopReason::Other("UNEXPECTED_TOOL_CALL".to_owned()),
            "UNEXPECTED_TOOL_CALL",
        ),
    ];
    for (word, reason, back) in cases {
        let reply = reply(json!({"content": {"parts": [{"text": "a"}]}, "finishReason": word}));
        assert_eq!(reply.stop, Some(reason.into()), "{word}");
        let written: Value = serde_json::from_slice(&GeminiCodec.encode_reply(&reply, &context())).unwrap();
        assert_eq!(written["candidates"][0]["finishReason"], back);
    }
    let from_elsewhere = [
        (StopReason::ContextWindow, "MAX_TOKENS"),
        (StopReason::StopSequence, "STOP"),
        (StopReason::Refusal, "SAFETY"),
        (StopReason::Other("length_of_day".to_owned()), "OTHER"),
    ];
    for (reason, word) in from_elsewhere {
        let reply = Reply { stop: Some(Stop::from(reason)), ..Reply::default() };
        let written: Value = serde_json::from_slice(&GeminiCodec.encode_reply(&reply, &context())).unwrap();
        assert_eq!(written["candidates"][0]["finishReason"], word);
    }
}

#[test]
fn a_filtered_answer_without_words_says_so() {
    let reply = reply(json!({"finishReason": "SAFETY", "finishMessage": "no"}));
    let Block::Refusal(refusal) = &reply.blocks[0] else { panic!("a refusal") };
    assert_eq!((refusal.text.as_str(), reply.stop), ("no", Some(StopReason::Refusal.into())));
}

#[test]
fn all_tokens_spent_on_reasoning_is_an_answer() {
    let reply = reply(json!({"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}));
    assert!(reply.blocks.is_empty());
    assert_eq!(reply.stop, Some(StopReason::MaxTokens.into()));
}

#[test]
fn calls_without_ids_get_one_of_the_answers() {
    let call = json!({"functionCall": {"name": "f", "args": {"a": 1}}});
    let reply = reply(json!({"content": {"parts": [call, call]}, "finishReason": "STOP"}));
    let ids: Vec<&str> = reply
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::ToolUse(call) => Some(call.id.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(ids, ["call_r1_0", "call_r1_1"]);
}

#[test]
fn another_dialects_answer() {
    let body = include_str!("../../../../../tests/fixtures/dialects/anthropic/tool-turn/reply.json");
    let reply = crate::anthropic::AnthropicCodec.decode_reply(body.as_bytes()).unwrap();
    let written: Value = serde_json::from_slice(&GeminiCodec.encode_reply(&reply, &context())).unwrap();
    insta::assert_json_snapshot!("foreign_answer", written);
}
