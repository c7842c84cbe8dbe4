//! A second opinion by embeddings: when a model of embeddings is asked, what moves by what it says, and what doesn't when it
//! fails; and who has the last word where a classifier is set as well.

use lynkr_testkit::{Gate, Recorded, Script};
use serde_json::{Value, json};

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::Call;
use crate::keys::Kept;
use crate::keys::budgets::settled;
use crate::routing_refined::{ASK, ask, came_to, judge, on_record, served, tiers, within_an_exchange};
use crate::scripted::Scripted;
use lynkr_testkit::Dialect;

const ANCHORS: &str = include_str!("../../crates/lynkr-routing/data/anchors.tsv");
const TIERS: [&str; 4] = ["SIMPLE", "MEDIUM", "COMPLEX", "REASONING"];

/// A vector that points to a tier.
fn towards(tier: &str) -> Value {
    TIERS.iter().map(|own| if *own == tier { json!(1.0) } else { json!(0.125) }).collect()
}

/// The tiers of the anchors, in order.
fn anchors() -> Vec<&'static str> {
    let lines = ANCHORS.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some(line.split_once('\t')?.0)).collect()
}

fn is_for_anchors(request: &Recorded) -> bool {
    request.json()["input"].is_array()
}

fn vectors(list: &[Value]) -> Script {
    let data: Vec<Value> = list
        .iter()
        .enumerate()
        .map(|(index, vector)| json!({"object": "embedding", "index": index, "embedding": vector}))
        .collect();
    let usage = json!({"prompt_tokens": 5, "total_tokens": 5});
    Script::json(200, &json!({"object": "list", "data": data, "model": "near", "usage": usage}))
}

fn right_anchors() -> Script {
    vectors(&anchors().into_iter().map(towards).collect::<Vec<_>>())
}

/// A model of embeddings that knows the anchors, and answers asks so.
async fn embedder(asked: impl Fn() -> Script + Send + Sync + 'static) -> Scripted {
    Scripted::with(move |request| if is_for_anchors(request) { right_anchors() } else { asked() }).await
}

/// One that takes every ask for the same.
async fn saying(tier: &'static str) -> Scripted {
    embedder(move || vectors(&[towards(tier)])).await
}

/// Tiers, and a model of embeddings that is asked unless the scorer is all but certain.
fn advised(served: &Scripted, near: &Scripted) -> Setup {
    tiers(served)
        .env("OPENAI_ENDPOINT", &format!("{}/v1/chat/completions", near.url()))
        .env("OPENAI_API_KEY", "key-of-openai")
        .env("LYNKR_DIFFICULTY_EMBEDDINGS", "openai:near")
        .env("LYNKR_DIFFICULTY_EMBEDDINGS_BELOW", "0.999")
}

