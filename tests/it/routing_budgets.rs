//! Budgets where tiers choose the model: a model that the caller can't afford gives way to a cheaper one, and what no other model
//! would mend is refused.

use lynkr_testkit::Dialect;
use serde_json::{Value, json};

use crate::gateway::{Gateway, Setup};
use crate::http::{Call, Reply};
use crate::keys::Kept;
use crate::routing_refined::{ASK, served};
use crate::scripted::Scripted;

/// Two models for everything, the first of which costs 5 dollars for a thousand tokens of output.
fn two(served: &Scripted) -> Setup {
    let prices = json!({"dear": {"input": 1_000, "output": 5_000}, "cheap": {"input": 1, "output": 2}});
    Setup::upstream(Dialect::Anthropic, &served.url())
        .env("TIER_MEDIUM", "claude:dear,claude:cheap")
        .env("MODEL_PRICE_OVERRIDES", &prices.to_string())
        .env("API_RETRY_MAX_RETRIES", "0")
}

fn call(path: &str, user: &str) -> Call {
    let turns = json!([{"role": "user", "content": ASK}]);
    Call::json(path, &json!({"model": "m", "max_tokens": 1_000, "messages": turns})).header("x-user-id", user)
}

async fn ask(gateway: &Gateway, user: &str) -> Reply {
    gateway.send(call("/v1/messages", user)).await
}

fn models(served: &Scripted) -> Vec<Value> {
    served.posts().iter().map(|post| post.json()["model"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_the_caller_can_t_afford_gives_way_to_a_cheaper_one() {
    let (kept, served) = (Kept::in_a_file(), served().await);
    kept.lynkr(&["budgets", "set", "user:ada", "--cost", "1", "--period", "month"]).await;
    let gateway = kept.with(two(&served)).start().await;
    // Who has no budget gets the preferred one.
    ask(&gateway, "eve").await.expect(200);
    let reply = ask(&gateway, "ada").await;
    reply.expect(200);
    assert_eq!(models(&served), ["dear", "cheap"]);
    assert_eq!(
        (reply.header("x-lynkr-tier"), reply.header("x-lynkr-model")),
        (Some("MEDIUM"), Some("cheap"))
    );
    assert_eq!(reply.header("x-lynkr-fallback"), Some("false"), "it is a choice, and nothing has failed");
    let said = gateway.send(call("/routing/analyze", "ada")).await.expect(200);
    assert_eq!(said["passed_over"], json!([{"provider": "anthropic", "model": "dear", "why": "budget"}]));
    let said = gateway.send(call("/routing/analyze", "eve")).await.expect(200);
    assert_eq!(said["passed_over"], json!([]));
    // Switched off, budgets bound nothing.
    let off = kept.with(two(&served)).env("LYNKR_BUDGET_ENFORCER", "false").start().await;
    ask(&off, "ada").await.expect(200);
    assert_eq!(models(&served), ["dear", "cheap", "dear"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_model_is_cheap_enough_for_is_refused_and_so_is_a_spent_budget_of_requests() {
    let (kept, served) = (Kept::in_a_file(), served().await);
    kept.lynkr(&["budgets", "set", "user:poor", "--cost", "0.0001", "--period", "month"]).await;
    kept.lynkr(&["budgets", "set", "user:once", "--requests", "1", "--period", "month"]).await;
    let gateway = kept.with(two(&served)).start().await;
    let refused = ask(&gateway, "poor").await;
    let said = refused.expect(402)["error"]["message"].to_string();
    assert!(said.contains("cost_limit_exceeded") && said.contains("poor"), "{said}");
    assert_eq!(refused.header("x-should-retry"), Some("false"));
    assert_eq!(models(&served), Vec::<Value>::new());
    ask(&gateway, "once").await.expect(200);
    let refused = ask(&gateway, "once").await.expect(402)["error"]["message"].to_string();
    assert!(refused.contains("request_limit_exceeded"), "{refused}");
    assert_eq!(models(&served), ["dear"], "no other model would have room");
}
