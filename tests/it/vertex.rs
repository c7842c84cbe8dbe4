//! Google as the provider: Gemini by key, and Gemini and Claude in a project of Vertex AI, against the scripted model
//! that judges as Google would.

use lynkr_testkit::{Dialect, Fault, FaultKind, ModelScript, ModelUpstream, Script, Upstream};
use serde_json::{Value, json};

use crate::dialects::{self, CLIENT_KEY, busy, round_trip};
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, Reply};
use crate::scripted::Scripted;

const KEY: &str = "google-key-0123456789";
const TOKEN: &str = "token-of-the-machine";
const PROJECT: &str = "/v1/projects/my-project/locations/europe-west1";

async fn model(script: ModelScript, credential: &str) -> ModelUpstream {
    script.expect_key(credential).forbid(CLIENT_KEY).start().await.unwrap()
}

fn by_key(url: &str, model: &str) -> Setup {
    Setup::new()
        .env("MODEL_PROVIDER", "vertex")
        .env("VERTEX_ENDPOINT", url)
        .env("VERTEX_API_KEY", KEY)
        .env("VERTEX_MODEL", model)
}

/// A gateway with a project, and the login that its tokens come from.
struct Cloud {
    gateway: Gateway,
    tokens: Upstream,
    _folder: tempfile::TempDir,
}

async fn in_project(url: &str, model: &str) -> Cloud {
    in_project_with(url, model, &[]).await
}

async fn in_project_with(url: &str, model: &str, settings: &[(&str, &str)]) -> Cloud {
    let tokens = Upstream::with(|_| Script::json(200, &json!({"access_token": TOKEN, "expires_in": 3599})));
    let tokens = tokens.await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("login.json");
    let login = json!({
        "type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r",
        "token_uri": format!("{}/token", tokens.url()),
    });
    std::fs::write(&file, login.to_string()).unwrap();
    let setup = Setup::new()
        .env("MODEL_PROVIDER", "vertex")
        .env("VERTEX_ENDPOINT", url)
        .env("VERTEX_PROJECT", "my-project")
        .env("VERTEX_LOCATION", "europe-west1")
        .env("VERTEX_MODEL", model)
        .env("GOOGLE_APPLICATION_CREDENTIALS", &file.display().to_string());
    let setup = settings.iter().fold(setup, |setup, (name, value)| setup.env(name, value));
    Cloud { gateway: setup.start().await, tokens, _folder: folder }
}

#[tokio::test(flavor = "multi_thread")]
async fn gemini_by_key_serves_every_client() {
    let model = model(busy(), KEY).await;
    let gateway = by_key(&model.url(), "gemini-3-pro-preview").start().await;
    for client in dialects::ALL {
        for stream in [false, true] {
            let text = round_trip(&gateway, client, stream).await;
            assert_eq!(model.violations(), Vec::<String>::new(), "{client:?}, stream {stream}");
            // The signature of the first call came back through a client that carries reasoning.
            if client == Dialect::Anthropic {
                assert!(text.contains("thoughts=1"), "{text}");
            }
        }
    }
    let requests = model.upstream().requests();
    assert!(requests.iter().all(|request| request.path.starts_with("/v1beta/models/gemini-3-pro-preview:")));
}

