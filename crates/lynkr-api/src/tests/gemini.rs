//! Gemini's surface before a provider of another dialect.

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use lynkr_testkit::{ModelScript, ToolUse};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::service;
use crate::router;

fn body() -> Value {
    json!({
        "contents": [{"role": "user", "parts": [{"text": "run it"}]}],
        "systemInstruction": {"role": "user", "parts": [{"text": "Be brief."}]},
        "tools": [{"functionDeclarations": [{
            "name": "run_shell_command", "description": "Runs",
            "parametersJsonSchema": {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
        }]}],
    })
}

async fn post(endpoint: &str, path: &str, body: &Value) -> (StatusCode, String) {
    let request =
        Request::post(path).header("content-type", "application/json").header("x-goog-api-key", "sk-dummy");
    let request = request.body(Body::from(body.to_string())).unwrap();
    let response = router(service(endpoint)).oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn a_tool_round_trip_in_every_form() {
    let tool = ToolUse::Named("run_shell_command".to_owned(), json!({"command": "ls"}));
    let model = ModelScript::new().tool(tool).enforce().start().await.unwrap();
    let endpoint = format!("{}/v1/chat/completions", model.url());
    let base = "/v1beta/models/gpt-4o";
    let (status, text) = post(&endpoint, &format!("{base}:streamGenerateContent?alt=sse"), &body()).await;
    assert_eq!(status, 200, "{text}");
    assert!(text.starts_with("data: {") && text.contains("\"functionCall\""), "{text}");
    let (_, list) = post(&endpoint, &format!("{base}:streamGenerateContent"), &body()).await;
    let list: Value = serde_json::from_str(&list).unwrap();
    let part = &list[0]["candidates"][0]["content"]["parts"][0];
    let call = part["functionCall"].clone();
    assert_eq!((&call["name"], &call["args"]), (&json!("run_shell_command"), &json!({"command": "ls"})));

    let mut next = body();
    let turns = next["contents"].as_array_mut().unwrap();
    turns.push(json!({"role": "model", "parts": [part]}));
    turns.push(json!({"role": "user", "parts": [{"functionResponse": {
        "id": call["id"], "name": "run_shell_command", "response": {"output": "made.txt"},
    }}]}));
    let (status, whole) =
        post(&endpoint, "/v1beta1/publishers/google/models/gpt-4o:generateContent", &next).await;
    assert_eq!(status, 200, "{whole}");
    assert!(
        whole.contains("LYNKR_DONE") && whole.contains("made.txt") && whole.contains("\"STOP\""),
        "{whole}"
    );
    assert_eq!(model.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn the_small_routes_and_the_refusals() {
    let model = ModelScript::new().start().await.unwrap();
    let endpoint = format!("{}/v1/chat/completions", model.url());
    let (status, text) = post(&endpoint, "/v1beta/models/gpt-4o:countTokens", &body()).await;
    let tokens = serde_json::from_str::<Value>(&text).unwrap()["totalTokens"].as_u64().unwrap();
    assert!(status == 200 && tokens > 10, "{text}");
    let (status, text) = post(&endpoint, "/v1beta/models/gpt-4o:embedContent", &body()).await;
    assert_eq!(
        (status.as_u16(), serde_json::from_str::<Value>(&text).unwrap()["error"]["status"].clone()),
        (404, json!("NOT_FOUND"))
    );
    let (status, text) = post(&endpoint, "/v1beta/models/gpt-4o:generateContent", &json!({})).await;
    assert!(status == 400 && text.contains("contents: is required"), "{text}");
    let get = Request::get("/v1beta/models").body(Body::empty()).unwrap();
    let response = router(service(&endpoint)).oneshot(get).await.unwrap();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    assert!(serde_json::from_slice::<Value>(&bytes).unwrap()["models"].is_array());
}
