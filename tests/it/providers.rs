//! Providers that the operator names, and what a gateway tells of its providers.

use lynkr_testkit::{Dialect, Fault, FaultKind, ModelScript, ModelUpstream};
use serde_json::{Value, json};

use crate::dialects::{self, Talk};
use crate::gateway::{Gateway, Setup};
use crate::http::Call;

const HUSH: &str = "hush-0123456789";

async fn model(says: &str, key: &str) -> ModelUpstream {
    ModelScript::new().steps(0).text(says).expect_key(key).start().await.unwrap()
}

/// Two servers of a kind and an account of a vendor, which answers.
async fn two_servers() -> (ModelUpstream, ModelUpstream, Setup) {
    let (near, far) = (model("NEAR", "near-key-0123456789").await, model("FAR", "far-key-0123456789").await);
    let toml = format!(
        "[models]\nprovider = 'near'\n\n[providers.near]\nkind = 'openai-compatible'\nendpoint = '{}/v1?code={HUSH}'\n\
         api_key = 'near-key-0123456789'\nmodels = ['small', 'large']\nheaders = {{ x-tenant = '{HUSH}' }}\n\n\
         [providers.far]\nkind = 'anthropic-compatible'\nendpoint = '{}'\napi_key_env = 'FAR_KEY'\nmodel = 'huge'\n",
        near.url(),
        far.url()
    );
    let setup = Setup::new().user_file("lynkr.toml", &toml).env("FAR_KEY", "far-key-0123456789");
    (near, far, setup)
}

