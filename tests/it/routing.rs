//! Tiers: which model of which provider answers, what sticks, what follows a failure, and what the headers tell.

use lynkr_testkit::{Dialect, Script};
use serde_json::{Value, json};

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, Reply};
use crate::scripted::{self, Scripted};

const PROOF: &str = "Prove that every greedy schedule of this queue terminates, step by step and rigorously.";

/// A provider that answers everything, streamed or not.
async fn answering(dialect: Dialect, text: &'static str) -> Scripted {
    Scripted::with(move |request| {
        if request.json()["stream"] == true {
            Script::sse(scripted::stream(dialect, text))
        } else {
            Script::json(200, &scripted::whole(dialect, text))
        }
    })
    .await
}

/// A provider that is down.
async fn failing(status: u16) -> Scripted {
    Scripted::with(move |_| {
        Script::json(status, &json!({"error": {"message": "down", "type": "server_error"}}))
    })
    .await
}

/// Simple work to a model of OpenAI's, hard work to one of Anthropic's.
fn tiers(small: &Scripted, strong: &Scripted) -> Setup {
    Setup::upstream(Dialect::Anthropic, &strong.url())
        .env("OPENAI_ENDPOINT", &format!("{}/v1/chat/completions", small.url()))
        .env("OPENAI_API_KEY", "key-of-openai")
        .env("TIER_SIMPLE", "openai:small-one,openai:small-two")
        .env("TIER_REASONING", "claude:strong-one")
        .env("API_RETRY_MAX_RETRIES", "0")
}

async fn ask(gateway: &Gateway, text: &str) -> Reply {
    gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, text, false)).await
}

fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply.header(name).unwrap_or("")
}

