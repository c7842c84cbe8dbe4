//! From prompts to a model: features, folds for the calibration, the fit.

use super::fit::{self, Example, Fitted, Label, Recipe, Vector};
use super::judge::Judged;
use super::sets::{self, Outcome, Prompt};
use lynkr_routing::TierBounds;
use lynkr_routing::scorer::{Model, Scored, vector};

/// Folds of the training prompts: each is scored by a fit of the others, to set the thresholds by.
pub(crate) const FOLDS: u64 = 5;

/// How to fit the shipped model. The pull on hashed features is weak since each has a small value.
pub(crate) fn recipe() -> Recipe {
    let [words, parts, pairs, named, _] = Model::layout();
    Recipe { rounds: 12, step: 0.4, decay: [(words, 2e-3), (parts, 4e-3), (pairs, 2e-3), (named, 4e-3)] }
}

/// A prompt's features with its label. What was written by hand counts more than a form with slots.
pub(crate) fn example(prompt: &Prompt) -> Example {
    let weight = if prompt.hand { 1.5 } else { 0.8 };
    Example { features: features(&prompt.text), label: Label::Tier(prompt.tier.index()), weight }
}

/// How much one outcome counts beside a labelled prompt, and one that the strong model got wrong as well.
const OUTCOME_WEIGHTS: (f64, f64) = (0.3, 0.06);

/// An outcome's features, and whether the weak model failed. Where both failed, a harder tier is of little help.
pub(crate) fn outcome_example(outcome: &Outcome) -> Example {
    let (usual, hopeless) = OUTCOME_WEIGHTS;
    let weight = if outcome.weak || outcome.strong { usual } else { hopeless };
    Example { features: features(&outcome.prompt), label: Label::TooHard(!outcome.weak), weight }
}

fn features(text: &str) -> Vector {
    vector(&lynkr_routing::own_words(text))
}

/// Which fold a prompt is in: whole families of forms together, hand-written ones each for itself.
pub(crate) fn fold(prompt: &Prompt) -> u64 {
    let whole =
        if prompt.hand || prompt.family.starts_with("context-") { &prompt.text } else { &prompt.family };
    sets::hash(whole.as_bytes()) >> 24 & 0xffff
}

/// Sums of the training prompts by fits that haven't seen them, with the place of their tiers.
pub(crate) fn unseen(
    prompts: &[Prompt],
    examples: &[Example],
    outcomes: &[Example],
    recipe: &Recipe,
) -> Vec<(f64, usize)> {
    let [.., size] = Model::layout();
    let mut sums = Vec::new();
    for held in 0..FOLDS {
        tell_fit(held + 1);
        let inside = |prompt: &Prompt| fold(prompt) % FOLDS == held;
        let with =
            |held: bool| prompts.iter().zip(examples).filter(move |(prompt, _)| inside(prompt) == held);
        let others: Vec<Example> =
            with(false).map(|(_, example)| example.clone()).chain(outcomes.iter().cloned()).collect();
        let fitted = fit::fit(&others, size, recipe);
        sums.extend(with(true).map(|(prompt, example)| (fitted.sum(&example.features), prompt.tier.index())));
    }
    sums
}

/// Says which of all fits is under way: the folds', then the one of everything.
pub(crate) fn tell_fit(number: u64) {
    eprintln!("fit {number} of {}", FOLDS + 1);
}

/// Makes the model: fitted to all examples, its chances calibrated by sums of fits that had not seen the prompts.
pub(crate) fn model(fitted: &Fitted, unseen: &[(f64, usize)], hashes: (u64, u64)) -> Model {
    let (factor, thresholds) = fit::calibrate(unseen, &fitted.thresholds);
    let weights: Vec<f32> =
        fitted.weights.iter().map(|weight| (f64::from(*weight) * factor) as f32).collect();
    Model::new(&weights, thresholds.map(|threshold| threshold as f32), hashes.0, hashes.1)
}

/// Scores beside the truth.
pub(crate) fn judge<'a>(model: &Model, prompts: impl Iterator<Item = &'a Prompt>) -> Vec<Judged> {
    let judged = |prompt: &Prompt| {
        let scored = model.score(&prompt.text);
        Judged { truth: prompt.tier.index(), predicted: tier(&scored), probabilities: scored.probabilities }
    };
    prompts.map(judged).collect()
}

/// The place of a score's tier.
pub(crate) fn tier(scored: &Scored) -> usize {
    TierBounds::default().tier(scored.score).index()
}
