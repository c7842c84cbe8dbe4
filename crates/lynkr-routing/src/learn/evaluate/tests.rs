//! Estimates are near the truth of a world that is known, and what can't be used is counted.

use super::*;
use proptest::prelude::*;

fn row(features: [f64; 2], propensities: &[f64], chosen: usize, reward: f64) -> Row {
    let mut values = [0.0; crate::learn::bandit::FEATURES];
    values[0] = 1.0;
    values[7..9].copy_from_slice(&features);
    Row {
        features: Features::new(values),
        candidates: (0..propensities.len()).map(|at| format!("arm{at}")).collect(),
        propensities: propensities.to_vec(),
        chosen,
        reward,
    }
}

/// A world with two kinds of requests, in which arm 0 suits the one and arm 1 the other: 0.8 there, 0.2 elsewhere.
fn log(rows: u32) -> Vec<Row> {
    let mut state = 2_463_534_242_u32;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        f64::from(state) / 4_294_967_296.0
    };
    let one = |_| {
        let kind = usize::from(draw() < 0.5);
        let chosen = usize::from(draw() >= 0.8);
        let reward = if draw() < if chosen == kind { 0.8 } else { 0.2 } { 1.0 } else { 0.0 };
        let features = if kind == 0 { [1.0, 0.0] } else { [0.0, 1.0] };
        row(features, &[0.8, 0.2], chosen, reward)
    };
    (0..rows).map(one).collect()
}

fn suits(row: &Row) -> Vec<f64> {
    if row.features.values()[7] > 0.5 { vec![1.0, 0.0] } else { vec![0.0, 1.0] }
}

#[test]
fn near_the_truth() {
    let log = log(4_000);
    let report = evaluate(&log, suits).unwrap();
    assert_eq!((report.rows, report.rejected.total()), (4_000, 0));
    for estimate in [report.ips, report.snips, report.direct, report.doubly_robust] {
        assert!((estimate.value - 0.8).abs() < 0.05, "{report:?}");
    }
    for estimate in [report.ips, report.snips, report.doubly_robust] {
        assert!(estimate.contains(0.8) && !estimate.contains(0.5), "{report:?}");
    }
    let width = |estimate: Estimate| estimate.high - estimate.low;
    assert!(width(report.doubly_robust) < width(report.ips));
    assert!((report.greatest_weight - 5.0).abs() < 1e-9 && report.effective_rows < 2_000.0);
    // The policy that was logged has weight 1 everywhere.
    let same = evaluate(&log, |row| row.propensities.clone()).unwrap();
    assert!(
        (same.ips.value - same.logged.value).abs() < 1e-9 && (same.effective_rows - 4_000.0).abs() < 1e-6
    );
}

#[test]
fn what_cant_be_used_is_counted() {
    let good = row([1.0, 0.0], &[0.5, 0.5], 0, 1.0);
    let rows = [
        good.clone(),
        row([1.0, 0.0], &[0.0, 1.0], 0, 1.0),
        row([1.0, 0.0], &[f64::NAN, 1.0], 0, 1.0),
        row([1.0, 0.0], &[-0.5, 1.5], 0, 1.0),
        row([1.0, 0.0], &[0.5, 0.6], 0, 1.0),
        row([1.0, 0.0], &[0.5, 0.5], 2, 1.0),
        Row { candidates: vec!["arm0".to_owned()], ..good.clone() },
        row([1.0, 0.0], &[0.5, 0.5], 0, f64::NAN),
        row([1.0, 0.0], &[0.5, 0.5], 0, 1.5),
    ];
    let report = evaluate(&rows, suits).unwrap();
    let expect = Rejected { propensity: 3, shape: 3, reward: 2, policy: 0 };
    assert_eq!((report.rows, report.rejected), (1, expect));
    assert_eq!(evaluate(&rows, |_| vec![0.5]), None);
    assert_eq!(evaluate(&[], suits), None);
}

#[test]
fn rows_are_kept_as_json() {
    let good = row([1.0, 0.25], &[0.5, 0.5], 0, 1.0);
    let text = serde_json::to_string(&good).unwrap();
    assert_eq!(serde_json::from_str::<Row>(&text).unwrap(), good);
    let hostile = text.replacen("1.0", "1e300", 1);
    assert_ne!(hostile, text);
    assert_eq!(serde_json::from_str::<Row>(&hostile).unwrap(), good, "features are brought into their range");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn hostile_numbers(
        rows in prop::collection::vec(
            (any::<[f64; 2]>(), prop::collection::vec(any::<f64>(), 0..4), 0..5_usize, any::<f64>()), 0..20),
        target in prop::collection::vec(any::<f64>(), 0..4)
    ) {
        let mut rows: Vec<Row> = rows.iter().map(|(x, shares, chosen, reward)| row(*x, shares, *chosen, *reward)).collect();
        let count = rows.len();
        let rejected = evaluate(&rows, |_| target.clone()).map(|report| (report.rows, report.rejected.total()));
        prop_assert!(rejected.is_none_or(|(used, rejected)| used + rejected == count));
        rows.push(row([1.0, 0.0], &[1e-300, 1.0], 0, 1.0));
        let report = evaluate(&rows, |row| vec![1.0 / super::count(row.candidates.len()); row.candidates.len()]).unwrap();
        prop_assert!(report.doubly_robust.value.is_finite());
    }
}
