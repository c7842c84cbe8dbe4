//! Learning: what became of requests moves later ones to the better model, and only where that is switched on.

use std::path::Path;

use lynkr_testkit::{Dialect, Script};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::dialects;
use crate::gateway::{Finished, Gateway, Setup};
use crate::http::{Call, PATIENCE};
use crate::scripted::{self, Scripted};
use crate::servers::{Kind, Server};
use crate::store::missing;

const ASK: &str = "Rename the helper in the parser and update the places that call it.";
const GOOD: &str = "The helper is renamed in `parser.rs`, and its four callers with it. All tests pass. Nothing else in the \
                    crate used the old name, so that no alias is needed, and the documentation says the new one.";

/// A provider with one model whose answers are good, and one that says the same words again and again.
async fn two_models() -> Scripted {
    Scripted::with(|request| {
        let body = request.json();
        let bad = "I will now rename the helper ".repeat(60);
        let text = if body["model"] == "good" { GOOD.to_owned() } else { bad };
        if body["stream"] == true {
            Script::sse(scripted::stream(Dialect::Chat, &text))
        } else {
            Script::json(200, &scripted::whole(Dialect::Chat, &text))
        }
    })
    .await
}

/// The bad one is listed first.
fn setup(upstream: &Scripted, database: &str, mode: &str) -> Setup {
    Setup::upstream(Dialect::Chat, &upstream.url())
        .env("TIER_SIMPLE", "openai:bad,openai:good")
        .env("LYNKR_LEARNING", mode)
        .env("LYNKR_LEARNING_FLUSH_MS", "50")
        .env("LYNKR_SESSION_FINGERPRINT", "false")
        .env("LYNKR_DATABASE_URL", database)
}

fn place() -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let database = url(&folder.path().join("lynkr.db"));
    (folder, database)
}

fn url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// Sends so many requests, every other one streamed; says how many the good model served.
async fn send(gateway: &Gateway, upstream: &Scripted, count: usize) -> usize {
    let before = upstream.posts().len();
    for number in 0..count {
        let body = dialects::ask(Dialect::Anthropic, ASK, number % 2 == 0);
        let reply = gateway.post("/v1/messages", &body).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    upstream.posts().iter().skip(before).filter(|post| post.json()["model"] == "good").count()
}

async fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let waits = async { while !is_so().await {} };
    assert!(tokio::time::timeout(PATIENCE, waits).await.is_ok(), "{what}");
}

async fn stats(gateway: &Gateway) -> Value {
    gateway.get("/routing/stats").await.expect(200)["learning"].clone()
}

async fn lessons(gateway: &Gateway, count: u64) {
    until("the lessons are learned", || async { stats(gateway).await["lessons"].as_u64() == Some(count) })
        .await;
}

async fn decisions(gateway: &Gateway) -> Vec<Value> {
    let shown = gateway.get("/v1/routing/telemetry").await.expect(200);
    shown["decisions"].as_array().cloned().unwrap_or_default()
}

/// The decisions, once so many of them have a reward.
async fn rewarded(gateway: &Gateway, count: usize) -> Vec<Value> {
    let known = |all: &[Value]| all.iter().filter(|own| own["reward"].is_number()).count();
    until("the rewards are on record", || async { known(&decisions(gateway).await) >= count }).await;
    decisions(gateway).await
}

async fn command(database: &str, arguments: &[&str]) -> Finished {
    let setup = Setup::new().without("PORT").env("LYNKR_DATABASE_URL", database);
    setup.arguments(arguments).run().await
}

/// What the store has of what is learned.
async fn on_record(database: &str) -> Value {
    let shown = command(database, &["routing", "stats", "--json"]).await;
    assert_eq!(shown.code, Some(0), "{}{}", shown.stdout, shown.stderr);
    serde_json::from_str(&shown.stdout).unwrap()
}

