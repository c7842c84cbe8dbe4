//! What Claude Code expects of a gateway: one test per clause of docs/gateway-contract.md.

use lynkr_testkit::{Dialect, Gate, Script, Upstream};
use serde_json::{Value, json};

use crate::gateway::{Gateway, Setup};
use crate::http::Call;
use crate::scripted::{self, Scripted};

fn whole(dialect: Dialect) -> Script {
    Script::json(200, &scripted::whole(dialect, "Hello."))
}

/// Claude Code's own request, in short, in the form of a large model's.
fn ask(turns: usize) -> Value {
    let mut messages = vec![
        json!({"role": "user", "content": [{"type": "text", "text": "the first question", "cache_control": {"type": "ephemeral"}}]}),
        json!({"role": "system", "content": "Available agent types: none"}),
    ];
    for turn in 1..turns {
        messages.push(
            json!({"role": "assistant", "content": [{"type": "text", "text": format!("answer {turn}")}]}),
        );
        messages
            .push(json!({"role": "user", "content": [{"type": "text", "text": format!("question {turn}")}]}));
    }
    json!({
        "model": "claude-opus-4-8",
        "messages": messages,
        "system": [
            {"type": "text", "text": format!("x-anthropic-billing-header: cc_version=2.1.197.e5b; cc_entrypoint=cli; cch={turns:05x};")},
            {"type": "text", "text": "You are Claude Code.", "cache_control": {"type": "ephemeral"}},
        ],
        "tools": [{"name": "Bash", "description": "Runs", "input_schema": {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}}],
        "metadata": {"user_id": "{\"session_id\":\"3f1c9a52\"}"},
        "max_tokens": 64000,
        "thinking": {"type": "adaptive"},
        "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        "output_config": {"effort": "high"},
        "zz_new_field": {"a": [1, 2.50]},
    })
}

