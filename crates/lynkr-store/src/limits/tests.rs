//! The rules of windows, held by the limits in memory.

use proptest::prelude::*;

use super::*;

fn rule(limit: u64, window: Window) -> RateRule {
    RateRule { name: "r".into(), limit, length: Duration::from_secs(60), window }
}

fn block<T>(future: impl Future<Output = Result<T, StoreError>>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future).unwrap()
}

#[test]
fn long_names_are_counted_under_their_digest() {
    let place =
        |subject: &str| Place::new(&rule(1, Window::Fixed), subject, 1, Timestamp::from_millis(0), true);
    assert_eq!(place("me").name, "r|60000|me");
    let long = place(&"x".repeat(100_000)).name;
    assert!(long.len() < 300);
    assert_ne!(long, place(&"x".repeat(100_001)).name);
}

#[test]
fn the_window_before_counts_for_what_is_left_of_it() {
    let at = |millis| {
        Place::new(&rule(10, Window::Sliding), "s", 1, Timestamp::from_millis(millis), true).weighed(8)
    };
    assert_eq!([at(60_000), at(75_000), at(90_000), at(119_999)], [8, 6, 4, 1]);
}

proptest! {
    /// No fixed window takes more than the limit, whatever the order of costs and times.
    #[test]
    fn a_fixed_window_never_takes_more(
        limit in 0_u64..50,
        steps in proptest::collection::vec((0_i64..40_000, 0_u64..20), 1..60),
    ) {
        let (limits, rule) = (LocalLimits::new(), rule(limit, Window::Fixed));
        let (mut now, mut taken) = (0_i64, std::collections::BTreeMap::new());
        for (step, cost) in steps {
            now += step;
            let verdict = block(limits.take(&rule, "s", cost, Timestamp::from_millis(now)));
            if verdict.allowed {
                let sum = taken.entry(now / 60_000).or_insert(0_u64);
                *sum += cost;
                prop_assert!(*sum <= limit);
                prop_assert_eq!(verdict.remaining, limit - *sum);
            }
            prop_assert!(verdict.resets_in <= Duration::from_secs(60));
        }
    }

    #[test]
    fn no_numbers_panic(limit in any::<u64>(), length in any::<u64>(), cost in any::<u64>(), now in any::<i64>()) {
        let rule = RateRule {
            name: String::new(), limit, length: Duration::from_millis(length), window: Window::Sliding,
        };
        let limits = LocalLimits::new();
        block(limits.add(&rule, "", cost, Timestamp::from_millis(now)));
        block(limits.take(&rule, "", cost, Timestamp::from_millis(now)));
    }
}
