//! Counting on virtual time.

use std::sync::Arc;
use std::time::Duration;

use lynkr_protocol::ApiError;
use lynkr_types::{Blame, FaultKind};

use super::{Figures, Health, MOST_MODELS, Status};
use crate::ambient::Ambient;
use crate::failure::Failure;

#[derive(Debug)]
struct Fixed;

impl Ambient for Fixed {
    fn unix_seconds(&self) -> u64 {
        1_767_225_600
    }

    fn seed(&self) -> String {
        "0".repeat(32)
    }
}

fn health() -> Health {
    Health::new(Arc::new(Fixed))
}

fn failure(status: u16, blame: Blame) -> Failure {
    let mut error = ApiError::new(FaultKind::from_status(status), "no");
    error.status = status;
    Failure::new(error, blame)
}

async fn answer(health: &Health, after: u64) {
    let mut watch = health.watch("openai", "gpt-4o");
    tokio::time::advance(Duration::from_millis(after)).await;
    watch.first_byte();
    watch.succeeded();
}

#[tokio::test(start_paused = true)]
async fn every_end_is_told_apart() {
    let health = health();
    for (status, blame) in [
        (400, Blame::Upstream),
        (401, Blame::Upstream),
        (408, Blame::Upstream),
        (429, Blame::Upstream),
        (500, Blame::Upstream),
        (502, Blame::Upstream),
        (504, Blame::Upstream),
        (529, Blame::Upstream),
        (500, Blame::Gateway),
        (400, Blame::Client),
    ] {
        health.watch("openai", "gpt-4o").failed(&failure(status, blame));
    }
    answer(&health, 10).await;
    drop(health.watch("openai", "gpt-4o"));
    let expected = Figures {
        requests: 12,
        successes: 1,
        client_failures: 4,
        throttled: 1,
        upstream_failures: 4,
        gateway_failures: 1,
        abandoned: 1,
        in_flight: 0,
        latency_p50: Some(Duration::from_millis(10)),
        latency_p95: Some(Duration::from_millis(10)),
        last_success: Some(1_767_225_600),
        last_failure: Some(1_767_225_600),
    };
    assert_eq!(health.of("openai"), expected);
    assert_eq!(health.of_models("openai"), [("gpt-4o".to_owned(), expected.clone())]);
    assert_eq!((expected.success_rate(), expected.status()), (Some(0.2), Some(Status::Unhealthy)));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_known_of_who_was_not_asked_or_only_refused() {
    let health = health();
    assert_eq!(health.of("openai"), Figures::default());
    assert_eq!((health.of("openai").status(), health.of("openai").success_rate()), (None, None));
    health.watch("openai", "gpt-4o").failed(&failure(401, Blame::Upstream));
    health.watch("openai", "gpt-4o").failed(&failure(429, Blame::Upstream));
    let figures = health.of("openai");
    assert_eq!((figures.status(), figures.last_failure, figures.latency_p50), (None, None, None));
}

#[tokio::test(start_paused = true)]
async fn percentiles_are_of_the_window_and_old_requests_leave_it() {
    let health = health();
    for milliseconds in 1..=100 {
        answer(&health, milliseconds).await;
    }
    let figures = health.of("openai");
    assert_eq!(figures.latency_p50, Some(Duration::from_millis(50)));
    assert_eq!(figures.latency_p95, Some(Duration::from_millis(95)));
    tokio::time::advance(Duration::from_secs(280)).await;
    health.watch("openai", "gpt-4o").failed(&failure(500, Blame::Upstream));
    assert_eq!(health.of("openai").status(), Some(Status::Healthy));
    tokio::time::advance(Duration::from_secs(30)).await;
    let figures = health.of("openai");
    assert_eq!((figures.requests, figures.status()), (1, Some(Status::Unhealthy)));
    assert_eq!((figures.latency_p95, figures.last_success), (None, Some(1_767_225_600)));
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_is_counted_until_its_end_however_it_comes() {
    let health = health();
    let mut first = health.watch("openai", "gpt-4o");
    let mut second = health.watch("openai", "gpt-5");
    assert_eq!(health.of("openai").in_flight, 2);
    first.first_byte();
    drop(first);
    second.broke(529);
    second.succeeded();
    let figures = health.of("openai");
    assert_eq!((figures.in_flight, figures.successes, figures.upstream_failures), (0, 1, 1));
    drop(second);
    assert_eq!(health.of("openai").requests, 2);
}

#[tokio::test(start_paused = true)]
async fn made_up_model_names_take_no_more_room_than_there_is() {
    let health = health();
    for number in 0..MOST_MODELS + 10 {
        health.watch("openai", &format!("model-{number}")).succeeded();
    }
    assert_eq!(health.of_models("openai").len(), MOST_MODELS);
    assert_eq!(health.of("openai").requests, (MOST_MODELS + 10) as u64);
    tokio::time::advance(Duration::from_secs(600)).await;
    health.watch("openai", "model-new").succeeded();
    let names: Vec<String> = health.of_models("openai").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["model-new"]);
}

#[tokio::test(start_paused = true)]
async fn what_lanes_have_seen_is_added_up() {
    let health = health();
    answer(&health, 10).await;
    let runtime = tokio::runtime::Handle::current();
    for lane in 0..2 {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _entered = runtime.enter();
                lynkr_types::lane::be(lane);
                health.watch("openai", "gpt-4o").failed(&failure(500, Blame::Upstream));
                std::mem::forget(health.watch("openai", "gpt-4o-mini"));
            });
        });
    }
    let all = health.of("openai");
    assert_eq!((all.requests, all.successes, all.upstream_failures, all.in_flight), (3, 1, 2, 2));
    assert_eq!((all.last_success, all.last_failure), (Some(1_767_225_600), Some(1_767_225_600)));
    assert_eq!(all.latency_p50, Some(Duration::from_millis(10)));
    let models = health.of_models("openai");
    let counts: Vec<(&str, u64, usize)> =
        models.iter().map(|(name, own)| (name.as_str(), own.requests, own.in_flight)).collect();
    assert_eq!(counts, [("gpt-4o", 3, 0), ("gpt-4o-mini", 0, 2)]);
}
