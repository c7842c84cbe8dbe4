//! The fit on examples whose answer is known, and the committed model's inputs.

use super::fit::{self, Example, Label, Recipe};
use super::*;

fn example(places: &[u32], label: Label) -> Example {
    Example { features: places.iter().map(|place| (*place, 1.0)).collect(), label, weight: 1.0 }
}

fn recipe() -> Recipe {
    Recipe { rounds: 60, step: 0.3, decay: [(0, 1e-4); 4] }
}

#[test]
fn a_fit_orders_what_it_saw_and_gives_the_same_bits_twice() {
    let tiers = (0..4).flat_map(|tier| (0..5).map(move |_| example(&[tier], Label::Tier(tier as usize))));
    let hard =
        (0..5).flat_map(|_| [example(&[4], Label::TooHard(false)), example(&[5], Label::TooHard(true))]);
    let examples: Vec<Example> = tiers.chain(hard).collect();
    let fitted = fit::fit(&examples, 6, &recipe());
    let sums: Vec<f64> = (0..6).map(|place| fitted.sum(&vec![(place, 1.0)])).collect();
    assert!(sums[0] < sums[1] && sums[1] < sums[2] && sums[2] < sums[3] && sums[4] < sums[5], "{sums:?}");
    for tier in 0..4 {
        let passed = fitted.thresholds[..3].iter().filter(|threshold| sums[tier] >= **threshold).count();
        assert_eq!(passed, tier, "{sums:?} {:?}", fitted.thresholds);
    }
    let again = fit::fit(&examples, 6, &recipe());
    assert_eq!((fitted.weights, fitted.thresholds), (again.weights, again.thresholds));
}

#[test]
fn calibration_makes_chances_come_true() {
    // Sums ten times too bold: half of what claims certainty is wrong.
    let unseen: Vec<(f64, usize)> =
        (0..40).map(|at| (if at % 2 == 0 { 10.0 } else { -10.0 }, usize::from(at % 4 < 2) * 3)).collect();
    let (factor, thresholds) = fit::calibrate(&unseen, &[0.0; 4]);
    let chance = lynkr_routing::scorer::logistic(factor * 10.0 - thresholds[0]);
    assert!((chance - 0.5).abs() < 0.02, "{chance}");
}

#[test]
fn the_committed_model_was_trained_on_the_committed_prompts() {
    let committed = inputs(None).unwrap();
    assert_eq!(Model::shared().prompts, committed.hashes.0, "run `cargo xtask train-router`");
}

#[test]
fn the_report_stands_in_its_place() {
    let document = std::fs::read_to_string(tree::root().join(DOCUMENT)).unwrap();
    let placed = report::placed(&document, "figures\n").unwrap();
    assert!(placed.contains("-->\n\nfigures\n\n<!--"));
    assert!(report::placed("nothing", "figures").is_err());
}

#[test]
fn switches() {
    let of = |line: &str| options(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(of("--outcomes a --check").unwrap(), (Some(PathBuf::from("a")), true));
    assert!(of("--outcomes").is_err() && of("--fast").is_err());
}
