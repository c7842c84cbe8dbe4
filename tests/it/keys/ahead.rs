//! Budgets with plenty of room, which a gateway takes ahead of its requests; an answer has seven tokens in and three out.

use lynkr_testkit::Dialect;
use serde_json::{Value, json};

use super::{Kept, hello, speaking};
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, PATIENCE};
use crate::scripted::Scripted;

fn setup(kept: &Kept, upstream: &Scripted) -> Setup {
    let prices = json!({"claude-sonnet-4-5": {"input": 1_000, "output": 2_000}}).to_string();
    kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url()))
        .env("MODEL_PRICE_OVERRIDES", &prices)
        .env("LYNKR_BUDGET_OUTPUT_RESERVE", "3")
}

/// So many requests, ten at a time: how many were answered, and how many refused.
async fn ask(gateway: &Gateway, count: usize) -> (usize, usize) {
    let address = gateway.address();
    let hand = |_| {
        tokio::spawn(async move {
            let mut statuses = Vec::new();
            for _ in 0..count / 10 {
                let call = Call::json("/v1/messages", &hello(false));
                let call = call.header("x-user-id", "ada").header("lynkr-org-id", "acme");
                statuses.push(call.send(address).await.status);
            }
            statuses
        })
    };
    let hands: Vec<_> = (0..10).map(hand).collect();
    let mut statuses = Vec::new();
    for hand in hands {
        statuses.extend(hand.await.unwrap());
    }
    let of = |status: u16| statuses.iter().filter(|own| **own == status).count();
    assert_eq!(of(200) + of(402), count, "{statuses:?}");
    (of(200), of(402))
}

/// Settled and reserved, by unit.
async fn books(kept: &Kept) -> Vec<(String, u64, u64)> {
    let list = kept.lynkr(&["budgets", "list"]).await;
    let own = |budget: &Value| {
        let unit = budget["unit"].as_str().unwrap().to_owned();
        (unit, budget["settled"].as_u64().unwrap(), budget["reserved"].as_u64().unwrap())
    };
    let mut books: Vec<_> = list.as_array().unwrap().iter().map(own).collect();
    books.sort();
    books
}

/// The books when so many requests were charged and none is under way.
fn after(requests: u64) -> Vec<(String, u64, u64)> {
    let rows = [("cost_nanos", 13_000_000), ("requests", 1), ("tokens", 10)];
    rows.map(|(unit, each)| (unit.to_owned(), each * requests, 0)).to_vec()
}

async fn come_to(kept: &Kept, requests: u64) {
    let waiting = async { while books(kept).await != after(requests) {} };
    let ended = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(ended.is_ok(), "{:?} for {requests} requests", books(kept).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn far_budgets_come_out_exact_while_the_gateway_runs_is_configured_anew_and_ends() {
    let kept = Kept::in_a_file();
    kept.lynkr(&["budgets", "set", "user:ada", "--tokens", "100000000"]).await;
    kept.lynkr(&["budgets", "set", "user:ada", "--requests", "1000000"]).await;
    kept.lynkr(&["budgets", "set", "org:acme", "--cost", "100000"]).await;
    let upstream = speaking(Dialect::Anthropic).await;
    let setup = setup(&kept, &upstream).user_file("lynkr.toml", "[upstream]\nmax_retries = 0\n");
    let gateway = setup.env("HOT_RELOAD_ENABLED", "false").start().await;
    assert_eq!(ask(&gateway, 200).await, (200, 0));
    come_to(&kept, 200).await;
    // Some are charged by the service that was there before, and some by the next one.
    assert_eq!(ask(&gateway, 50).await, (50, 0));
    let file = gateway.folder().join("home/.config/lynkr/lynkr.toml");
    std::fs::write(file, "[upstream]\nmax_retries = 1\n").expect("a file can be written");
    gateway.signal("HUP");
    gateway.logged(|line| line.contains("read anew")).await;
    assert_eq!(ask(&gateway, 50).await, (50, 0));
    gateway.signal("TERM");
    let (code, said) = gateway.ended().await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(books(&kept).await, after(300), "nothing is lost at the end");
    assert_eq!(upstream.posts().len(), 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_gateways_on_one_file_never_exceed_a_budget_together() {
    const MOST: usize = 600;
    let kept = Kept::in_a_file();
    kept.lynkr(&["budgets", "set", "user:ada", "--tokens", "100000000"]).await;
    kept.lynkr(&["budgets", "set", "user:ada", "--requests", &MOST.to_string()]).await;
    kept.lynkr(&["budgets", "set", "org:acme", "--cost", "100000"]).await;
    let upstream = speaking(Dialect::Anthropic).await;
    let (one, two) = (setup(&kept, &upstream).start().await, setup(&kept, &upstream).start().await);
    let ((first, _), (second, _)) = tokio::join!(ask(&one, MOST), ask(&two, MOST));
    assert!(first + second <= MOST, "{first} and {second}");
    // What one of them holds may be refused to the other for a moment; then it is free again.
    come_to(&kept, (first + second) as u64).await;
    let rest = ask(&one, MOST).await.0;
    assert_eq!(first + second + rest, MOST);
    assert_eq!(upstream.posts().len(), MOST);
    come_to(&kept, MOST as u64).await;
}
