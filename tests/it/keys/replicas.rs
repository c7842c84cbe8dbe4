//! Two gateways on one Postgres and one Redis.

use lynkr_testkit::{Dialect, Script};

use super::budgets::settled;
use super::{Kept, hello};
use crate::gateway::{Gateway, Setup};
use crate::http::Call;
use crate::scripted::{self, Scripted};
use crate::servers::{Kind, Server};

/// A server of the test's own; `None` where its programs aren't installed.
#[expect(clippy::print_stderr, reason = "who reads the output must see that nothing was tested")]
pub(crate) fn server(kind: Kind) -> Option<Server> {
    let started = Server::start(kind);
    assert!(started.is_some() || std::env::var_os("CI").is_none(), "{kind:?} is not installed");
    if started.is_none() {
        eprintln!("ignored: {kind:?} is not installed");
    }
    started
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_share_a_budget() {
    let Some(postgres) = server(Kind::Postgres) else { return };
    let kept = Kept::at(vec![("LYNKR_DATABASE_URL", postgres.url())]);
    kept.lynkr(&["budgets", "set", "user:ada", "--requests", "20"]).await;
    let (statuses, _gateways) = both(&kept, |setup| setup, 402).await;
    assert_eq!(statuses, (20, 30));
    assert_eq!(settled(&kept).await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_share_a_limit() {
    let Some(redis) = server(Kind::Redis) else { return };
    let kept = Kept::in_a_file();
    let url = redis.url();
    let limited = |setup: Setup| {
        let setup =
            setup.env("REDIS_URL", &url).env("RATE_LIMIT_ENABLED", "true").env("RATE_LIMIT_MAX", "15");
        // A window that won't end while the test runs, whenever it begins.
        setup.env("RATE_LIMIT_WINDOW_MS", "31536000000000").env("RATE_LIMIT_KEY_BY", "user")
    };
    assert_eq!(both(&kept, limited, 429).await.0, (15, 35));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_comes_later_is_used_without_a_restart() {
    let Some(mut redis) = server(Kind::Redis) else { return };
    redis.kill();
    let upstream =
        Scripted::with(|_| Script::json(200, &scripted::whole(Dialect::Anthropic, "Hello."))).await;
    let kept = Kept::in_a_file();
    let url = redis.url();
    let start = || {
        let setup = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url()));
        let setup = setup.env("REDIS_URL", &url).env("RATE_LIMIT_ENABLED", "true").env("RATE_LIMIT_MAX", "3");
        setup.env("RATE_LIMIT_WINDOW_MS", "31536000000000").env("RATE_LIMIT_KEY_BY", "user").start()
    };
    let (one, two) = (start().await, start().await);
    one.logged(|line| line.contains("REDIS_URL: no answer")).await;
    let ask = async |gateway: &Gateway, user: &str| {
        gateway.send(Call::json("/v1/messages", &hello(false)).header("x-user-id", user)).await.status
    };
    // Each by itself.
    for gateway in [&one, &two] {
        for expected in [200, 200, 200, 429] {
            assert_eq!(ask(gateway, "apart").await, expected);
        }
    }
    redis.restart();
    // Each finds out by a request of its own.
    for (gateway, user) in [(&one, "first"), (&two, "second")] {
        let back = async {
            while !gateway.log().contains("the shared cache is back") {
                ask(gateway, user).await;
            }
        };
        tokio::time::timeout(crate::http::PATIENCE, back).await.expect("Redis is asked again");
    }
    let statuses =
        [ask(&one, "both").await, ask(&two, "both").await, ask(&one, "both").await, ask(&two, "both").await];
    assert_eq!(statuses, [200, 200, 200, 429]);
    assert_eq!(ask(&one, "both").await, 429);
}

/// Fifty streams over two gateways, which are still there afterwards: how many were answered, and how many refused with
/// this status.
async fn both(kept: &Kept, with: impl Fn(Setup) -> Setup, refused: u16) -> ((usize, usize), [Gateway; 2]) {
    let frames = scripted::stream(Dialect::Anthropic, "Hello.");
    let upstream = Scripted::with(move |_| Script::sse(frames.clone())).await;
    let setup = || with(kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url())));
    let (one, two) = (setup().start().await, setup().start().await);
    let addresses = [one.address(), two.address()];
    let call = || Call::json("/v1/messages", &hello(true)).header("x-user-id", "ada");
    let calls: Vec<_> = (0..50)
        .map(|number| {
            let (call, address) = (call(), addresses[number % 2]);
            tokio::spawn(async move { call.send(address).await.status })
        })
        .collect();
    let mut statuses = Vec::new();
    for call in calls {
        statuses.push(call.await.unwrap());
    }
    let of = |status: u16| statuses.iter().filter(|own| **own == status).count();
    assert_eq!(upstream.posts().len(), of(200), "{statuses:?}");
    ((of(200), of(refused)), [one, two])
}