/// What `POST /routing/analyze` says of a signal on [`ASK`].
async fn step(gateway: &Gateway, signal: &str) -> Option<String> {
    let said = gateway.post("/routing/analyze", &json!({"prompt": ASK})).await.expect(200);
    let steps = said["steps"].as_array().unwrap();
    let found = steps.iter().find(|step| step["signal"] == signal);
    found.and_then(|step| step["says"].as_str()).map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tier_moves_by_one_and_the_anchors_are_embedded_once() {
    let (served, near) = (served().await, saying("REASONING").await);
    let gateway = advised(&served, &near).start().await;
    let reminded = format!("<system-reminder>The user's notes.</system-reminder>{ASK}");
    came_to(&ask(&gateway, &reminded).await, ("COMPLEX", "tier_config+embeddings"));
    came_to(&ask(&gateway, ASK).await, ("COMPLEX", "tier_config+embeddings"));
    let posts = near.posts();
    assert_eq!(posts.len(), 2, "the anchors and the ask; the second time it is known");
    assert!(posts.iter().all(|post| post.path == "/v1/embeddings"));
    assert!(posts.iter().all(|post| post.header("authorization") == Some("Bearer key-of-openai")));
    assert_eq!(posts[0].json()["input"].as_array().unwrap().len(), anchors().len());
    assert_eq!(
        posts[1].json(),
        json!({"model": "near", "input": ASK}),
        "the user's own words, and nothing else"
    );
    came_to(&ask(&gateway, &format!("{ASK}, and its tests")).await, ("COMPLEX", "tier_config+embeddings"));
    assert_eq!(near.posts().len(), 3);
    let said = step(&gateway, "embeddings").await;
    assert_eq!(said.as_deref(), Some("openai:near says REASONING, MEDIUM becomes COMPLEX"));
    on_record(&gateway, "/v1/routing/telemetry", |told| told.to_string().contains("tier_config+embeddings"))
        .await;
    on_record(&gateway, "/dashboard/api/logs", |told| told.to_string().contains("difficulty_embeddings"))
        .await;
    let log = gateway.log();
    assert!(log.contains("the anchors of difficulty are embedded"), "{log}");
    assert!(!log.contains("key-of-openai") && !log.contains(ASK), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_ollamas_form_is_asked_as_well() {
    let served = served().await;
    let all: Vec<Value> = anchors().into_iter().map(towards).collect();
    let near = Scripted::with(move |request| {
        let asked = vec![towards("SIMPLE")];
        let vectors = if is_for_anchors(request) { &all } else { &asked };
        Script::json(200, &json!({"model": "near", "embeddings": vectors}))
    })
    .await;
    let gateway = tiers(&served)
        .env("OLLAMA_ENDPOINT", &near.url())
        .env("LYNKR_DIFFICULTY_EMBEDDINGS", "ollama:near")
        .env("LYNKR_DIFFICULTY_EMBEDDINGS_BELOW", "0.999")
        .start()
        .await;
    came_to(&ask(&gateway, ASK).await, ("SIMPLE", "tier_config+embeddings"));
    assert!(near.posts().iter().all(|post| post.path == "/api/embed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_where_something_else_decides() {
    let (served, near) = (served().await, saying("REASONING").await);
    let gateway = advised(&served, &near).start().await;
    gateway.post("/v1/messages", &within_an_exchange()).await.expect(200);
    came_to(&ask(&gateway, "hi").await, ("SIMPLE", "force"));
    let named =
        json!({"model": "anthropic:hard", "max_tokens": 64, "messages": [{"role": "user", "content": ASK}]});
    gateway.post("/v1/messages", &named).await.expect(200);
    let sure = advised(&served, &near).env("LYNKR_DIFFICULTY_EMBEDDINGS_BELOW", "0.25").start().await;
    came_to(&ask(&sure, ASK).await, ("MEDIUM", "tier_config"));
    assert_eq!(near.posts().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_stays_with_its_model_asks_nobody() {
    let (served, near) = (served().await, saying("MEDIUM").await);
    let gateway = advised(&served, &near).start().await;
    let turn = |role: &str, text: &str| json!({"role": role, "content": text});
    let mut turns = vec![turn("user", ASK), turn("assistant", "Done."), turn("user", ASK)];
    let send = async |turns: &[Value]| {
        let body = json!({"model": "m", "max_tokens": 64, "messages": turns});
        gateway.send(Call::json("/v1/messages", &body).header("x-session-id", "one")).await
    };
    came_to(&send(&turns).await, ("MEDIUM", "tier_config+embeddings"));
    assert_eq!(near.posts().len(), 2);
    turns.extend([turn("assistant", "Done."), turn("user", &format!("{ASK}, and its tests"))]);
    came_to(&send(&turns).await, ("MEDIUM", "tier_config+pinned"));
    assert_eq!(near.posts().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_t_be_used_is_ignored_and_rests() {
    type Bad = fn() -> Script;
    let table: [(Bad, &str); 7] = [
        (|| vectors(&[]), "no vector"),
        (|| vectors(&[json!([])]), "no vector"),
        (|| vectors(&[json!([0.5, 0.5, 0.5])]), "no vector"),
        (|| vectors(&[json!([0.5, null, 0.5, 0.5])]), "no vector"),
        // Four 32-bit floats, the first of them no number.
        (|| vectors(&[json!("AADAfwAAAD8AAAA/AAAAPw==")]), "no vector"),
        (|| Script::body(200, "text/plain", "certainly!"), "couldn't be asked"),
        (
            || {
                Script::json(
                    500,
                    &json!({"error": {"message": format!("key-of-openai is no key for: {ASK}")}}),
                )
            },
            "couldn't be asked",
        ),
    ];
    for (answer, why) in table {
        let (served, near) = (served().await, embedder(answer).await);
        let gateway = advised(&served, &near).start().await;
        came_to(&ask(&gateway, ASK).await, ("MEDIUM", "tier_config"));
        assert_eq!(near.posts().len(), 2, "{why}");
        let said = step(&gateway, "embeddings").await.unwrap();
        assert!(said.contains("failed a moment ago, not asked"), "{said}");
        assert_eq!(near.posts().len(), 2, "it rests");
        let log = gateway.log();
        assert!(!log.contains("key-of-openai") && !log.contains(ASK), "{log}");
        // A gateway of its own, so that it is asked.
        let said = step(&advised(&served, &near).start().await, "embeddings").await.unwrap();
        assert!(said.contains(why), "{why}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_doesn_t_know_the_anchors_apart_isn_t_heard() {
    let same = || vectors(&vec![json!([0.5, 0.5, 0.5, 0.5]); anchors().len()]);
    let few = || vectors(&[towards("SIMPLE")]);
    for anchored in [same as fn() -> Script, few] {
        let served = served().await;
        let near = Scripted::with(move |request| {
            if is_for_anchors(request) { anchored() } else { vectors(&[towards("REASONING")]) }
        })
        .await;
        let gateway = advised(&served, &near).start().await;
        came_to(&ask(&gateway, ASK).await, ("MEDIUM", "tier_config"));
        assert_eq!(near.posts().len(), 1, "the ask isn't sent");
        gateway.logged(|line| line.contains("no second opinion comes of these embeddings")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_hangs_holds_up_one_request_for_so_long_and_no_more() {
    let (served, gate) = (served().await, Gate::new());
    let held = gate.clone();
    let hanging = Scripted::with(move |_| Script::new().wait(&held)).await;
    let gateway =
        advised(&served, &hanging).env("LYNKR_DIFFICULTY_EMBEDDINGS_TIMEOUT_MS", "300").start().await;
    came_to(&ask(&gateway, ASK).await, ("MEDIUM", "tier_config"));
    came_to(&ask(&gateway, &format!("{ASK}, and its tests")).await, ("MEDIUM", "tier_config"));
    assert_eq!(hanging.posts().len(), 1, "it rests");
    gate.open();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_classifier_is_asked_where_embeddings_don_t_agree_with_the_scorer() {
    // What the embeddings say, what the classifier says, how often it is asked, and what comes of it.
    let table = [
        ("MEDIUM", "REASONING", 0, ("MEDIUM", "tier_config+embeddings")),
        ("COMPLEX", "MEDIUM", 1, ("MEDIUM", "tier_config+embeddings+classifier")),
        ("COMPLEX", "REASONING", 1, ("COMPLEX", "tier_config+embeddings+classifier")),
        ("NOTHING", "COMPLEX", 1, ("COMPLEX", "tier_config+classifier")),
    ];
    for (likened, classified, times, came) in table {
        let (served, judge) = (served().await, judge(classified).await);
        let near = if likened == "NOTHING" { embedder(|| vectors(&[])).await } else { saying(likened).await };
        let gateway = advised(&served, &near)
            .env("LLAMACPP_ENDPOINT", &judge.url())
            .env("LYNKR_DIFFICULTY_CLASSIFIER", "llamacpp:judge")
            .env("LYNKR_DIFFICULTY_CLASSIFIER_BELOW", "0.999")
            .start()
            .await;
        came_to(&ask(&gateway, ASK).await, came);
        assert_eq!((near.posts().len(), judge.posts().len()), (2, times), "{likened} {classified}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_callers_budget_pays_for_the_ask_and_nobodys_for_the_anchors() {
    let kept = Kept::in_a_file();
    kept.lynkr(&["budgets", "set", "team:blue", "--requests", "2"]).await;
    let key = kept.key(&["--team", "blue", "--requests-per-minute", "2"]).await;
    let (served, near) = (served().await, saying("COMPLEX").await);
    let gateway = kept.with(advised(&served, &near)).start().await;
    let call = |text: &str| {
        Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, text, false)).header("x-api-key", &key)
    };
    came_to(&gateway.send(call(ASK)).await, ("COMPLEX", "tier_config+embeddings"));
    assert_eq!(settled(&kept).await, 2, "the message and the question what it is like");
    // Neither has room, and the rate limit has counted one request.
    let refused = gateway.send(call(&format!("{ASK}, and its tests"))).await.expect(429).to_string();
    assert!(refused.contains("request_limit_exceeded"), "{refused}");
    assert_eq!((served.posts().len(), near.posts().len()), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_names_both_in_their_order() {
    let setup = |arguments: &[&str]| {
        Setup::new()
            .env("TIER_SIMPLE", "ollama:small")
            .env("LYNKR_DIFFICULTY_EMBEDDINGS", "ollama:near")
            .env("LYNKR_DIFFICULTY_EMBEDDINGS_BELOW", "0.999")
            .env("LYNKR_DIFFICULTY_CLASSIFIER", "ollama:judge")
            .env("LYNKR_DIFFICULTY_CLASSIFIER_BELOW", "0.999")
            .arguments(arguments)
    };
    let said = setup(&["route", ASK]).run().await.stdout;
    assert!(
        said.contains("a gateway asks ollama:near, then, unless that settles it, ollama:judge as well"),
        "{said}"
    );
    let said: Value = serde_json::from_str(&setup(&["route", "--json", ASK]).run().await.stdout).unwrap();
    assert_eq!(said["would_ask"], json!(["ollama:near", "ollama:judge"]));
    let told = setup(&["config", "--check"]).env("LYNKR_DIFFICULTY_EMBEDDINGS", "claude:near").run().await;
    let told = format!("{}{}", told.stdout, told.stderr);
    assert!(told.contains("names anthropic:near, which can't be asked: it makes no embeddings"), "{told}");
}
