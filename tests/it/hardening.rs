//! What keeps a gateway standing: health, numbers, load shedding, breakers, and an orderly end.

mod providers;

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use lynkr_testkit::{Dialect, Gate, ModelScript, ModelUpstream, Script, ToolUse};
use serde_json::{Value, json};

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::Call;
use crate::scripted::{self, Scripted};
use crate::tools;

fn hello(stream: bool) -> Value {
    dialects::ask(Dialect::Anthropic, "Hello.", stream)
}

/// A provider that answers with the status that was set last.
async fn moody() -> (Scripted, Arc<AtomicU16>) {
    let status = Arc::new(AtomicU16::new(500));
    let next = Arc::clone(&status);
    let upstream = Scripted::with(move |_| match next.load(Ordering::Relaxed) {
        200 => Script::json(
            200,
            &json!({
                "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
                "content": [{"type": "text", "text": "Well."}], "usage": {"input_tokens": 7, "output_tokens": 3},
            }),
        ),
        code => {
            Script::json(code, &json!({"type": "error", "error": {"type": "api_error", "message": "down"}}))
        }
    });
    (upstream.await, status)
}

/// Before a provider, with everything quick.
fn before(upstream: &Scripted) -> Setup {
    let setup = Setup::upstream(Dialect::Anthropic, &upstream.url()).env("API_RETRY_MAX_RETRIES", "0");
    setup.env("CIRCUIT_BREAKER_TIMEOUT", "300")
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_it_says_that_it_lives() {
    let gateway = Gateway::builtin().await;
    let live = gateway.get("/health/live").await.expect(200);
    assert_eq!(live["status"], "alive");
    assert!(live["uptime"].as_f64().is_some_and(|seconds| seconds >= 0.0), "{live}");
}

/// That it is not while it ends is row 20's; while the store is away, `store`'s.
#[tokio::test(flavor = "multi_thread")]
async fn row_13_it_is_ready_when_nothing_is_missing() {
    let gateway = Gateway::builtin().await;
    let ready = gateway.get("/health/ready").await.expect(200);
    assert_eq!(ready["status"], "healthy");
    let checks = &ready["checks"];
    assert_eq!(
        (&checks["memory"]["healthy"], &checks["database"]["healthy"]),
        (&json!(true), &json!(true)),
        "{ready}"
    );
    assert!(
        checks["memory"]["totalUsedPercent"].is_number() && checks["database"]["latency"].is_number(),
        "{ready}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_14_numbers_as_json() {
    let gateway = Gateway::builtin().await;
    let before = gateway.get("/metrics/observability").await.expect(200);
    assert_eq!(before["latency"]["p95"], Value::Null, "nothing was measured yet");
    for _ in 0..3 {
        gateway.post("/v1/messages", &hello(false)).await.expect(200);
    }
    gateway.post("/v1/messages", &json!({})).await.expect(400);
    let after = gateway.get("/metrics/observability").await.expect(200);
    // The look before counts as well.
    assert_eq!(after["requests"]["total"], 5);
    assert_eq!((&after["requests"]["errors"], &after["requests_errors_total"]), (&json!(1), &json!(1)));
    assert!(after["latency"]["p99"].as_f64() >= after["latency"]["p50"].as_f64(), "{after}");
    assert!(after["tokens"]["input"].as_u64().is_some_and(|tokens| tokens > 0), "{after}");
    assert_eq!(after["routing"]["successes_by_provider"]["builtin"], 3);
    assert_eq!(after["endpoints"]["POST /v1/messages"], 4);
    let totals = gateway.get("/metrics").await.expect(200);
    assert_eq!(totals["responses"]["error"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_15_numbers_as_prometheus_text() {
    let gateway = Gateway::builtin().await;
    assert_eq!(gateway.post("/v1/messages", &hello(true)).await.status, 200);
    let reply = gateway.get("/metrics/prometheus").await;
    assert_eq!(reply.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = reply.text();
    for line in [
        "# TYPE http_requests_total counter",
        "# TYPE http_request_duration_seconds summary",
        "http_request_errors_total 0",
        "http_request_duration_seconds_count 1",
        "# TYPE lynkr_request_duration_seconds histogram",
        "lynkr_time_to_first_token_seconds_count{provider=\"builtin\"} 1",
        "lynkr_active_streams 0",
    ] {
        assert!(text.lines().any(|own| own == line), "{line} is not in\n{text}");
    }
}

/// A gateway whose provider has failed until its breaker opened.
async fn broken_before(upstream: &Scripted) -> Gateway {
    let gateway = before(upstream).start().await;
    for _ in 0..5 {
        gateway.post("/v1/messages", &hello(false)).await.expect(500);
    }
    gateway
}

async fn breaker(gateway: &Gateway) -> Value {
    gateway.get("/metrics/circuit-breakers").await.expect(200)["anthropic"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn row_16_breakers_are_shown_by_provider() {
    let (upstream, _) = moody().await;
    let gateway = before(&upstream).start().await;
    gateway.post("/v1/messages", &hello(false)).await.expect(500);
    let shown = breaker(&gateway).await;
    assert_eq!(
        (&shown["state"], &shown["failureCount"], &shown["successCount"]),
        (&json!("CLOSED"), &json!(1), &json!(0))
    );
    assert!(shown["lastFailure"].is_string() && shown["nextAttempt"].is_null(), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_18_a_breaker_opens_and_fails_fast() {
    let (upstream, _) = moody().await;
    let gateway = broken_before(&upstream).await;
    let refused = gateway.post("/v1/messages", &hello(false)).await;
    let body = refused.expect(503);
    assert!(body["error"]["message"].as_str().is_some_and(|text| text.contains("OPEN")), "{body}");
    assert!(refused.header("retry-after").is_some());
    assert_eq!(upstream.posts().len(), 5, "an open breaker asks nobody");
    let shown = breaker(&gateway).await;
    assert_eq!((&shown["state"], &shown["failureCount"]), (&json!("OPEN"), &json!(5)), "{shown}");
    assert!(shown["lastFailure"].is_string() && shown["nextAttempt"].is_string(), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_a_breaker_tries_after_its_rest_and_closes() {
    let (upstream, status) = moody().await;
    let gateway = broken_before(&upstream).await;
    status.store(200, Ordering::Relaxed);
    // It rests for 300 ms; asking again and again until it tries.
    let until_it_tries = async {
        while gateway.post("/v1/messages", &hello(false)).await.status != 200 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(crate::http::PATIENCE, until_it_tries).await.expect("it tries after its rest");
    let shown = breaker(&gateway).await;
    assert_eq!(shown["state"], "HALF_OPEN", "one success is not enough: {shown}");
    gateway.post("/v1/messages", &hello(false)).await.expect(200);
    let shown = breaker(&gateway).await;
    assert_eq!(shown["state"], "CLOSED", "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clients_own_mistakes_open_no_breaker() {
    let (upstream, status) = moody().await;
    let gateway = before(&upstream).start().await;
    for code in [400, 401, 403, 404, 413, 422, 400, 400, 400, 400] {
        status.store(code, Ordering::Relaxed);
        gateway.post("/v1/messages", &hello(false)).await.expect(code);
    }
    status.store(200, Ordering::Relaxed);
    gateway.post("/v1/messages", &hello(false)).await.expect(200);
    let shown = gateway.get("/metrics/circuit-breakers").await.expect(200);
    assert_eq!(shown["anthropic"]["state"], "CLOSED", "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_17_too_much_to_do_is_said_at_once() {
    let gate = Gate::new();
    let frames = scripted::stream(Dialect::Anthropic, "Held.");
    let script = Script::sse(frames.iter().take(3).cloned()).wait(&gate);
    let upstream = Scripted::new([script]).await;
    let setup = Setup::upstream(Dialect::Anthropic, &upstream.url());
    let gateway = setup.env("LOAD_SHEDDING_ACTIVE_REQUESTS_THRESHOLD", "1").start().await;
    let mut held = gateway.open(Call::json("/v1/messages", &hello(true))).await;
    held.until("Held.").await;
    for dialect in dialects::ALL {
        let refused = gateway.post(dialects::path(dialect), &dialects::ask(dialect, "Hello.", false)).await;
        refused.expect(503);
        assert_eq!(refused.header("retry-after"), Some("5"), "{dialect:?}");
        assert!(refused.header("x-request-id").is_some());
    }
    let shown = gateway.get("/metrics/load-shedding").await.expect(200);
    assert_eq!((&shown["activeRequests"], &shown["activeStreams"]), (&json!(1), &json!(1)), "{shown}");
    assert_eq!(shown["totalShed"], dialects::ALL.len());
    gateway.get("/health/ready").await.expect(200);
    drop(held);
    gate.open();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_without_memory_takes_nothing_on() {
    let gateway = Setup::builtin().env("LOAD_SHEDDING_MEMORY_THRESHOLD", "0").start().await;
    let refused = gateway.post("/v1/messages", &hello(false)).await;
    let body = refused.expect(503);
    assert!(body["error"]["message"].as_str().is_some_and(|text| text.contains("memory")), "{body}");
    let gateway = Setup::builtin().env("LOAD_SHEDDING_HEAP_THRESHOLD", "0%").start().await;
    gateway.post("/v1/messages", &hello(false)).await.expect(503);
    let off = Setup::builtin().env("LOAD_SHEDDING_HEAP_THRESHOLD", "0").env("LOAD_SHEDDING_ENABLED", "false");
    off.start().await.post("/v1/messages", &hello(false)).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_20_the_end_is_told_before_it_comes() {
    let gate = Gate::new();
    let frames = scripted::stream(Dialect::Anthropic, "Held.");
    let script = frames
        .iter()
        .take(3)
        .fold(Script::sse(Vec::<String>::new()), |script, frame| script.send(frame.clone()));
    let script = frames.iter().skip(3).fold(script.wait(&gate), |script, frame| script.send(frame.clone()));
    let upstream = Scripted::new([script]).await;
    let gateway = Gateway::before(Dialect::Anthropic, &upstream.url()).await;
    let mut held = gateway.open(Call::json("/v1/messages", &hello(true))).await;
    held.until("Held.").await;
    gateway.signal("TERM");
    gateway.logged(|line| line.contains("stopping")).await;
    let ready = gateway.get("/health/ready").await.expect(503);
    assert_eq!((&ready["status"], &ready["reason"]), (&json!("not_ready"), &json!("shutting_down")));
    gateway.get("/health/live").await.expect(200);
    let refused = gateway.post("/v1/messages", &hello(false)).await;
    refused.expect(503);
    assert_eq!(refused.header("retry-after"), Some("5"));
    gate.open();
    assert!(held.finish().await.complete);
    let (code, log) = gateway.ended().await;
    assert_eq!(code, Some(0), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_24_a_request_id_is_in_the_answer_and_in_the_log() {
    let gateway = Gateway::builtin().await;
    let call = Call::json("/v1/messages", &hello(false)).header("x-request-id", "trace-me-42");
    let reply = gateway.send(call).await;
    assert_eq!(reply.header("x-request-id"), Some("trace-me-42"));
    gateway.logged(|line| line.contains("trace-me-42")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_21_a_valid_body_is_processed() {
    let gateway = Gateway::builtin().await;
    let answer = gateway.post("/v1/messages", &hello(false)).await.expect(200);
    assert_eq!(answer["type"], "message", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_22_every_bad_field_is_named() {
    let (upstream, _) = moody().await;
    let gateway = before(&upstream).start().await;
    let body = json!({
        "model": "m", "temperature": "hot", "tools": {},
        "messages": [{"content": "Hello."}, {"role": "user", "content": 7}],
    });
    let answer = gateway.post("/v1/chat/completions", &body).await.expect(400);
    let message = answer["error"]["message"].as_str().unwrap_or_default();
    for field in ["temperature: ", "tools: ", "messages[0].role: ", "messages[1].content: "] {
        assert_eq!(message.matches(field).count(), 1, "{field} in {answer}");
    }
    assert_eq!(upstream.posts().len(), 0, "nothing of it went up");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_23_errors_have_one_form_and_the_requests_id() {
    let (upstream, _) = moody().await;
    let gateway = before(&upstream).start().await;
    let calls = [
        (Call::get("/v1/nothing").header("anthropic-version", "2023-06-01"), 404, "not_found_error"),
        (Call::json("/v1/messages", &json!({"model": "m"})), 400, "invalid_request_error"),
        (Call::json("/v1/messages", &hello(false)), 500, "api_error"),
    ];
    for (call, status, kind) in calls {
        let reply = gateway.send(call.header("x-request-id", "my-own-id")).await;
        let answer = reply.expect(status);
        assert_eq!((&answer["type"], &answer["error"]["type"]), (&json!("error"), &json!(kind)), "{answer}");
        assert!(answer["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{answer}");
        assert_eq!(reply.header("x-request-id"), Some("my-own-id"), "{status}");
        for trace in ["panicked", ".rs:", "stack backtrace"] {
            assert!(!reply.text().contains(trace), "{}", reply.text());
        }
    }
}

/// A model that calls `fs_read` with this so often before it answers.
async fn reader(input: Value, steps: usize, preamble: &str) -> ModelUpstream {
    let script = ModelScript::new().tool(ToolUse::Named("fs_read".to_owned(), input)).steps(steps);
    script.preamble(preamble).start().await.expect("a model starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn row_29_a_tool_call_without_a_path_is_told_what_it_lacks() {
    for upstream in [Dialect::Anthropic, Dialect::Chat] {
        let model = reader(json!({}), 1, "").await;
        let gateway = tools::server(upstream, &model.url()).start().await;
        for client in [Dialect::Anthropic, Dialect::Chat] {
            for stream in [false, true] {
                let talk = dialects::Talk::new(client, "Read it.", stream);
                let answer = dialects::hear(&gateway, client, &talk, stream).await;
                assert!(answer.text.contains("path must be a non-empty string"), "{client:?}: {answer:?}");
                assert!(answer.calls.is_empty(), "{answer:?}");
            }
        }
        let told = model.upstream().requests()[1].json();
        if upstream == Dialect::Anthropic {
            let result = &told["messages"][2]["content"][0];
            assert_eq!(
                (&result["type"], &result["is_error"]),
                (&json!("tool_result"), &json!(true)),
                "{told}"
            );
        } else {
            assert_eq!(told["messages"][2]["role"], "tool", "{told}");
        }
        assert_eq!(model.violations(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_30_a_loop_past_its_steps_is_a_504() {
    let model = reader(json!({"path": "notes.txt"}), 50, "").await;
    let setup = tools::server(Dialect::Anthropic, &model.url()).env("POLICY_MAX_STEPS", "3");
    let gateway = setup.start().await;
    for (number, client) in dialects::ALL.into_iter().enumerate() {
        for stream in [false, true] {
            let reply = gateway.post(dialects::path(client), &dialects::ask(client, "Read.", stream)).await;
            let (_, message) = dialects::error(client, &reply.expect(504));
            assert!(
                message.contains("max_steps_exceeded") && message.contains("POLICY_MAX_STEPS"),
                "{message}"
            );
            assert_eq!(reply.header("x-should-retry"), Some("false"));
            if client == Dialect::Chat {
                assert_eq!(reply.json()["error"]["code"], "max_steps_exceeded");
            }
        }
        assert_eq!(model.generations(), (number + 1) * 6, "three steps each");
    }
    // What has begun to stream ends in the dialect's error event.
    let model = reader(json!({"path": "notes.txt"}), 50, "Once more.").await;
    let setup = tools::server(Dialect::Anthropic, &model.url()).env("POLICY_MAX_STEPS", "3");
    let gateway = setup.start().await;
    for client in dialects::ALL {
        let reply = gateway.post(dialects::path(client), &dialects::ask(client, "Read.", true)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let message = dialects::error_event(client, &reply.text());
        assert!(message.contains("max_steps_exceeded"), "{client:?}: {message}");
    }
}

/// The rows of the test matrix that are about a gateway's hardening, and the names of their tests.
#[test]
fn every_row_of_the_documented_table_is_a_test() {
    let page = include_str!("../../docs/testing.md");
    let here = include_str!("hardening.rs");
    let start = include_str!("start.rs");
    let mut rows = Vec::new();
    for line in page.lines().filter(|line| line.contains("::row_")) {
        let number: u32 =
            line.split('|').nth(1).and_then(|cell| cell.trim().parse().ok()).expect("a row's number");
        for name in line.split('`').filter(|part| part.contains("::row_")) {
            let (file, test) = name.split_once("::").expect("a test in a file");
            let source = if file == "start" { start } else { here };
            assert!(source.contains(&format!("async fn {test}()")), "there is no {name}");
            assert!(test.starts_with(&format!("row_{number}_")), "{name} stands in row {number}");
        }
        rows.push(number);
    }
    assert_eq!(rows, (12..=24).chain(28..=30).collect::<Vec<_>>(), "each row once, in order");
}
