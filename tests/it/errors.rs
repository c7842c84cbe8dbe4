//! What goes wrong, and what the client is told: its dialect's own shape, the right status, whether another try
//! can help, and the request's id.

use std::time::Duration;

use lynkr_testkit::{Abort, Dialect, Fault, FaultKind, Gate, ModelScript, Script};
use serde_json::{Value, json};

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, Reply};
use crate::scripted::{self, Scripted};

/// Nothing is sent again unless a test is about that.
pub(crate) fn before(dialect: Dialect, url: &str) -> Setup {
    // No breaker: each failure is looked at by itself.
    let setup = Setup::upstream(dialect, url).env("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "1000");
    setup.env("API_RETRY_MAX_RETRIES", "0")
}

/// An error answer: its shape, its status, its id, and whether it says that another try is no use.
#[track_caller]
pub(crate) fn check(client: Dialect, reply: &Reply, status: u16, is_final: bool) -> (String, String) {
    let error = dialects::error(client, &reply.expect(status));
    assert!(!error.1.is_empty(), "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/json"), "{}", reply.text());
    assert!(reply.header("x-request-id").is_some(), "{:?}", reply.headers);
    let expected = is_final.then_some("false");
    assert_eq!(reply.header("x-should-retry"), expected, "{client:?} {status}: {}", reply.text());
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_at_fault_are_refused_and_name_the_field() {
    let gateway = Gateway::builtin().await;
    for client in dialects::ALL {
        let turns = if client == Dialect::Responses { "input" } else { "messages" };
        let cases = [
            (String::new(), "JSON"),
            ("{".to_owned(), "JSON"),
            ("{\"model\": \"m\",}".to_owned(), "JSON"),
            ("\u{0}\u{1}".to_owned(), "JSON"),
            ("[]".to_owned(), "object"),
            ("{}".to_owned(), turns),
            (json!({"model": "m"}).to_string(), turns),
            (json!({"model": 7, turns: [{"role": "user", "content": "a"}]}).to_string(), "model"),
            (json!({"model": "m", turns: 7}).to_string(), turns),
            (json!({"model": "m", turns: [7]}).to_string(), turns),
            (
                json!({"model": "m", turns: [{"role": "user", "content": "a"}], "stream": "yes"}).to_string(),
                "stream",
            ),
            (
                json!({"model": "m", turns: [{"role": "user", "content": "a"}], "tools": 7}).to_string(),
                "tools",
            ),
            (
                json!({"model": "m".repeat(10_000), turns: [{"role": "user", "content": "a"}]}).to_string(),
                "model: must be no longer",
            ),
        ];
        for (body, named) in cases {
            let reply = gateway.send(Call::bytes(dialects::path(client), body.clone())).await;
            let (_, message) = check(client, &reply, 400, true);
            assert!(
                message.contains(named),
                "{client:?}: {body:?} gives {message:?}, which doesn't name {named}"
            );
        }
        let deep = format!("{{\"model\":\"m\",\"{turns}\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        check(client, &gateway.send(Call::bytes(dialects::path(client), deep)).await, 400, true);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_refused_whether_announced_or_not() {
    let gateway = Setup::builtin().env("REQUEST_JSON_LIMIT", "2kb").start().await;
    for client in dialects::ALL {
        let long = dialects::ask(client, &"long ".repeat(1_000), false).to_string();
        let announced = gateway.send(Call::bytes(dialects::path(client), long.clone())).await;
        let (_, message) = check(client, &announced, 413, true);
        assert!(message.contains("REQUEST_JSON_LIMIT"), "{message}");
        let chunked = gateway.send(Call::chunked(dialects::path(client), long)).await;
        check(client, &chunked, 413, true);
        let short = dialects::ask(client, "short", false).to_string();
        assert_eq!(gateway.send(Call::chunked(dialects::path(client), short)).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_body_is_refused_by_name() {
    let gateway = Gateway::builtin().await;
    let call = Call::bytes("/v1/messages", b"\x1f\x8b".to_vec()).header("content-encoding", "gzip");
    let (_, message) = check(Dialect::Anthropic, &gateway.send(call).await, 400, true);
    assert!(message.contains("content-encoding"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_cannot_be_reached_is_a_502() {
    // A port that was free a moment ago.
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap().port();
    for upstream in dialects::ALL {
        let gateway = before(upstream, &format!("http://127.0.0.1:{port}")).start().await;
        for client in dialects::ALL {
            for stream in [false, true] {
                let reply =
                    gateway.post(dialects::path(client), &dialects::ask(client, "Hello.", stream)).await;
                check(client, &reply, 502, false);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_does_not_begin_is_a_504() {
    let gate = Gate::new();
    let held = gate.clone();
    let upstream = Scripted::with(move |_| Script::new().wait(&held)).await;
    let setup = Setup::upstream(Dialect::Chat, &upstream.url())
        .env("LYNKR_FIRST_BYTE_TIMEOUT_MS", "60")
        .env("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "1000");
    let gateway = setup.start().await;
    for client in dialects::ALL {
        for stream in [false, true] {
            let reply = gateway.post(dialects::path(client), &dialects::ask(client, "Hello.", stream)).await;
            check(client, &reply, 504, false);
        }
    }
    // A request that took that long isn't sent again.
    assert_eq!(upstream.posts().len(), 8);
    gate.open();
}

/// Every status of every upstream, to every client: the same status, with the wait that was asked for.
#[tokio::test(flavor = "multi_thread")]
async fn an_upstreams_refusal_keeps_its_status_and_its_wait() {
    let finals = [400, 401, 403, 404, 413, 422];
    let passing = [429, 500, 502, 503, 529];
    for upstream in dialects::ALL {
        let status = std::sync::Arc::new(std::sync::atomic::AtomicU16::new(0));
        let next = std::sync::Arc::clone(&status);
        let server = Scripted::with(move |_| {
            let code = next.load(std::sync::atomic::Ordering::Relaxed);
            let script = Script::json(code, &refusal(upstream, code));
            if code == 429 || code == 503 { script.first_header("retry-after", "7") } else { script }
        })
        .await;
        let gateway = before(upstream, &server.url()).start().await;
        for code in finals.into_iter().chain(passing) {
            status.store(code, std::sync::atomic::Ordering::Relaxed);
            for client in dialects::ALL {
                let reply =
                    gateway.post(dialects::path(client), &dialects::ask(client, "Hello.", true)).await;
                let (kind, message) = check(client, &reply, code, finals.contains(&code));
                assert!(message.contains("the vendor's own words"), "{upstream:?} to {client:?}: {message}");
                let wait = (code == 429 || code == 503).then_some("7");
                assert_eq!(reply.header("retry-after"), wait, "{upstream:?} to {client:?}, {code}");
                if client == upstream {
                    assert_eq!(reply.json(), refusal(upstream, code), "the vendor's own body, unchanged");
                } else if client == Dialect::Anthropic {
                    assert_eq!(kind, anthropic_kind(code), "{code}");
                }
            }
        }
    }
}

fn refusal(dialect: Dialect, status: u16) -> Value {
    let message = format!("the vendor's own words for {status}");
    match dialect {
        Dialect::Anthropic => {
            json!({"type": "error", "error": {"type": anthropic_kind(status), "message": message}, "request_id": "req_vendor", "zz": 1})
        }
        Dialect::Chat | Dialect::Responses => {
            json!({"error": {"message": message, "type": "some_error", "param": null, "code": null, "zz": 1}})
        }
        Dialect::Ollama => json!({"error": message}),
    }
}

fn anthropic_kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}

/// Answers that a healthy upstream never gives, to requests with and without a stream.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_none_is_an_error_and_never_an_empty_answer() {
    let html = || Script::body(200, "text/html", "<html><body>Welcome to the proxy</body></html>");
    for upstream in dialects::ALL {
        let cases = [
            ("an error in a 200", Script::json(200, &refusal(upstream, 500))),
            ("an empty object", Script::json(200, &json!({}))),
            ("no choices", Script::json(200, &no_content(upstream))),
            ("a page", html()),
            ("no body", Script::body(200, "application/json", "")),
            ("half a body", Script::body(200, "application/json", "{\"id\":")),
            ("an empty stream", Script::sse(Vec::<String>::new())),
            ("a stream of nothing", Script::sse(["\n\n", ": hello\n\n"])),
        ];
        let scripts: Vec<Script> = cases.iter().map(|(_, script)| script.clone()).collect();
        let place = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let next = std::sync::Arc::clone(&place);
        let server =
            Scripted::with(move |_| scripts[next.load(std::sync::atomic::Ordering::Relaxed)].clone()).await;
        let gateway = before(upstream, &server.url()).start().await;
        for (number, (name, _)) in cases.iter().enumerate() {
            place.store(number, std::sync::atomic::Ordering::Relaxed);
            for client in dialects::ALL {
                for stream in [false, true] {
                    let reply =
                        gateway.post(dialects::path(client), &dialects::ask(client, "Hello.", stream)).await;
                    let place =
                        format!("{name} of {upstream:?} to {client:?}, stream {stream}: {}", reply.text());
                    assert!((500..=504).contains(&reply.status), "{}: {place}", reply.status);
                    dialects::error(client, &reply.json());
                }
            }
        }
    }
}

fn no_content(dialect: Dialect) -> Value {
    match dialect {
        Dialect::Anthropic => json!({"id": "m", "type": "message", "role": "assistant", "model": "m"}),
        Dialect::Chat => {
            json!({"id": "c", "object": "chat.completion", "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 0, "total_tokens": 1}})
        }
        Dialect::Responses => {
            json!({"id": "r", "object": "response", "status": "failed", "output": [], "error": {"code": "server_error", "message": "the vendor's own words"}})
        }
        Dialect::Ollama => json!({"model": "m", "done": false}),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_instead_of_an_error_body_keeps_its_status() {
    let page = || Script::body(503, "text/html", "<html><body>key-of-somebody</body></html>");
    let server = Scripted::with(move |_| page()).await;
    for upstream in dialects::ALL {
        let gateway = before(upstream, &server.url()).start().await;
        for client in dialects::ALL {
            let reply = gateway.post(dialects::path(client), &dialects::ask(client, "Hello.", true)).await;
            let (_, message) = check(client, &reply, 503, false);
            assert!(message.contains("HTML") && !message.contains("<html>"), "{message}");
        }
    }
}

async fn faulty(kind: FaultKind) -> lynkr_testkit::ModelUpstream {
    ModelScript::new()
        .steps(0)
        .text("A text of some length, in pieces.")
        .fault(Fault::always(kind))
        .start()
        .await
        .unwrap()
}

/// Before its first content a stream can still be answered otherwise.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_fails_before_its_first_content_is_answered_with_a_status() {
    // The start of a message is no content, and an error may well follow it.
    for kind in [
        FaultKind::ErrorEvent { events: 0 },
        FaultKind::Truncate { events: 0 },
        FaultKind::Empty,
        FaultKind::Cut { events: 0, how: Abort::Reset },
    ] {
        let model = faulty(kind.clone()).await;
        for upstream in dialects::ALL {
            let gateway = before(upstream, &model.url()).start().await;
            for client in dialects::ALL {
                let reply =
                    gateway.post(dialects::path(client), &dialects::ask(client, "Hello.", true)).await;
                let place = format!("{kind:?} of {upstream:?} to {client:?}: {}", reply.text());
                assert!((500..=529).contains(&reply.status), "{}: {place}", reply.status);
                dialects::error(client, &reply.json());
                assert_eq!(reply.header("x-should-retry"), None, "{place}");
            }
        }
    }
    let model = faulty(FaultKind::ErrorEvent { events: 1 }).await;
    for client in dialects::ALL {
        let gateway = before(Dialect::Anthropic, &model.url()).start().await;
        let reply = gateway.post(dialects::path(client), &dialects::ask(client, "Hello.", true)).await;
        assert_eq!(reply.status, 529, "{client:?}: {}", reply.text());
    }
}

/// After it, the dialect's own error event ends the stream.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_fails_later_ends_with_the_dialects_error_event() {
    let cases = [
        FaultKind::ErrorEvent { events: 5 },
        FaultKind::Truncate { events: 5 },
        FaultKind::Cut { events: 5, how: Abort::Close },
        FaultKind::Cut { events: 5, how: Abort::Reset },
    ];
    for kind in cases {
        let script = ModelScript::new().steps(0).chunk(2).text("A text of some length, in pieces.");
        let model = script.fault(Fault::always(kind.clone())).start().await.unwrap();
        for upstream in dialects::ALL {
            let gateway = before(upstream, &model.url()).start().await;
            for client in dialects::ALL {
                let reply =
                    gateway.post(dialects::path(client), &dialects::ask(client, "Hello.", true)).await;
                let place = format!("{kind:?} of {upstream:?} to {client:?}:\n{}", reply.text());
                assert_eq!(reply.status, 200, "{place}");
                assert!(reply.complete, "the stream itself ends in order: {place}");
                let message = dialects::error_event(client, &reply.text());
                assert!(!message.is_empty(), "{place}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_within_a_stream_ends_with_the_dialects_error_event() {
    let gate = Gate::new();
    for upstream in dialects::ALL {
        let held = gate.clone();
        let server = Scripted::with(move |_| {
            let frames = scripted::stream(upstream, "Hello.");
            // Up to and with the text.
            let begun = match upstream {
                Dialect::Anthropic => 3,
                Dialect::Chat => 2,
                Dialect::Responses => 4,
                Dialect::Ollama => 1,
            };
            Script::sse(frames.into_iter().take(begun)).wait(&held)
        })
        .await;
        let setup = before(upstream, &server.url()).env("LYNKR_STREAM_IDLE_TIMEOUT_MS", "80");
        let gateway = setup.start().await;
        for client in dialects::ALL {
            let reply = gateway.post(dialects::path(client), &dialects::ask(client, "Hello.", true)).await;
            assert_eq!(reply.status, 200, "{}", reply.text());
            let message = dialects::error_event(client, &reply.text());
            assert!(message.contains("80"), "{upstream:?} to {client:?}: {message}");
            // The answer that failed is the one that began.
            let frames = dialects::frames(client, &reply.text());
            let ids: Vec<&Value> = frames.iter().filter_map(|(_, data)| data["response"].get("id")).collect();
            assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{upstream:?} to {client:?}: {ids:?}");
        }
    }
    gate.open();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_answer_that_breaks_off_is_an_error() {
    let model = faulty(FaultKind::Cut { events: 1, how: Abort::Reset }).await;
    for upstream in dialects::ALL {
        let gateway = before(upstream, &model.url()).start().await;
        for client in dialects::ALL {
            let reply = gateway.post(dialects::path(client), &dialects::ask(client, "Hello.", false)).await;
            check(client, &reply, 502, false);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_is_kept_or_made_and_stands_on_every_line() {
    let model = ModelScript::new().steps(0).start().await.unwrap();
    let gateway = Setup::upstream(Dialect::Chat, &model.url()).env("LOG_LEVEL", "debug").start().await;
    for (number, client) in dialects::ALL.into_iter().enumerate() {
        let id = format!("id-of-the-client-{number}");
        let call = Call::json(dialects::path(client), &dialects::ask(client, "Hello.", true));
        let reply = gateway.send(call.header("x-request-id", &id)).await;
        assert_eq!(reply.header("x-request-id"), Some(id.as_str()));
        let has = |line: &str, what: &str| {
            line.contains(&format!("\"request_id\":\"{id}\"")) && line.contains(what)
        };
        gateway.logged(|line| has(line, "answered")).await;
        gateway.logged(|line| has(line, "handled")).await;
    }
    for line in gateway.log().lines().filter(|line| line.starts_with('{')) {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line["level"].is_string() && line["timestamp"].is_string(), "{line}");
    }
    // One that can't be a header or a log line isn't taken over.
    let long = "x".repeat(200);
    for odd in ["", "with space", long.as_str()] {
        let reply = gateway.send(Call::get("/health").header("x-request-id", odd)).await;
        assert!(reply.header("x-request-id").is_some_and(|id| id.starts_with("req_")), "{:?}", reply.headers);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_may_pass_is_tried_again() {
    for kind in [
        FaultKind::Status { code: 429, retry_after: None },
        FaultKind::Status { code: 529, retry_after: None },
        FaultKind::ErrorEvent { events: 0 },
        FaultKind::Cut { events: 0, how: Abort::Close },
    ] {
        let model = ModelScript::new().steps(0).fault(Fault::once(kind.clone())).start().await.unwrap();
        let gateway = Gateway::before(Dialect::Chat, &model.url()).await;
        let reply = gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", true)).await;
        assert_eq!(reply.status, 200, "{kind:?}: {}", reply.text());
        assert!(dialects::answer_of_stream(Dialect::Anthropic, &reply.text()).text.contains("LYNKR_DONE"));
        assert_eq!(model.generations(), 2, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wait_that_a_provider_asks_for_is_kept() {
    let model =
        ModelScript::new().steps(0).fault(Fault::once(FaultKind::Status { code: 429, retry_after: Some(1) }));
    let model = model.start().await.unwrap();
    let gateway = Gateway::before(Dialect::Chat, &model.url()).await;
    let began = std::time::Instant::now();
    gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", false)).await.expect(200);
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_try_can_help_is_tried_once() {
    let once = async |kind: FaultKind, call: fn(Call) -> Call, status: u16| {
        let model =
            ModelScript::new().steps(0).chunk(2).text("A text of some length.").fault(Fault::always(kind));
        let model = model.start().await.unwrap();
        let gateway = Gateway::before(Dialect::Chat, &model.url()).await;
        let ask = Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", true));
        let reply = gateway.send(call(ask)).await;
        assert_eq!((reply.status, model.generations()), (status, 1), "{}", reply.text());
    };
    let same = |call: Call| call;
    for code in [400, 401, 403, 404, 413] {
        once(FaultKind::Status { code, retry_after: None }, same, code).await;
    }
    // The client is trying again already.
    let retrying = |call: Call| call.header("x-stainless-retry-count", "1");
    once(FaultKind::Status { code: 429, retry_after: None }, retrying, 429).await;
    // The wait is longer than anybody's patience.
    once(FaultKind::Status { code: 429, retry_after: Some(3_600) }, same, 429).await;
    // The client has seen the first byte.
    once(FaultKind::Cut { events: 5, how: Abort::Close }, same, 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_end() {
    let model = ModelScript::new().fault(Fault::always(FaultKind::Status { code: 500, retry_after: None }));
    let model = model.start().await.unwrap();
    let setup = Setup::upstream(Dialect::Chat, &model.url()).env("API_RETRY_MAX_RETRIES", "1");
    let gateway = setup.start().await;
    let reply = gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", true)).await;
    check(Dialect::Anthropic, &reply, 500, false);
    assert_eq!(model.generations(), 2);
}
