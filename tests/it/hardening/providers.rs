//! What a gateway knows of its providers' servers, and how long it waits for each of them.

use lynkr_testkit::{Dialect, Gate, Script};
use serde_json::json;

use super::{before, hello, moody};
use crate::gateway::{Gateway, Setup};
use crate::scripted::Scripted;

#[tokio::test(flavor = "multi_thread")]
async fn deep_readiness_asks_the_providers_servers() {
    let (upstream, _) = moody().await;
    let address = std::net::TcpListener::bind("127.0.0.1:0").and_then(|own| own.local_addr()).unwrap();
    let gone = format!("http://{address}");
    // The active one is there, another one isn't.
    let gateway = before(&upstream).env("LLAMACPP_ENDPOINT", &gone).start().await;
    let ready = gateway.get("/health/ready?deep").await.expect(200);
    let active = &ready["checks"]["provider"];
    assert_eq!((&active["name"], &active["healthy"]), (&json!("anthropic"), &json!(true)), "{ready}");
    let others = &ready["checks"]["providers"];
    assert_eq!(
        (&others["anthropic"]["reachable"], &others["llamacpp"]["reachable"]),
        (&json!(true), &json!(false)),
        "{ready}"
    );
    assert!(
        others["anthropic"]["latency"].is_number() && !ready.to_string().contains("127.0.0.1"),
        "{ready}"
    );
    assert_eq!(upstream.posts().len(), 0, "no model is asked");
    // And the other way round.
    let gateway = Setup::upstream(Dialect::Anthropic, &gone).start().await;
    gateway.get("/health/ready").await.expect(200);
    let unready = gateway.get("/health/ready?deep=true").await.expect(503);
    assert_eq!(unready["checks"]["provider"]["reachable"], false, "{unready}");
    Gateway::builtin().await.get("/health/ready?deep").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_s_own_time_out_holds_for_it() {
    let gate = Gate::new();
    let held = gate.clone();
    let silent = Scripted::with(move |_| Script::new().wait(&held)).await;
    let held = gate.clone();
    let begun = Scripted::with(move |_| {
        Script::new().status(200).header("content-type", "application/json").head().send("{").wait(&held)
    })
    .await;
    for upstream in [&silent, &begun] {
        let rows = [
            ("ollama", "OLLAMA_ENDPOINT", "OLLAMA_TIMEOUT_MS"),
            ("llamacpp", "LLAMACPP_ENDPOINT", "LLAMACPP_TIMEOUT_MS"),
            ("lmstudio", "LMSTUDIO_ENDPOINT", "LMSTUDIO_TIMEOUT_MS"),
        ];
        for (provider, endpoint, timeout) in rows {
            let setup = Setup::new().env("MODEL_PROVIDER", provider).env(endpoint, &upstream.url());
            let gateway = setup.env(timeout, "200").env("API_RETRY_MAX_RETRIES", "0").start().await;
            let body = gateway.post("/v1/messages", &hello(false)).await.expect(504);
            assert!(body["error"]["message"].as_str().is_some_and(|own| own.contains("ms")), "{body}");
        }
    }
    gate.open();
}
