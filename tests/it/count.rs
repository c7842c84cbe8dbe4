//! Token counts from outside: who is asked, who answers when nobody can be asked, what a failed count says of a
//! provider, and what the beginning and the end of a stream say of its input.

mod usage;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lynkr_testkit::{Dialect, Gate, Script};
use serde_json::{Value, json};

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, Reply};
use crate::scripted::{self, Scripted};

const MESSAGES: &str = "/v1/messages/count_tokens";
const RESPONSES: &str = "/v1/responses/input_tokens";
const GEMINI: &str = "/v1beta/models/gemini-2.5-pro:countTokens";

/// The same question in each dialect that has counts, and where it is asked.
fn questions() -> [(&'static str, Value, &'static str); 3] {
    let tool =
        json!({"type": "object", "properties": {"path": {"type": "string", "description": "Which file."}}});
    let text = "How many lines does main.rs have?";
    [
        (
            MESSAGES,
            json!({"model": "claude-sonnet-4-5", "system": "Be brief.",
                "messages": [{"role": "user", "content": text}],
                "tools": [{"name": "read_file", "description": "Reads a file.", "input_schema": tool}]}),
            "input_tokens",
        ),
        (
            RESPONSES,
            json!({"model": "gpt-5", "instructions": "Be brief.", "input": text,
                "tools": [{"type": "function", "name": "read_file", "description": "Reads a file.", "parameters": tool}]}),
            "input_tokens",
        ),
        (
            GEMINI,
            json!({"generateContentRequest": {"model": "models/gemini-2.5-pro",
                "systemInstruction": {"parts": [{"text": "Be brief."}]},
                "contents": [{"role": "user", "parts": [{"text": text}]}],
                "tools": [{"functionDeclarations": [{"name": "read_file", "description": "Reads a file.", "parametersJsonSchema": tool}]}]}}),
            "totalTokens",
        ),
    ]
}

fn counted_by(reply: &Reply) -> (Option<&str>, Option<&str>) {
    (reply.header("x-lynkr-counted-by"), reply.header("x-lynkr-estimate"))
}

/// What an OpenAI-compatible server, OpenAI, Anthropic and Google are set up with.
fn openai(url: &str) -> Setup {
    let setup = Setup::new().env("MODEL_PROVIDER", "openai").env("OPENAI_ENDPOINT", &format!("{url}/v1"));
    setup.env("OPENAI_API_KEY", dialects::UPSTREAM_KEY).env("OPENAI_MODEL", "gpt-4o")
}

fn compatible(url: &str, model: &str) -> Setup {
    let setup = Setup::new().env("MODEL_PROVIDER", "openai-compatible");
    let setup = setup.env("OPENAI_COMPATIBLE_ENDPOINT", &format!("{url}/v1"));
    setup.env("LYNKR_FORCE_MODEL", model)
}

fn google(url: &str) -> Setup {
    let setup = Setup::new().env("MODEL_PROVIDER", "vertex").env("VERTEX_ENDPOINT", url);
    setup.env("VERTEX_API_KEY", "google-key-0123456789").env("VERTEX_MODEL", "gemini-2.5-pro")
}

/// A provider with a counter: where it counts, and the only fields that it takes.
struct Counting {
    name: &'static str,
    setup: fn(&str) -> Setup,
    path: &'static str,
    answer: Value,
    fields: &'static [&'static str],
}