#[tokio::test(flavor = "multi_thread")]
async fn gemini_in_a_project_serves_every_client_with_the_machine_s_own_token() {
    let model = model(busy(), TOKEN).await;
    // This model takes the OpenAPI subset alone, and the judge knows no other words.
    let cloud = in_project(&model.url(), "gemini-2.0-flash").await;
    for client in dialects::ALL {
        for stream in [false, true] {
            round_trip(&cloud.gateway, client, stream).await;
            assert_eq!(model.violations(), Vec::<String>::new(), "{client:?}, stream {stream}");
        }
    }
    let models = format!("{PROJECT}/publishers/google/models/gemini-2.0-flash:");
    let requests = model.upstream().requests();
    assert!(requests.iter().all(|request| request.path.starts_with(&models)), "{requests:?}");
    assert_eq!(cloud.tokens.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn claude_in_a_project_serves_every_client() {
    let model = model(busy(), TOKEN).await;
    let cloud = in_project(&model.url(), "claude-sonnet-4-5@20250929").await;
    for client in dialects::ALL {
        for stream in [false, true] {
            round_trip(&cloud.gateway, client, stream).await;
            assert_eq!(model.violations(), Vec::<String>::new(), "{client:?}, stream {stream}");
        }
    }
}

#[tokio::test]
async fn a_claude_client_s_words_reach_claude_byte_for_byte() {
    let answer = "{\"id\": \"msg_1\",  \"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[],\
                  \"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1},\"zz\" : 7}";
    let server = Scripted::with(move |_| Script::body(200, "application/json", answer)).await;
    let cloud = in_project(&server.url(), "claude-opus-4-6").await;
    let inside = "\"max_tokens\" : 9,\n \"messages\":[{\"role\":\"user\",\"content\":\"hi\"}], \"unknown\": {\"kept\":1.50} }";
    let call = Call::bytes("/v1/messages", format!("{{\"model\":\"claude-haiku-4-5-20251001\",{inside}"))
        .header("content-type", "application/json")
        .header("anthropic-version", "2023-06-01")
        .header("anthropic-beta", "context-1m-2025-08-07,files-api-2025-04-14");
    let reply = cloud.gateway.send(call).await;
    assert_eq!((reply.status, reply.text().as_str()), (200, answer));
    let sent = server.post(0).await;
    assert_eq!(
        sent.path,
        format!("{PROJECT}/publishers/anthropic/models/claude-haiku-4-5@20251001:rawPredict")
    );
    let expected = format!("{{\"anthropic_version\":\"vertex-2023-10-16\",{inside}");
    assert_eq!(String::from_utf8_lossy(&sent.body), expected);
    assert_eq!(sent.header("anthropic-beta"), Some("context-1m-2025-08-07"));
    assert_eq!(sent.header("anthropic-version"), None);
    let receipt = reply.header("x-lynkr-receipt").unwrap_or_default();
    for entry in
        ["moved=model->url", "added=anthropic_version", "dropped=anthropic-beta:files-api-2025-04-14"]
    {
        assert!(receipt.contains(entry), "{receipt}");
    }
}

#[tokio::test]
async fn what_belongs_to_a_beta_that_the_cloud_refuses_goes_with_it() {
    let server = Scripted::with(|_| Script::json(400, &json!({}))).await;
    let cloud = in_project(&server.url(), "claude-opus-4-6").await;
    let body = json!({
        "model": "claude-opus-4-6", "max_tokens": 9, "speed": "fast",
        "messages": [{"role": "user", "content": "hi"}, {"role": "system", "content": "be brief"}],
    });
    let call = Call::json("/v1/messages", &body)
        .header("anthropic-beta", "fast-mode-2026-02-01,mid-conversation-system-2026-04-07");
    let reply = cloud.gateway.send(call).await;
    let sent = server.post(0).await.json();
    assert_eq!(sent.get("speed"), None);
    assert_eq!(sent["messages"][1]["role"], "user");
    assert_eq!(sent["messages"][1]["content"], "<system-reminder>\nbe brief\n</system-reminder>");
    let receipt = reply.header("x-lynkr-receipt").unwrap_or_default();
    assert!(
        receipt.contains("dropped=speed") && receipt.contains("approximated=messages[].role=system"),
        "{receipt}"
    );
}

/// A beta that is newer than the gateway, or that the cloud has learnt since: with its fields, and without a receipt.
#[tokio::test]
async fn betas_that_the_operator_vouches_for_go_up() {
    let server = Scripted::with(|_| Script::json(400, &json!({}))).await;
    let allowed = [("LYNKR_ALLOWED_BETAS", "fast-mode-2026-02-01, brand-new-2031-01-01")];
    let cloud = in_project_with(&server.url(), "claude-opus-4-6", &allowed).await;
    let body = json!({
        "model": "claude-opus-4-6", "max_tokens": 9, "speed": "fast",
        "messages": [{"role": "user", "content": "hi"}],
    });
    let call = Call::json("/v1/messages", &body)
        .header("anthropic-beta", "fast-mode-2026-02-01,brand-new-2031-01-01,other-2031-01-01");
    let reply = cloud.gateway.send(call).await;
    let sent = server.post(0).await;
    assert_eq!(sent.header("anthropic-beta"), Some("fast-mode-2026-02-01,brand-new-2031-01-01"));
    assert_eq!(sent.json()["speed"], "fast");
    let receipt = reply.header("x-lynkr-receipt").unwrap_or_default();
    assert!(
        receipt.contains("dropped=anthropic-beta:other-2031-01-01") && !receipt.contains("fast-mode"),
        "{receipt}"
    );
}

#[tokio::test]
async fn claude_s_tokens_are_counted_where_vertex_counts_them() {
    let server = Scripted::with(|_| Script::json(200, &json!({"input_tokens": 4711}))).await;
    let cloud = in_project(&server.url(), "claude-opus-4-6").await;
    let body = json!({"model": "claude-opus-4-6", "messages": [{"role": "user", "content": "hi"}]});
    let reply = cloud.gateway.send(Call::json("/v1/messages/count_tokens", &body)).await;
    assert_eq!(reply.expect(200), json!({"input_tokens": 4711}));
    let sent = server.post(0).await;
    assert_eq!(sent.path, format!("{PROJECT}/publishers/anthropic/models/count-tokens:rawPredict"));
    assert_eq!(
        (sent.json()["model"].clone(), sent.json()["anthropic_version"].clone()),
        (json!("claude-opus-4-6"), json!("vertex-2023-10-16"))
    );
}

#[tokio::test]
async fn a_gemini_client_passes_through_untouched() {
    let answer = "{\"candidates\": [ {\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"Hi.\"}]},\"finishReason\":\"STOP\"}],\"zz\" :1}";
    let server = Scripted::with(move |_| Script::body(200, "application/json", answer)).await;
    let gateway = by_key(&server.url(), "gemini-2.5-pro").start().await;
    let body = "{\"contents\" : [{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]}],  \"unknown\":1.50}";
    let call = Call::bytes("/v1beta/models/gemini-3-flash:generateContent?key=AIzaClients", body)
        .header("content-type", "application/json")
        .header("x-goog-api-key", CLIENT_KEY);
    let reply = gateway.send(call).await;
    assert_eq!((reply.status, reply.text().as_str(), reply.header("x-lynkr-receipt")), (200, answer, None));
    let sent = server.post(0).await;
    assert_eq!(
        (sent.path.as_str(), sent.query.as_deref()),
        ("/v1beta/models/gemini-3-flash:generateContent", None)
    );
    assert_eq!((&sent.body[..], sent.header("x-goog-api-key")), (body.as_bytes(), Some(KEY)));
}

fn exhausted(delay: &str) -> Value {
    json!({"error": {
        "code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Quota exceeded for quota metric.",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}],
    }})
}

