//! Budgets, before an upstream whose answers have seven tokens in and three out.

use lynkr_testkit::{Dialect, Gate, Script};
use serde_json::{Value, json};

use super::{Kept, asking, hello, speaking};
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, PATIENCE};
use crate::scripted::{self, Scripted};

/// Where the only budget stands, once nothing is reserved any more.
pub(crate) async fn settled(kept: &Kept) -> u64 {
    let waiting = async {
        loop {
            let list = kept.lynkr(&["budgets", "list"]).await;
            if list[0]["reserved"] == 0 {
                return list[0]["settled"].as_u64().unwrap();
            }
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("what was reserved is settled")
}

fn streaming() -> Call {
    Call::json("/v1/messages", &hello(true)).header("x-user-id", "ada")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_is_charged_with_what_was_measured_and_then_refuses() {
    let kept = Kept::in_a_file();
    kept.lynkr(&["budgets", "set", "team:blue", "--tokens", "40", "--warn", "25%"]).await;
    let key = kept.key(&["--team", "blue"]).await;
    let upstream = speaking(Dialect::Anthropic).await;
    let setup = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url()));
    let gateway = setup.env("LYNKR_BUDGET_OUTPUT_RESERVE", "5").start().await;
    let first = gateway.send(asking(&key)).await;
    first.expect(200);
    assert_eq!(settled(&kept).await, 10);
    let second = gateway.send(asking(&key)).await;
    second.expect(200);
    assert!(second.header("x-lynkr-budget").is_some_and(|told| told.contains("token_alert")), "{second:?}");
    let full = async {
        loop {
            let reply = gateway.send(asking(&key)).await;
            if reply.status != 200 {
                return reply;
            }
        }
    };
    let reply = tokio::time::timeout(PATIENCE, full).await.expect("the budget is spent in the end");
    let message = reply.expect(429)["error"]["message"].to_string();
    assert!(message.contains("token_limit_exceeded") && message.contains("blue"), "{message}");
    assert_eq!(reply.header("x-should-retry"), Some("false"));
    assert!(settled(&kept).await <= 40);
    let numbers = gateway.get("/metrics/observability").await.expect(200);
    assert_eq!(numbers["budget_blocks_total"], 1);
    // The header doesn't take the key's holder out of its team.
    let moved = asking(&key).header("lynkr-team-id", "red");
    gateway.send(moved).await.expect(429);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_streams_at_once_never_exceed_a_budget() {
    let kept = Kept::in_a_file();
    kept.lynkr(&["budgets", "set", "user:ada", "--requests", "20"]).await;
    let frames = scripted::stream(Dialect::Anthropic, "Hello.");
    let upstream = Scripted::with(move |_| Script::sse(frames.clone())).await;
    let gateway = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url())).start().await;
    let address = gateway.address();
    let calls: Vec<_> =
        (0..50).map(|_| tokio::spawn(async move { streaming().send(address).await.status })).collect();
    let mut statuses = Vec::new();
    for call in calls {
        statuses.push(call.await.unwrap());
    }
    let of = |status: u16| statuses.iter().filter(|own| **own == status).count();
    assert_eq!((of(200), of(402)), (20, 30), "{statuses:?}");
    assert_eq!(upstream.posts().len(), 20);
    assert_eq!(settled(&kept).await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_early_pays_and_a_failure_costs_nothing() {
    let kept = Kept::in_a_file();
    kept.lynkr(&["budgets", "set", "user:ada", "--tokens", "100000"]).await;
    let gate = Gate::new();
    let held = gate.clone();
    let frames = scripted::stream(Dialect::Anthropic, "First.");
    let upstream = Scripted::new([
        Script::json(
            400,
            &json!({"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}),
        ),
        Script::sse(frames[..3].to_vec()).wait(&held),
    ])
    .await;
    let setup = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url()));
    let gateway: Gateway = setup.env("LYNKR_BUDGET_OUTPUT_RESERVE", "500").start().await;
    gateway.send(streaming()).await.expect(400);
    assert_eq!(settled(&kept).await, 0);
    let mut stream = gateway.open(streaming()).await;
    stream.until("First.").await;
    drop(stream);
    // What was measured of the input, and of the output what was reserved.
    assert_eq!(settled(&kept).await, 507);
    gate.open();
}

#[tokio::test(flavor = "multi_thread")]
async fn costs_count_where_prices_are_known() {
    let kept = Kept::in_a_file();
    kept.lynkr(&["budgets", "set", "org:acme", "--cost", "1.5"]).await;
    let upstream = speaking(Dialect::Anthropic).await;
    let prices = json!({"claude-sonnet-4-5": {"input": 1_000, "output": 2_000}}).to_string();
    let setup = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url()));
    let gateway =
        setup.env("MODEL_PRICE_OVERRIDES", &prices).env("LYNKR_BUDGET_OUTPUT_RESERVE", "3").start().await;
    let call = Call::json("/v1/messages", &hello(false)).header("lynkr-org-id", "acme");
    gateway.send(call.clone()).await.expect(200);
    // 7 tokens of 0.001 $, 3 of 0.002 $.
    assert_eq!(settled(&kept).await, 13_000_000);
    let off = kept.with(Setup::builtin()).env("LYNKR_BUDGET_ENFORCER", "false").start().await;
    off.send(call).await.expect(200);
    let listed: Value = kept.lynkr(&["budgets", "list"]).await;
    assert_eq!(listed[0]["settled"], 13_000_000);
}
