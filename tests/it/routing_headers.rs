//! The headers that tell how a request was routed: on every path, and of whoever served in the end.

use lynkr_testkit::{Dialect, Script};
use serde_json::json;

use crate::dialects;
use crate::gateway::Setup;
use crate::http::{Call, Reply};
use crate::keys::Kept;
use crate::scripted::{self, Scripted};

/// What tiers tell on every answer and error.
const ALWAYS: &[&str] = &[
    "x-lynkr-provider",
    "x-lynkr-model",
    "x-lynkr-tier",
    "x-lynkr-served-tier",
    "x-lynkr-complexity-score",
    "x-lynkr-complexity-threshold",
    "x-lynkr-routing-method",
    "x-lynkr-routing-reason",
    "x-lynkr-agentic",
    "x-lynkr-risk",
    "x-lynkr-cost-optimized",
    "x-lynkr-fallback",
    "x-request-id",
];

fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply.header(name).unwrap_or("")
}

async fn answering(dialect: Dialect) -> Scripted {
    Scripted::with(move |request| {
        if request.json()["stream"] == true {
            Script::sse(scripted::stream(dialect, "Done."))
        } else {
            Script::json(200, &scripted::whole(dialect, "Done."))
        }
    })
    .await
}

async fn failing(status: u16) -> Scripted {
    Scripted::with(move |_| {
        let body = json!({"error": {"message": "down", "type": "server_error"}}).to_string();
        Script::new()
            .status(status)
            .header("content-type", "application/json")
            .header("x-ratelimit-remaining-requests", "0")
            .send(body)
    })
    .await
}

fn tiers(simple: &str, chat: &Scripted, anthropic: &Scripted) -> Setup {
    Setup::upstream(Dialect::Anthropic, &anthropic.url())
        .env("OPENAI_ENDPOINT", &format!("{}/v1/chat/completions", chat.url()))
        .env("OPENAI_API_KEY", "key-of-openai")
        .env("TIER_SIMPLE", simple)
        .env("API_RETRY_MAX_RETRIES", "0")
        .env("FALLBACK_ENABLED", "false")
}

/// Every surface, streamed and not: what is called, and what it is in words.
fn calls() -> Vec<(String, Call)> {
    let mut calls = Vec::new();
    for dialect in dialects::ALL {
        for stream in [false, true] {
            let call = Call::json(dialects::path(dialect), &dialects::ask(dialect, "hi", stream));
            calls.push((format!("{dialect:?}, stream {stream}"), call));
        }
    }
    let gemini = json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]});
    for target in ["generateContent", "streamGenerateContent?alt=sse"] {
        let path = format!("/v1beta/models/gemini-3-pro:{target}");
        calls.push((format!("Gemini {target}"), Call::json(path, &gemini)));
    }
    let cloud = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9,
        "messages": [{"role": "user", "content": "hi"}]});
    calls.push(("Bedrock".to_owned(), Call::json("/model/anthropic.claude-sonnet-4-5/invoke", &cloud)));
    calls
}

#[tokio::test(flavor = "multi_thread")]
async fn every_surface_tells_whether_it_passes_is_translated_or_fails() {
    let (chat, anthropic) = (answering(Dialect::Chat).await, answering(Dialect::Anthropic).await);
    let (down, refused) = (failing(503).await, failing(400).await);
    for (setup, status) in [
        (tiers("anthropic:one", &chat, &anthropic), 200),
        (tiers("openai:one", &chat, &anthropic), 200),
        (tiers("openai:one", &down, &anthropic), 503),
        (tiers("openai:one", &refused, &anthropic), 400),
    ] {
        let gateway = setup.start().await;
        for (place, call) in calls() {
            let reply = gateway.send(call).await;
            assert_eq!(reply.status, status, "{place}: {}", reply.text());
            for name in ALWAYS {
                assert!(reply.header(name).is_some(), "{place}, {status}: {name} is missing");
            }
            assert_eq!(header(&reply, "x-lynkr-model"), "one", "{place}");
            assert_eq!(header(&reply, "x-lynkr-tier"), "SIMPLE", "{place}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_by_the_gateway_itself_tells_too() {
    let (chat, anthropic) = (answering(Dialect::Chat).await, answering(Dialect::Anthropic).await);
    let kept = Kept::in_a_file();
    let gateway = kept.with(tiers("openai:one", &chat, &anthropic)).start().await;
    let secret = kept.key(&["--providers", "ollama"]).await;
    let call = Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "hi", false));
    let reply = gateway.send(call.header("x-lynkr-key", &secret)).await;
    assert_eq!(reply.status, 403, "{}", reply.text());
    assert_eq!((header(&reply, "x-lynkr-tier"), header(&reply, "x-lynkr-model")), ("SIMPLE", "one"));
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_that_are_told_are_those_of_whoever_served() {
    let down = failing(429).await;
    let anthropic = Scripted::with(|_| {
        Script::json(200, &scripted::whole(Dialect::Anthropic, "Done."))
            .first_header("anthropic-ratelimit-requests-remaining", "42")
    })
    .await;
    let gateway = tiers("openai:one,anthropic:two", &down, &anthropic).start().await;
    let reply = gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "hi", false)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(header(&reply, "anthropic-ratelimit-requests-remaining"), "42");
    assert_eq!(reply.header("x-ratelimit-remaining-requests"), None, "the first one's are no use to anybody");
    assert_eq!((header(&reply, "x-lynkr-fallback"), header(&reply, "x-lynkr-model")), ("true", "two"));
    assert_eq!(header(&reply, "x-lynkr-fallback-direction"), "within");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cheaper_model_of_the_tier_goes_first_where_that_is_switched_on() {
    let (chat, anthropic) = (answering(Dialect::Chat).await, answering(Dialect::Anthropic).await);
    let prices =
        r#"{"dear":{"input":10,"output":30},"cheap":{"input":1,"output":3},"near":{"input":9,"output":28}}"#;
    for (switch, simple, model, optimized) in [
        ("true", "openai:dear,anthropic:cheap", "cheap", "true"),
        ("false", "openai:dear,anthropic:cheap", "dear", "false"),
        ("true", "openai:dear,anthropic:near", "dear", "false"),
        ("true", "openai:dear,anthropic:nobody-knows", "dear", "false"),
    ] {
        let gateway = tiers(simple, &chat, &anthropic)
            .env("LYNKR_COST_OPTIMIZE", switch)
            .env("MODEL_PRICE_OVERRIDES", prices)
            .start()
            .await;
        let reply = gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "hi", false)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(header(&reply, "x-lynkr-model"), model, "{simple}");
        assert_eq!(header(&reply, "x-lynkr-cost-optimized"), optimized, "{simple}");
        let method = header(&reply, "x-lynkr-routing-method");
        assert_eq!(method.ends_with("+cost"), optimized == "true", "{method}");
    }
}
