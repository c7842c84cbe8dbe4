//! Open after the failures that are asked for, closed after the successes, and never stuck.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use tokio::time::advance;

use super::{BreakerRules, BreakerState, Breakers, MOST, Reach};

const RULES: BreakerRules = BreakerRules { failures: 3, successes: 2, rest: Duration::from_secs(60) };

fn state(breakers: &Arc<Breakers>, name: &str) -> BreakerState {
    breakers.reports().into_iter().find(|report| report.name == name).unwrap().state
}

fn fail(breakers: &Arc<Breakers>, model: &str, reach: Reach) {
    breakers.enter("openai", model).unwrap().fail(reach);
}

#[tokio::test(start_paused = true)]
async fn opens_rests_tries_and_closes() {
    let breakers = Breakers::new(RULES);
    for _ in 0..3 {
        fail(&breakers, "a", Reach::Provider);
    }
    let refused = breakers.enter("openai", "b").unwrap_err();
    assert_eq!((refused.name.as_str(), refused.retry_after), ("openai", RULES.rest));
    advance(Duration::from_secs(59)).await;
    assert!(breakers.enter("openai", "a").is_err());
    advance(Duration::from_secs(1)).await;
    let first = breakers.enter("openai", "a").unwrap();
    assert_eq!(state(&breakers, "openai"), BreakerState::HalfOpen);
    assert!(breakers.enter("openai", "a").is_err(), "one try at a time");
    first.succeed();
    assert_eq!(state(&breakers, "openai"), BreakerState::HalfOpen, "one success is not enough");
    breakers.enter("openai", "a").unwrap().succeed();
    assert_eq!(state(&breakers, "openai"), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_failed_try_opens_it_again() {
    let breakers = Breakers::new(RULES);
    for _ in 0..3 {
        fail(&breakers, "a", Reach::Provider);
    }
    advance(RULES.rest).await;
    fail(&breakers, "a", Reach::Provider);
    assert_eq!(state(&breakers, "openai"), BreakerState::Open);
    assert_eq!(breakers.enter("openai", "a").unwrap_err().retry_after, RULES.rest);
}

#[tokio::test(start_paused = true)]
async fn a_models_trouble_is_its_own() {
    let breakers = Breakers::new(RULES);
    for _ in 0..3 {
        fail(&breakers, "a", Reach::Model);
    }
    assert_eq!(breakers.enter("openai", "a").unwrap_err().name, "openai:a");
    breakers.enter("openai", "b").unwrap().succeed();
    assert_eq!(state(&breakers, "openai"), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_success_in_between_starts_the_count_anew() {
    let breakers = Breakers::new(RULES);
    for _ in 0..10 {
        fail(&breakers, "a", Reach::Provider);
        fail(&breakers, "a", Reach::Provider);
        breakers.enter("openai", "a").unwrap().succeed();
    }
    assert_eq!(state(&breakers, "openai"), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_tells_nothing_and_blocks_nothing() {
    let breakers = Breakers::new(RULES);
    for _ in 0..3 {
        fail(&breakers, "a", Reach::Provider);
    }
    advance(RULES.rest).await;
    drop(breakers.enter("openai", "a").unwrap());
    assert_eq!(state(&breakers, "openai"), BreakerState::HalfOpen);
    breakers.enter("openai", "a").unwrap().succeed();
    // A model that is open takes no try from its provider.
    drop(breakers.enter("openai", "a").unwrap());
    breakers.enter("openai", "a").unwrap().succeed();
    assert_eq!(state(&breakers, "openai"), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_reset_closes_what_it_names() {
    let breakers = Breakers::new(RULES);
    for _ in 0..3 {
        fail(&breakers, "a", Reach::Provider);
        breakers.enter("zai", "glm").unwrap().fail(Reach::Provider);
    }
    assert_eq!(breakers.reset(Some("open")), 0, "a name's beginning is no name");
    assert_eq!(breakers.reset(Some("openai")), 2);
    assert!(breakers.enter("openai", "a").is_ok());
    assert!(breakers.enter("zai", "glm").is_err());
    assert_eq!(breakers.reset(None), 2);
    assert!(breakers.enter("zai", "glm").is_ok());
}

#[tokio::test]
async fn what_clients_make_up_is_forgotten() {
    let breakers = Breakers::new(RULES);
    for number in 0..5_000 {
        breakers.enter("openai", &format!("model-{number}")).unwrap().succeed();
    }
    assert!(breakers.reports().len() <= super::MOST + 2);
}

proptest! {
    /// Whatever happens, after a rest there is a way through.
    #[test]
    fn never_stuck(steps in proptest::collection::vec((0u8..4, any::<bool>()), 0..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let breakers = Breakers::new(RULES);
            let mut held = Vec::new();
            for (step, provider) in steps {
                let reach = if provider { Reach::Provider } else { Reach::Model };
                match (step, breakers.enter("p", "m")) {
                    (0, Ok(pass)) => pass.succeed(),
                    (1, Ok(pass)) => pass.fail(reach),
                    (2, Ok(pass)) => held.push(pass),
                    (_, Ok(pass)) => drop(pass),
                    (_, Err(_)) => advance(Duration::from_secs(20)).await,
                }
            }
            drop(held);
            advance(RULES.rest).await;
            for _ in 0..RULES.successes {
                breakers.enter("p", "m").unwrap().succeed();
                advance(RULES.rest).await;
            }
            for report in breakers.reports() {
                assert_eq!(report.state, BreakerState::Closed, "{report:?}");
            }
        });
    }
}

#[tokio::test(start_paused = true)]
async fn models_that_clients_make_up_don_t_grow_the_memory() {
    let breakers = Breakers::new(RULES);
    for number in 0..3 * MOST {
        fail(&breakers, &format!("made-up-{number}"), Reach::Model);
    }
    assert!(breakers.reports().len() <= MOST);
    assert_eq!(state(&breakers, "openai"), BreakerState::Closed, "the provider's own stays");
}

#[tokio::test(start_paused = true)]
async fn where_all_are_open_a_new_model_has_only_its_providers() {
    let breakers = Breakers::new(BreakerRules { failures: 1, ..RULES });
    for number in 0..2 * MOST {
        fail(&breakers, &format!("made-up-{number}"), Reach::Model);
    }
    assert_eq!(breakers.reports().len(), MOST);
    assert!(breakers.enter("openai", "made-up-0").is_err(), "what is open stays open");
    breakers.enter("openai", "late").unwrap().succeed();
    breakers.enter("openai", "late").unwrap().fail(Reach::Provider);
    assert_eq!(breakers.enter("openai", "late").unwrap_err().name, "openai");
    advance(RULES.rest).await;
    breakers.enter("openai", "late").unwrap().succeed();
    assert!(breakers.reports().iter().any(|report| report.name == "openai:late"), "there is room again");
}