fn counting() -> [Counting; 4] {
    let messages = &["model", "messages", "system", "tools", "tool_choice", "thinking"];
    [
        Counting {
            name: "anthropic",
            setup: |url| Setup::upstream(Dialect::Anthropic, url),
            path: MESSAGES,
            answer: json!({"input_tokens": 4711}),
            fields: messages,
        },
        Counting {
            name: "llamacpp",
            setup: |url| Setup::new().env("MODEL_PROVIDER", "llamacpp").env("LLAMACPP_ENDPOINT", url),
            path: MESSAGES,
            answer: json!({"input_tokens": 4711}),
            fields: messages,
        },
        Counting {
            name: "openai",
            setup: openai,
            path: RESPONSES,
            answer: json!({"object": "response.input_tokens", "input_tokens": 4711}),
            fields: &[
                "model",
                "input",
                "instructions",
                "tools",
                "tool_choice",
                "parallel_tool_calls",
                "reasoning",
                "text",
            ],
        },
        Counting {
            name: "vertex",
            setup: google,
            path: GEMINI,
            answer: json!({"totalTokens": 4711}),
            fields: &["generateContentRequest"],
        },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_counter_is_asked_by_clients_of_every_dialect() {
    for counting in counting() {
        let answer = counting.answer.clone();
        let upstream = Scripted::with(move |_| Script::json(200, &answer)).await;
        let gateway = (counting.setup)(&upstream.url()).start().await;
        for (at, (path, question, field)) in questions().into_iter().enumerate() {
            let reply = gateway.post(path, &question).await;
            let name = format!("{} asked at {path}", counting.name);
            assert_eq!(reply.expect(200)[field], 4711, "{name}: {}", reply.text());
            assert_eq!(counted_by(&reply), (Some("provider"), None), "{name}");
            let sent = upstream.post(at).await;
            assert_eq!(sent.path, counting.path, "{name}");
            let body = sent.json();
            let text = body.to_string();
            assert!(
                text.contains("main.rs") && text.contains("read_file") && text.contains("Be brief"),
                "{name}: {text}"
            );
            if path != counting.path {
                let fields: Vec<&String> = body.as_object().unwrap().keys().collect();
                assert!(
                    fields.iter().all(|field| counting.fields.contains(&field.as_str())),
                    "{name}: {fields:?}"
                );
            }
        }
        assert_unharmed(&gateway).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_of_the_client_s_own_dialect_gets_the_bytes_as_they_are() {
    let upstream =
        Scripted::with(|_| Script::body(200, "application/json", "{\"input_tokens\" : 12, \"x\":1}")).await;
    let gateway = Setup::upstream(Dialect::Anthropic, &upstream.url()).start().await;
    let body = "{\"model\":\"claude-sonnet-4-5\",  \"messages\":[{\"role\":\"user\",\"content\":\"hi\"}], \"odd\": 1.50}";
    let call = Call::bytes(MESSAGES, body).header("content-type", "application/json");
    let reply = gateway.send(call).await;
    assert_eq!((reply.status, reply.text().as_str()), (200, "{\"input_tokens\" : 12, \"x\":1}"));
    assert_eq!(upstream.post(0).await.text(), body);
}

/// Nothing was counted for or against any provider, and no breaker knows of anything.
async fn assert_unharmed(gateway: &Gateway) {
    let health = gateway.get("/v1/health/providers").await.expect(200);
    let text = health.to_string();
    assert!(!text.contains("\"total_requests\":1") && text.contains("\"total_requests\":0"), "{text}");
    let breakers = gateway.get("/metrics/circuit-breakers").await.expect(200).to_string();
    assert!(!breakers.contains("OPEN") && !breakers.contains("HALF"), "{breakers}");
    assert!(!breakers.contains("\"failureCount\":1"), "{breakers}");
}

/// A failure's name and its script.
type Failing = (&'static str, fn() -> Script);

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_that_fails_is_replaced_and_says_nothing_of_the_provider() {
    let failures: [Failing; 5] = [
        ("404", || Script::body(404, "text/plain", "no such route")),
        ("500", || Script::json(500, &json!({"error": {"message": "oops"}}))),
        ("429", || Script::json(429, &json!({"error": {"message": "slower"}}))),
        ("401", || Script::json(401, &json!({"error": {"message": "who?"}}))),
        ("nonsense", || Script::body(200, "text/html", "<html>")),
    ];
    for counting in counting() {
        // All of them before one provider; whether they are alike elsewhere, two show.
        let of_interest = if counting.name == "openai" { failures.len() } else { 2 };
        for (failure, script) in failures.into_iter().take(of_interest) {
            let upstream = Scripted::with(move |_| script()).await;
            let gateway = (counting.setup)(&upstream.url()).start().await;
            // Often enough for any breaker.
            for _ in 0..3 {
                for (path, question, field) in questions() {
                    let reply = gateway.post(path, &question).await;
                    let name = format!("{failure} of {} at {path}", counting.name);
                    let tokens = reply.expect(200)[field].as_u64().unwrap_or_default();
                    assert!((20..1_000).contains(&tokens), "{name}: {tokens}");
                    let by = counted_by(&reply);
                    assert!(
                        matches!(by, (Some("tokenizer"), None) | (Some("estimate"), Some("true"))),
                        "{name}: {by:?}"
                    );
                }
            }
            assert!(!upstream.posts().is_empty());
            assert_unharmed(&gateway).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_that_is_not_there_or_in_trouble_is_not_asked_each_time() {
    // Status, and how often it is asked in three counts.
    for (status, asked) in [(404, 1), (405, 1), (501, 1), (503, 1), (400, 3), (401, 3)] {
        let upstream =
            Scripted::with(move |_| Script::json(status, &json!({"error": {"message": "no"}}))).await;
        let gateway = openai(&upstream.url()).start().await;
        let (path, question, _) = questions()[1].clone();
        for _ in 0..3 {
            gateway.post(path, &question).await.expect(200);
        }
        assert_eq!(upstream.posts().len(), asked, "{status}");
        // Another model may have one.
        let mut other = question.clone();
        other["model"] = json!("gpt-4.1");
        gateway.post(path, &other).await.expect(200);
        assert_eq!(upstream.posts().len(), asked + 1, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_that_takes_too_long_is_not_waited_for() {
    let upstream = Scripted::with(|_| Script::new().wait(&Gate::new())).await;
    let gateway = openai(&upstream.url()).env("LYNKR_COUNT_TIMEOUT_MS", "50").start().await;
    let (path, question, field) = questions()[0].clone();
    let reply = gateway.post(path, &question).await;
    assert!(reply.expect(200)[field].as_u64().is_some_and(|tokens| tokens > 20), "{}", reply.text());
    assert_eq!(counted_by(&reply), (Some("tokenizer"), None));
    assert_unharmed(&gateway).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_counter_the_tokenizer_answers_else_a_marked_estimate() {
    // A request that comes here is one too many.
    let upstream = Scripted::new([]).await;
    let text = "The quick brown fox jumps over the lazy dog.";
    let plain = json!({"model": "m", "messages": [{"role": "user", "content": text}]});
    let image = json!([{"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}]);
    let picture = json!({"model": "m", "messages": [{"role": "user", "content": image}]});
    // Ten tokens of either vocabulary, four for the turn, three for the answer.
    let cases = [
        ("gpt-4o", &plain, 17..=17, "tokenizer"),
        ("gpt-3.5-turbo", &plain, 17..=17, "tokenizer"),
        ("openai/gpt-5", &plain, 17..=17, "tokenizer"),
        ("gpt-4o", &picture, 900..=1_200, "estimate"),
        ("claude-sonnet-4-5", &plain, 18..=30, "estimate"),
        ("qwen3:30b", &plain, 17..=30, "estimate"),
        ("unheard-of", &plain, 17..=30, "estimate"),
    ];
    for (model, question, tokens, by) in cases {
        let gateway = compatible(&upstream.url(), model).start().await;
        let reply = gateway.post(MESSAGES, question).await;
        let counted = reply.expect(200)["input_tokens"].as_u64().unwrap_or_default();
        assert!(tokens.contains(&counted), "{model}: {counted}");
        assert_eq!(counted_by(&reply), (Some(by), (by == "estimate").then_some("true")), "{model}");
    }
    assert_eq!(upstream.posts().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_read_is_refused_in_the_dialect_of_who_asks() {
    let gateway = Setup::builtin().start().await;
    let wrong = json!({"model": "m"});
    dialects::error(Dialect::Anthropic, &gateway.post(MESSAGES, &wrong).await.expect(400));
    dialects::error(Dialect::Responses, &gateway.post(RESPONSES, &wrong).await.expect(400));
    let refused = gateway.post(GEMINI, &json!({"contents": 7})).await.expect(400);
    assert_eq!(refused["error"]["code"], 400, "{refused}");
}

fn usage_of(reply: &Reply, event: &str) -> Value {
    let frames = dialects::frames(Dialect::Anthropic, &reply.text());
    let (_, data) = frames.into_iter().find(|(name, _)| name == event).expect("the event");
    if event == "message_start" { data["message"]["usage"].clone() } else { data["usage"].clone() }
}

/// A chat stream whose provider measures so many tokens, of which half were cached.
fn measured(tokens: u64) -> Vec<String> {
    let mut events = scripted::stream(Dialect::Chat, "Yes.");
    let usage = json!({"prompt_tokens": tokens, "completion_tokens": 3, "total_tokens": tokens + 3,
        "prompt_tokens_details": {"cached_tokens": tokens / 2}});
    let last = json!({"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "created": 1_767_225_600, "model": "gpt-5", "choices": [], "usage": usage});
    events.insert(events.len() - 1, format!("data: {last}\n\n"));
    events
}

fn turn(texts: &[&str]) -> Value {
    let messages: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| json!({"role": if at % 2 == 0 { "user" } else { "assistant" }, "content": text}))
        .collect();
    json!({"model": "claude-sonnet-4-5", "max_tokens": 100, "stream": true, "messages": messages})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_begins_with_what_its_session_measured_and_ends_with_what_it_measures() {
    let number = Arc::new(AtomicUsize::new(0));
    let asked = Arc::clone(&number);
    let upstream = Scripted::with(move |_| {
        let tokens = [5_000, 5_020, 5_000][asked.fetch_add(1, Ordering::Relaxed).min(2)];
        Script::sse(measured(tokens))
    })
    .await;
    let gateway = compatible(&upstream.url(), "unheard-of").start().await;
    let send = |session: &'static str, body: Value| {
        let call = Call::json("/v1/messages", &body).header("x-session-id", session);
        gateway.send(call)
    };
    let first = send("s", turn(&["Is it?"])).await;
    let start = usage_of(&first, "message_start")["input_tokens"].as_u64().unwrap();
    assert!((5..100).contains(&start), "{start}");
    let end = usage_of(&first, "message_delta");
    assert_eq!(
        (&end["input_tokens"], &end["cache_read_input_tokens"], &end["output_tokens"]),
        (&json!(2_500), &json!(2_500), &json!(3)),
        "{end}"
    );
    let second = send("s", turn(&["Is it?", "Yes.", "And now?"])).await;
    let next = usage_of(&second, "message_start")["input_tokens"].as_u64().unwrap();
    assert!((5_005..5_060).contains(&next), "{next}");
    assert_eq!(usage_of(&second, "message_delta")["input_tokens"], 2_510);
    // Another session, and another conversation of the same one, know nothing of it.
    for (session, text) in [("other", "Is it?"), ("s", "Give this conversation a title.")] {
        let start = usage_of(&send(session, turn(&[text])).await, "message_start");
        assert!(
            start["input_tokens"].as_u64().is_some_and(|tokens| tokens < 100),
            "{session} {text}: {start}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_stream_says_what_each_kind_of_provider_measured() {
    for dialect in dialects::ALL {
        let events = if dialect == Dialect::Chat { measured(7) } else { scripted::stream(dialect, "Yes.") };
        let kind = if dialect == Dialect::Ollama { "application/x-ndjson" } else { "text/event-stream" };
        let upstream = Scripted::with(move |_| Script::stream(kind, events.clone())).await;
        let gateway = Gateway::before(dialect, &upstream.url()).await;
        let reply = gateway.post("/v1/messages", &turn(&["Is it?"])).await;
        let end = usage_of(&reply, "message_delta");
        let start = usage_of(&reply, "message_start");
        // A stream of Anthropic's own says the input where it begins, and passes as it is.
        let said = |field: &str| end[field].as_u64().or(start[field].as_u64()).unwrap_or(0);
        let input = said("input_tokens") + said("cache_read_input_tokens");
        assert_eq!((input, &end["output_tokens"]), (7, &json!(3)), "{dialect:?}: {start} {end}");
    }
}