async fn ask(gateway: &Gateway, stream: bool) -> Reply {
    let body = json!({"model": "gemini-2.5-pro", "max_tokens": 9, "stream": stream, "messages": [{"role": "user", "content": "hi"}]});
    gateway.post("/v1/messages", &body).await
}

#[tokio::test]
async fn an_exhausted_quota_is_told_with_its_wait_and_a_short_one_is_waited_for() {
    let server = Scripted::with(|_| Script::json(429, &exhausted("34.5s"))).await;
    let gateway = by_key(&server.url(), "gemini-2.5-pro").start().await;
    let reply = ask(&gateway, false).await;
    assert_eq!(dialects::error(Dialect::Anthropic, &reply.expect(429)).0, "rate_limit_error");
    assert_eq!(reply.header("retry-after"), Some("35"));
    assert_eq!(server.posts().len(), 1);

    let good = json!({"candidates": [{"content": {"role": "model", "parts": [{"text": "Hi."}]}, "finishReason": "STOP"}]});
    let server = Scripted::new([Script::json(429, &exhausted("0.05s")), Script::json(200, &good)]).await;
    let gateway = by_key(&server.url(), "gemini-2.5-pro").start().await;
    assert_eq!(ask(&gateway, false).await.expect(200)["content"][0]["text"], "Hi.");
    assert_eq!(server.posts().len(), 2);
}

