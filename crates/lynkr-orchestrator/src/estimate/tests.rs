//! What is counted of a conversation, and what makes a count a guess.

use lynkr_protocol::{Dialect, codec};
use serde_json::{Value, json};

use super::*;

fn conversation(body: &Value) -> Conversation {
    codec(Dialect::Anthropic).decode_request(body.to_string().as_bytes()).unwrap()
}

fn ask(content: &Value) -> Conversation {
    conversation(&json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": content}]}))
}

#[test]
fn every_part_counts() {
    let bare = json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]});
    let words = "Be brief and kind to whoever asks.";
    let png = "iVBORw0KGgoAAAANSUhEUgAABAAAAAQACAIAAADwf7zU";
    let parts = [
        ("system", json!({"system": words})),
        (
            "tools",
            json!({"tools": [{"name": "f", "description": words, "input_schema": {"type": "object"}}]}),
        ),
        ("server tools", json!({"tools": [{"type": "web_search_20250305", "name": "web_search"}]})),
        (
            "images",
            json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": png}}]}]}),
        ),
        (
            "documents",
            json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"},
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQ="}}]}]}),
        ),
        (
            "calls and results",
            json!({"messages": [{"role": "user", "content": "hi"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": words}]}]}),
        ),
    ];
    for model in ["gpt-4o", "claude-sonnet-4-5", "gemini-2.5-pro", "unheard-of"] {
        let least = best_tokens(&conversation(&bare), model).input;
        for (name, part) in &parts {
            let mut body = bare.clone();
            for (field, value) in part.as_object().unwrap() {
                body[field] = value.clone();
            }
            let conversation = conversation(&body);
            let counted = best_tokens(&conversation, model).input;
            assert!(counted > least + 3, "{name} for {model}: {counted}");
            // Tools are told shorter than their schemas are.
            assert!(
                input_tokens(&conversation, model) >= counted || name.contains("tool"),
                "{name} for {model}"
            );
        }
    }
}

#[test]
fn a_count_is_one_only_where_all_can_be_seen() {
    let image = |source: Value| json!([{"type": "image", "source": source}]);
    let png = "iVBORw0KGgoAAAANSUhEUgAABAAAAAQACAIAAADwf7zU";
    let cases = [
        (json!("hi"), true),
        (image(json!({"type": "base64", "media_type": "image/png", "data": png})), true),
        (image(json!({"type": "base64", "media_type": "image/png", "data": "AAAA"})), false),
        (image(json!({"type": "url", "url": "https://example.com/a.png"})), false),
        (
            json!([{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "a"}}]),
            true,
        ),
        (json!([{"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}]), false),
        (json!([{"type": "search_result", "source": "s", "title": "t", "content": []}]), false),
    ];
    for (content, counted) in cases {
        let conversation = ask(&content);
        assert_eq!(best_tokens(&conversation, "gpt-4o").counted, counted, "{content}");
        assert!(!best_tokens(&conversation, "claude-sonnet-4-5").counted);
    }
    // Three for the turn, one for its role, three for the answer.
    assert_eq!(best_tokens(&ask(&json!("hi")), "gpt-4o"), Tokens { input: 8, counted: true });
}
