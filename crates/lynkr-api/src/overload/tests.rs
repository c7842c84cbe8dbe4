//! Places are taken and given back, and each limit acts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use lynkr_http::{catch_up, put_off};

use super::{LOOK_EVERY, Load, LoadLimits, Memory, Refusal, is_exempt};

const GIB: u64 = 1 << 30;

fn roomy() -> Memory {
    Memory { resident: Some(GIB / 10), private: Some(GIB / 20), limit: Some(GIB) }
}

fn load(limits: LoadLimits, gauge: super::MemoryGauge) -> Arc<Load> {
    Arc::new(Load::new(limits, gauge))
}

#[test]
fn places_are_given_back() {
    let load = load(LoadLimits { active: 2, ..LoadLimits::default() }, roomy);
    let first = load.enter().unwrap();
    let second = load.enter().unwrap();
    assert_eq!(load.enter().unwrap_err(), Refusal::Active);
    assert_eq!((load.active(), load.shed()), (2, 1));
    drop(first);
    let third = load.enter().unwrap();
    drop((second, third));
    assert_eq!(load.active(), 0);
}

#[test]
fn memory_counts_against_what_the_process_may_have() {
    let cases: &[(super::MemoryGauge, Option<Refusal>)] = &[
        (roomy, None),
        (|| Memory { resident: Some(GIB * 9 / 10), ..roomy() }, Some(Refusal::Memory)),
        (|| Memory { private: Some(GIB * 95 / 100), ..roomy() }, Some(Refusal::Memory)),
        (|| Memory { resident: Some(GIB * 9 / 10), limit: None, ..roomy() }, None),
        (Memory::default, None),
    ];
    for (gauge, refusal) in cases {
        let load = load(LoadLimits::default(), *gauge);
        assert_eq!(load.enter().err(), *refusal, "{:?}", gauge());
    }
}

#[test]
fn a_look_at_the_memory_waits_until_the_answer_has_gone_out() {
    static LOOKS: AtomicU32 = AtomicU32::new(0);
    let gauge = || {
        LOOKS.fetch_add(1, Ordering::Relaxed);
        roomy()
    };
    let looks = || LOOKS.load(Ordering::Relaxed);
    let load = load(LoadLimits::default(), gauge);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            put_off();
            drop(load.enter().unwrap());
            assert_eq!(looks(), 1, "before the first request nothing is known");
            let long_ago = Instant::now().checked_sub(2 * LOOK_EVERY).unwrap();
            load.looked.store(Some(Arc::new((long_ago, roomy()))));
            drop((load.enter().unwrap(), load.enter().unwrap()));
            assert_eq!(looks(), 1);
            catch_up();
            assert_eq!(looks(), 2, "one look for both");
        });
    });
}

#[test]
fn a_process_that_ends_takes_nothing_on() {
    let load = load(LoadLimits::default(), roomy);
    let place = load.enter().unwrap();
    load.drain();
    assert_eq!(load.enter().unwrap_err(), Refusal::Draining);
    assert_eq!((load.active(), load.shed()), (1, 0), "nothing was shed, and what is under way goes on");
    drop(place);
}

#[test]
fn health_and_numbers_are_always_answered() {
    for path in ["/", "/health", "/health/ready", "/v1/health/providers", "/metrics/prometheus"] {
        assert!(is_exempt(path), "{path}");
    }
    for path in ["/v1/messages", "/healthy", "/metricsx", "/v1/models"] {
        assert!(!is_exempt(path), "{path}");
    }
}