async fn says(gateway: &Gateway, model: &str) -> String {
    let talk = Talk::new(Dialect::Chat, "hello", false).set("model", json!(model));
    let answer = gateway.send(talk.call()).await.expect(200);
    answer["choices"][0]["message"]["content"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_that_were_named_answer_by_their_names() {
    let (near, far, setup) = two_servers().await;
    let gateway = setup.start().await;
    for (asked, answers) in [
        ("large", "NEAR"),
        ("gpt-4o", "NEAR"),
        ("far:huge", "FAR"),
        ("far/huge", "FAR"),
        ("near:small", "NEAR"),
    ] {
        assert_eq!(says(&gateway, asked).await, answers, "{asked}");
    }
    assert_eq!((near.violations(), far.violations()), (Vec::new(), Vec::new()));
    let sent: Vec<Value> =
        near.upstream().requests().iter().map(|request| request.json()["model"].clone()).collect();
    assert_eq!(sent, ["large", "small", "small"]);
    for request in near.upstream().requests() {
        assert_eq!(request.header("x-tenant"), Some(HUSH));
    }
    let models = gateway.get("/v1/models").await.expect(200);
    let ids: Vec<&Value> = models["data"].as_array().unwrap().iter().map(|model| &model["id"]).collect();
    assert_eq!(ids, ["small", "large"]);
    assert!(gateway.log().contains("near (OpenAI-compatible server)"), "{}", gateway.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_of_them_holds_no_secret() {
    let (_near, _far, setup) = two_servers().await;
    let gateway = setup.env("OPENROUTER_API_KEY", "sk-or-v1-0123456789").start().await;
    says(&gateway, "far:huge").await;
    let list = gateway.get("/v1/providers").await.expect(200);
    let names: Vec<&Value> = list["data"].as_array().unwrap().iter().map(|own| &own["name"]).collect();
    assert_eq!(names, ["near", "openrouter", "far"]);
    assert_eq!((&list["primary"], &list["data"][0]["type"]), (&json!("near"), &json!("openai-compatible")));
    assert_eq!(gateway.get("/v1/providers/far").await.expect(200)["models"], json!(["huge"]));
    let health = gateway.get("/v1/health/providers/FAR").await.expect(200);
    assert_eq!((&health["status"], &health["successes"]), (&json!("healthy"), &json!(1)), "{health}");
    assert_eq!(gateway.get("/v1/health").await.expect(200)["provider"], "near");
    for path in [
        "/v1/providers",
        "/v1/providers/near",
        "/v1/config",
        "/v1/health/providers",
        "/v1/health",
        "/openapi.json",
    ] {
        let text = gateway.get(path).await.text();
        for secret in [HUSH, "near-key", "far-key", "sk-or"] {
            assert!(!text.contains(secret), "{path}: {text}");
        }
    }
    assert!(!gateway.log().contains(HUSH), "{}", gateway.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_listing_of_settings_has_them_masked_and_says_what_is_wrong() {
    let (_near, _far, setup) = two_servers().await;
    let ended = setup.arguments(&["config"]).run().await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(
        ended.stdout.contains("providers.near.headers") && ended.stdout.contains("x-tenant=****"),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.contains("FAR_KEY"), "{}", ended.stdout);
    assert!(!ended.stdout.contains(HUSH) && !ended.stdout.contains("far-key"), "{}", ended.stdout);

    let toml = "[providers.openai]\nkind = 'zai'\n[providers.mine]\nkind = 'opnai'\ncolour = 'red'\n";
    let ended = Setup::builtin().user_file("lynkr.toml", toml).arguments(&["config", "--check"]).run().await;
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    for expected in [
        "error: providers.openai (",
        "is a name of OpenAI",
        "error: providers.mine.kind (",
        "did you mean openai?",
        "lynkr.toml",
        "providers.mine.colour",
    ] {
        assert!(ended.stderr.contains(expected), "{expected} in {}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_provider_is_found_when_no_other_is_set_up() {
    let (_near, far, setup) = two_servers().await;
    let toml = format!(
        "[providers.only]\nkind = 'anthropic-compatible'\nendpoint = '{}'\napi_key = 'far-key-0123456789'\nmodel = 'huge'\n",
        far.url()
    );
    let gateway = setup.user_file("lynkr.toml", &toml).start().await;
    assert_eq!(says(&gateway, "gpt-4o").await, "FAR");
    assert!(gateway.log().contains("only (Anthropic-compatible server)"), "{}", gateway.log());
}

/// A count and a model list that fail, and refusals of what a client sent, say nothing about the provider.
#[tokio::test(flavor = "multi_thread")]
async fn only_a_providers_own_failures_count_against_it() {
    let refusal = Fault::always(FaultKind::Status { code: 400, retry_after: None });
    let model = ModelScript::new().steps(0).fault(refusal).start().await.unwrap();
    let gateway = Gateway::before(Dialect::Anthropic, &model.url()).await;
    gateway
        .post("/v1/messages/count_tokens", &dialects::ask(Dialect::Anthropic, "hello", false))
        .await
        .expect(200);
    gateway.get("/v1/models").await.expect(200);
    let health = gateway.get("/v1/health/providers/anthropic").await.expect(200);
    assert_eq!((&health["total_requests"], &health["status"]), (&json!(0), &Value::Null), "{health}");
    gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "hello", false)).await.expect(400);
    let health = gateway.get("/v1/health/providers/claude").await.expect(200);
    assert_eq!((&health["failures"]["client"], &health["status"]), (&json!(1), &Value::Null), "{health}");
}

#[tokio::test(flavor = "multi_thread")]
async fn they_need_a_key_like_everything_else() {
    let gateway = Setup::builtin().env("LYNKR_API_KEYS", "gateway-key-of-this-test").start().await;
    for path in [
        "/v1/providers",
        "/v1/providers/builtin",
        "/v1/health",
        "/v1/health/providers",
        "/v1/config",
        "/openapi.json",
    ] {
        assert_eq!(gateway.get(path).await.status, 401, "{path}");
        let call = Call::get(path).header("authorization", "Bearer gateway-key-of-this-test");
        let body = gateway.send(call).await.expect(200);
        assert!(body.is_object(), "{path}: {body}");
    }
    gateway.get("/health").await.expect(200);
    let call = Call::get("/v1/config").header("x-api-key", "gateway-key-of-this-test");
    assert_eq!(gateway.send(call).await.expect(200)["key_required"], true);
}