#[tokio::test(flavor = "multi_thread")]
async fn easy_and_hard_work_go_to_their_own_models_and_the_headers_say_so() {
    let (small, strong) =
        (answering(Dialect::Chat, "Easy.").await, answering(Dialect::Anthropic, "Hard.").await);
    let gateway = tiers(&small, &strong).start().await;
    let easy = ask(&gateway, "hi").await;
    assert_eq!(easy.expect(200)["content"][0]["text"], "Easy.");
    assert_eq!(header(&easy, "x-lynkr-tier"), "SIMPLE");
    assert_eq!(header(&easy, "x-lynkr-provider"), "openai");
    assert_eq!(header(&easy, "x-lynkr-model"), "small-one");
    assert_eq!(header(&easy, "x-lynkr-routing-method"), "force");
    let hard = ask(&gateway, PROOF).await;
    assert_eq!(hard.expect(200)["content"][0]["text"], "Hard.");
    assert_eq!(header(&hard, "x-lynkr-tier"), "REASONING");
    assert_eq!(header(&hard, "x-lynkr-provider"), "anthropic", "an alias is the provider's name");
    assert_eq!(header(&hard, "x-lynkr-complexity-score"), "100");
    assert!(
        header(&hard, "x-lynkr-receipt").contains("->strong-one(tier)"),
        "{}",
        header(&hard, "x-lynkr-receipt")
    );
    assert_eq!(small.posts().len(), 1);
    assert_eq!(strong.posts()[0].json()["model"], "strong-one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_streamed_answer_has_the_same_headers() {
    let (small, strong) =
        (answering(Dialect::Chat, "Easy.").await, answering(Dialect::Anthropic, "Hard.").await);
    let gateway = tiers(&small, &strong).start().await;
    let streamed = gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, PROOF, true)).await;
    assert!(streamed.text().contains("Hard."), "{}", streamed.text());
    for (name, value) in [
        ("x-lynkr-tier", "REASONING"),
        ("x-lynkr-model", "strong-one"),
        ("x-lynkr-fallback", "false"),
        ("x-lynkr-served-tier", "REASONING"),
        ("x-lynkr-agentic", "SINGLE_SHOT"),
    ] {
        assert_eq!(header(&streamed, name), value, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_the_client_names_with_its_provider_is_asked() {
    let (small, strong) =
        (answering(Dialect::Chat, "Easy.").await, answering(Dialect::Anthropic, "Hard.").await);
    let gateway = tiers(&small, &strong).start().await;
    let mut body = dialects::ask(Dialect::Anthropic, "hi", false);
    body["model"] = "anthropic:chosen".into();
    let reply = gateway.post("/v1/messages", &body).await;
    assert_eq!(reply.expect(200)["content"][0]["text"], "Hard.");
    assert_eq!(header(&reply, "x-lynkr-routing-method"), "static");
    assert_eq!(header(&reply, "x-lynkr-routing-reason"), "named_by_client");
    assert_eq!(reply.header("x-lynkr-tier"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failure_the_tiers_next_model_then_the_harder_tier() {
    let (down, strong) = (failing(503).await, answering(Dialect::Anthropic, "Hard.").await);
    let gateway = tiers(&down, &strong).start().await;
    let reply = ask(&gateway, "hi").await;
    assert_eq!(reply.expect(200)["content"][0]["text"], "Hard.");
    let asked: Vec<Value> = down.posts().iter().map(|post| post.json()["model"].clone()).collect();
    assert_eq!(asked, ["small-one", "small-two"]);
    for (name, value) in [
        ("x-lynkr-tier", "SIMPLE"),
        ("x-lynkr-served-tier", "REASONING"),
        ("x-lynkr-fallback", "true"),
        ("x-lynkr-fallback-from-tier", "SIMPLE"),
        ("x-lynkr-fallback-direction", "up"),
        ("x-lynkr-model", "strong-one"),
    ] {
        assert_eq!(header(&reply, name), value, "{name}");
    }
    // One request, whatever it took.
    let usage = gateway.get("/metrics/observability").await.expect(200);
    assert_eq!(usage["requests"]["total"], 1, "{usage}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_request_goes_nowhere_else() {
    let (small, strong) = (failing(400).await, answering(Dialect::Anthropic, "Hard.").await);
    let gateway = tiers(&small, &strong).start().await;
    let reply = ask(&gateway, "hi").await;
    assert_eq!(reply.status, 400);
    assert_eq!(header(&reply, "x-lynkr-tier"), "SIMPLE", "errors tell as well");
    assert_eq!((small.posts().len(), strong.posts().len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_stays_with_its_model_until_something_harder_comes() {
    let (small, strong) =
        (answering(Dialect::Chat, "Easy.").await, answering(Dialect::Anthropic, "Hard.").await);
    let gateway = tiers(&small, &strong).start().await;
    let turn = |role: &str, text: &str| json!({"role": role, "content": text});
    let mut turns = vec![turn("user", PROOF), turn("assistant", "Done."), turn("user", PROOF)];
    let send = async |turns: &[Value]| {
        let body = json!({"model": "claude-x", "max_tokens": 100, "messages": turns});
        gateway.send(Call::json("/v1/messages", &body).header("x-session-id", "one")).await
    };
    assert_eq!(header(&send(&turns).await, "x-lynkr-tier"), "REASONING");
    for _ in 0..6 {
        turns.push(turn("assistant", "Done."));
        turns.push(turn("user", "hi"));
    }
    // Six greetings later the proof is out of the window, but the session is still the strong model's.
    let reply = send(&turns).await;
    assert_eq!(header(&reply, "x-lynkr-model"), "strong-one");
    assert!(
        header(&reply, "x-lynkr-routing-method").ends_with("+pinned"),
        "{}",
        header(&reply, "x-lynkr-routing-method")
    );
    // Another session begins anew.
    let body = json!({"model": "claude-x", "max_tokens": 100, "messages": turns});
    let other = gateway.send(Call::json("/v1/messages", &body).header("x-session-id", "two")).await;
    assert_eq!(header(&other, "x-lynkr-model"), "small-one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tier_that_names_no_provider_is_refused_at_the_start() {
    let wrong = Setup::new().env("TIER_SIMPLE", "small-one").run().await;
    assert_ne!(wrong.code, Some(0));
    assert!(
        wrong.stderr.contains("TIER_SIMPLE") && wrong.stderr.contains("MODEL_PROVIDER"),
        "{}",
        wrong.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_start_shows_the_ladder_and_what_is_missing_from_it() {
    let strong = answering(Dialect::Anthropic, "Hard.").await;
    let gateway = Setup::upstream(Dialect::Anthropic, &strong.url())
        .env("TIER_SIMPLE", "zai:glm-5,anthropic:small")
        .env("TIER_COMPLEX", "anthropic:strong")
        .start()
        .await;
    let log = gateway.log();
    assert!(log.contains("tier      SIMPLE    zai:glm-5, anthropic:small"), "{log}");
    assert!(log.contains("tier      REASONING anthropic:strong (of COMPLEX)"), "{log}");
    assert!(log.contains("TIER_SIMPLE: names zai:glm-5; without ZAI_API_KEY"), "{log}");
    assert!(log.contains("TIER_MEDIUM") && log.contains("neighbouring tier"), "{log}");
    // What can't be asked is passed over.
    let reply = ask(&gateway, "hi").await;
    assert_eq!((header(&reply, "x-lynkr-model"), header(&reply, "x-lynkr-fallback")), ("small", "false"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_tiers_one_provider_answers_and_says_so() {
    let strong = answering(Dialect::Anthropic, "Hard.").await;
    let gateway = Setup::upstream(Dialect::Anthropic, &strong.url()).start().await;
    let reply = ask(&gateway, "hi").await;
    assert_eq!(header(&reply, "x-lynkr-routing-method"), "static");
    assert_eq!(header(&reply, "x-lynkr-routing-reason"), "tier_routing_disabled");
    assert_eq!(header(&reply, "x-lynkr-provider"), "anthropic");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_older_mode_routes_by_the_number_of_tools() {
    let ollama = answering(Dialect::Ollama, "Local.").await;
    let (middle, many) =
        (answering(Dialect::Chat, "Middle.").await, answering(Dialect::Anthropic, "Many.").await);
    let gateway = Setup::upstream(Dialect::Ollama, &ollama.url())
        .env("OLLAMA_MODEL", "qwen2.5:7b")
        .env("PREFER_OLLAMA", "true")
        .env("OPENAI_ENDPOINT", &format!("{}/v1/chat/completions", middle.url()))
        .env("OPENAI_API_KEY", "key-of-openai")
        .env("ANTHROPIC_ENDPOINT", &many.url())
        .env("ANTHROPIC_API_KEY", "key-of-anthropic")
        .env("FALLBACK_PROVIDER", "anthropic")
        .start()
        .await;
    for (count, text) in [(0, "Local."), (2, "Local."), (3, "Middle."), (15, "Middle."), (16, "Many.")] {
        let tools: Vec<Value> = (0..count)
            .map(|number| json!({"name": format!("tool_{number}"), "input_schema": {"type": "object"}}))
            .collect();
        let mut body = dialects::ask(Dialect::Anthropic, "hi", false);
        body["tools"] = tools.into();
        let reply = gateway.post("/v1/messages", &body).await;
        assert_eq!(reply.expect(200)["content"][0]["text"], text, "{count} tools");
        assert_eq!(header(&reply, "x-lynkr-routing-method"), "legacy");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_can_be_asked_for_without_asking_a_model() {
    let (small, strong) =
        (answering(Dialect::Chat, "Easy.").await, answering(Dialect::Anthropic, "Hard.").await);
    let gateway = tiers(&small, &strong).start().await;
    let body = json!({"messages": [{"role": "user", "content": PROOF}]});
    let said = gateway.post("/routing/analyze?mode=weighted", &body).await.expect(200);
    assert_eq!((&said["tier"], &said["model"]), (&json!("REASONING"), &json!("strong-one")), "{said}");
    assert_eq!(said["weighted"]["dimensions"].as_array().map(Vec::len), Some(13));
    let steps: Vec<&str> =
        said["steps"].as_array().unwrap().iter().filter_map(|step| step["signal"].as_str()).collect();
    assert!(steps.contains(&"score") && steps.contains(&"force") && steps.contains(&"agentic"), "{steps:?}");
    let short = gateway.post("/routing/analyze", &json!({"prompt": "hi"})).await.expect(200);
    assert_eq!((&short["tier"], &short["enabled"]), (&json!("SIMPLE"), &json!(true)), "{short}");
    assert_eq!((small.posts().len(), strong.posts().len()), (0, 0));
    let tiers = gateway.get("/routing/tiers").await.expect(200);
    assert_eq!(tiers["tiers"][1]["borrowed_from"], "REASONING", "{tiers}");
    assert_eq!(tiers["tiers"][0]["models"], json!(["openai:small-one", "openai:small-two"]));
    let models = gateway.get("/routing/models").await.expect(200);
    assert_eq!(models["models"][0]["input"], Value::Null, "nobody knows what it costs: {models}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_decides_alike() {
    let setup = |arguments: &[&str]| {
        let setup = Setup::new().env("TIER_SIMPLE", "ollama:small");
        setup.env("TIER_COMPLEX", "openai:large").arguments(arguments)
    };
    let prompt = |words: &str| setup(&["route", "--json", words]);
    let said: Value = serde_json::from_str(&prompt("hi").run().await.stdout).unwrap();
    assert_eq!((&said["tier"], &said["model"]), (&json!("SIMPLE"), &json!("small")), "{said}");
    let said: Value = serde_json::from_str(&prompt(PROOF).run().await.stdout).unwrap();
    assert_eq!((&said["tier"], &said["model"]), (&json!("REASONING"), &json!("large")), "{said}");
    let said = setup(&["route", "hi"]).run().await.stdout;
    assert!(said.starts_with("SIMPLE (score 0, force: hi)\n"), "the method is said once: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_kept_with_what_came_of_them() {
    let (down, strong) = (failing(503).await, answering(Dialect::Anthropic, "Hard.").await);
    let gateway = tiers(&down, &strong).start().await;
    ask(&gateway, "hi").await.expect(200);
    gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, PROOF, true)).await;
    let told = async || gateway.get("/v1/routing/telemetry").await.expect(200)["decisions"].clone();
    let mut kept = told().await;
    // The store's writer is at most one flush behind.
    for _ in 0..100 {
        if kept.as_array().is_some_and(|all| all.len() == 2) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        kept = told().await;
    }
    assert_eq!((&kept[0]["tier"], &kept[0]["stream"]), (&json!("REASONING"), &json!(true)), "{kept}");
    assert_eq!(
        (&kept[1]["tier"], &kept[1]["served_tier"]),
        (&json!("SIMPLE"), &json!("REASONING")),
        "{kept}"
    );
    assert_eq!((&kept[1]["fallback"], &kept[1]["model"]), (&json!(true), &json!("strong-one")));
    assert_eq!(kept[1]["attempts"], 3, "two that failed and the one that answered");
    let stats = gateway.get("/routing/stats").await.expect(200);
    assert_eq!(
        (&stats["tiers"][0]["tier"], &stats["tiers"][0]["requests"]),
        (&json!("REASONING"), &json!(2)),
        "{stats}"
    );
}

/// A request that goes on to another model is one request to the caller's limit.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_goes_on_counts_once() {
    let (down, strong) = (failing(503).await, answering(Dialect::Anthropic, "Hard.").await);
    let gateway =
        tiers(&down, &strong).env("RATE_LIMIT_ENABLED", "true").env("RATE_LIMIT_MAX", "2").start().await;
    assert_eq!(ask(&gateway, "hi").await.status, 200);
    assert_eq!(ask(&gateway, "hi").await.status, 200);
    assert_eq!(ask(&gateway, "hi").await.status, 429);
}
