//! Rate limits, wherever they are counted.

use std::sync::Arc;
use std::time::Duration;

use lynkr_store::{LocalLimits, RateLimits, RateRule, Retention, Window};

use crate::harness::{Place, Test, minutes, now};
use crate::tests;

pub(crate) const TESTS: &[Test] = tests![
    limits_in_the_store_count_like_those_in_memory,
    limits_in_the_store_hold_under_many_hands,
    windows_that_are_over_are_forgotten,
];

pub(crate) fn rule(name: &str, limit: u64, window: Window) -> RateRule {
    RateRule { name: name.into(), limit, length: Duration::from_secs(60), window }
}

/// The same steps against the one that the unit tests hold to the rules.
pub(crate) async fn count_alike(limits: &dyn RateLimits) {
    let local = LocalLimits::new();
    for window in [Window::Fixed, Window::Sliding] {
        let rule = rule(&format!("{window:?}"), 10, window);
        let mut at = now();
        for (step, cost) in
            [(0, 4), (1, 4), (20, 4), (15, 2), (0, 0), (40, 5), (30, 6), (1, 1), (300, 10), (1, 1)]
        {
            at = at.after(Duration::from_secs(step));
            for subject in ["a", "b\u{1f}'\" {}", &"long".repeat(200)] {
                let wanted = local.take(&rule, subject, cost, at).await.unwrap();
                assert_eq!(
                    limits.take(&rule, subject, cost, at).await.unwrap(),
                    wanted,
                    "{window:?} {step} {cost}"
                );
            }
            let (wanted, got) =
                (local.add(&rule, "c", cost, at).await, limits.add(&rule, "c", cost, at).await);
            assert_eq!(got.unwrap(), wanted.unwrap());
        }
    }
}

pub(crate) async fn hold_under_many_hands(limits: [Arc<dyn RateLimits>; 2]) {
    for window in [Window::Fixed, Window::Sliding] {
        let rule = Arc::new(rule(&format!("hands{window:?}"), 50, window));
        let tasks: Vec<_> = (0..100)
            .flat_map(|_| &limits)
            .map(|limits| {
                let (limits, rule) = (Arc::clone(limits), Arc::clone(&rule));
                tokio::spawn(async move { limits.take(&rule, "s", 1, now()).await.unwrap().allowed })
            })
            .collect();
        let mut allowed = 0;
        for task in tasks {
            allowed += u64::from(task.await.unwrap());
        }
        assert_eq!(allowed, 50, "{window:?}");
    }
}

async fn limits_in_the_store_count_like_those_in_memory(place: Place) {
    count_alike(&place.open().await.limits()).await;
}

async fn limits_in_the_store_hold_under_many_hands(place: Place) {
    let mut options = place.options();
    (options.lock_wait, options.connect_wait) = (minutes(1), minutes(1));
    let one = lynkr_store::Store::open(&options).await.unwrap();
    let two = lynkr_store::Store::open(&options).await.unwrap();
    hold_under_many_hands([Arc::new(one.limits()), Arc::new(two.limits())]).await;
}

async fn windows_that_are_over_are_forgotten(place: Place) {
    let store = place.open().await;
    let rule = rule("r", 5, Window::Sliding);
    for subject in 0..7 {
        store.limits().take(&rule, &subject.to_string(), 1, now()).await.unwrap();
    }
    assert_eq!(store.forget(&Retention::default(), now()).await.unwrap().counters, 0);
    assert_eq!(store.forget(&Retention::default(), now().after(minutes(3))).await.unwrap().counters, 7);
}
