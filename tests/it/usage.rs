//! What was used, as the command and the endpoint tell it: by window, tier, provider and model, beside a flagship.

use lynkr_testkit::{Dialect, Script};
use serde_json::{Value, json};

use crate::dialects;
use crate::gateway::{Finished, Gateway, Setup};
use crate::http::{Call, PATIENCE};
use crate::keys::Kept;
use crate::scripted::{self, Scripted};

/// An upstream whose answers cost a known amount.
pub(crate) async fn metered() -> Scripted {
    Scripted::with(|request| {
        let asked: Value = serde_json::from_slice(&request.body).expect("a request is JSON");
        let mut answer = scripted::whole(Dialect::Anthropic, "Hello.");
        answer["usage"] =
            json!({"input_tokens": 1_000, "output_tokens": 100, "cache_read_input_tokens": 4_000});
        answer["model"] = asked["model"].clone();
        Script::json(200, &answer)
    })
    .await
}

pub(crate) fn asking(model: &str, session: &str) -> Call {
    let mut body = dialects::ask(Dialect::Anthropic, "Hello.", false);
    body["model"] = json!(model);
    Call::json("/v1/messages", &body).header("x-session-id", session)
}

/// The endpoint's answer, once so many requests are on record.
pub(crate) async fn on_record(gateway: &Gateway, target: &str, requests: u64) -> Value {
    let waits = async {
        loop {
            let usage = gateway.get(target).await.expect(200);
            if usage["totals"]["requests"] == requests {
                return usage;
            }
        }
    };
    tokio::time::timeout(PATIENCE, waits).await.expect("the records are written")
}

async fn run(kept: &Kept, arguments: &[&str]) -> Finished {
    kept.with(Setup::new().without("PORT").arguments(arguments)).run().await
}

