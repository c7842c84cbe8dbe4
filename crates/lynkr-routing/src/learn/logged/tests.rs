//! Records as the gateway writes them, and policies whose worth is known.

use super::super::simulate::Draws;
use super::*;
use serde_json::json;

fn record(chosen: usize, share: f64) -> Value {
    let names = if chosen == 0 { ["p:a", "p:b", "p:c"] } else { ["p:b", "p:a", "p:c"] };
    json!({
        "candidates": names, "propensities": [share, 1.0 - share, 0.0], "arms": 2, "fallback": false,
        "learned": {"mode": "on", "held": null, "features": vec![1.0; 15], "preferred": "p:a", "chosen": names[0]},
    })
}

/// A uniform log: `a` earns 0.4 and `b` 0.8.
fn log(rows: usize) -> Vec<Logged> {
    let mut draws = Draws::new(7);
    let row = |_| {
        let chosen = usize::from(draws.draw() < 0.5);
        let reward = if chosen == 0 { 0.4 } else { 0.8 } + (draws.draw() - 0.5) * 0.2;
        Logged::read("MEDIUM", &record(chosen, 0.5), Some(&json!({"reward": reward}))).unwrap()
    };
    (0..rows).map(row).collect()
}

#[test]
fn policies_get_what_they_are_worth() {
    let log = log(400);
    for (policy, worth) in [
        (Policy::Logged, 0.6),
        (Policy::Uniform, 0.6),
        (Policy::Static, 0.4),
        (Policy::Model("p:b"), 0.8),
        (Policy::Model("p:unknown"), 0.4),
    ] {
        let judged = judge(&log, &policy);
        let report = judged.report.unwrap();
        assert_eq!((judged.refused, report.rows), (None, 400), "{}", judged.policy);
        // Inverse propensities alone are the widest.
        for (estimate, most) in [(report.ips, 0.12), (report.snips, 0.06), (report.doubly_robust, 0.06)] {
            assert!((estimate.value - worth).abs() < most, "{}: {estimate:?}", judged.policy);
        }
    }
}

#[test]
fn too_little_is_refused_with_its_reason() {
    let few = judge(&log(10), &Policy::Static);
    assert_eq!(few.refused.as_deref(), Some("10 decisions can be used, and 50 are needed"));
    let certain = |_| Logged::read("MEDIUM", &record(0, 1.0), Some(&json!({"reward": 0.5}))).unwrap();
    let log: Vec<Logged> = (0..100).map(certain).collect();
    let other = judge(&log, &Policy::Model("p:b"));
    assert_eq!(other.refused.as_deref(), Some("100 % of its choices were never left to chance"));
    assert_eq!(judge(&log, &Policy::Static).refused, None, "what was done is known");
    assert!(judge(&[], &Policy::Uniform).report.is_none());
}

#[test]
fn records_that_say_nothing_are_told_apart() {
    let reward = json!({"reward": 0.5});
    let read = |change: &dyn Fn(&mut Value), outcome: Option<&Value>| {
        let mut record = record(0, 0.5);
        change(&mut record);
        Logged::read("MEDIUM", &record, outcome).map(|own| own.reward)
    };
    assert_eq!(read(&|_| (), Some(&reward)), Ok(0.5));
    assert_eq!(read(&|own| own["fallback"] = true.into(), Some(&reward)), Ok(0.0));
    assert_eq!(read(&|_| (), None), Err(Unusable::NoReward));
    assert_eq!(read(&|own| own["learned"] = Value::Null, Some(&reward)), Err(Unusable::NotLearning));
    assert_eq!(read(&|own| own["learned"]["held"] = "pinned".into(), Some(&reward)), Err(Unusable::Held));
    assert_eq!(read(&|own| own["arms"] = 1.into(), Some(&reward)), Err(Unusable::NoChoice));
    assert_eq!(
        read(&|own| own["learned"]["features"] = json!([1]), Some(&reward)),
        Err(Unusable::Unreadable)
    );
    assert_eq!(Logged::read("HARD", &record(0, 0.5), Some(&reward)), Err(Unusable::Unreadable));
}
