//! Proofs: Gemini's through other dialects' clients, other providers' through Gemini's clients.

use serde_json::json;

use super::*;
use crate::Dialect;
use crate::neutral::{Block, Proof, Role, Thinking, ToolUse, Turn};

fn answer() -> Reply {
    GeminiCodec.decode_reply(fixture!("tool-turn/reply.json").as_bytes()).unwrap()
}

/// What Gemini gets back when `codec`'s client returns its answer.
fn through(codec: &dyn Codec, request: impl Fn(&Value) -> Value) -> Value {
    let written: Value = serde_json::from_slice(&codec.encode_reply(&answer(), &context())).unwrap();
    let conversation = codec.decode_request(request(&written).to_string().as_bytes()).unwrap();
    let (body, losses) = encode(&conversation);
    assert!(!losses.iter().any(|loss| loss.contains("ignature") || loss.contains("reasoning")), "{losses:?}");
    body["contents"][0]["parts"].clone()
}

#[track_caller]
fn check_signed(parts: &Value) {
    let parts = parts.as_array().unwrap();
    let call = |part: &&Value| part.get("functionCall").is_some();
    let calls: Vec<&Value> = parts.iter().filter(call).collect();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0]["thoughtSignature"], "c2lnLTk=");
    assert_eq!(calls[1].get("thoughtSignature"), None);
}

#[test]
fn through_other_dialects_clients() {
    let anthropic = through(
        &crate::anthropic::AnthropicCodec,
        |reply| json!({"model": "m", "max_tokens": 9, "messages": [{"role": "assistant", "content": reply["content"]}]}),
    );
    check_signed(&anthropic);
    let chat = through(
        &crate::openai_chat::OpenAiChatCodec,
        |reply| json!({"model": "m", "messages": [reply["choices"][0]["message"]]}),
    );
    check_signed(&chat);
    let responses = through(
        &crate::openai_responses::OpenAiResponsesCodec,
        |reply| json!({"model": "m", "input": reply["output"]}),
    );
    check_signed(&responses);
}

fn foreign_answer() -> Reply {
    let proof = |signature: &str| Some(Proof::Signature(signature.to_owned()));
    let thinking = Thinking { text: "hm".to_owned(), proof: proof("sig-a"), ..Thinking::default() };
    let hidden = Thinking { proof: Some(Proof::Redacted("ZGF0YQ==".to_owned())), ..Thinking::default() };
    Reply {
        blocks: vec![
            Block::Thinking(thinking),
            Block::Thinking(hidden),
            Block::ToolUse(ToolUse {
                id: "t1".to_owned(),
                name: "ls".to_owned(),
                arguments: "{}".to_owned(),
                ..ToolUse::default()
            }),
            Block::text("done"),
        ],
        ..Reply::default()
    }
}

/// The parts of a streamed answer.
fn parts_of(text: &str) -> Vec<Value> {
    text.split("\n\n")
        .filter_map(|frame| frame.strip_prefix("data: "))
        .flat_map(|data| {
            let frame: Value = serde_json::from_str(data).unwrap();
            frame["candidates"][0]["content"]["parts"].as_array().cloned().unwrap_or_default()
        })
        .collect()
}

fn returned(parts: &[Value]) -> Vec<Block> {
    let body = json!({"contents": [{"role": "model", "parts": parts}]});
    decode(&body.to_string()).turns.remove(0).blocks
}

#[test]
fn other_providers_proofs_through_a_gemini_client() {
    let reply = foreign_answer();
    let whole: Value = serde_json::from_slice(&GeminiCodec.encode_reply(&reply, &context())).unwrap();
    let whole = whole["candidates"][0]["content"]["parts"].as_array().unwrap().clone();
    let streamed = parts_of(&encode_events(&reply.to_events()));
    for parts in [whole, streamed] {
        // The SDKs read the field as base64.
        for part in &parts {
            if let Some(field) = part["thoughtSignature"].as_str() {
                use base64::Engine as _;
                base64::engine::general_purpose::STANDARD.decode(field).unwrap();
            }
        }
        let said = |parts: &[Value]| -> Vec<Block> {
            let silent = |block: &Block| matches!(block, Block::Text(text) if text.text.is_empty());
            returned(parts).into_iter().filter(|block| !silent(block)).map(without_extra).collect()
        };
        assert_eq!(said(&parts), reply.blocks);
        // Gemini CLI keeps no reasoning in its history.
        let kept: Vec<Value> = parts.into_iter().filter(|part| part.get("thought").is_none()).collect();
        assert_eq!(said(&kept), reply.blocks);
    }
}

fn without_extra(block: Block) -> Block {
    match block {
        Block::ToolUse(call) => Block::ToolUse(ToolUse { extra: crate::neutral::Extra::NONE, ..call }),
        other => other,
    }
}

#[test]
fn a_foreign_proof_never_goes_up() {
    let conversation = Conversation {
        origin: Some(Dialect::Anthropic),
        turns: vec![Turn::new(Role::Assistant, foreign_answer().blocks)],
        ..Conversation::default()
    };
    let (body, losses) = encode(&conversation);
    assert!(!body.to_string().contains("sig-a"));
    assert_eq!(body["contents"][0]["parts"][0], json!({"text": "hm", "thought": true}));
    assert_eq!(losses, ["Dropped thinking.signature"]);
}

#[test]
fn gemini_answers_stream_to_its_own_clients_unchanged() {
    let events = events_of(&[fixture!("tool-turn/stream.sse").as_bytes()]);
    let parts = parts_of(&encode_events(&events));
    let signed: Vec<&Value> = parts.iter().filter(|part| part.get("thoughtSignature").is_some()).collect();
    assert_eq!(signed.len(), 1);
    assert_eq!(signed[0]["functionCall"]["name"], "run_shell_command");
    let words = events_of(&[fixture!("words/stream.sse").as_bytes()]);
    let parts = parts_of(&encode_events(&words));
    assert!(parts.contains(&json!({"text": "", "thoughtSignature": "c2lnLTEx"})));
}