async fn before_anthropic(scripts: impl IntoIterator<Item = Script>) -> (Scripted, Gateway) {
    let upstream = Scripted::new(scripts).await;
    let gateway = Gateway::before(Dialect::Anthropic, &upstream.url()).await;
    (upstream, gateway)
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_served_by_path_whatever_the_query() {
    let (upstream, gateway) = before_anthropic([whole(Dialect::Anthropic)]).await;
    gateway.send(Call::json("/v1/messages?beta=true", &ask(1))).await.expect(200);
    let sent = upstream.post(0).await;
    assert_eq!((sent.path.as_str(), sent.query.as_deref()), ("/v1/messages", Some("beta=true")));
}

#[tokio::test(flavor = "multi_thread")]
async fn version_and_beta_go_up_byte_for_byte() {
    let (upstream, gateway) = before_anthropic([whole(Dialect::Anthropic)]).await;
    let betas = "claude-code-20250219, nobody-knows-2031-01-01,context-1m-2025-08-07";
    let call = Call::json("/v1/messages", &ask(1)).header("anthropic-beta", betas);
    gateway.send(call.header("anthropic-version", "2026-10-21")).await.expect(200);
    let sent = upstream.post(0).await;
    assert_eq!(sent.header("anthropic-beta"), Some(betas));
    assert_eq!(sent.header("anthropic-version"), Some("2026-10-21"));
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_are_an_open_list() {
    let (upstream, gateway) = before_anthropic([whole(Dialect::Anthropic)]).await;
    let sent = [
        ("anthropic-brand-new", "1"),
        ("anthropic-workspace-id", "wrkspc_1"),
        ("x-claude-code-session-id", "3f1c9a52-0000-4000-8000-000000000001"),
        ("x-claude-code-agent-id", "agent-7"),
        ("x-claude-code-parent-agent-id", "agent-1"),
        ("x-claude-code-brand-new", "2"),
    ];
    let call =
        sent.iter().fold(Call::json("/v1/messages", &ask(1)), |call, (name, value)| call.header(name, value));
    gateway.send(call).await.expect(200);
    let arrived = upstream.post(0).await;
    for (name, value) in sent {
        assert_eq!(arrived.header(name), Some(value), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn body_fields_are_an_open_list() {
    let (upstream, gateway) = before_anthropic([whole(Dialect::Anthropic)]).await;
    let reply = gateway.post("/v1/messages", &ask(2)).await;
    assert_eq!(reply.header("x-lynkr-receipt"), None);
    assert_eq!(upstream.post(0).await.text(), ask(2).to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_attribution_block_reaches_anthropic_first_and_by_itself() {
    let (upstream, gateway) = before_anthropic([whole(Dialect::Anthropic)]).await;
    gateway.post("/v1/messages", &ask(1)).await.expect(200);
    let sent = upstream.post(0).await.json();
    assert_eq!(sent["system"], ask(1)["system"]);
}

/// The bytes up to and with the first question are the same in every turn, whatever the block says.
#[tokio::test(flavor = "multi_thread")]
async fn the_attribution_block_breaks_nobody_elses_cache() {
    let others = [Dialect::Chat, Dialect::Responses, Dialect::Ollama].map(|dialect| (dialect, None));
    // Anthropic's dialect, spoken by a server whose model isn't Claude.
    let same = (Dialect::Anthropic, Some("glm-4.7"));
    for (dialect, model) in others.into_iter().chain([same]) {
        let upstream = Scripted::new([whole(dialect), whole(dialect), whole(dialect)]).await;
        let setup = match model {
            Some(model) => Setup::new()
                .env("MODEL_PROVIDER", "anthropic-compatible")
                .env("ANTHROPIC_COMPATIBLE_ENDPOINT", &upstream.url())
                .env("LYNKR_FORCE_MODEL", model),
            None => Setup::upstream(dialect, &upstream.url()),
        };
        same_beginnings(&upstream, &setup.start().await, &format!("{dialect:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_attribution_block_breaks_no_gemini_cache() {
    let answer = json!({
        "candidates": [{"content": {"role": "model", "parts": [{"text": "Hello."}]}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 3, "totalTokenCount": 10},
        "modelVersion": "gemini-2.5-pro", "responseId": "r1",
    });
    let upstream = Scripted::new([(); 3].map(|()| Script::json(200, &answer))).await;
    let setup = Setup::new()
        .env("MODEL_PROVIDER", "vertex")
        .env("VERTEX_ENDPOINT", &upstream.url())
        .env("VERTEX_API_KEY", "key-of-the-gateway")
        .env("VERTEX_MODEL", "gemini-2.5-pro");
    same_beginnings(&upstream, &setup.start().await, "Gemini").await;
}

/// Three turns of a conversation, whose beginnings must be alike, with the block gone.
async fn same_beginnings(upstream: &Scripted, gateway: &Gateway, place: &str) {
    let mut beginnings = Vec::new();
    for turns in 1..=3 {
        let reply = gateway.post("/v1/messages", &ask(turns)).await;
        assert_eq!(reply.status, 200, "{place}: {}", reply.text());
        let receipt = reply.header("x-lynkr-receipt").unwrap_or_default();
        assert!(receipt.contains("dropped=system.billing_header"), "{place}: {receipt}");
        let sent = upstream.post(turns - 1).await.text();
        assert!(!sent.contains("x-anthropic-billing-header"), "{place}: {sent}");
        // Instructions may stand behind the conversation: then all of them must be alike too.
        let system = sent.split_once("You are Claude Code.").expect("the instructions are sent");
        let (beginning, _) = sent.split_once("the first question").expect("the first question is sent");
        let tail = system.0.rfind("\"systemInstruction\"").map_or("", |at| &system.0[at..]);
        beginnings.push(format!("{beginning}{tail}"));
    }
    assert!(beginnings.windows(2).all(|pair| pair[0] == pair[1]), "{place}: {beginnings:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_counted_by_the_provider_or_estimated() {
    let (upstream, gateway) = before_anthropic([Script::json(200, &json!({"input_tokens": 4711}))]).await;
    let call = Call::json("/v1/messages/count_tokens?beta=true", &ask(1));
    let counted = gateway.send(call.header("anthropic-beta", "token-counting-2024-11-01")).await;
    assert_eq!(counted.expect(200), json!({"input_tokens": 4711}));
    let sent = upstream.post(0).await;
    assert_eq!(
        (sent.path.as_str(), sent.header("anthropic-beta")),
        ("/v1/messages/count_tokens", Some("token-counting-2024-11-01"))
    );
    let elsewhere = Scripted::new([]).await;
    let gateway = Gateway::before(Dialect::Chat, &elsewhere.url()).await;
    let counted = gateway.post("/v1/messages/count_tokens", &ask(1)).await;
    assert!(counted.expect(200)["input_tokens"].as_u64().is_some_and(|tokens| tokens > 10));
    // By the tokenizer of the model that answers in its place.
    assert_eq!(counted.header("x-lynkr-counted-by"), Some("tokenizer"));
    let gateway = Gateway::before(Dialect::Ollama, &elsewhere.url()).await;
    let estimate = gateway.post("/v1/messages/count_tokens", &ask(1)).await;
    assert!(estimate.expect(200)["input_tokens"].as_u64().is_some_and(|tokens| tokens > 10));
    assert_eq!(estimate.header("x-lynkr-estimate"), Some("true"));
}

fn discovery() -> Call {
    Call::get("/v1/models?limit=1000")
        .header("user-agent", "claude-code/2.1.197")
        .header("anthropic-version", "2023-06-01")
        .header("x-api-key", "key-of-the-client")
        .header("authorization", "Bearer key-of-the-client")
}

#[tokio::test(flavor = "multi_thread")]
async fn discovered_models_are_shown_and_lead_to_the_real_ones() {
    let upstream = Scripted::new([whole(Dialect::Chat)]).await;
    let setup = Setup::upstream(Dialect::Chat, &upstream.url());
    let gateway = setup.env("LYNKR_MODEL_ALIASES", "claude-quick=gpt-5").start().await;
    let list = gateway.send(discovery()).await.expect(200);
    let entries = list["data"].as_array().expect("a list");
    assert!(entries.len() > 1, "{list}");
    for entry in entries {
        let id = entry["id"].as_str().expect("an id");
        assert!(id.starts_with("claude") || id.starts_with("anthropic"), "Claude Code hides {id}");
        assert!(entry["display_name"].is_string(), "{entry}");
    }
    assert!(entries.iter().any(|entry| entry["id"] == "claude-quick"), "{list}");
    let shown = entries.iter().find(|entry| entry["display_name"] == "gpt-5").expect("gpt-5 is listed");
    assert_eq!(shown["id"], "claude-lynkr-gpt-5");
    let mut request = ask(1);
    request["model"] = shown["id"].clone();
    let reply = gateway.post("/v1/messages", &request).await;
    assert_eq!(
        reply.expect(200)["model"],
        "claude-lynkr-gpt-5",
        "the client sees the name that it asked for"
    );
    assert_eq!(upstream.post(0).await.json()["model"], "gpt-5");
    let receipt = reply.header("x-lynkr-receipt").unwrap_or_default();
    assert!(receipt.contains("model=claude-lynkr-gpt-5->gpt-5("), "{receipt}");
    gateway.get("/v1/models/claude-lynkr-gpt-5").await.expect(200);
}

/// Claude Code gives up after three seconds: a provider that doesn't answer must not keep the rest from it.
#[tokio::test(flavor = "multi_thread")]
async fn discovery_does_not_wait_for_a_provider_that_hangs() {
    let gate = Gate::new();
    let held = gate.clone();
    let upstream = Upstream::with(move |_| Script::new().wait(&held)).await.expect("an upstream");
    let gateway = Setup::upstream(Dialect::Chat, &upstream.url()).start().await;
    let list = gateway.send(discovery()).await.expect(200);
    assert_eq!(list["data"][0]["display_name"], "gpt-5", "what is configured is shown");
    gate.open();
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_lists_are_paged_when_asked() {
    let upstream = Scripted::new([]).await;
    let gateway = Gateway::before(Dialect::Chat, &upstream.url()).await;
    let page =
        |query: &str| Call::get(format!("/v1/models?{query}")).header("anthropic-version", "2023-06-01");
    let all = gateway.send(page("limit=1000")).await.expect(200);
    let first = gateway.send(page("limit=1")).await.expect(200);
    assert_eq!((&first["has_more"], &all["has_more"]), (&json!(true), &json!(false)));
    assert_eq!(first["data"], json!([all["data"][0]]));
    let rest = gateway.send(page(&format!("after_id={}", first["last_id"].as_str().expect("an id")))).await;
    assert_eq!(rest.expect(200)["first_id"], all["data"][1]["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_and_comments_of_a_stream_are_relayed() {
    let mut frames = scripted::stream(Dialect::Anthropic, "Hello.");
    frames.insert(1, "event: ping\ndata: {\"type\": \"ping\"}\n\n: still here\n\n".to_owned());
    let (_upstream, gateway) = before_anthropic([Script::sse(frames.clone())]).await;
    let mut request = ask(1);
    request["stream"] = json!(true);
    let reply = gateway.post("/v1/messages", &request).await;
    assert_eq!(reply.text(), frames.concat());
}

/// An upstream without pings of its own: the gateway makes them.
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_stream_is_kept_alive() {
    let gate = Gate::new();
    let held = gate.clone();
    let upstream = Scripted::with(move |_| {
        let frames = scripted::stream(Dialect::Chat, "Hello.");
        let (begun, rest) = frames.split_at(2);
        Script::sse(begun.to_vec()).wait(&held).send(rest.concat())
    })
    .await;
    let setup = Setup::upstream(Dialect::Chat, &upstream.url()).env("LYNKR_PING_INTERVAL_MS", "20");
    let gateway = setup.start().await;
    let mut request = ask(1);
    request["stream"] = json!(true);
    let mut stream = gateway.open(Call::json("/v1/messages", &request)).await;
    stream.until("event: ping").await;
    gate.open();
    assert!(stream.finish().await.text().contains("message_stop"));
}

/// Claude Code drops a capability that is refused when it reads the provider's own words.
#[tokio::test(flavor = "multi_thread")]
async fn error_bodies_come_back_unmodified() {
    let body = "{ \"type\":\"error\",  \"error\":{\"type\":\"invalid_request_error\",\"message\":\"thinking: Input tag 'adaptive' found\"},\"request_id\":\"req_1\" }";
    let (_upstream, gateway) = before_anthropic([Script::body(400, "application/json", body)]).await;
    let reply = gateway.post("/v1/messages", &ask(1)).await;
    assert_eq!((reply.status, reply.text().as_str()), (400, body));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateways_own_key_is_taken_in_either_header() {
    let gateway = Setup::builtin().env("LYNKR_API_KEYS", "key-of-the-gateway").start().await;
    for (name, value) in [("authorization", "Bearer key-of-the-gateway"), ("x-api-key", "key-of-the-gateway")]
    {
        gateway.send(Call::json("/v1/messages", &ask(1)).header(name, value)).await.expect(200);
    }
    gateway.post("/v1/messages", &ask(1)).await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn startup_traffic_is_harmless() {
    let gateway = Gateway::builtin().await;
    assert_eq!(gateway.send(Call::new("HEAD", "/")).await.status, 200);
    assert!(gateway.send(Call::new("HEAD", "/api/hello")).await.status < 500);
}

/// The document names each of these tests, and none that there isn't.
#[test]
fn the_document_names_each_test() {
    let document = include_str!("../../docs/gateway-contract.md");
    let this = include_str!("contract.rs");
    let tests: Vec<&str> = this
        .split("\nasync fn ")
        .skip(1)
        // Tests take nothing; what takes something is a part of them.
        .filter_map(|rest| rest.split_once("() "))
        .map(|(name, _)| name)
        .filter(|name| !name.contains('('))
        .collect();
    assert!(tests.len() > 10);
    for test in &tests {
        assert!(document.contains(&format!("`contract::{test}`")), "no clause names {test}");
    }
    let named = document.split("`contract::").skip(1).filter_map(|rest| rest.split('`').next());
    for name in named {
        assert!(tests.contains(&name), "{name} is no test");
    }
}
