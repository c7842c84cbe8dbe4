//! That the judge judges, and that what the model says is heard again.

use serde_json::{Value, json};

use super::{Asked, hear};
use crate::ModelScript;
use crate::probe::Probe;

#[test]
fn what_a_path_asks_for() {
    let gemini = |stream| Some(Asked::Generate { model: "gemini-3-pro".to_owned(), stream });
    let claude = |stream| Some(Asked::Claude { model: "claude-x@20250101".to_owned(), stream });
    for (path, expected) in [
        ("/v1beta/models/gemini-3-pro:generateContent", gemini(false)),
        (
            "/v1/projects/p/locations/l/publishers/google/models/gemini-3-pro:streamGenerateContent",
            gemini(true),
        ),
        ("/v1beta/models/gemini-3-pro:countTokens", Some(Asked::Count)),
        (
            "/v1/projects/p/locations/l/publishers/anthropic/models/claude-x@20250101:rawPredict",
            claude(false),
        ),
        (
            "/v1/projects/p/locations/l/publishers/anthropic/models/claude-x@20250101:streamRawPredict",
            claude(true),
        ),
        (
            "/v1/projects/p/locations/l/publishers/anthropic/models/count-tokens:rawPredict",
            Some(Asked::ClaudeCount),
        ),
        ("/v1beta/models/gemini-3-pro:embedContent", None),
        ("/v1beta/models", None),
        ("/v1/messages", None),
    ] {
        assert_eq!(Asked::of_path(path), expected, "{path}");
    }
}

async fn violations(path: &str, body: &Value) -> Vec<String> {
    let model = ModelScript::new().start().await.unwrap();
    let mut probe = Probe::open(model.upstream().address()).await;
    probe.post(path, &[("x-goog-api-key", "k")], body).await;
    model.violations().into_iter().map(|rule| rule.split_once(": ").unwrap().1.to_owned()).collect()
}

#[tokio::test]
async fn what_google_refuses_is_refused() {
    const PATH: &str = "/v1beta/models/gemini-3-pro:generateContent";
    let words = json!({"role": "user", "parts": [{"text": "hi"}]});
    let call = |more: Value| {
        let mut part = json!({"functionCall": {"name": "f", "args": {}}});
        part.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"role": "model", "parts": [part]})
    };
    let signed = json!({"thoughtSignature": "skip_thought_signature_validator"});
    let answer =
        |name: &str| json!({"role": "user", "parts": [{"functionResponse": {"name": name, "response": {}}}]});
    assert_eq!(
        violations(PATH, &json!({"contents": [words, call(signed.clone()), answer("f")]})).await,
        [""; 0]
    );
    for (body, expected) in [
        (json!({}), "contents is not specified"),
        (json!({"contents": [words], "messages": []}), "Unknown name \"messages\""),
        (json!({"contents": [words], "generationConfig": {"max_tokens": 1}}), "Unknown name \"max_tokens\""),
        (json!({"contents": [{"role": "assistant", "parts": [{"text": "x"}]}]}), "valid role"),
        (json!({"contents": [{"role": "user", "parts": []}]}), "at least one part"),
        (json!({"contents": [{"role": "user", "parts": [{}]}]}), "oneof field"),
        (json!({"contents": [words, call(signed.clone())]}), "not answered"),
        (json!({"contents": [words, call(signed.clone()), words]}), "number of function response parts"),
        (json!({"contents": [words, call(signed), answer("toolu_1")]}), "is answered as"),
        (json!({"contents": [words, call(json!({})), answer("f")]}), "missing a thought_signature"),
        (
            json!({"contents": [words, call(json!({"thoughtSignature": "Zm9yZWlnbg=="})), answer("f")]}),
            "corrupted",
        ),
        (
            json!({"contents": [words], "tools": [{"functionDeclarations": [
                {"name": "f", "parameters": {"type": "object", "additionalProperties": false}}]}]}),
            "additionalProperties",
        ),
        (
            json!({"contents": [words], "tools": [{"functionDeclarations": [{"name": "1 f"}]}]}),
            "invalid function name",
        ),
    ] {
        let found = violations(PATH, &body).await;
        assert!(found.iter().any(|rule| rule.contains(expected)), "{expected}: {found:?}");
    }
}

#[tokio::test]
async fn claude_s_envelope_is_judged_and_its_inside_too() {
    const PATH: &str = "/v1/projects/p/locations/l/publishers/anthropic/models/claude-x:rawPredict";
    let body = json!({"anthropic_version": "vertex-2023-10-16", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]});
    assert_eq!(violations(PATH, &body).await, [""; 0]);
    for (name, value, expected) in [
        ("model", json!("claude-x"), "Extra inputs"),
        ("anthropic_version", json!("2023-06-01"), "anthropic_version"),
        ("messages", json!([]), "messages"),
        ("stream", json!(true), "says otherwise"),
    ] {
        let mut body = body.clone();
        body[name] = value.clone();
        let found = violations(PATH, &body).await;
        assert!(found.iter().any(|rule| rule.contains(expected)), "{expected}: {found:?}");
    }
}

#[test]
fn a_request_is_heard() {
    let heard = hear(
        &json!({
            "systemInstruction": {"parts": [{"text": "be brief"}]},
            "contents": [
                {"role": "user", "parts": [{"text": "hi"}]},
                {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {}}}]},
                {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"output": "42"}}}]},
            ],
            "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}},
            "tools": [{"functionDeclarations": [{"name": "f", "parametersJsonSchema": {"type": "object"}}]}],
        }),
        "gemini-3-pro",
        true,
    );
    assert_eq!(heard.results, ["42"]);
    assert!(heard.prompt.contains("be brief") && heard.prompt.contains("hi"));
    assert_eq!((heard.tools.len(), heard.choice), (1, crate::hear::Choice::Forced("f".to_owned())));
}
