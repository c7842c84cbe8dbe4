//! Subscriptions: the official client's own token, with the client's own request, to its own vendor's host.
//!
//! Release builds refuse to be told where a host is, so these tests are for debug builds.
#![cfg(debug_assertions)]

use lynkr_testkit::{Dialect, Script};
use serde_json::json;

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, Reply};
use crate::scripted::{self, Scripted};
use crate::vendor::Vendor;

const CLAUDE_TOKEN: &str = "sk-ant-oat01-token-of-the-subscriber";
/// The form of a JSON web token; nobody's.
const CHATGPT_TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJl";
const CONFIGURED: &str = "sk-ant-api03-key-of-the-operator";

/// No serializer would write it so.
const BODY: &str = "{ \"zz\" : [1,  2.50],\"model\"  :\"claude-opus-4-8\",\r\n \"messages\":[{\"content\":\"h\\u00e9llo é\",\"role\":\"user\"}] ,\"stream\":true }  ";

/// What Claude Code sends beside its token, with what nobody has heard of yet, in an order of its own.
const SENT: &[(&str, &str)] = &[
    ("accept", "application/json"),
    ("x-app", "cli"),
    ("zz-unheard-of", "kept as it is;  with \"quotes\" and ümlauts"),
    ("user-agent", "claude-cli/2.1.197 (external, cli)"),
    ("anthropic-version", "2023-06-01"),
    ("anthropic-beta", "claude-code-20250219,oauth-2025-04-20"),
    ("x-claude-code-session-id", "3f1c9a52-0000-4000-8000-000000000001"),
    ("anthropic-dangerous-direct-browser-access", "true"),
];

fn claude_code(body: &str) -> Call {
    let call = Call::bytes("/v1/messages?beta=true", body)
        .header("authorization", &format!("Bearer {CLAUDE_TOKEN}"));
    let call = SENT.iter().fold(call, |call, (name, value)| call.header(name, value));
    // This hop's own, and another credential.
    [
        ("connection", "keep-alive, x-only-here"),
        ("x-only-here", "1"),
        ("accept-encoding", "gzip, br"),
        ("x-api-key", "key-of-this-gateway"),
        ("cookie", "a=b"),
        ("x-lynkr-tenant-id", "t"),
        ("x-forwarded-for", "10.0.0.1"),
    ]
    .into_iter()
    .fold(call, |call, (name, value)| call.header(name, value))
}

fn codex(path: &str, model: &str) -> Call {
    let body = format!(
        "{{\"model\":\"{model}\",  \"input\":[{{\"type\":\"message\",\"role\":\"user\",\"content\":\"a\"}}], \"stream\":true,\"store\":false, \"zz\":1}}"
    );
    Call::bytes(path, body)
        .header("version", "0.169.0")
        .header("authorization", &format!("Bearer {CHATGPT_TOKEN}"))
        .header("chatgpt-account-id", "00000000-0000-4000-8000-000000000000")
        .header("originator", "codex_exec")
        .header("x-codex-turn-metadata", "{\"workspace\":\"/home/dev/größe\"}")
}

fn streams(dialect: Dialect) -> impl Fn(&lynkr_testkit::Recorded) -> Script + Send + Sync + 'static {
    move |_| Script::sse(scripted::stream(dialect, "Hello."))
}

/// The operator has a key of Anthropic's.
async fn before_anthropic(vendor: &Vendor) -> Gateway {
    let setup = Setup::new().env("MODEL_PROVIDER", "anthropic").env("ANTHROPIC_API_KEY", CONFIGURED);
    vendor.known_to(setup).start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn claude_codes_request_reaches_anthropic_as_it_was_sent() {
    let vendor = Vendor::with(streams(Dialect::Anthropic)).await;
    let gateway = before_anthropic(&vendor).await;
    let reply = gateway.send(claude_code(BODY)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.text(), scripted::stream(Dialect::Anthropic, "Hello.").concat());
    assert_eq!(reply.header("x-lynkr-receipt"), None);
    let sent = vendor.request(0).await;
    assert_eq!(sent.text(), BODY);
    assert_eq!((sent.path.as_str(), sent.query.as_deref()), ("/v1/messages", Some("beta=true")));
    // All of its headers in its order, and none that it didn't send.
    let token = format!("Bearer {CLAUDE_TOKEN}");
    let mut expected = vec![("content-type", "application/json"), ("authorization", token.as_str())];
    expected.extend(SENT);
    let framing = ["host", "content-length"];
    let arrived: Vec<(&str, &str)> = sent
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !framing.contains(name))
        .collect();
    assert_eq!(arrived, expected);
    assert_eq!(sent.header("host"), Some("api.anthropic.com"));
    assert!(!gateway.log().contains("oat01"), "a token never reaches the log");
}

