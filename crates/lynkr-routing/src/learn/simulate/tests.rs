//! The learner loses much less than any fixed choice, its propensities sum to 1, and logs tell the truth.

use super::super::evaluate::evaluate;
use super::*;

const REQUESTS: usize = 2_000;

#[test]
fn the_learner_loses_less_than_half() {
    for seed in [1, 2] {
        let total = |chooser| run(chooser, REQUESTS, seed).total();
        let learner = total(Chooser::Learner(Settings::default()));
        let (first, single) = (total(Chooser::Static(0)), total(Chooser::Static(best_single())));
        assert!(total(Chooser::Oracle).abs() < 1e-9);
        assert!(learner < first / 2.0, "seed {seed}: {learner} {first}");
        assert!(learner < single, "seed {seed}: {learner} {single}");
        assert!(total(Chooser::Uniform) > single);
    }
}

#[test]
fn it_learns_more_the_longer_it_runs() {
    let run = run(Chooser::Learner(Settings::default()), REQUESTS, 5);
    let early = run.regret[500];
    let late = run.regret[REQUESTS - 1] - run.regret[REQUESTS - 501];
    assert!(late < early / 2.0, "{early} {late}");
    assert!(run.log.iter().all(|row| (row.propensities.iter().sum::<f64>() - 1.0).abs() < 1e-9));
    assert!(run.entropy(0) > 1.0, "more than two candidates are worth choosing: {}", run.entropy(0));
}

#[test]
fn the_same_seed_is_the_same_run() {
    let [one, two] = [7, 7].map(|seed| run(Chooser::Learner(Settings::default()), 300, seed));
    assert_eq!((one.log, one.regret), (two.log, two.regret));
}

/// Of 20 intervals that hold the truth 95 times of 100, fewer than 16 do so once in 400 such tests; with fixed seeds the
/// outcome is always the same.
#[test]
fn logs_tell_what_another_policy_earns() {
    let truth = target_worth();
    let learner = Settings { epsilon: 0.2, ..Settings::default() };
    for (chooser, requests) in [(Chooser::Uniform, 1_000), (Chooser::Learner(learner), 500)] {
        let mut held = [0; 2];
        for seed in 0..20 {
            let report = evaluate(&run(chooser, requests, seed).log, target).unwrap();
            held[0] += u32::from(report.ips.contains(truth));
            held[1] += u32::from(report.doubly_robust.contains(truth));
        }
        assert!(held.iter().all(|held| *held >= 16), "{chooser:?}: {held:?} of 20");
    }
}

#[test]
fn entropies() {
    assert!(entropy([3, 3, 3]).abs() < 1e-9 && entropy([]).abs() < 1e-9);
    assert!((entropy([0, 1, 2, 3]) - 2.0).abs() < 1e-9);
    let shares: f64 = TASKS.iter().map(|(share, _)| share).sum();
    assert!((shares - 1.0).abs() < 1e-9);
}
