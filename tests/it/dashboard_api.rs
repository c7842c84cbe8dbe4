//! What the dashboard and the status line read, from the shipped binary.

use lynkr_testkit::Dialect;
use serde_json::{Value, json};

use crate::gateway::{Gateway, Setup};
use crate::http::{Call, Incoming};
use crate::keys::Kept;
use crate::usage::{asking, metered, on_record};

async fn events(gateway: &Gateway) -> Incoming {
    let mut stream = gateway.open(Call::get("/dashboard/api/events")).await;
    assert_eq!(stream.status, 200);
    assert_eq!(stream.header("content-type"), Some("text/event-stream"));
    let hello = stream.until("event: hello").await;
    if !hello.contains("\n\n") {
        stream.until("\n\n").await;
    }
    stream
}

/// The data of an event.
fn data(text: &str) -> Value {
    let line = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or_else(|| panic!("{text}"));
    serde_json::from_str(line).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_told_live_and_found_again_with_its_receipt() {
    let kept = Kept::in_a_file();
    let upstream = metered().await;
    let setup = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url()));
    let gateway = setup.env("LYNKR_MODEL_ALIASES", "fast=claude-haiku-4-5").start().await;
    let mut live = events(&gateway).await;
    gateway.send(asking("fast", "s1")).await.expect(200);
    let told = live.until("\n\n").await;
    let told = if told.contains("event: request") && told.ends_with("\n\n") {
        told
    } else {
        told + &live.until("\n\n").await
    };
    assert!(told.contains("event: request"), "{told}");
    let told = data(&told[told.find("event: request").unwrap()..]);
    assert_eq!((&told["model"], &told["asked"]), (&json!("claude-haiku-4-5"), &json!("fast")));
    assert_eq!(told["receipt"], json!(["model=fast->claude-haiku-4-5(alias)"]));
    assert!(told["timings"]["totalMs"].is_u64() && told["costUsd"].is_f64(), "{told}");

    on_record(&gateway, "/dashboard/api/usage", 1).await;
    let listed = gateway.get("/dashboard/api/logs").await.expect(200);
    assert_eq!((&listed["requests"][0], &listed["next"]), (&told, &Value::Null));
    let id = told["id"].as_str().unwrap();
    let one = gateway.get(&format!("/dashboard/api/logs/{id}")).await.expect(200);
    assert_eq!(one["request"], told);
    assert_eq!(gateway.get("/dashboard/api/logs/nobody").await.expect(404)["error"], "not_found");
    for (query, found) in [
        ("q=FAST", 1),
        ("q=slow", 0),
        ("status=ok", 1),
        ("status=error", 0),
        ("tier=none", 1),
        ("session=s1", 1),
    ] {
        let listed = gateway.get(&format!("/dashboard/api/logs?{query}")).await.expect(200);
        assert_eq!(listed["requests"].as_array().map(Vec::len), Some(found), "{query}");
    }
    for wrong in ["limit=0", "limit=501", "cursor=x", "status=x"] {
        gateway.get(&format!("/dashboard/api/logs?{wrong}")).await.expect(400);
    }
    // A listener doesn't keep the process from ending, and is told.
    gateway.signal("TERM");
    let rest = live.finish().await.text();
    assert!(rest.contains("event: bye\ndata: {\"reason\":\"shutdown\"}"), "{rest}");
    assert_eq!(gateway.ended().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_has_its_figures() {
    let kept = Kept::in_a_file();
    let upstream = metered().await;
    let setup = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url()));
    let gateway = setup.start().await;
    for session in ["s1", "s1", "s2"] {
        gateway.send(asking("claude-haiku-4-5", session)).await.expect(200);
    }
    let usage = on_record(&gateway, "/dashboard/api/usage", 3).await;
    assert_eq!(usage["byDay"].as_array().map(Vec::len), Some(8), "a week touches eight days");
    assert_eq!(usage["bySession"][0]["name"], "s1");
    assert_eq!(usage["byKey"][0]["name"], Value::Null);

    let overview = gateway.get("/dashboard/api/overview").await.expect(200);
    assert_eq!((&overview["totals"]["requests"], &overview["today"]["requests"]), (&json!(3), &json!(3)));
    assert_eq!(overview["sessions"]["active24h"], 2);
    assert_eq!((&overview["providers"]["healthy"], &overview["store"]["dropped"]), (&json!(1), &json!(0)));
    assert!(overview["latency"]["p95Ms"].is_u64(), "{overview}");

    let sessions = gateway.get("/dashboard/api/sessions").await.expect(200);
    assert_eq!(
        (&sessions["sessions"][0]["id"], &sessions["sessions"][1]["requests"]),
        (&json!("s2"), &json!(2))
    );
    assert_eq!(sessions["sessions"][1]["models"], json!(["claude-haiku-4-5"]));
    let first = gateway.get("/dashboard/api/sessions?limit=1").await.expect(200);
    let next = format!("/dashboard/api/sessions?limit=1&cursor={}", first["next"].as_str().unwrap());
    assert_eq!(gateway.get(&next).await.expect(200)["sessions"][0]["id"], "s1");
    let session = gateway.get("/dashboard/api/sessions/s1?limit=1").await.expect(200);
    assert_eq!(session["calls"].as_array().map(Vec::len), Some(1));
    assert!(session["next"].is_string() && session["session"]["requests"] == 2, "{session}");
    assert_eq!(session["byModel"][0]["provider"], "anthropic");
    gateway.get("/dashboard/api/sessions/nobody").await.expect(404);

    let cache = gateway.get("/dashboard/api/cache").await.expect(200);
    // 4,000 tokens each, at 0.9 dollars less for a million.
    let saved = cache["totals"]["netSavedUsd"].as_f64().unwrap();
    assert!((saved - 3.0 * 4_000.0 * 0.9 / 1e6).abs() < 1e-12, "{cache}");
    let explored =
        gateway.get("/dashboard/api/analytics?metric=requests&by=model&stack=session").await.expect(200);
    assert_eq!(explored["buckets"], json!(["claude-haiku-4-5"]));
    assert_eq!(explored["series"], json!([{"name": "s1", "values": [2.0]}, {"name": "s2", "values": [1.0]}]));
    let csv = gateway.get("/dashboard/api/analytics?metric=requests&by=provider&format=csv").await.text();
    assert_eq!(csv, "bucket,series,value\nanthropic,requests,3\n");
    gateway.get("/dashboard/api/analytics?metric=happiness").await.expect(400);

    let providers = gateway.get("/dashboard/api/providers").await.expect(200);
    assert_eq!(providers["providers"][0]["health"]["successes"], 3, "{providers}");
    assert_eq!(providers["providers"][0]["usage"]["requests"], 3);
    let routing = gateway.get("/dashboard/api/routing").await.expect(200);
    assert_eq!((&routing["enabled"], &routing["tiers"]), (&json!(false), &Value::Null));
    assert_eq!((&routing["mix"][0]["requests"], &routing["accuracy"]), (&json!(3), &Value::Null));
    let line = gateway.get("/dashboard/api/statusline").await.expect(200);
    assert_eq!((&line["last"]["model"], &line["cacheReadPct"]), (&json!("claude-haiku-4-5"), &json!(80.0)));
    assert!(line["todaySpendUsd"].as_f64().unwrap() > 0.0, "{line}");
    let insights = gateway.get("/dashboard/api/recommendations?window=24h").await.expect(200);
    assert!(insights["rules"].as_array().unwrap().len() >= 6, "{insights}");
    assert_eq!(insights["recommendations"], json!([]), "three requests prove nothing");
    assert_eq!(overview["recommendations"], json!({"count": 0, "worst": null}), "{overview}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_is_shown_with_its_sources_and_without_its_secrets() {
    let setup = Setup::upstream(Dialect::Anthropic, "http://127.0.0.1:9")
        .env("ANTHROPIC_API_KEY", "sk-ant-very-secret-indeed");
    let gateway = setup.start().await;
    let shown = gateway.get("/dashboard/api/config").await;
    assert!(!shown.text().contains("very-secret"), "{}", shown.text());
    let shown = shown.expect(200);
    let row = |name: &str| {
        let rows = shown["settings"].as_array().unwrap();
        rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name}")).clone()
    };
    let key = row("ANTHROPIC_API_KEY");
    assert_eq!((&key["secret"], &key["source"]), (&json!(true), &json!("environment")), "{key}");
    assert_eq!((&row("PORT")["value"], &row("PORT")["section"]), (&json!("0"), &json!("server")));
    assert_eq!(row("LYNKR_FORCE_MODEL")["value"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_see_everybody_and_every_key_sees_itself() {
    let kept = Kept::in_a_file();
    let (mine, other) = (kept.key(&[]).await, kept.key(&[]).await);
    let admin = kept.key(&["--scopes", "admin"]).await;
    kept.lynkr(&["budgets", "set", "key:*", "--period", "day", "--requests", "10"]).await;
    let upstream = metered().await;
    let setup = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url()));
    let gateway = setup.env("LYNKR_REQUIRE_KEY", "true").start().await;
    let get = async |target: &str, key: &str| gateway.send(Call::get(target).header("x-api-key", key)).await;
    let ask =
        async |key: &str| gateway.send(asking("claude-haiku-4-5", "s").header("x-lynkr-key", key)).await;
    ask(&mine).await.expect(200);
    ask(&other).await.expect(200);
    ask(&other).await.expect(200);
    let waits =
        async { while get("/dashboard/api/usage", &admin).await.expect(200)["totals"]["requests"] != 3 {} };
    tokio::time::timeout(crate::http::PATIENCE, waits).await.expect("the records are written");
    for view in ["overview", "logs", "config", "events", "keys", "sessions/s", "providers"] {
        let target = format!("/dashboard/api/{view}");
        gateway.get(&target).await.expect(401);
        get(&target, &mine).await.expect(403);
    }
    assert_eq!(get("/v1/usage", &mine).await.expect(200)["totals"]["requests"], 1);
    assert_eq!(get("/api/sessions/s/tokens", &other).await.expect(200)["total"]["requests"], 2);
    assert_eq!(get("/dashboard/api/statusline", &mine).await.expect(200)["todayRequests"], 1);
    let keys = get("/dashboard/api/keys", &admin).await;
    assert!(!keys.text().contains(&mine) && !keys.text().contains("hash"), "{}", keys.text());
    let used: Vec<u64> = keys.expect(200)["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["usage"]["requests"].as_u64().unwrap())
        .collect();
    assert_eq!((used.len(), used.iter().sum::<u64>()), (3, 3));
    let budgets = get("/dashboard/api/budgets", &admin).await.expect(200);
    let budget = &budgets["budgets"][0];
    assert_eq!(
        (&budget["unit"], &budget["blockAt"], &budget["period"]),
        (&json!("requests"), &json!(10), &json!("day"))
    );
    assert_eq!((&budget["spent"][0]["settled"], &budget["spent"][0]["usedPct"]), (&json!(2), &json!(20.0)));
    assert_eq!(budget["spent"][0]["name"], "test");
    let sessions = get("/dashboard/api/sessions", &admin).await.expect(200);
    assert_eq!(sessions["sessions"].as_array().map(Vec::len), Some(2), "two keys, two sessions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_keeps_nothing_still_shows_what_it_knows() {
    let upstream = metered().await;
    // The default place can't be made, so nothing is kept.
    let setup = Setup::upstream(Dialect::Anthropic, &upstream.url());
    let state = setup.home().join(".local");
    std::fs::write(&state, "in the way").unwrap();
    let gateway = setup.start().await;
    let mut live = events(&gateway).await;
    gateway.send(asking("claude-haiku-4-5", "s1")).await.expect(200);
    assert!(live.until("claude-haiku-4-5").await.contains("event: request"));
    let overview = gateway.get("/dashboard/api/overview").await.expect(200);
    assert_eq!((&overview["totals"], &overview["store"]), (&Value::Null, &Value::Null));
    assert_eq!(
        gateway.get("/dashboard/api/providers").await.expect(200)["providers"][0]["usage"],
        Value::Null
    );
    assert_eq!(gateway.get("/dashboard/api/logs").await.expect(503)["error"], "store_unavailable");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_that_the_page_names_makes_a_key_that_opens_it() {
    let kept = Kept::in_a_file();
    let gateway = kept.with(Setup::builtin()).env("LYNKR_REQUIRE_KEY", "true").start().await;
    let script = gateway.get("/dashboard/assets/lib/signin.js").await.text();
    let command = |line: &str| {
        let command = line.trim().strip_prefix("<pre><code>lynkr ")?.strip_suffix("</code></pre>")?;
        Some(command.to_owned())
    };
    let command = script.lines().find_map(command).expect("a command");
    let arguments: Vec<&str> = command.split(' ').collect();
    let made = kept.with(Setup::new().without("PORT").arguments(&arguments)).run().await;
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let asked = Call::get("/dashboard/api/config").header("x-lynkr-key", made.stdout.trim());
    gateway.send(asked).await.expect(200);
}
