//! What is made of answers; asking itself is tested against scripted upstreams.

use std::collections::BTreeMap;

use lynkr_config::Inputs;
use lynkr_providers::provider_named;
use lynkr_testkit::{Script, Upstream as Server};
use serde_json::json;

use super::*;

fn values(settings: &[(&'static str, &str)]) -> (Values, Inputs) {
    let flags = settings.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let inputs = Inputs { flags, environment: BTreeMap::new(), ..Inputs::default() };
    (crate::load(&inputs).values, inputs)
}

async fn checked(provider: &str, settings: &[(&'static str, &str)]) -> Checked {
    let (values, inputs) = values(settings);
    let scout = Scout::new(&values, &inputs).expect("a scout");
    scout.check(provider_named(provider).expect("a provider"), &values).await
}

/// A vendor with one good key, which says its name in any other's refusal.
async fn vendor() -> Server {
    Server::with(|request| {
        let shown = request.header("authorization").unwrap_or_default();
        match (request.method.as_str(), shown == "Bearer good-key-0123") {
            ("GET", true) => Script::json(200, &json!({"data": [{"id": "big"}, {"id": "small"}]})),
            (_, true) => Script::json(400, &json!({"error": {"message": "messages: required"}})),
            (_, false) => {
                Script::json(401, &json!({"error": {"message": format!("no such key: {shown}\u{1b}[31m")}}))
            }
        }
    })
    .await
    .expect("a server")
}

#[tokio::test]
async fn a_good_key_lists_models_and_a_bad_one_says_why() {
    let vendor = vendor().await;
    let endpoint = ("OPENAI_ENDPOINT", vendor.url());
    let with = |key: &'static str| [("OPENAI_API_KEY", key), (endpoint.0, endpoint.1.as_str())];
    let good = checked("openai", &with("good-key-0123")).await;
    assert_eq!(good.credential, Credential::Good);
    assert_eq!(good.models, ["big", "small"]);
    let bad = checked("openai", &with("bad-key-4567")).await;
    let Credential::Refused { status: 401, why } = bad.credential else { panic!("{bad:?}") };
    assert_eq!(why, "no such key: Bearer ****4567 [31m", "neither the key nor what steers a terminal");
}

#[tokio::test]
async fn who_has_no_list_is_asked_for_nothing_with_the_key() {
    let vendor = vendor().await;
    let url = format!("{}/anthropic", vendor.url());
    let settings =
        [("DATABRICKS_API_BASE", vendor.url()), ("DATABRICKS_API_KEY", "good-key-0123".to_owned())];
    let settings: Vec<(&'static str, &str)> =
        settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(checked("databricks", &settings).await.credential, Credential::Taken, "{url}");
    let sent = vendor.request(0).await;
    assert_eq!((sent.method.as_str(), sent.text().as_str()), ("POST", "{}"));
}

#[tokio::test]
async fn what_cannot_be_tried_says_so() {
    let absent = checked("openai", &[]).await;
    assert_eq!(absent, Checked { credential: Credential::Absent, models: vec![] });
    assert_eq!(checked("chatgpt", &[]).await.credential, Credential::Absent);
    assert_eq!(checked("builtin", &[]).await.credential, Credential::Good);
    let unusable = checked("openai-compatible", &[]).await.credential;
    assert!(matches!(&unusable, Credential::Unusable(why) if why.contains("OPENAI_COMPATIBLE_ENDPOINT")));
    let gone =
        checked("openai", &[("OPENAI_API_KEY", "good-key-0123"), ("OPENAI_ENDPOINT", "http://127.0.0.1:9")]);
    assert!(matches!(gone.await.credential, Credential::Unknown(_)));
}

#[tokio::test]
async fn a_page_is_no_list() {
    let server = Server::with(|_| Script::body(200, "text/html", "<html>")).await.expect("a server");
    let url = server.url();
    let said = checked("openai-compatible", &[("OPENAI_COMPATIBLE_ENDPOINT", &url)]).await.credential;
    assert!(matches!(&said, Credential::Unknown(why) if why.contains("no list of models")), "{said:?}");
}

#[test]
fn models_without_a_list_come_from_the_price_table() {
    let of = |name: &str| known_models(provider_named(name).expect("a provider"));
    assert!(of("anthropic").iter().any(|name| name.starts_with("claude-")));
    assert!(of("zai").iter().any(|name| name.starts_with("glm-")));
    assert!(of("bedrock").iter().all(|name| !name.contains('/')));
    assert!(of("ollama").is_empty());
}
