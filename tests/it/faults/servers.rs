//! Postgres and Redis go and come back while requests are on their way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use lynkr_testkit::{Dialect, Script};
use serde_json::Value;

use super::{goes_on, hello};
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, PATIENCE};
use crate::scripted::{self, Scripted};
use crate::servers::{Kind, Server};
use crate::store::missing;

/// Clients that ask again and again until they are told to stop.
struct Load {
    over: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    clients: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    /// Eight clients, each a user of its own. Every answer must be a 200.
    fn on(gateway: &Gateway) -> Self {
        let (over, answered) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let address = gateway.address();
        let client = |number: usize| {
            let (over, answered) = (Arc::clone(&over), Arc::clone(&answered));
            let call = Call::json("/v1/messages", &hello(Dialect::Anthropic, number.is_multiple_of(2)));
            let call = call.header("x-user-id", &format!("user-{number}"));
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    let reply = call.send(address).await;
                    assert!(reply.status == 200 && reply.complete, "{} {}", reply.status, reply.text());
                    answered.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            })
        };
        let clients = (0..8).map(client).collect();
        Self { over, answered, clients }
    }

    /// Waits until so many more were answered.
    async fn goes_on(&self, more: usize) {
        let wanted = self.answered.load(Ordering::Relaxed) + more;
        let waiting = async {
            while self.answered.load(Ordering::Relaxed) < wanted {
                assert!(!self.clients.iter().any(tokio::task::JoinHandle::is_finished), "a client gave up");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("requests go on being answered");
    }

    /// How many were answered in all.
    async fn ends(self) -> u64 {
        self.over.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.await.expect("every answer was a 200");
        }
        self.answered.load(Ordering::Relaxed) as u64
    }
}

async fn store(gateway: &Gateway) -> Value {
    gateway.get("/metrics/observability").await.expect(200)["store"].clone()
}

async fn upstream() -> Scripted {
    Scripted::with(|request| {
        let streams = String::from_utf8_lossy(&request.body).contains("\"stream\":true");
        if streams {
            return Script::sse(scripted::stream(Dialect::Anthropic, "Well."));
        }
        Script::json(200, &scripted::whole(Dialect::Anthropic, "Well."))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_goes_and_comes_back_under_load() {
    let Some(mut server) = Server::start(Kind::Postgres) else { return missing("postgres") };
    let upstream = upstream().await;
    let setup = Setup::upstream(Dialect::Anthropic, &upstream.url());
    let gateway = setup.env("LYNKR_DATABASE_URL", &server.url()).start().await;
    let load = Load::on(&gateway);
    load.goes_on(40).await;
    let mut server = tokio::task::spawn_blocking(move || {
        server.kill();
        server
    })
    .await
    .expect("it is stopped");
    load.goes_on(80).await;
    assert_eq!(gateway.get("/v1/usage").await.expect(503)["error"], "store_unavailable");
    gateway.get("/health/ready").await.expect(503);
    // Held until here, where it isn't needed any more: dropping it would end the server.
    let _server = tokio::task::spawn_blocking(move || {
        server.restart();
        server
    })
    .await
    .expect("it is started");
    load.goes_on(40).await;
    let answered = load.ends().await;
    let recovered = async {
        loop {
            let reply = gateway.get("/v1/usage").await;
            if reply.status == 200 && reply.json()["total"]["requests"].as_u64() >= Some(answered) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, recovered).await.expect("all that was answered is on record");
    let figures = store(&gateway).await;
    assert_eq!((&figures["dropped"]["usage"], &figures["queued"]), (&0.into(), &0.into()), "{figures}");
    gateway.get("/health/ready").await.expect(200);
    goes_on(&gateway).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_goes_and_comes_back_under_load() {
    let Some(mut server) = Server::start(Kind::Redis) else { return missing("redis-server") };
    let upstream = upstream().await;
    let setup = Setup::upstream(Dialect::Anthropic, &upstream.url()).env("REDIS_URL", &server.url());
    let setup = setup.env("RATE_LIMIT_ENABLED", "true").env("RATE_LIMIT_MAX", "1000000");
    let gateway = setup.env("RATE_LIMIT_KEY_BY", "user").start().await;
    let load = Load::on(&gateway);
    load.goes_on(40).await;
    server.kill();
    load.goes_on(80).await;
    gateway.get("/health/ready").await.expect(200);
    let server = tokio::task::spawn_blocking(move || {
        server.restart();
        server
    })
    .await
    .expect("it is started");
    gateway.logged(|line| line.contains("the shared cache is back")).await;
    load.goes_on(40).await;
    load.ends().await;
    goes_on(&gateway).await;
    drop(server);
}