async fn kept(database: &str, count: u64) {
    let is_kept = || async { on_record(database).await["learned"]["lessons"].as_u64() == Some(count) };
    until("the lessons are kept", is_kept).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_better_model_gets_the_traffic_and_the_store_alone_says_what_policies_are_worth() {
    let (upstream, (_folder, database)) = (two_models().await, place());
    let gateway = setup(&upstream, &database, "on").env("LYNKR_BANDIT_EPSILON", "0.3").start().await;
    let early = send(&gateway, &upstream, 40).await;
    let late = send(&gateway, &upstream, 40).await;
    assert!(late >= 26 && early + late >= 50, "{early} and {late} of 40 went to the better one");
    lessons(&gateway, 80).await;
    for decision in rewarded(&gateway, 80).await {
        let shares = decision["propensities"].as_array().unwrap();
        let sum: f64 = shares.iter().filter_map(Value::as_f64).sum();
        assert!((sum - 1.0).abs() < 1e-9 && decision["propensity"] == shares[0], "{decision}");
        assert!(decision["method"].as_str().unwrap().contains("+bandit"), "{decision}");
        let first = decision["candidates"][0].as_str().unwrap();
        assert_eq!(decision["model"], first.strip_prefix("openai:").unwrap(), "{decision}");
        let reward = decision["reward"].as_f64().unwrap();
        assert!(if decision["model"] == "good" { reward > 0.3 } else { reward < 0.3 }, "{decision}");
    }
    let accuracy = gateway.get("/v1/routing/accuracy").await.expect(200);
    assert_eq!(accuracy["outcomes"], 80, "{accuracy}");
    let shown = gateway.get("/dashboard/api/routing").await.expect(200);
    for part in ["outcomes", "under_provisioned", "over_provisioned", "tiers"] {
        assert_eq!(shown["accuracy"][part], accuracy[part], "{part}");
    }
    assert!(accuracy["under_provisioned"]["share"].as_f64() > Some(0.05), "{accuracy}");
    drop(gateway);
    let policies = ["--policy", "static", "--policy", "openai:good", "--policy", "learner"];
    let said = command(&database, &[&["routing", "eval", "--json"], &policies[..]].concat()).await;
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    let said: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((&said["decisions"], &said["usable"]), (&json!(80), &json!(80)), "{said}");
    let worth = |at: usize| said["policies"][at]["report"]["doubly_robust"]["value"].as_f64().unwrap();
    assert!(worth(1) > worth(0) + 0.2 && worth(2) > worth(0) + 0.1, "{said}");
    let text = command(&database, &["routing", "eval"]).await;
    assert!(text.stdout.contains("doubly robust") && text.stdout.contains("uniform"), "{}", text.stdout);
    let wrong = command(&database, &["routing", "eval", "--since", "yesterday"]).await;
    assert!(wrong.code == Some(1) && wrong.stderr.contains("--since"), "{}", wrong.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn off_equal_requests_go_the_same_way_and_nothing_learned_is_read_or_written() {
    let (upstream, (_folder, database)) = (two_models().await, place());
    // What was learned before is there, and would say otherwise.
    let gateway = setup(&upstream, &database, "on").start().await;
    send(&gateway, &upstream, 30).await;
    lessons(&gateway, 30).await;
    kept(&database, 30).await;
    drop(gateway);
    let gateway = setup(&upstream, &database, "off").start().await;
    assert_eq!(send(&gateway, &upstream, 20).await, 0);
    let unlearned = |own: &&Value| own["learned"].is_null();
    let all = || async { decisions(&gateway).await.iter().filter(unlearned).count() == 20 };
    until("they are on record", all).await;
    for decision in decisions(&gateway).await.iter().filter(unlearned) {
        assert_eq!(decision["propensities"], json!([1.0, 0.0]), "{decision}");
        assert_eq!(decision["reward"], Value::Null, "{decision}");
    }
    assert_eq!(stats(&gateway).await, Value::Null);
    gateway.signal("TERM");
    gateway.ended().await;
    let record = on_record(&database).await;
    assert_eq!(
        (&record["learned"]["lessons"], &record["modes"]["off"]),
        (&json!(30), &json!(20)),
        "{record}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_shadow_nothing_changes_and_what_would_have_been_is_on_record() {
    let (upstream, (_folder, database)) = (two_models().await, place());
    let gateway = setup(&upstream, &database, "shadow").start().await;
    assert_eq!(send(&gateway, &upstream, 60).await, 0);
    lessons(&gateway, 60).await;
    let all = rewarded(&gateway, 60).await;
    let other = all.iter().filter(|own| own["learned"]["chosen"] == "openai:good").count();
    assert!(other >= 30, "{other} of 60 would have gone elsewhere");
    for decision in &all {
        assert_eq!(decision["propensities"], json!([1.0, 0.0]), "{decision}");
        assert_eq!(decision["learned"]["mode"], "shadow");
        assert!(!decision["method"].as_str().unwrap().contains("bandit"), "{decision}");
    }
    let analysed = gateway.post("/routing/analyze", &json!({"prompt": ASK})).await.expect(200);
    assert_eq!((&analysed["model"], &analysed["learned"]["chosen"]), (&json!("bad"), &json!("openai:good")));
    drop(gateway);
    // Nothing was left to chance: that is said instead of a figure.
    let said = command(&database, &["routing", "eval", "--policy", "shadow"]).await;
    assert!(said.stdout.contains("never left to chance"), "{}{}", said.stdout, said.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_learned_survives_the_end_of_the_process_and_its_sudden_death() {
    let (upstream, (folder, database)) = (two_models().await, place());
    let gateway = setup(&upstream, &database, "on").env("LYNKR_LEARNING_FLUSH_MS", "300000").start().await;
    send(&gateway, &upstream, 30).await;
    gateway.signal("TERM");
    gateway.ended().await;
    kept(&database, 30).await;
    let gateway = setup(&upstream, &database, "on").start().await;
    assert_eq!(stats(&gateway).await["lessons"], 30, "at once");
    let good = send(&gateway, &upstream, 20).await;
    assert!(good >= 13, "{good} of 20");
    lessons(&gateway, 50).await;
    kept(&database, 50).await;
    gateway.signal("KILL");
    gateway.ended().await;
    let gateway = setup(&upstream, &database, "on").start().await;
    assert_eq!(stats(&gateway).await["lessons"], 50);
    drop(gateway);
    let shown = Setup::new().without("PORT").env("LYNKR_DATABASE_URL", &database).env("LYNKR_LEARNING", "on");
    let shown =
        shown.env("TIER_SIMPLE", "openai:bad,openai:good").arguments(&["route", "--json", ASK]).run().await;
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(
        (&shown["model"], &shown["learned"]["chosen"]),
        (&json!("good"), &json!("openai:good")),
        "{shown}"
    );
    let few = command(&url(&folder.path().join("other.db")), &["routing", "eval"]).await;
    assert_eq!(few.code, Some(1));
    assert!(few.stdout.contains("Too little"), "{}", few.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_turn_says_how_the_answer_was() {
    let (upstream, (_folder, database)) = (two_models().await, place());
    let gateway = setup(&upstream, &database, "on").start().await;
    let turn = |role: &str, text: &str| json!({"role": role, "content": text});
    for (session, next) in [("pleased", "Thanks, works now"), ("cross", "No, that's wrong. Still fails")] {
        let mut turns = vec![turn("user", ASK)];
        for _ in 0..2 {
            let body = json!({"model": "claude-x", "max_tokens": 100, "messages": turns});
            let call = Call::json("/v1/messages", &body).header("x-session-id", session);
            gateway.send(call).await.expect(200);
            turns.extend([turn("assistant", GOOD), turn("user", next)]);
        }
    }
    let all = rewarded(&gateway, 2).await;
    let said = |session: &str| {
        let own = all.iter().rfind(|own| own["session_id"] == session).unwrap();
        own["outcome"]["said"].clone()
    };
    assert_eq!((&said("pleased")["praise"], &said("pleased")["complaint"]), (&json!(true), &json!(false)));
    assert_eq!((&said("cross")["praise"], &said("cross")["complaint"]), (&json!(false), &json!(true)));
    assert_eq!(stats(&gateway).await["waiting"], 2, "the last answers wait for more");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_add_up_what_they_learn() {
    let Some(server) = Server::start(Kind::Postgres) else { return missing("postgres") };
    let (upstream, database) = (two_models().await, server.url());
    let replica = || setup(&upstream, &database, "on").start();
    let (one, other) = tokio::join!(replica(), replica());
    send(&one, &upstream, 20).await;
    send(&other, &upstream, 10).await;
    lessons(&one, 30).await;
    lessons(&other, 30).await;
    one.signal("TERM");
    one.ended().await;
    // The other takes over what it left, once.
    until("the row is taken over", || async {
        on_record(&database).await["learned"] == json!({"lessons": 30, "outcomes": 30, "processes": 1})
    })
    .await;
    lessons(&other, 30).await;
    other.signal("KILL");
    other.ended().await;
    let third = replica().await;
    assert_eq!(stats(&third).await["lessons"], 30);
}
