//! The models that sessions stay with outlive the process, and replicas share them.

use lynkr_testkit::{Dialect, Script};
use serde_json::{Value, json};

use crate::gateway::{Gateway, Setup};
use crate::http::{Call, Reply};
use crate::keys::Kept;
use crate::keys::replicas::server;
use crate::scripted::{self, Scripted};
use crate::servers::Kind;

const PROOF: &str = "Prove that every greedy schedule of this queue terminates, step by step and rigorously.";

async fn answering() -> Scripted {
    Scripted::with(|_| Script::json(200, &scripted::whole(Dialect::Anthropic, "Done."))).await
}

async fn start(kept: &Kept, upstream: &Scripted) -> Gateway {
    let setup = Setup::upstream(Dialect::Anthropic, &upstream.url())
        .env("TIER_SIMPLE", "anthropic:small")
        .env("TIER_REASONING", "anthropic:strong");
    kept.with(setup).start().await
}

/// A session that began with a proof, after which so many greetings came.
async fn send(gateway: &Gateway, session: &str, greetings: usize) -> Reply {
    let turn = |role: &str, text: &str| json!({"role": role, "content": text});
    let mut turns: Vec<Value> = vec![turn("user", PROOF), turn("assistant", "Done."), turn("user", PROOF)];
    for _ in 0..greetings {
        turns.extend([turn("assistant", "Done."), turn("user", "hi")]);
    }
    let body = json!({"model": "claude-x", "max_tokens": 100, "messages": turns});
    let reply = gateway.send(Call::json("/v1/messages", &body).header("x-session-id", session)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply
}

fn model(reply: &Reply) -> &str {
    reply.header("x-lynkr-model").unwrap_or_default()
}

/// Waits until the pins so far are in the store.
async fn written(gateway: &Gateway, count: u64) {
    for _ in 0..200 {
        let metrics = gateway.get("/metrics/observability").await.expect(200);
        if metrics["store"]["written"]["session_pins"].as_u64().is_some_and(|own| own >= count) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the pins aren't written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_stays_with_its_model_when_the_process_is_killed() {
    let (upstream, kept) = (answering().await, Kept::in_a_file());
    let gateway = start(&kept, &upstream).await;
    assert_eq!(model(&send(&gateway, "one", 0).await), "strong");
    written(&gateway, 1).await;
    gateway.signal("KILL");
    let _ = gateway.ended().await;
    let gateway = start(&kept, &upstream).await;
    // By its words alone it would go to the small one.
    assert_eq!(model(&send(&gateway, "other", 6).await), "small");
    let reply = send(&gateway, "one", 6).await;
    assert_eq!(model(&reply), "strong");
    assert!(reply.header("x-lynkr-routing-method").unwrap_or_default().ends_with("+pinned"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_reset_is_forgotten() {
    let (upstream, kept) = (answering().await, Kept::in_a_file());
    let reset = async |arguments: &[&str]| {
        let setup = Setup::new().without("PORT").arguments(&[&["reset"], arguments].concat());
        kept.with(setup).run().await
    };
    let missing = reset(&["all"]).await;
    assert_eq!(missing.code, Some(1), "{}{}", missing.stdout, missing.stderr);
    assert!(missing.stderr.contains("no store at"), "{}", missing.stderr);
    let gateway = start(&kept, &upstream).await;
    for session in ["one", "two"] {
        assert_eq!(model(&send(&gateway, session, 0).await), "strong");
    }
    gateway.signal("TERM");
    let _ = gateway.ended().await;
    let usage = reset(&[]).await;
    assert_eq!((usage.code, usage.stdout.contains("session_pins")), (Some(0), true), "{}", usage.stdout);
    let unknown = reset(&["everything"]).await;
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.stderr.contains("session_pins, all"), "{}", unknown.stderr);
    let done = reset(&["session_pins"]).await;
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), "session_pins: 2\n"), "{}", done.stderr);
    assert_eq!(reset(&["all"]).await.stdout, "session_pins: 0\n");
    let gateway = start(&kept, &upstream).await;
    assert_eq!(model(&send(&gateway, "one", 6).await), "small");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_share_them() {
    let Some(postgres) = server(Kind::Postgres) else { return };
    let kept = Kept::at(vec![("LYNKR_DATABASE_URL", postgres.url())]);
    let upstream = answering().await;
    let (one, two) = (start(&kept, &upstream).await, start(&kept, &upstream).await);
    assert_eq!(model(&send(&one, "one", 0).await), "strong");
    written(&one, 1).await;
    assert_eq!(model(&send(&two, "one", 6).await), "strong");
    assert_eq!(model(&send(&two, "other", 6).await), "small");
}