#[tokio::test]
async fn an_answer_that_was_held_back_is_no_empty_success() {
    let blocked = json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 3}});
    let filtered = json!({"candidates": [{"finishReason": "SAFETY", "index": 0}], "usageMetadata": {"promptTokenCount": 3}});
    for body in [blocked, filtered] {
        for stream in [false, true] {
            let answer =
                if stream { Script::sse([format!("data: {body}\n\n")]) } else { Script::json(200, &body) };
            let server = Scripted::new([answer]).await;
            let gateway =
                by_key(&server.url(), "gemini-2.5-pro").env("API_RETRY_MAX_RETRIES", "0").start().await;
            let text = ask(&gateway, stream).await.text();
            assert!(text.contains("\"refusal\"") || text.contains("\"error\""), "{text}");
            assert!(!text.contains("end_turn"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_ends_in_an_error() {
    let script = ModelScript::new().steps(0).text("a text of some length, in many pieces").chunk(4);
    let model = model(script.fault(Fault::always(FaultKind::Truncate { events: 3 })), KEY).await;
    let gateway = by_key(&model.url(), "gemini-2.5-pro").start().await;
    let text = ask(&gateway, true).await.text();
    assert!(text.contains("event: error") && !text.contains("message_stop"), "{text}");
}

#[tokio::test]
async fn the_models_on_offer_are_those_that_answer() {
    let model = model(ModelScript::new(), KEY).await;
    let gateway = by_key(&model.url(), "gemini-2.5-pro").start().await;
    let listed = gateway.get("/v1/models").await.text();
    assert!(listed.contains("gemini-kit-large") && !listed.contains("gemini-kit-embedding"), "{listed}");
}

#[tokio::test]
async fn without_credentials_it_is_said_what_was_looked_for() {
    let server = Scripted::with(|_| Script::json(200, &json!({}))).await;
    let setup = Setup::new()
        .env("MODEL_PROVIDER", "vertex")
        .env("VERTEX_ENDPOINT", &server.url())
        .env("VERTEX_PROJECT", "my-project")
        .env("VERTEX_MODEL", "gemini-2.5-pro")
        .env("NO_GCE_CHECK", "true");
    let gateway = setup.start().await;
    let reply = ask(&gateway, false).await;
    let (kind, message) = dialects::error(Dialect::Anthropic, &reply.expect(401));
    assert_eq!(kind, "authentication_error");
    assert!(message.contains("GOOGLE_APPLICATION_CREDENTIALS is not set"), "{message}");
    assert!(server.posts().is_empty());
}

/// A cloned folder's own file must not be able to have the machine's token sent anywhere.
#[tokio::test]
async fn a_project_folder_s_endpoint_never_sees_the_machine_s_token() {
    let server = Scripted::with(|_| Script::json(200, &json!({}))).await;
    let tokens = Upstream::with(|_| Script::json(200, &json!({"access_token": TOKEN}))).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("login.json");
    let login = json!({
        "type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r",
        "token_uri": format!("{}/token", tokens.url()),
    });
    std::fs::write(&file, login.to_string()).unwrap();
    let dot_env = format!("VERTEX_ENDPOINT={}\nVERTEX_PROJECT=somebody-elses\n", server.url());
    let gateway = Setup::new()
        .env("MODEL_PROVIDER", "vertex")
        .env("GOOGLE_APPLICATION_CREDENTIALS", &file.display().to_string())
        .project_file(".env", &dot_env)
        .start()
        .await;
    ask(&gateway, false).await;
    assert!(server.posts().iter().all(|request| request.header("authorization").is_none()));
    assert!(tokens.requests().is_empty());
}
