//! What requests cost: on the record, in sums, in the log and in metrics, by list prices and by the operator's own.

use lynkr_testkit::{Dialect, Script, Upstream};
use serde_json::{Value, json};

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, PATIENCE};
use crate::keys::Kept;
use crate::scripted::{self, Scripted};

/// Usage with everything that Anthropic counts.
fn cached() -> Value {
    json!({
        "input_tokens": 100, "output_tokens": 10, "cache_read_input_tokens": 1_000, "cache_creation_input_tokens": 300,
        "cache_creation": {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 100},
    })
}

/// An upstream that answers as the model that it is asked for.
async fn upstream(dialect: Dialect, usage: Value) -> Scripted {
    Scripted::with(move |request| {
        let asked: Value = serde_json::from_slice(&request.body).expect("a request is JSON");
        let mut answer = scripted::whole(dialect, "Hello.");
        answer["usage"] = usage.clone();
        answer["model"] = asked["model"].clone();
        Script::json(200, &answer)
    })
    .await
}

/// The sums, once this many requests are on record.
async fn sums(gateway: &Gateway, requests: u64) -> Value {
    let waits = async {
        loop {
            let sums = gateway.get("/v1/usage").await.expect(200);
            if sums["total"]["requests"] == requests {
                return sums;
            }
        }
    };
    tokio::time::timeout(PATIENCE, waits).await.expect("the records are written")
}

fn asking(model: &str, stream: bool) -> Call {
    let mut body = dialects::ask(Dialect::Anthropic, "Hello.", stream);
    body["model"] = json!(model);
    Call::json("/v1/messages", &body)
}

#[track_caller]
fn costs(found: &Value, dollars: f64) {
    let cost = found.as_f64().unwrap_or_else(|| panic!("no cost: {found}"));
    assert!((cost - dollars).abs() < 1e-12, "{cost} for {dollars}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_token_has_its_price_in_a_passthrough() {
    let kept = Kept::in_a_file();
    let upstream = upstream(Dialect::Anthropic, cached()).await;
    let setup = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url()));
    let gateway = setup.env("LOG_FORMAT", "json").start().await;
    let reply = gateway.send(asking("claude-sonnet-4-5", false)).await;
    assert_eq!((reply.status, reply.header("x-lynkr-cost")), (200, Some("0.0021")));
    // Dollars for a million: 3 in, 15 out, 0.3 from the cache, 3.75 into it, 6 for an hour.
    let dollars = (100.0 * 3.0 + 10.0 * 15.0 + 1_000.0 * 0.3 + 200.0 * 3.75 + 100.0 * 6.0) / 1e6;
    let sums = sums(&gateway, 1).await;
    costs(&sums["total"]["cost_usd"], dollars);
    assert_eq!(sums["total"]["unpriced"], 0);
    assert!(sums["prices"]["date"].is_string() && sums["prices"]["source"].is_string(), "{sums}");
    let prometheus = gateway.get("/metrics/prometheus").await.text();
    let wanted =
        format!("lynkr_cost_usd_total{{provider=\"anthropic\",model=\"claude-sonnet-4-5\"}} {dollars}");
    assert!(prometheus.contains(&wanted), "{prometheus}");
    assert!(gateway.log().contains(&format!("\"cost_usd\":{dollars}")), "{}", gateway.log());
    let record = &exported(&kept).await[0];
    assert_eq!((&record["cost_nanos"], &record["price_source"]), (&json!(2_100_000), &json!("exact")));
}