/// The first that applies: the caller's own token, the configured key, a clear error.
#[tokio::test(flavor = "multi_thread")]
async fn the_order_is_own_token_then_configured_key_then_a_clear_error() {
    let whole =
        |_: &lynkr_testkit::Recorded| Script::json(200, &scripted::whole(Dialect::Anthropic, "Hello."));
    let vendor = Vendor::with(whole).await;
    let ask = dialects::ask(Dialect::Anthropic, "Hello.", false);
    let token = format!("Bearer {CLAUDE_TOKEN}");
    let with_key = before_anthropic(&vendor).await;
    with_key.send(Call::json("/v1/messages", &ask).header("authorization", &token)).await.expect(200);
    with_key.post("/v1/messages", &ask).await.expect(200);
    let off = Setup::new().env("MODEL_PROVIDER", "anthropic").env("LYNKR_OAUTH_PASSTHROUGH", "false");
    let off_with_key = vendor.known_to(off.env("ANTHROPIC_API_KEY", CONFIGURED)).start().await;
    off_with_key.send(Call::json("/v1/messages", &ask).header("authorization", &token)).await.expect(200);
    let credentials: Vec<(Option<String>, Option<String>)> = vendor
        .requests()
        .iter()
        .map(|sent| {
            (sent.header("authorization").map(str::to_owned), sent.header("x-api-key").map(str::to_owned))
        })
        .collect();
    let key = Some(CONFIGURED.to_owned());
    assert_eq!(credentials, [(Some(token.clone()), None), (None, key.clone()), (None, key)]);
    let off = Setup::new().env("MODEL_PROVIDER", "anthropic").env("LYNKR_OAUTH_PASSTHROUGH", "false");
    let neither = vendor.known_to(off).start().await;
    let reply = neither.send(Call::json("/v1/messages", &ask).header("authorization", &token)).await;
    let (kind, message) = dialects::error(Dialect::Anthropic, &reply.expect(401));
    assert_eq!(kind, "authentication_error");
    assert!(
        message.contains("LYNKR_OAUTH_PASSTHROUGH is off") && message.contains("ANTHROPIC_API_KEY"),
        "{message}"
    );
    assert_eq!(vendor.requests().len(), 3, "the vendor wasn't asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_model_that_the_user_configured_is_spliced() {
    let vendor = Vendor::with(streams(Dialect::Anthropic)).await;
    let setup =
        Setup::new().env("MODEL_PROVIDER", "anthropic").env("LYNKR_MODEL_ALIASES", "fast=claude-haiku-4-5");
    let gateway = vendor.known_to(setup).start().await;
    let asking = |model: &str| BODY.replace("claude-opus-4-8", model);
    let reply = gateway.send(claude_code(&asking("fast"))).await;
    assert_eq!(vendor.request(0).await.text(), asking("claude-haiku-4-5"));
    assert_eq!(reply.header("x-lynkr-receipt"), Some("model=fast->claude-haiku-4-5(alias)"));
    // A name that nobody knows is the vendor's to refuse.
    gateway.send(claude_code(&asking("brand-new-model"))).await;
    assert_eq!(vendor.request(1).await.text(), asking("brand-new-model"));
}

const LIMITS: &[(&str, &str)] = &[
    ("anthropic-organization-id", "00000000-0000-4000-8000-000000000000"),
    ("anthropic-ratelimit-input-tokens-remaining", "1000"),
    ("anthropic-ratelimit-unified-5h-utilization", "0.42"),
    ("anthropic-ratelimit-unified-status", "allowed_warning"),
    ("request-id", "req_of_the_vendor"),
    ("retry-after", "3600"),
    ("x-ratelimit-remaining-requests", "9"),
    ("x-codex-primary-used-percent", "37"),
];

fn limited(script: Script) -> Script {
    LIMITS.iter().rev().fold(script, |script, (name, value)| script.first_header(name, value))
}

#[track_caller]
fn shows_limits(reply: &Reply) {
    for (name, value) in LIMITS {
        assert_eq!(reply.header(name), Some(*value), "{name} of a {}", reply.status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_come_back_with_streams_whole_answers_and_errors() {
    let refusal = json!({"type": "error", "error": {"type": "rate_limit_error", "message": "This request would exceed your account's rate limit."}, "request_id": "req_1"});
    let body = refusal.to_string();
    let vendor = Vendor::with(move |sent| match sent.number {
        0 => limited(Script::sse(scripted::stream(Dialect::Anthropic, "Hello."))),
        1 => limited(Script::json(200, &scripted::whole(Dialect::Anthropic, "Hello."))),
        _ => limited(Script::body(429, "application/json", body.clone())),
    })
    .await;
    let gateway = before_anthropic(&vendor).await;
    shows_limits(&gateway.send(claude_code(BODY)).await);
    shows_limits(&gateway.send(claude_code(&BODY.replace("true }", "false }"))).await);
    for _ in 0..2 {
        let refused = gateway.send(claude_code(BODY)).await;
        assert_eq!((refused.status, refused.text()), (429, refusal.to_string()));
        shows_limits(&refused);
    }
    // Whether it is sent again is the client's to say.
    assert_eq!(vendor.requests().len(), 4);
}

/// The user's configuration sends the request elsewhere: what answers there has nothing to do with the token.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_goes_elsewhere_takes_no_token_with_it() {
    for dialect in dialects::ALL {
        let elsewhere = Scripted::new([Script::json(200, &scripted::whole(dialect, "Hello."))]).await;
        let setup = match dialect {
            // Without a key of its own, it would get the caller's, were it an ordinary one.
            Dialect::Anthropic => Setup::upstream(dialect, &elsewhere.url()).without("ANTHROPIC_API_KEY"),
            _ => Setup::upstream(dialect, &elsewhere.url()),
        };
        let gateway = setup.start().await;
        let reply = gateway.send(claude_code(&BODY.replace("true }", "false, \"max_tokens\":9 }"))).await;
        assert_eq!(reply.status, 200, "{dialect:?}: {}", reply.text());
        let sent = elsewhere.post(0).await;
        assert!(
            sent.headers.iter().all(|(_, value)| !value.contains("oat01")),
            "{dialect:?}: {:?}",
            sent.headers
        );
    }
    let elsewhere = Scripted::new([Script::json(200, &scripted::whole(Dialect::Chat, "Hello."))]).await;
    let gateway = Gateway::before(Dialect::Chat, &elsewhere.url()).await;
    gateway.send(codex("/v1/responses", "gpt-5")).await;
    let sent = elsewhere.post(0).await;
    assert!(sent.headers.iter().all(|(_, value)| !value.contains(CHATGPT_TOKEN)), "{:?}", sent.headers);
    assert_eq!(sent.header("chatgpt-account-id"), None);
}

/// The tiers are the user's choice: easy work goes to a model of its own, and takes no token with it; hard work goes to the
/// subscription, where only the name of the model is another.
#[tokio::test(flavor = "multi_thread")]
async fn tiers_send_easy_work_elsewhere_without_the_token_and_hard_work_to_the_vendor() {
    let vendor = Vendor::with(streams(Dialect::Anthropic)).await;
    let small = Scripted::with(streams(Dialect::Chat)).await;
    let setup = Setup::new()
        .env("MODEL_PROVIDER", "anthropic")
        .env("OPENAI_ENDPOINT", &format!("{}/v1/chat/completions", small.url()))
        .env("OPENAI_API_KEY", "key-of-openai")
        .env("TIER_SIMPLE", "openai:small-one")
        .env("TIER_REASONING", "anthropic:claude-strong");
    let gateway = vendor.known_to(setup).start().await;
    let easy = BODY.replace("h\\u00e9llo é", "hi");
    let reply = gateway.send(claude_code(&easy)).await;
    assert_eq!((reply.status, reply.header("x-lynkr-model")), (200, Some("small-one")), "{}", reply.text());
    let sent = &small.posts()[0];
    let carries = |text: &str| text.contains("oat01");
    assert!(
        !sent.headers.iter().any(|(_, value)| carries(value)) && !carries(&sent.text()),
        "{:?}",
        sent.headers
    );
    assert_eq!(sent.header("authorization"), Some("Bearer key-of-openai"));
    let hard = BODY.replace("h\\u00e9llo é", "Prove that the loop terminates, rigorously.");
    let reply = gateway.send(claude_code(&hard)).await;
    assert_eq!(
        (reply.status, reply.header("x-lynkr-model")),
        (200, Some("claude-strong")),
        "{}",
        reply.text()
    );
    let sent = vendor.request(0).await;
    assert_eq!(sent.text(), hard.replace("claude-opus-4-8", "claude-strong"), "only the model is another");
    assert_eq!(sent.header("authorization"), Some(format!("Bearer {CLAUDE_TOKEN}").as_str()));
    assert_eq!(sent.header("x-app"), Some("cli"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_in_codex_reaches_chatgpt_as_it_was_sent() {
    let vendor = Vendor::with(streams(Dialect::Responses)).await;
    let key = ("OPENAI_API_KEY", "sk-key-of-the-operator");
    for (number, setup, path) in [
        (0, Setup::new().env("MODEL_PROVIDER", "openai").env(key.0, key.1), "/v1/responses"),
        (1, Setup::new().env("MODEL_PROVIDER", "openai"), "/backend-api/codex/responses"),
        (2, Setup::new().env("MODEL_PROVIDER", "chatgpt"), "/v1/responses"),
    ] {
        let gateway = vendor.known_to(setup).start().await;
        let reply = gateway.send(codex(path, "gpt-5.4")).await;
        assert_eq!(reply.text(), scripted::stream(Dialect::Responses, "Hello.").concat());
        assert_eq!(reply.header("x-lynkr-receipt"), None);
        let sent = vendor.request(number).await;
        assert_eq!(
            (sent.header("host"), sent.path.as_str()),
            (Some("chatgpt.com"), "/backend-api/codex/responses")
        );
        assert!(sent.text().ends_with("\"stream\":true,\"store\":false, \"zz\":1}"), "{}", sent.text());
        let names: Vec<&str> = sent.headers.iter().map(|(name, _)| name.as_str()).collect();
        let expected = [
            "content-type",
            "version",
            "authorization",
            "chatgpt-account-id",
            "originator",
            "x-codex-turn-metadata",
        ];
        assert_eq!(names.get(..6), Some(&expected[..]), "{names:?}");
        assert_eq!(sent.header("authorization"), Some(format!("Bearer {CHATGPT_TOKEN}").as_str()));
        assert_eq!(sent.header("x-codex-turn-metadata"), Some("{\"workspace\":\"/home/dev/größe\"}"));
    }
}

/// Codex opens a WebSocket first, whose frames aren't what its HTTP requests are; 426 makes it use HTTP at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_signed_in_codex_is_told_to_use_http() {
    let vendor = Vendor::with(streams(Dialect::Responses)).await;
    let gateway = vendor.known_to(Setup::new().env("MODEL_PROVIDER", "openai")).start().await;
    let upgrade = |call: Call| {
        call.header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==")
    };
    let signed_in = Call::get("/v1/responses")
        .header("authorization", &format!("Bearer {CHATGPT_TOKEN}"))
        .header("chatgpt-account-id", "00000000-0000-4000-8000-000000000000");
    gateway.send(upgrade(signed_in)).await.expect(426);
    let with_key = Call::get("/v1/responses").header("authorization", "Bearer sk-key-of-the-client");
    assert_eq!(gateway.open(upgrade(with_key)).await.status, 101);
}
