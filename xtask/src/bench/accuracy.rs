//! How well requests are told apart: the committed sets, and public outcomes, where routing each prompt to a weak or a
//! strong model has a known result. Every accuracy stands beside the entropy of the choices: a constant choice has none.
#![expect(clippy::cast_precision_loss, reason = "counts of some thousand prompts")]

mod curve;

use crate::train::fit::{self, Example, Vector};
use crate::train::judge::{self, Report};
use crate::train::{self, pipeline, report, sets};
use crate::tree;
use curve::{Curve, Routed};
use lynkr_routing::scorer::Model;
use std::path::Path;

/// Each outcome is routed by a head that was trained on the other folds.
const FOLDS: u64 = 5;

/// Prints all figures.
pub(crate) fn run(folder: Option<&Path>) -> anyhow::Result<()> {
    let model = Model::shared();
    for (name, rows) in train::evaluation()? {
        println!("{}", report::evaluated(model, name, &rows));
    }
    let prompts = sets::prompts(&std::fs::read_to_string(tree::root().join(train::PROMPTS))?)?;
    let held = pipeline::judge(model, prompts.iter().filter(|prompt| prompt.held_out));
    println!("held-out {}", Report::of(&held).line());
    let Some(folder) = folder else {
        println!("outcomes: none given; --outcomes DIR or LYNKR_ROUTING_DATA names the folder");
        return Ok(());
    };
    for (name, file) in train::OUTCOMES {
        let outcomes = sets::outcomes(&folder.join(file))?;
        println!("\n{name}: {} prompts, cost is the share that goes to the strong model", outcomes.len());
        show(&outcomes, &folds(&outcomes), "trained on the other folds");
        let sums: Vec<f64> =
            outcomes.iter().map(|outcome| f64::from(model.score(&outcome.prompt).score.get())).collect();
        let seen = if model.outcomes == 0 { "as compiled in" } else { "as compiled in, trained on outcomes" };
        show(&outcomes, &sums, seen);
    }
    Ok(())
}

/// How hard each prompt is by a head that hasn't seen it.
fn folds(outcomes: &[sets::Outcome]) -> Vec<f64> {
    let examples: Vec<Example> = outcomes.iter().map(pipeline::outcome_example).collect();
    let fold = |outcome: &sets::Outcome| (sets::hash(outcome.prompt.as_bytes()) >> 24) % FOLDS;
    let [.., size] = Model::layout();
    let fitted: Vec<fit::Fitted> = (0..FOLDS)
        .map(|held| {
            let others = outcomes.iter().zip(&examples).filter(|(outcome, _)| fold(outcome) != held);
            let others: Vec<Example> = others.map(|(_, example)| example.clone()).collect();
            fit::fit(&others, size, &pipeline::recipe())
        })
        .collect();
    let sum = |outcome: &sets::Outcome, features: &Vector| {
        let own = fold(outcome);
        (0..FOLDS).zip(&fitted).find(|(held, _)| *held == own).map_or(0.0, |(_, fitted)| fitted.sum(features))
    };
    outcomes.iter().zip(&examples).map(|(outcome, example)| sum(outcome, &example.features)).collect()
}

fn show(outcomes: &[sets::Outcome], sums: &[f64], how: &str) {
    let routed: Vec<Routed> = outcomes
        .iter()
        .zip(sums)
        .map(|(outcome, sum)| Routed { hardness: *sum, weak: outcome.weak, strong: outcome.strong })
        .collect();
    let curve = Curve::of(&routed);
    let (low, high) = curve::interval(&routed);
    let verdict = if low > 0.5 { "better than random" } else { "not told from random" };
    println!(
        "  {how}: area under cost-quality {:.4}, APGR {:.3} (95 % {low:.3} to {high:.3}: {verdict})",
        curve.area, curve.apgr
    );
    println!(
        "    beside random {:.4}, best single {:.4}, oracle {:.4}",
        f64::midpoint(curve.weak, curve.strong),
        curve.strong,
        curve.oracle
    );
    let mut sorted: Vec<f64> = sums.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    let entropy = judge::entropy(sums.iter().map(|sum| usize::from(*sum > middle)));
    println!(
        "    quality with half of the prompts at the strong model {:.4}, choice entropy {entropy:.2} bits",
        curve.half
    );
}
