//! Claude in a cloud's envelope, before a provider of another dialect.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use lynkr_testkit::{ModelScript, bedrock};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::service;
use crate::router;

const BEDROCK: &str = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0";
const VERTEX: &str = "/v1/projects/p/locations/us-east5/publishers/anthropic/models";

async fn post(endpoint: &str, path: &str, body: &Value) -> (u16, String, Vec<u8>) {
    let request = Request::post(path).body(Body::from(body.to_string())).unwrap();
    let response = router(service(endpoint)).oneshot(request).await.unwrap();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    let status = response.status().as_u16();
    (status, kind, response.into_body().collect().await.unwrap().to_bytes().to_vec())
}

fn body(version: &str) -> Value {
    json!({
        "anthropic_version": version, "anthropic_beta": ["context-1m-2025-08-07"], "max_tokens": 9,
        "messages": [{"role": "user", "content": "hi"}],
    })
}

#[tokio::test]
async fn whole_answers_streams_counts_and_refusals() {
    let model = ModelScript::new().steps(0).start().await.unwrap();
    let endpoint = format!("{}/v1/chat/completions", model.url());
    let asked = body("bedrock-2023-05-31");
    let (status, _, whole) = post(&endpoint, &format!("{BEDROCK}/invoke"), &asked).await;
    let whole: Value = serde_json::from_slice(&whole).unwrap();
    assert_eq!((status, whole["type"].as_str()), (200, Some("message")), "{whole}");
    let (status, kind, stream) =
        post(&endpoint, &format!("{BEDROCK}/invoke-with-response-stream"), &asked).await;
    assert_eq!((status, kind.as_str()), (200, bedrock::CONTENT_TYPE));
    let frames = bedrock::frames(&stream);
    let chunks = frames.iter().filter(|(name, _)| name == "chunk");
    let inside: Vec<Value> = chunks
        .map(|(_, payload)| {
            serde_json::from_slice(&bedrock::base64(payload["bytes"].as_str().unwrap())).unwrap()
        })
        .collect();
    assert_eq!(inside.first().unwrap()["type"], "message_start");
    assert_eq!(inside.last().unwrap()["type"], "message_stop");
    let (status, kind, stream) =
        post(&endpoint, &format!("{VERTEX}/claude-x@20250101:streamRawPredict"), &asked).await;
    assert_eq!((status, kind.starts_with("text/event-stream")), (200, true));
    assert!(String::from_utf8(stream).unwrap().contains("event: message_stop"));
    let inside = bedrock::frames(&bedrock::chunk(&format!("data: {asked}")))[0].1["bytes"].clone();
    let asked = json!({"input": {"invokeModel": {"body": inside}}});
    let (_, _, count) = post(&endpoint, &format!("{BEDROCK}/count-tokens"), &asked).await;
    let count: Value = serde_json::from_slice(&count).unwrap();
    assert!(count["inputTokens"].as_u64() > Some(0), "{count}");
    let asked = json!({"model": "claude-x", "messages": [{"role": "user", "content": "hi"}]});
    let (_, _, count) = post(&endpoint, &format!("{VERTEX}/count-tokens:rawPredict"), &asked).await;
    let count: Value = serde_json::from_slice(&count).unwrap();
    assert!(count["input_tokens"].as_u64() > Some(0), "{count}");
    let (status, _, error) = post(&endpoint, "/model/x/embed", &json!({})).await;
    assert!(status == 404 && String::from_utf8(error).unwrap().contains("\"message\""));
    assert_eq!(model.violations(), Vec::<String>::new());
}
