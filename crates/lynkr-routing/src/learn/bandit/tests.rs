//! The regression is the textbook's, propensities sum to 1, and the bandit learns who is best at what.

use super::super::task::Task;
use super::*;
use proptest::prelude::*;

fn model(name: &str) -> Candidate {
    Candidate { provider: "mock".to_owned(), model: name.to_owned() }
}

fn situation(task: Task) -> Situation {
    Situation { score: 30.0, tokens: 2_000, tools: true, streaming: true, risk: 0.0, agentic: false, task }
}

/// A cheap stream of numbers from 0 to below 1.
fn draws(seed: u32) -> impl FnMut() -> f64 {
    let mut state = seed | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        f64::from(state) / 4_294_967_296.0
    }
}

#[test]
fn each_task_has_its_own_feature() {
    for (at, task) in Task::ALL.into_iter().enumerate() {
        let features = situation(task).features();
        let tasks = &features.values()[7..];
        let ones: Vec<usize> = (0..tasks.len()).filter(|other| tasks[*other] > 0.5).collect();
        assert_eq!(ones, [at]);
        assert_eq!(NAMES[7 + at], task.label());
    }
}

/// Solves `(I + Σ x·xᵀ) θ = Σ r·x` by elimination.
fn solve(rows: &[(Features, f64)]) -> [f64; FEATURES] {
    let mut matrix = [[0.0; FEATURES + 1]; FEATURES];
    for (at, row) in matrix.iter_mut().enumerate() {
        row[at] = 1.0;
        for (features, reward) in rows {
            let x = features.values();
            (0..FEATURES).for_each(|column| row[column] += x[at] * x[column]);
            row[FEATURES] += reward * x[at];
        }
    }
    for pivot in 0..FEATURES {
        let base = matrix[pivot];
        for (_, row) in matrix.iter_mut().enumerate().filter(|(at, _)| *at != pivot) {
            let factor = row[pivot] / base[pivot];
            row.iter_mut().zip(base).for_each(|(value, base)| *value -= factor * base);
        }
    }
    std::array::from_fn(|at| matrix[at][FEATURES] / matrix[at][at])
}

#[test]
fn the_regression_is_the_textbooks() {
    let mut draw = draws(7);
    let mut linear = Linear::default();
    let rows: Vec<(Features, f64)> =
        (0..2_000).map(|_| (Features::new(std::array::from_fn(|_| draw())), draw())).collect();
    for (features, reward) in &rows {
        linear.learn(features, *reward, 1.0);
    }
    let expect = solve(&rows);
    for (features, _) in rows.iter().take(20) {
        let wanted: f64 = features.values().iter().zip(expect).map(|(x, weight)| x * weight).sum();
        let (mean, spread) = linear.predict(features);
        assert!((mean - wanted).abs() < 1e-8, "{mean} {wanted}");
        assert!(spread > 0.0 && spread < 0.2, "{spread}");
    }
}

#[test]
fn forgetting_follows_a_change_and_stays_bounded() {
    let features = situation(Task::Chat).features();
    let [mut forgets, mut keeps] = [Linear::default(), Linear::default()];
    for n in 0..20_000 {
        let reward = if n < 19_700 { 0.9 } else { 0.1 };
        forgets.learn(&features, reward, 0.98);
        keeps.learn(&features, reward, 1.0);
    }
    assert!((forgets.predict(&features).0 - 0.1).abs() < 0.05);
    assert!(keeps.predict(&features).0 > 0.8);
    let (_, elsewhere) = forgets.predict(&situation(Task::Reasoning).features());
    assert!(elsewhere < 3.0, "{elsewhere}");
}

