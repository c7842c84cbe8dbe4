//! A second opinion where the scorer is unsure: when a classifier is asked, how often, and what becomes of what it says.

use std::time::{Duration, Instant};

use lynkr_testkit::{Dialect, Gate, Script};
use serde_json::{Value, json};

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, Reply};
use crate::keys::Kept;
use crate::scripted::{self, Scripted};

/// MEDIUM by the scorer, which can't be certain of it.
pub(crate) const ASK: &str = "could you look at how the queue behaves and improve it somewhat";

pub(crate) async fn served() -> Scripted {
    Scripted::with(|_| Script::json(200, &scripted::whole(Dialect::Anthropic, "Done."))).await
}

pub(crate) async fn judge(word: &'static str) -> Scripted {
    Scripted::with(move |_| Script::json(200, &scripted::whole(Dialect::Chat, word))).await
}

/// A model for each tier, and nobody else.
pub(crate) fn tiers(served: &Scripted) -> Setup {
    Setup::upstream(Dialect::Anthropic, &served.url())
        .env("TIER_SIMPLE", "claude:easy")
        .env("TIER_MEDIUM", "claude:usual")
        .env("TIER_COMPLEX", "claude:hard")
        .env("TIER_REASONING", "claude:hardest")
        .env("API_RETRY_MAX_RETRIES", "0")
}

/// The same with a classifier, which is asked unless the scorer is all but certain.
fn judged(served: &Scripted, judge: &Scripted) -> Setup {
    tiers(served)
        .env("OPENAI_ENDPOINT", &format!("{}/v1/chat/completions", judge.url()))
        .env("OPENAI_API_KEY", "key-of-openai")
        .env("LYNKR_DIFFICULTY_CLASSIFIER", "openai:judge")
        .env("LYNKR_DIFFICULTY_CLASSIFIER_BELOW", "0.999")
}

/// What is kept, as soon as it says this: the store's writer takes its time.
pub(crate) async fn on_record(gateway: &Gateway, target: &str, says: impl Fn(&Value) -> bool) -> Value {
    let waits = async {
        loop {
            let told = gateway.get(target).await.expect(200);
            if says(&told) {
                return told;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waits).await.expect("it is written")
}

pub(crate) async fn ask(gateway: &Gateway, text: &str) -> Reply {
    gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, text, false)).await
}

/// A request that brings a tool's result.
pub(crate) fn within_an_exchange() -> Value {
    json!({"model": "m", "max_tokens": 64, "messages": [
        {"role": "user", "content": ASK},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "look", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "a queue"}]},
    ], "tools": [{"name": "look", "input_schema": {"type": "object"}}]})
}

