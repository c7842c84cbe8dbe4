//! A defect of the gateway itself: one request pays for it, in its own dialect, and nobody else does.

use lynkr_testkit::Dialect;
use serde_json::{Value, json};

use crate::dialects;
use crate::errors::check;
use crate::gateway::{Gateway, Setup};
use crate::http::Call;
use crate::websocket::{Socket, handshake};

/// What the log must not show.
const SECRET: &str = "HUSH_HUSH";

/// The builtin provider, which panics before its answer, or after three events of it; or is slow.
async fn defective() -> Gateway {
    let scenario = json!({"name": "defects", "steps": [
        {"when": {"contains": "at once"}, "reply": {"text": "Never.", "panic_after_events": 0}},
        {"when": {"contains": "half way"}, "reply": {"text": "Begun.", "chunk_chars": 100, "pace_ms": 5, "panic_after_events": 3}},
        {"when": {"contains": "slowly"}, "reply": {"text": "x".repeat(100), "chunk_chars": 1, "pace_ms": 20}},
    ]});
    let setup = Setup::builtin().project_file("scenario.json", &scenario.to_string());
    let path = setup.project().join("scenario.json").display().to_string();
    setup.env("LYNKR_BUILTIN_SCENARIO", &path).start().await
}

fn ask(client: Dialect, words: &str, stream: bool) -> Call {
    let body = dialects::ask(client, &format!("{SECRET}: answer {words}"), stream);
    Call::json(dialects::path(client), &body).header("x-request-id", "the-unlucky-one")
}

async fn figures(gateway: &Gateway) -> Value {
    gateway.get("/metrics/observability").await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_gets_an_error_and_all_others_go_on() {
    let gateway = defective().await;
    let mut others = Vec::new();
    for _ in 0..10 {
        let mut stream = gateway.open(ask(Dialect::Anthropic, "slowly", true)).await;
        stream.until("\"x\"").await;
        others.push(stream);
    }
    for client in dialects::ALL {
        for stream in [false, true] {
            let reply = gateway.send(ask(client, "at once", stream)).await;
            let (_, message) = check(client, &reply, 500, false);
            assert_eq!(message, "the gateway failed; its log says where");
            assert_eq!(reply.header("x-request-id"), Some("the-unlucky-one"));
        }
        let begun = gateway.send(ask(client, "half way", true)).await;
        assert_eq!(begun.status, 200, "{}", begun.text());
        assert!(begun.complete && begun.text().contains("Begun."), "{client:?}: {}", begun.text());
        let message = dialects::error_event(client, &begun.text());
        assert!(message.contains("the gateway failed"), "{client:?}: {message}");
        // What isn't streamed has no half way.
        check(client, &gateway.send(ask(client, "half way", false)).await, 500, false);
    }
    for other in others {
        let reply = other.finish().await;
        assert!(reply.complete && reply.text().contains("message_stop"), "{}", reply.text());
    }
    // Two before the answer and one whole answer for each dialect, and a stream's second half.
    let panics = 4 * dialects::ALL.len();
    let after = figures(&gateway).await;
    assert_eq!(after["panics_total"], panics, "{after}");
    assert_eq!(after["requests_errors_total"], 3 * dialects::ALL.len(), "a stream that began has its 200");
    let prometheus = gateway.get("/metrics/prometheus").await.text();
    assert!(prometheus.contains(&format!("\nlynkr_panics_total {panics}\n")), "{prometheus}");
    assert_eq!(gateway.get("/metrics/load-shedding").await.expect(200)["activeRequests"], 0);
    let log = gateway.log();
    assert_eq!(log.matches("panicked at ").count(), panics, "{log}");
    let told = log.lines().filter(|line| line.contains("panicked at ")).all(|line| {
        let line: Value = serde_json::from_str(line).expect("lines are JSON");
        line["backtrace"].as_str().is_some_and(|frames| frames.contains("lynkr_builtin::transport"))
    });
    assert!(told, "each says the way there: {log}");
    let named = |line: &&str| line.contains("panicked\"") && line.contains("the-unlucky-one");
    assert_eq!(log.lines().filter(named).count(), panics, "and whose request it was: {log}");
    assert!(!log.contains(SECRET), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_socket_outlives_it() {
    let gateway = defective().await;
    let mut socket = Socket::open(&gateway, handshake()).await;
    let create = |words: &str| {
        let body = dialects::ask(Dialect::Responses, &format!("answer {words}"), true);
        json!({"type": "response.create", "model": body["model"], "input": body["input"]})
    };
    for _ in 0..2 {
        let events = socket.ask(&create("at once")).await;
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!((&events[0]["type"], &events[0]["status"]), (&json!("error"), &json!(500)), "{events:?}");
        let events = socket.ask(&create("half way")).await;
        assert!(events.len() > 1, "{events:?}");
        let last = events.last().expect("an event");
        assert!(last.to_string().contains("the gateway failed"), "{last}");
        let events = socket.ask(&create("as ever")).await;
        assert_eq!(events.last().expect("an event")["type"], "response.completed", "{events:?}");
    }
    assert_eq!(figures(&gateway).await["panics_total"], 4);
}

/// A message is the client's, and so can't ask for it.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_ask_for_it_without_the_operators_file() {
    let gateway = Gateway::builtin().await;
    for words in ["/lynkr panic", "/lynkr panic_after_events 0", "panic_after_events"] {
        let body = dialects::ask(Dialect::Anthropic, words, false);
        gateway.post("/v1/messages", &body).await.expect(200);
    }
    assert_eq!(figures(&gateway).await["panics_total"], 0);
}
