//! Beside what the decoded conversation is estimated at.

use lynkr_protocol::peek::peek;
use lynkr_protocol::{Dialect, codec};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::estimate::input_tokens;

const MODEL: &str = "claude-sonnet-4-5";

fn skimmed(dialect: Dialect, body: &str) -> Option<u64> {
    let peek = peek(dialect, body.as_bytes()).unwrap();
    Weights::default().input_tokens(body.as_bytes(), &peek, MODEL)
}

fn decoded(dialect: Dialect, body: &str) -> u64 {
    input_tokens(&codec(dialect).decode_request(body.as_bytes()).unwrap(), MODEL)
}

/// No less than what is decoded comes to, but for what is rounded, and not much more.
#[track_caller]
fn check(dialect: Dialect, body: &Value) {
    let body = body.to_string();
    let (skimmed, decoded) = (skimmed(dialect, &body).unwrap(), decoded(dialect, &body));
    let texts = body.matches('"').count() as u64 / 4;
    assert!(skimmed + texts >= decoded && skimmed <= decoded * 3 / 2 + texts, "{skimmed} {decoded} {body}");
}

const WORDS: &str =
    "Say \"why\" it fails:\n\tlet x = y[\\d+];\u{1} Größe 東京 \u{1f980}, then fix it in src/lib.rs.";

#[test]
fn turns_of_anthropic_and_openai() {
    let input = json!({"path": "src/lib.rs", "pattern": WORDS});
    let schema = json!({"type": "object", "properties": {"path": {"type": "string", "description": WORDS}}});
    check(
        Dialect::Anthropic,
        &json!({
            "model": "m", "max_tokens": 9, "system": [{"type": "text", "text": WORDS, "cache_control": {"type": "ephemeral"}}],
            "tools": [{"name": "Read", "description": WORDS, "input_schema": schema}],
            "messages": [
                {"role": "user", "content": WORDS},
                {"role": "assistant", "content": [{"type": "text", "text": WORDS}, {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": input}]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": WORDS}]}]},
            ],
        }),
    );
    let call = json!({"id": "call_1", "type": "function", "function": {"name": "read", "arguments": input.to_string()}});
    check(
        Dialect::OpenAiChat,
        &json!({
            "model": "m", "tools": [{"type": "function", "function": {"name": "read", "description": WORDS, "parameters": schema}}],
            "messages": [
                {"role": "system", "content": WORDS}, {"role": "user", "content": [{"type": "text", "text": WORDS}]},
                {"role": "assistant", "content": null, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "call_1", "content": WORDS},
            ],
        }),
    );
    check(
        Dialect::OpenAiResponses,
        &json!({
            "model": "m", "instructions": WORDS,
            "input": [
                {"type": "message", "role": "user", "content": [{"type": "input_text", "text": WORDS}]},
                {"type": "function_call", "call_id": "call_1", "name": "read", "arguments": input.to_string()},
                {"type": "function_call_output", "call_id": "call_1", "output": WORDS},
            ],
        }),
    );
    check(Dialect::OpenAiResponses, &json!({"model": "m", "input": WORDS}));
}

#[test]
fn turns_of_the_other_dialects() {
    let input = json!({"path": "src/lib.rs", "pattern": WORDS});
    check(Dialect::Ollama, &json!({"model": "m", "messages": [{"role": "user", "content": WORDS}]}));
    check(
        Dialect::Gemini,
        &json!({
            "systemInstruction": {"parts": [{"text": WORDS}]},
            "contents": [
                {"role": "user", "parts": [{"text": WORDS}]},
                {"role": "model", "parts": [{"functionCall": {"name": "read", "args": input}}]},
                {"role": "user", "parts": [{"functionResponse": {"name": "read", "response": {"output": WORDS}}}]},
            ],
        }),
    );
    check(
        Dialect::BedrockConverse,
        &json!({
            "system": [{"text": WORDS}],
            "messages": [
                {"role": "user", "content": [{"text": WORDS}]},
                {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t", "name": "read", "input": input}}]},
                {"role": "user", "content": [{"toolResult": {"toolUseId": "t", "content": [{"text": WORDS}]}}]},
            ],
        }),
    );
}

#[test]
fn what_is_no_text_is_decoded() {
    let png = "iVBORw0KGgoAAAANSUhEUgAABAAAAAQACAIAAADwf7zU";
    for content in [
        json!([{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": png}}]),
        json!([{"type": "tool_result", "tool_use_id": "t", "content": [{"type": "image", "source": {"type": "url", "url": "https://example.com"}}]}]),
        json!([{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "a"}}]),
        json!([{"type": "redacted_thinking", "data": png}]),
    ] {
        let body = json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": content}]});
        assert_eq!(skimmed(Dialect::Anthropic, &body.to_string()), None, "{body}");
    }
    let body = json!({"model": "m", "max_tokens": 9, "messages": []});
    assert_eq!(skimmed(Dialect::Anthropic, &body.to_string()), None);
}

#[test]
fn a_part_that_comes_again_is_found() {
    let weights = Weights::default();
    let body =
        json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": WORDS}]}).to_string();
    let peek = peek(Dialect::Anthropic, body.as_bytes()).unwrap();
    let first = weights.input_tokens(body.as_bytes(), &peek, MODEL);
    assert!(first.is_some() && first == weights.input_tokens(body.as_bytes(), &peek, MODEL));
    assert_eq!(weights.0.lock().unwrap().len(), 1);
}

#[test]
fn depth_is_bounded() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(turn(&deep(DEEPEST)).is_some() && turn(&deep(DEEPEST + 1)).is_none());
    assert!(turn(&format!("{{\"input\":{}}}", deep(10_000))).is_some());
}

proptest! {
    #[test]
    fn texts_as_decoded(text in "\\PC{0,60}|[\"\\\\\n\t\u{1}a-z 0-9é日\u{1f980}]{0,60}") {
        let mut scale = Scale::default();
        scale.push(&text);
        let plain = turn(&Value::from(text.as_str()).to_string()).unwrap();
        prop_assert_eq!(plain.weight, scale.weight());
        // All characters as escapes.
        let escaped = text.encode_utf16().fold(String::new(), |all, unit| all + &format!("\\u{unit:04x}"));
        prop_assert_eq!(turn(&format!("\"{escaped}\"")).unwrap().weight, scale.weight());
    }

    #[test]
    fn any_bytes(json in "[\\[\\]{}:,\"\\\\a-z0-9 ]{0,60}") {
        let _ = turn(&json);
    }
}