#[track_caller]
pub(crate) fn came_to(reply: &Reply, (tier, method): (&str, &str)) {
    reply.expect(200);
    let header = |name| reply.header(name).unwrap_or_default();
    assert_eq!((header("x-lynkr-tier"), header("x-lynkr-routing-method")), (tier, method));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_off_unless_it_is_set() {
    let (served, judge) = (served().await, judge("REASONING").await);
    let gateway = judged(&served, &judge).without("LYNKR_DIFFICULTY_CLASSIFIER").start().await;
    came_to(&ask(&gateway, ASK).await, ("MEDIUM", "tier_config"));
    assert_eq!((served.posts().len(), judge.posts().len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_asked_once_for_an_ask_and_moves_the_tier_by_one() {
    let (served, judge) = (served().await, judge(" reasoning\n").await);
    let gateway = judged(&served, &judge).start().await;
    came_to(&ask(&gateway, ASK).await, ("COMPLEX", "tier_config+classifier"));
    came_to(&ask(&gateway, ASK).await, ("COMPLEX", "tier_config+classifier"));
    assert_eq!(served.posts()[0].json()["model"], "hard");
    let posts = judge.posts();
    assert_eq!(posts.len(), 1, "the second time it is known");
    let sent = posts[0].json();
    assert_eq!((&sent["model"], sent["temperature"].as_f64()), (&json!("judge"), Some(0.0)));
    assert_eq!(sent["messages"][1]["content"], Value::from(ASK).to_string(), "quoted: {sent}");
    assert_eq!(posts[0].header("authorization"), Some("Bearer key-of-openai"));
    let said = gateway.post("/routing/analyze", &json!({"prompt": ASK})).await.expect(200);
    let steps = said["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["signal"] == "classifier").unwrap();
    assert_eq!(step["says"], "openai:judge says REASONING, MEDIUM becomes COMPLEX");
    assert_eq!(said["base_tier"], "MEDIUM");
    on_record(&gateway, "/v1/routing/telemetry", |told| told.to_string().contains("tier_config+classifier"))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_within_an_exchange_of_tools_or_by_a_sure_scorer() {
    let (served, judge) = (served().await, judge("REASONING").await);
    let gateway = judged(&served, &judge).start().await;
    gateway.post("/v1/messages", &within_an_exchange()).await.expect(200);
    came_to(&ask(&gateway, "hi").await, ("SIMPLE", "force"));
    let proof = "Prove that every greedy schedule of this queue terminates, step by step and rigorously.";
    came_to(&ask(&gateway, proof).await, ("REASONING", "force"));
    let sure = judged(&served, &judge).env("LYNKR_DIFFICULTY_CLASSIFIER_BELOW", "0.25").start().await;
    came_to(&ask(&sure, ASK).await, ("MEDIUM", "tier_config"));
    assert_eq!(judge.posts().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_ignored_and_not_asked_for_again() {
    let (served, judge) = (served().await, judge("I'd say REASONING, as you asked me to").await);
    let gateway = judged(&served, &judge).start().await;
    came_to(&ask(&gateway, ASK).await, ("MEDIUM", "tier_config"));
    came_to(&ask(&gateway, ASK).await, ("MEDIUM", "tier_config"));
    assert_eq!(judge.posts().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_classifier_that_hangs_or_fails_holds_up_one_request_for_so_long_and_no_more() {
    let (served, gate) = (served().await, Gate::new());
    let held = gate.clone();
    let hanging = Scripted::with(move |_| Script::new().wait(&held)).await;
    let gateway =
        judged(&served, &hanging).env("LYNKR_DIFFICULTY_CLASSIFIER_TIMEOUT_MS", "300").start().await;
    let begun = Instant::now();
    came_to(&ask(&gateway, ASK).await, ("MEDIUM", "tier_config"));
    assert!(begun.elapsed() >= Duration::from_millis(300));
    came_to(&ask(&gateway, &format!("{ASK}, and its tests")).await, ("MEDIUM", "tier_config"));
    assert_eq!(hanging.posts().len(), 1, "it rests");
    let said = gateway.post("/routing/analyze", &json!({"prompt": ASK})).await.expect(200);
    assert!(said.to_string().contains("failed a moment ago, not asked"), "{said}");
    gate.open();
    let failing = Scripted::with(|_| Script::json(500, &json!({"error": {"message": "down"}}))).await;
    let gateway = judged(&served, &failing).start().await;
    came_to(&ask(&gateway, ASK).await, ("MEDIUM", "tier_config"));
    assert_eq!(failing.posts().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_on_record_of_its_own_and_takes_nothing_of_the_callers_requests() {
    let kept = Kept::in_a_file();
    let (served, judge) = (served().await, judge("COMPLEX").await);
    let key = kept.key(&["--requests-per-minute", "1", "--models", "claude-*,hard,usual"]).await;
    let gateway = kept.with(judged(&served, &judge)).start().await;
    let body = dialects::ask(Dialect::Anthropic, ASK, false);
    let call = || Call::json("/v1/messages", &body).header("x-api-key", &key);
    came_to(&gateway.send(call()).await, ("COMPLEX", "tier_config+classifier"));
    gateway.send(call()).await.expect(429);
    assert_eq!((served.posts().len(), judge.posts().len()), (1, 1));
    let usage = on_record(&gateway, "/v1/usage", |usage| usage.to_string().contains("judge")).await;
    assert!(usage["totals"]["requests"].as_u64() >= Some(2), "{usage}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_asks_nobody_and_says_so() {
    let setup = |arguments: &[&str]| {
        Setup::new()
            .env("TIER_SIMPLE", "ollama:small")
            .env("LYNKR_DIFFICULTY_CLASSIFIER", "ollama:judge")
            .env("LYNKR_DIFFICULTY_CLASSIFIER_BELOW", "0.999")
            .arguments(arguments)
    };
    let said = setup(&["route", ASK]).run().await.stdout;
    assert!(
        said.contains("a gateway asks ollama:judge as well") && said.contains("No model is asked here"),
        "{said}"
    );
    let said: Value = serde_json::from_str(&setup(&["route", "--json", ASK]).run().await.stdout).unwrap();
    assert_eq!(said["would_ask"], json!(["ollama:judge"]));
    let said: Value = serde_json::from_str(&setup(&["route", "--json", "hi"]).run().await.stdout).unwrap();
    assert_eq!(said["would_ask"], json!([]));
}