/// The usage records in the store.
async fn exported(kept: &Kept) -> Vec<Value> {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("all.jsonl");
    let arguments = ["db", "export", &file.display().to_string()];
    let ended = kept.with(Setup::new().without("PORT").arguments(&arguments)).run().await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let text = std::fs::read_to_string(&file).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["table"] == "usage").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_translated_request_costs_what_the_served_model_does_streamed_or_not() {
    let kept = Kept::in_a_file();
    let mut frames = scripted::stream(Dialect::Chat, "Hello.");
    let usage = json!({"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10});
    let chunk = json!({"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "created": 1_767_225_600, "model": "gpt-4o", "choices": [], "usage": usage});
    frames.insert(frames.len() - 1, format!("data: {chunk}\n\n"));
    let whole = scripted::whole(Dialect::Chat, "Hello.");
    let upstream = Scripted::with(move |request| {
        let streams = String::from_utf8_lossy(&request.body).contains("\"stream\":true");
        if streams { Script::sse(frames.clone()) } else { Script::json(200, &whole) }
    })
    .await;
    let setup = kept.with(Setup::upstream(Dialect::Chat, &upstream.url()));
    let gateway = setup.env("OPENAI_MODEL", "gpt-4o").start().await;
    // The client asks for another vendor's model; what is paid for is the one that answers.
    let reply = gateway.send(asking("claude-opus-4-5", false)).await;
    assert_eq!((reply.status, reply.header("x-lynkr-cost")), (200, Some("0.0000475")));
    let one = sums(&gateway, 1).await["total"]["cost_usd"].as_f64();
    let stream = gateway.send(asking("claude-opus-4-5", true)).await;
    assert_eq!(stream.header("x-lynkr-cost"), None, "its head went out before");
    let both = sums(&gateway, 2).await;
    // 7 tokens in at 2.5, 3 out at 10 dollars for a million.
    let dollars = (7.0 * 2.5 + 3.0 * 10.0) / 1e6;
    costs(&json!(one), dollars);
    costs(&both["total"]["cost_usd"], 2.0 * dollars);
    assert_eq!(both["models"][0]["model"], "gpt-4o", "{both}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_price_is_null_and_counted_apart() {
    let kept = Kept::in_a_file();
    let upstream = upstream(Dialect::Anthropic, cached()).await;
    let gateway = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url())).start().await;
    let reply = gateway.send(asking("claude-unheard-of", false)).await;
    assert_eq!((reply.status, reply.header("x-lynkr-cost")), (200, None), "not known is not nothing");
    let sums_of_one = sums(&gateway, 1).await;
    assert_eq!(sums_of_one["total"]["cost_usd"], Value::Null, "{sums_of_one}");
    assert_eq!(sums_of_one["total"]["unpriced"], 1);
    gateway.send(asking("claude-sonnet-4-5", false)).await.expect(200);
    let sums_of_both = sums(&gateway, 2).await;
    costs(&sums_of_both["total"]["cost_usd"], 0.0021);
    assert_eq!(sums_of_both["total"]["unpriced"], 1);
    let prometheus = gateway.get("/metrics/prometheus").await.text();
    assert!(!prometheus.contains("lynkr_cost_usd_total{provider=\"anthropic\",model=\"claude-unheard-of\"}"));
    let record =
        exported(&kept).await.into_iter().find(|record| record["model"] == "claude-unheard-of").unwrap();
    assert_eq!((&record["cost_nanos"], &record["price_source"]), (&Value::Null, &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_here_and_what_was_refused_cost_nothing() {
    let kept = Kept::in_a_file();
    let gateway = kept.with(Setup::builtin()).start().await;
    gateway.send(asking("anything", false)).await.expect(200);
    let local = sums(&gateway, 1).await;
    costs(&local["total"]["cost_usd"], 0.0);
    assert_eq!(local["total"]["unpriced"], 0);
    drop(gateway);
    let error = json!({"type": "error", "error": {"type": "invalid_request_error", "message": "no"}});
    let upstream = Scripted::with(move |_| Script::json(400, &error)).await;
    let gateway = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url())).start().await;
    gateway.send(asking("claude-unheard-of", false)).await.expect(400);
    assert_eq!(sums(&gateway, 2).await["total"]["unpriced"], 0);
    let records = exported(&kept).await;
    let sources: Vec<&Value> = records.iter().map(|record| &record["price_source"]).collect();
    assert_eq!(sources, [&json!("local"), &json!("unanswered")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_prices_go_first() {
    let kept = Kept::in_a_file();
    let upstream = upstream(Dialect::Anthropic, cached()).await;
    let prices = json!({"anthropic:claude-sonnet-4-5": {
        "input": 10, "output": 20, "cache_read": 1, "cache_write": 2, "cache_write_1h": 4,
        "above": {"1000": {"input": 20}},
    }});
    let setup = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url()));
    let gateway = setup.env("MODEL_PRICE_OVERRIDES", &prices.to_string()).start().await;
    gateway.send(asking("claude-sonnet-4-5", false)).await.expect(200);
    // 1,400 tokens in are above the threshold: what it doesn't name rises with the input's price, but not the output.
    let dollars = (100.0 * 20.0 + 10.0 * 20.0 + 1_000.0 * 2.0 + 200.0 * 4.0 + 100.0 * 8.0) / 1e6;
    costs(&sums(&gateway, 1).await["total"]["cost_usd"], dollars);
    drop(gateway);
    let wrong = r#"{"claude-sonnet-4-5": {"input": 3, "output": 15, "cached": 1}}"#;
    let ended = Setup::builtin().env("MODEL_PRICE_OVERRIDES", wrong).run().await;
    assert_ne!(ended.code, Some(0));
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(said.contains("MODEL_PRICE_OVERRIDES") && said.contains("there is no `cached`"), "{said}");
}

/// A list with one price that no other has.
fn list(dollars: f64) -> Value {
    let price = |dollars: f64| {
        json!({
            "mode": "chat", "litellm_provider": "anthropic",
            "input_cost_per_token": dollars / 1e6, "output_cost_per_token": dollars / 1e6,
            "cache_read_input_token_cost": 0.0, "cache_creation_input_token_cost": 0.0,
        })
    };
    let others = (0..150).map(|number| (format!("other-{number}"), price(1.0)));
    Value::Object(others.chain([("claude-brand-new".to_owned(), price(dollars))]).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn newer_prices_are_fetched_where_that_is_wanted_and_outlive_a_failure() {
    let kept = Kept::in_a_file();
    let state = tempfile::TempDir::new().unwrap();
    let model = upstream(Dialect::Anthropic, cached()).await;
    let setup = |url: &str| {
        let setup = kept.with(Setup::upstream(Dialect::Anthropic, &model.url()));
        let folder = state.path().display().to_string();
        setup.env("LYNKR_STATE_DIR", &folder).env("LYNKR_PRICES_URL", &format!("{url}/list.json"))
    };
    let good = Upstream::with(|_| Script::json(200, &list(50.0))).await.unwrap();
    // Nothing is asked for it unless it is switched on.
    let gateway = setup(&good.url()).start().await;
    gateway.send(asking("claude-brand-new", false)).await.expect(200);
    assert_eq!(sums(&gateway, 1).await["total"]["unpriced"], 1);
    assert!(good.requests().is_empty());
    drop(gateway);
    // A list that is none leaves everything as it was, and is said.
    let bad = Upstream::with(|_| Script::body(200, "text/html", "<html>")).await.unwrap();
    let gateway = setup(&bad.url()).env("LYNKR_PRICES_REFRESH", "true").start().await;
    said(&gateway, "newer prices can't be had").await;
    assert!(!state.path().join("prices.tsv").exists());
    drop(gateway);
    let gateway = setup(&good.url()).env("LYNKR_PRICES_REFRESH", "true").start().await;
    said(&gateway, "newer prices are in effect").await;
    gateway.send(asking("claude-brand-new", false)).await.expect(200);
    costs(&sums(&gateway, 2).await["total"]["cost_usd"], 110.0 * 50.0 / 1e6);
    drop(gateway);
    // The next start has it without asking anybody.
    let asked = good.requests().len();
    let gateway = setup(&good.url()).env("LYNKR_PRICES_REFRESH", "true").start().await;
    gateway.send(asking("claude-brand-new", false)).await.expect(200);
    costs(&sums(&gateway, 3).await["total"]["cost_usd"], 2.0 * 110.0 * 50.0 / 1e6);
    assert_eq!(good.requests().len(), asked);
}

/// Waits until the log says so.
async fn said(gateway: &Gateway, words: &str) {
    let waits = async {
        while !gateway.log().contains(words) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waits).await;
    assert!(waited.is_ok(), "{words}: {}", gateway.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_says_nothing_about_prices_from_elsewhere() {
    let setup = Setup::builtin().project_file(".env", "LYNKR_PRICES_REFRESH=true\n");
    let ended = setup.run().await;
    assert_ne!(ended.code, Some(0));
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(said.contains("LYNKR_PRICES_REFRESH"), "{said}");
}
