//! What the gateway tells of its providers, before providers that answer, refuse and fail.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use lynkr_testkit::{Fault, FaultKind, ModelScript};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::service;
use crate::{Service, router};

async fn ask(service: &Service, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if method == "GET" { Body::empty() } else { Body::from(body.to_string()) };
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let response = router(service.clone()).oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into()))
}

async fn get(service: &Service, path: &str) -> Value {
    let (status, body) = ask(service, "GET", path, &Value::Null).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

async fn chat(service: &Service, stream: bool) -> u16 {
    let body = json!({"model": "gpt-4o", "stream": stream, "messages": [{"role": "user", "content": "hi"}]});
    ask(service, "POST", "/v1/chat/completions", &body).await.0
}

#[tokio::test]
async fn the_active_provider_is_listed_and_any_can_be_described() {
    let service = service("http://127.0.0.1:9/v1?code=hush-in-the-query");
    let list = get(&service, "/v1/providers").await;
    let expected = json!({
        "object": "provider", "name": "openai", "type": "openai", "title": "OpenAI", "aliases": [],
        "base_url": "http://127.0.0.1:9", "dialects": ["openai_chat", "openai_responses"],
        "models": ["gpt-4o"], "model": null, "active": true, "configured": true, "has_key": true,
        "is_primary": true, "is_fallback": false,
    });
    assert_eq!(
        list,
        json!({
            "object": "list", "data": [expected], "primary": "openai", "fallback": null, "fallback_enabled": false,
        })
    );
    assert_eq!(get(&service, "/v1/providers/OpenAI").await, expected);
    let config = get(&service, "/v1/config").await;
    assert_eq!(
        (&config["model_provider"], &config["configured_providers"], &config["key_required"]),
        (&json!("openai"), &json!(["openai"]), &json!(false))
    );
    for path in ["/v1/providers/nobody", "/v1/health/providers/nobody"] {
        let (status, body) = ask(&service, "GET", path, &Value::Null).await;
        assert_eq!((status, &body["error"]["code"]), (404, &json!("provider_not_found")), "{body}");
    }
}

#[tokio::test]
async fn no_secret_is_told() {
    let service = service("http://127.0.0.1:9/v1?code=hush-in-the-query");
    for path in [
        "/v1/providers",
        "/v1/providers/openai",
        "/v1/health",
        "/v1/health/providers",
        "/v1/health/providers/openai",
        "/v1/config",
    ] {
        let text = get(&service, path).await.to_string();
        assert!(!text.contains("hush") && !text.contains("sk-test"), "{path}: {text}");
    }
}

#[tokio::test]
async fn what_was_never_asked_is_null() {
    let service = service("http://127.0.0.1:9/v1");
    // The list of models can't be had there either, which says nothing of the provider.
    get(&service, "/v1/models").await;
    let health = get(&service, "/v1/health/providers/openai").await;
    for unknown in
        ["status", "success_rate", "latency_p50_ms", "latency_p95_ms", "last_success", "last_failure"]
    {
        assert_eq!(health.get(unknown), Some(&Value::Null), "{unknown}: {health}");
    }
    assert_eq!(health["circuit_state"], "CLOSED");
    assert_eq!((&health["total_requests"], &health["models"]), (&json!(0), &json!([])));
    let gateway = get(&service, "/v1/health").await;
    assert_eq!((&gateway["status"], &gateway["provider_status"]), (&json!("ok"), &Value::Null));
}

#[tokio::test]
async fn answers_count_for_a_provider_and_refusals_not_against_it() {
    let status = |code| FaultKind::Status { code, retry_after: Some(60) };
    let model = ModelScript::new()
        .steps(0)
        .fault(Fault::once(status(400)).after(2))
        .fault(Fault::once(status(401)).after(3))
        .fault(Fault::once(status(429)).after(4))
        .fault(Fault::once(status(529)).after(5))
        .start()
        .await
        .unwrap();
    let service = service(&format!("{}/v1/chat/completions", model.url()));
    let mut statuses = Vec::new();
    for number in 0..6 {
        statuses.push(chat(&service, number == 1).await);
    }
    assert_eq!(statuses, [200, 200, 400, 401, 429, 529]);
    let summary = get(&service, "/v1/health/providers").await;
    assert_eq!((&summary["object"], &summary["window_seconds"]), (&json!("health_summary"), &json!(300)));
    let [health] = summary["providers"].as_array().unwrap().as_slice() else { panic!("{summary}") };
    assert_eq!(health["name"], "openai");
    for figures in [health, &health["models"][0]] {
        let counts = json!({
            "total_requests": 6, "successes": 2, "throttled": 1, "abandoned": 0, "in_flight": 0,
            "failures": {"upstream": 1, "client": 2, "gateway": 0},
        });
        for (name, count) in counts.as_object().unwrap() {
            assert_eq!(&figures[name], count, "{name}: {figures}");
        }
        assert_eq!(figures["status"], "degraded");
        assert!(figures["latency_p95_ms"].is_u64() && figures["last_success"].is_string(), "{figures}");
        assert!(figures["last_failure"].as_str().unwrap().ends_with('Z'), "{figures}");
    }
    assert_eq!(health["models"][0]["name"], "gpt-4o");
}

#[tokio::test]
async fn a_stream_that_breaks_counts_against_the_provider() {
    let model = ModelScript::new()
        .steps(0)
        .text("a text that is long enough to be cut in the middle")
        .chunk(4)
        .fault(Fault::always(FaultKind::Truncate { events: 4 }))
        .start()
        .await
        .unwrap();
    let service = service(&format!("{}/v1/chat/completions", model.url()));
    assert_eq!(chat(&service, true).await, 200);
    let health = get(&service, "/v1/health/providers/openai").await;
    assert_eq!(health["failures"], json!({"upstream": 1, "client": 0, "gateway": 0}), "{health}");
    assert_eq!((&health["successes"], &health["status"]), (&json!(0), &json!("unhealthy")));
}

#[tokio::test]
async fn a_provider_that_is_not_there_fails_and_every_try_counts() {
    let service = service("http://127.0.0.1:9/v1");
    assert_eq!(chat(&service, false).await, 502);
    let health = get(&service, "/v1/health/providers/openai").await;
    let tries = u64::from(service.gateway.options().limits.max_retries) + 1;
    assert_eq!(health["failures"]["upstream"], json!(tries), "{health}");
    assert_eq!((&health["in_flight"], &health["latency_p50_ms"]), (&json!(0), &Value::Null));
}