#[test]
fn learns_who_is_best_at_what() {
    let candidates = [model("small"), model("large"), model("other")];
    let worth = |task: Task, chosen: usize| match (task, chosen) {
        (Task::Chat, 0) | (Task::Reasoning, 1) => 0.8,
        (_, 2) => 0.5,
        _ => 0.3,
    };
    let mut bandit = Bandit::new(Settings::default());
    let mut draw = draws(3);
    for n in 0..2_000 {
        let task = if n % 2 == 0 { Task::Chat } else { Task::Reasoning };
        let features = situation(task).features();
        let choice = bandit.choose(Tier::Simple, &candidates, &features, draw()).unwrap();
        let reward = worth(task, choice.chosen) + 0.2 * (draw() - 0.5);
        assert!(bandit.learn(Tier::Simple, &candidates[choice.chosen], &features, reward));
    }
    for (task, best) in [(Task::Chat, 0), (Task::Reasoning, 1)] {
        let choice = bandit.choose(Tier::Simple, &candidates, &situation(task).features(), 0.9).unwrap();
        assert_eq!(choice.greedy, best, "{task}: {:?}", choice.estimates);
    }
    // What was learned of one tier says nothing of another.
    let other =
        bandit.choose(Tier::Complex, &candidates, &situation(Task::Reasoning).features(), 0.9).unwrap();
    assert!(other.greedy == 0 && other.estimates.iter().all(|estimate| estimate.seen == 0));
    assert_eq!(Bandit::load(Settings::default(), &bandit.save()), Ok(bandit));
}

#[test]
fn the_pair_not_seen_for_longest_goes() {
    let mut bandit = Bandit::new(Settings { most: 2, ..Settings::default() });
    let features = situation(Task::Other).features();
    for name in ["a", "b", "a", "c"] {
        bandit.learn(Tier::Medium, &model(name), &features, 0.5);
    }
    let seen = ["a", "b", "c"].map(|name| bandit.estimate(Tier::Medium, &model(name), &features).seen);
    assert_eq!((bandit.len(), seen), (2, [2, 0, 1]));
}

#[test]
fn damaged_state_is_refused() {
    let mut bandit = Bandit::new(Settings::default());
    bandit.learn(Tier::Medium, &model("a"), &situation(Task::Other).features(), 0.5);
    let text = String::from_utf8(bandit.save()).unwrap();
    for (from, to) in [
        ("\"seen\":1", "\"seen\":-1"),
        ("\"inverse\":\"", "\"inverse\":\"00"),
        ("\"inverse\":\"3", "\"inverse\":\"b"),
        ("\"sums\":\"3fe", "\"sums\":\"7ff"),
        ("\"version\":1", "\"version\":2"),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{from}");
        assert!(Bandit::load(Settings::default(), broken.as_bytes()).is_err(), "{from} → {to}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn propensities_sum_to_one(
        values in prop::array::uniform15(any::<f64>()), learned in prop::collection::vec(any::<(u8, f64)>(), 0..40),
        arms in 1..9_usize, epsilon in any::<f64>(), alpha in any::<f64>(), keep in any::<f64>(), draw in any::<f64>()
    ) {
        let candidates: Vec<Candidate> = (0..arms).map(|n| model(&n.to_string())).collect();
        let features = Features::new(values);
        let mut bandit = Bandit::new(Settings { alpha, epsilon, keep, most: 6 });
        for (arm, reward) in learned {
            let taken = bandit.learn(Tier::Medium, &candidates[usize::from(arm) % arms], &features, reward);
            prop_assert_eq!(taken, !reward.is_nan());
        }
        let choice = bandit.choose(Tier::Medium, &candidates, &features, draw).unwrap();
        prop_assert!((choice.propensities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        prop_assert!(choice.propensities.iter().all(|share| (0.0..=1.0 + 1e-9).contains(share)));
        prop_assert!(choice.chosen < arms && choice.greedy < arms);
        prop_assert!(choice.estimates.iter().all(|one| one.mean.is_finite() && one.bonus.is_finite()));
        prop_assert!(bandit.len() <= 6);
        prop_assert_eq!(Bandit::load(bandit.settings, &bandit.save()), Ok(bandit));
    }

    #[test]
    fn draws_follow_the_propensities(epsilon in 0.01..1.0_f64, arms in 1..6_usize) {
        let candidates: Vec<Candidate> = (0..arms).map(|n| model(&n.to_string())).collect();
        let bandit = Bandit::new(Settings { epsilon, ..Settings::default() });
        let features = situation(Task::Other).features();
        let mut times = vec![0_u32; arms];
        let mut propensities = Vec::new();
        for n in 0..2_000 {
            let choice = bandit.choose(Tier::Medium, &candidates, &features, f64::from(n) / 2_000.0).unwrap();
            times[choice.chosen] += 1;
            propensities = choice.propensities;
        }
        for (times, propensity) in times.into_iter().zip(propensities) {
            prop_assert!((f64::from(times) / 2_000.0 - propensity).abs() < 0.002);
        }
    }
}
