//! The whole service as it is served, without the network: a request goes in as a value and its answer comes out. The store
//! is SQLite in a folder of its own, the provider the builtin one, and nobody reads the log.

use crate::samples::small;
use bytes::Bytes;
use divan::Bencher;
use http_body_util::{BodyExt as _, Full};
use hyper::{Method, Request, StatusCode};
use lynkr_config::Inputs;
use std::collections::BTreeMap;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// A service that runs, and the folder that it keeps things in.
struct Served {
    service: lynkr_api::Service,
    runtime: Runtime,
    _home: tempfile::TempDir,
}

impl Served {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let state = home.path().join("state").display().to_string();
        let environment: BTreeMap<String, String> =
            [("MODEL_PROVIDER", "builtin".to_owned()), ("LYNKR_STATE_DIR", state)]
                .map(|(name, value)| (name.to_owned(), value))
                .into();
        let inputs = Inputs { environment, ..Inputs::default() };
        let runtime = Runtime::new().expect("a runtime");
        let service = runtime.block_on(async {
            let loaded = lynkr_app::load(&inputs);
            lynkr_app::build(&loaded, inputs).await.expect("a gateway").service
        });
        Self { service, runtime, _home: home }
    }

    /// What answers a request and says with which status.
    fn answers(&self) -> impl Fn(Request<Full<Bytes>>) -> StatusCode {
        let router = lynkr_api::router(self.service.clone());
        move |request| {
            self.runtime.block_on(async {
                let response = router.clone().oneshot(request).await.expect("an answer");
                let (head, body) = response.into_parts();
                body.collect().await.expect("the whole answer");
                head.status
            })
        }
    }
}

fn request(method: Method, path: &str, body: Vec<u8>) -> Request<Full<Bytes>> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("anthropic-version", "2023-06-01")
        .header("x-api-key", "sk-test-bench")
        .body(Full::new(Bytes::from(body)))
        .expect("a request")
}

fn bench(bencher: Bencher<'_, '_>, wanted: StatusCode, made: impl Fn() -> Request<Full<Bytes>>) {
    let served = Served::new();
    let answer = served.answers();
    assert_eq!(answer(made()), wanted);
    bencher.with_inputs(made).bench_local_values(answer);
}

/// Every layer around the routes, and no route: an id, the origin, the key, admission, numbers, headers, an error's body.
#[divan::bench]
fn stack_layers(bencher: Bencher<'_, '_>) {
    bench(bencher, StatusCode::NOT_FOUND, || request(Method::POST, "/v1/nowhere", small()));
}

/// The answer that says that the process lives.
#[divan::bench]
fn stack_health(bencher: Bencher<'_, '_>) {
    bench(bencher, StatusCode::OK, || request(Method::GET, "/health/live", Vec::new()));
}

/// A model request of 1.6 KB from its head to the end of its answer, the store's record included.
#[divan::bench]
fn stack_message(bencher: Bencher<'_, '_>) {
    bench(bencher, StatusCode::OK, || request(Method::POST, "/v1/messages", small()));
}

/// A look at the closed breaker of a provider that was asked before.
#[divan::bench]
fn breaker_closed(bencher: Bencher<'_, '_>) {
    let served = Served::new();
    served.answers()(request(Method::POST, "/v1/messages", small()));
    bencher.bench_local(|| served.service.gateway.breaker_state("builtin"));
}