#[track_caller]
fn near(found: &Value, dollars: f64) {
    let cost = found.as_f64().unwrap_or_else(|| panic!("no cost: {found}"));
    assert!((cost - dollars).abs() < 1e-12, "{cost} for {dollars}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_and_the_endpoint_tell_the_same() {
    let kept = Kept::in_a_file();
    let upstream = metered().await;
    let gateway = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url())).start().await;
    gateway.send(asking("claude-haiku-4-5", "s1")).await.expect(200);
    gateway.send(asking("claude-haiku-4-5", "s1")).await.expect(200);
    gateway.send(asking("claude-sonnet-4-5", "s2")).await.expect(200);
    let usage = on_record(&gateway, "/v1/usage", 3).await;
    // Dollars for a million: Haiku 1, 5 and 0.1; Sonnet three times as much.
    let haiku = (1_000.0 + 100.0 * 5.0 + 4_000.0 * 0.1) / 1e6;
    near(&usage["totals"]["actualCost"], haiku * 5.0);
    near(&usage["totals"]["flagshipCost"], haiku * 9.0);
    near(&usage["totals"]["saved"], haiku * 4.0);
    assert_eq!(usage["totals"]["savedPercent"], 44.4);
    assert_eq!(usage["totals"]["totalTokens"], 3 * 5_100);
    assert_eq!(usage["totals"]["cacheReadPct"], 80.0);
    assert_eq!((&usage["window"], &usage["days"]), (&json!("30d"), &json!(30)));
    assert_eq!(usage["flagship"], "claude-sonnet-4-5-20250929");
    assert_eq!(usage["byTier"][0]["name"], Value::Null);
    assert_eq!(usage["byProvider"][0]["name"], "anthropic");
    let sonnet =
        usage["byModel"].as_array().unwrap().iter().find(|row| row["name"] == "claude-sonnet-4-5").unwrap();
    near(&sonnet["saved"], 0.0);

    let printed = run(&kept, &["usage", "--json"]).await;
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    let printed: Value = serde_json::from_str(&printed.stdout).unwrap();
    for part in ["totals", "byTier", "byProvider", "byModel", "window", "flagship", "prices"] {
        assert_eq!(printed[part], usage[part], "{part}");
    }
    let csv = gateway.get("/v1/usage?format=csv").await;
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(run(&kept, &["usage", "--csv"]).await.stdout, csv.text());
    let table = run(&kept, &["usage", "--days", "7"]).await.stdout;
    for part in [
        "the last 7 days",
        "3 requests",
        "15,300 tokens",
        "saved 44.4 %",
        "BY TIER",
        "BY PROVIDER",
        "claude-haiku-4-5",
    ] {
        assert!(table.contains(part), "{part} isn't in\n{table}");
    }
    assert!(!table.contains('\x1b'), "{table}");
    let card = run(&kept, &["stats"]).await.stdout;
    assert!(card.lines().all(|line| line.chars().count() == 46), "{card}");
    let one = run(&kept, &["usage", "--model", "claude-sonnet-4-5", "--json"]).await.stdout;
    assert_eq!(serde_json::from_str::<Value>(&one).unwrap()["totals"]["requests"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_and_flagships_are_chosen_and_refused() {
    let kept = Kept::in_a_file();
    let upstream = metered().await;
    let gateway = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url())).start().await;
    gateway.send(asking("claude-haiku-4-5", "s1")).await.expect(200);
    on_record(&gateway, "/v1/usage?window=all", 1).await;
    let nobody = gateway.get("/v1/usage?flagship=nobody-sells-this").await.expect(200);
    assert_eq!((&nobody["totals"]["flagshipCost"], &nobody["totals"]["saved"]), (&Value::Null, &Value::Null));
    assert_eq!(nobody["flagshipPriced"], false);
    let later = gateway.get("/v1/usage?since=2100-01-01").await.expect(200);
    assert_eq!(later["totals"]["requests"], 0);
    assert_eq!(later["totals"]["savedPercent"], Value::Null);
    for wrong in ["window=soon", "days=0", "since=yesterday", "since=5&until=4", "status=bad"] {
        let refused = gateway.get(&format!("/v1/usage?{wrong}")).await.expect(400);
        let name = wrong.split('=').next().unwrap();
        let message = refused["message"].as_str().unwrap();
        assert!(message.starts_with(name) || message.starts_with("until"), "{refused}");
    }
    let wrong = run(&kept, &["usage", "--window", "soon"]).await;
    assert_eq!((wrong.code, wrong.stdout.as_str()), (Some(2), ""), "{}", wrong.stderr);
    assert!(wrong.stderr.starts_with("--window"), "{}", wrong.stderr);
    let tokens = gateway.get("/api/sessions/s1/tokens").await.expect(200);
    assert_eq!((&tokens["turns"][0]["turn"], &tokens["turns"][0]["totalTokens"]), (&json!(1), &json!(5_100)));
    assert_eq!(gateway.get("/api/sessions/nobody/tokens").await.expect(404)["error"], "not_found");
    let stats = gateway.get("/api/tokens/stats").await.expect(200);
    assert_eq!((&stats["sessions"], &stats["totals"]["requests"]), (&json!(1), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_without_a_price_costs_nobody_knows_what() {
    let kept = Kept::in_a_file();
    let upstream = metered().await;
    let gateway = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url())).start().await;
    gateway.send(asking("claude-of-nobody-99", "s1")).await.expect(200);
    let usage = on_record(&gateway, "/v1/usage", 1).await;
    assert_eq!((&usage["totals"]["actualCost"], &usage["totals"]["unpriced"]), (&Value::Null, &json!(1)));
    assert_eq!(usage["totals"]["saved"], Value::Null);
    let table = run(&kept, &["usage"]).await.stdout;
    assert!(table.contains("Without a known price, and in no cost: 1 requests."), "{table}");
    let found = gateway.get("/dashboard/api/recommendations").await.expect(200);
    let unpriced = found["recommendations"].as_array().unwrap().iter().find(|own| own["id"] == "unpriced");
    assert_eq!(unpriced.unwrap()["evidence"][0]["value"], 1, "{found}");
}
