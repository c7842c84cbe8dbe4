//! Configuration that changes while the gateway runs.

use std::path::PathBuf;

use lynkr_testkit::{Dialect, Gate, Script};
use serde_json::{Value, json};

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, PATIENCE};
use crate::scripted::{self, Scripted};

/// A setup whose provider is told by the user's own file.
fn configured(first: &Scripted, more: &str) -> Setup {
    Setup::new().user_file("lynkr.toml", &toml(first, more)).env("HOT_RELOAD_DEBOUNCE_MS", "20")
}

fn toml(upstream: &Scripted, more: &str) -> String {
    format!(
        "[models]\nprovider = \"anthropic\"\n[anthropic]\nendpoint = \"{}\"\napi_key = \"sk-ant-api03-configured\"\n{more}",
        upstream.url()
    )
}

fn file(gateway: &Gateway) -> PathBuf {
    gateway.folder().join("home/.config/lynkr/lynkr.toml")
}

fn write(gateway: &Gateway, text: &str) {
    // As editors do it: written beside, then moved over.
    let (path, beside) = (file(gateway), file(gateway).with_extension("new"));
    std::fs::write(&beside, text).expect("a file can be written");
    std::fs::rename(beside, path).expect("and moved");
}

fn says(text: &str) -> Script {
    let body = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": text}], "usage": {"input_tokens": 7, "output_tokens": 3},
    });
    Script::json(200, &body)
}

async fn asked(gateway: &Gateway) -> Value {
    let reply = gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", false)).await;
    reply.expect(200)["content"][0]["text"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_counts_at_once() {
    let (first, second) = (Scripted::with(|_| says("one")).await, Scripted::with(|_| says("two")).await);
    let gateway = configured(&first, "").start().await;
    assert_eq!(asked(&gateway).await, "one");
    write(&gateway, &toml(&second, ""));
    gateway.logged(|line| line.contains("read anew") && line.contains("ANTHROPIC_ENDPOINT")).await;
    assert_eq!(asked(&gateway).await, "two");
    // What was counted before still counts.
    let numbers = gateway.get("/metrics/observability").await.expect(200);
    assert_eq!(numbers["tokens_input_total"], 14, "{numbers}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_can_t_be_used_changes_nothing_and_says_all_that_is_wrong() {
    let first = Scripted::with(|_| says("one")).await;
    let gateway = configured(&first, "").env("HOT_RELOAD_ENABLED", "false").start().await;
    write(
        &gateway,
        &toml(&first, "[server]\njson_limit = \"much\"\n[upstream]\nretry_max_delay = \"soon\"\n"),
    );
    let reply = gateway.send(Call::new("POST", "/v1/admin/reload")).await;
    let body = reply.expect(400);
    let message = body["error"]["message"].as_str().unwrap();
    for field in ["REQUEST_JSON_LIMIT", "API_RETRY_MAX_DELAY", "stays"] {
        assert!(message.contains(field), "{field} is not in {message}");
    }
    assert_eq!(asked(&gateway).await, "one");
    write(&gateway, &toml(&first, "[upstream]\nmax_retries = 1\n[server]\nport = 9\n"));
    let body = gateway.send(Call::new("POST", "/v1/admin/reload")).await.expect(200);
    assert_eq!((&body["object"], &body["status"]), (&json!("admin_reload"), &json!("ok")));
    // The environment's port goes before the file's, so nothing has changed there.
    assert_eq!(body["reloaded"], json!(["API_RETRY_MAX_RETRIES"]), "{body}");
    assert_eq!(body["at_next_start"], json!([]), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_ends_as_it_began() {
    let gate = Gate::new();
    let held = gate.clone();
    let frames = scripted::stream(Dialect::Anthropic, "First.");
    let slow = move || Script::sse(frames[..3].to_vec()).wait(&held).send(frames[3..].concat());
    let (first, second) = (Scripted::with(move |_| slow()).await, Scripted::with(|_| says("two")).await);
    let gateway = configured(&first, "").start().await;
    let ask = dialects::ask(Dialect::Anthropic, "Hello.", true);
    let mut stream = gateway.open(Call::json("/v1/messages", &ask)).await;
    let begun = stream.until("First.").await;
    write(&gateway, &toml(&second, ""));
    gateway.logged(|line| line.contains("read anew")).await;
    gate.open();
    let text = begun + &stream.finish().await.text();
    assert!(text.contains("message_stop"), "{text}");
    assert_eq!(asked(&gateway).await, "two");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn hangup_reads_it_anew_and_closes_breakers() {
    let broken = Scripted::with(|_| {
        Script::json(500, &json!({"type": "error", "error": {"type": "api_error", "message": "down"}}))
    })
    .await;
    let gateway =
        configured(&broken, "[upstream]\nmax_retries = 0\n").env("HOT_RELOAD_ENABLED", "false").start().await;
    for status in [500, 500, 500, 500, 500, 503] {
        let ask = dialects::ask(Dialect::Anthropic, "Hello.", false);
        assert_eq!(gateway.post("/v1/messages", &ask).await.status, status);
    }
    let reset =
        gateway.send(Call::new("POST", "/v1/admin/circuit-breakers/reset?provider=claude")).await.expect(200);
    assert_eq!(
        (&reset["provider"], reset["reset"].as_u64() > Some(0)),
        (&json!("anthropic"), true),
        "{reset}"
    );
    gateway.send(Call::new("POST", "/v1/admin/circuit-breakers/reset?provider=nobody")).await.expect(404);
    let working = Scripted::with(|_| says("two")).await;
    write(&gateway, &toml(&working, ""));
    gateway.signal("HUP");
    gateway.logged(|line| line.contains("read anew")).await;
    let asking = async { while asked(&gateway).await != "two" {} };
    tokio::time::timeout(PATIENCE, asking).await.expect("the new provider answers");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_caused_a_reload_is_on_record() {
    let upstream = Scripted::with(|_| says("one")).await;
    let gateway = configured(&upstream, "").start().await;
    let audited = async |actor: &str, outcome: &str| {
        let asked = async {
            loop {
                let entries = gateway.get("/v1/admin/audit?action=config.reload").await.expect(200);
                let fits = |entry: &Value| entry["actor"] == actor && entry["outcome"] == outcome;
                if entries["data"].as_array().unwrap().iter().any(fits) {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, asked)
            .await
            .unwrap_or_else(|_| panic!("{actor} {outcome} is on record"));
    };
    gateway.signal("HUP");
    audited("signal", "ok").await;
    write(&gateway, &toml(&upstream, "[upstream]\nmax_retries = 1\n"));
    audited("file", "ok").await;
    write(&gateway, "[models]\nprovider = 7\n");
    audited("file", "failed").await;
}
