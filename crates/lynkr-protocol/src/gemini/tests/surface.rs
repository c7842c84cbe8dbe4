//! Paths, token counts, models; and what routing reads of a request.

use serde_json::json;

use super::super::{
    Method, Model, Path, decode_count_reply, decode_count_request, encode_count_reply, encode_count_request,
    model_entry, models,
};
use super::*;
use crate::Dialect;
use crate::peek::peek;

#[test]
fn paths() {
    let cases = [
        ("/v1beta/models/gemini-3-flash:generateContent", "gemini-3-flash", Method::Generate),
        ("/v1beta/models/gemini-3-flash:streamGenerateContent", "gemini-3-flash", Method::Stream),
        ("/v1beta1/publishers/google/models/g:countTokens", "g", Method::CountTokens),
        ("/v1/projects/p/locations/l/publishers/google/models/g:generateContent", "g", Method::Generate),
        ("/v1beta/models/qwen3:8b:generateContent", "qwen3:8b", Method::Generate),
        (
            "/v1beta/models/openai%2Fgpt-5%3Agenerate%:generateContent",
            "openai/gpt-5:generate%",
            Method::Generate,
        ),
    ];
    for (path, model, method) in cases {
        assert_eq!(Path::parse(path), Some(Path { model: model.to_owned(), method }), "{path}");
    }
    for path in
        ["/v1beta/models", "/v1beta/models/g", "/v1beta/models/:generateContent", "/v1beta/models/g:embed"]
    {
        assert_eq!(Path::parse(path), None, "{path}");
    }
}

#[test]
fn token_counts() {
    let contents = json!([{"role": "user", "parts": [{"text": "hi"}]}]);
    let whole = json!({"generateContentRequest": {"model": "models/g", "contents": contents}});
    for body in [json!({"contents": contents}), whole] {
        let conversation = decode_count_request(body.to_string().as_bytes()).unwrap();
        assert_eq!(conversation.turns.len(), 1);
        let encoded = encode_count_request(&conversation, &Target::new("up")).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(body, json!({"generateContentRequest": {"model": "models/up", "contents": contents}}));
    }
    assert_eq!(decode_count_reply(&encode_count_reply(12)), Ok(12));
    assert!(decode_count_reply(b"{}").is_err());
}

#[test]
fn the_list_of_models() {
    let model = Model { name: "g".to_owned(), input_limit: Some(10), output_limit: None };
    let entry: Value = serde_json::from_slice(&model_entry(&model)).unwrap();
    assert_eq!(
        entry,
        json!({"name": "models/g", "displayName": "g", "inputTokenLimit": 10, "supportedGenerationMethods":
            ["generateContent", "streamGenerateContent", "countTokens"]})
    );
    let list: Value = serde_json::from_slice(&models(&[model])).unwrap();
    assert_eq!(list, json!({"models": [entry]}));
}

#[test]
fn routing_reads_it() {
    let found = peek(Dialect::Gemini, fixture!("everything/request.json").as_bytes()).unwrap();
    assert_eq!((found.turns, found.max_tokens, found.native, found.stream), (5, Some(512), true, None));
    assert_eq!(found.set_model("other"), None);
    let error = peek(Dialect::Gemini, b"{}").unwrap_err();
    assert_eq!(error.field.as_deref(), Some("contents"));
    let seal = super::super::signature::wrap(&["lynkr.v1.e30=".to_owned()]);
    let sealed = json!({"contents": [{"parts": [{"text": "a", "thoughtSignature": seal}]}]});
    assert!(!peek(Dialect::Gemini, sealed.to_string().as_bytes()).unwrap().native);
}
