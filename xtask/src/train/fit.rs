//! Fits one vector of weights to examples of two kinds: prompts with a tier, by three thresholds on the same sum, and
//! prompts that were or were not too hard for a weak model, which is read as: at least COMPLEX. Plain stochastic
//! gradients with a step size per weight; the order of the examples is drawn from a fixed seed, and nothing here depends
//! on the machine.

use lynkr_routing::scorer::logistic;

/// A text's features: places and values.
pub(crate) type Vector = Vec<(u32, f32)>;

/// What is known of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    /// The place of its tier.
    Tier(usize),
    /// Whether it was too hard for a weak model.
    TooHard(bool),
}

/// One example.
#[derive(Debug, Clone)]
pub(crate) struct Example {
    pub(crate) features: Vector,
    pub(crate) label: Label,
    /// How much it counts.
    pub(crate) weight: f64,
}

/// How to fit.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    /// How often every example is seen.
    pub(crate) rounds: usize,
    pub(crate) step: f64,
    /// The pull of weights towards 0, by where in the vector a family begins.
    pub(crate) decay: [(usize, f64); 4],
}

/// What was fitted.
#[derive(Debug, Clone)]
pub(crate) struct Fitted {
    pub(crate) weights: Vec<f32>,
    /// The least sums of MEDIUM, COMPLEX and REASONING.
    pub(crate) thresholds: [f64; 3],
}

impl Fitted {
    /// The sum that a text's features make.
    pub(crate) fn sum(&self, features: &Vector) -> f64 {
        sum(&self.weights, features)
    }
}

fn sum(weights: &[f32], features: &Vector) -> f64 {
    features.iter().map(|(place, value)| f64::from(weights[*place as usize]) * f64::from(*value)).sum()
}

/// A reproducible source of numbers (a linear congruential generator's upper bits).
#[derive(Debug)]
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let wide = u128::from(self.0) * end as u128;
        usize::try_from(wide >> 64).unwrap_or_default()
    }

    /// The numbers below `end` in some order.
    pub(crate) fn order(&mut self, end: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..end).collect();
        for at in (1..end).rev() {
            order.swap(at, self.below(at + 1));
        }
        order
    }
}

/// The number that all training starts from.
pub(crate) const SEED: u64 = 20_260_401;

/// Fits `size` weights to examples.
pub(crate) fn fit(examples: &[Example], size: usize, recipe: &Recipe) -> Fitted {
    let mut weights = vec![0.0_f32; size];
    let mut squares = vec![0.1_f32; size];
    let mut thresholds = [-1.5, 0.5, 2.0];
    let mut threshold_squares = [1e-3; 3];
    let mut draw = Draw::new(SEED);
    let decay = |place: u32| {
        let family = recipe.decay.iter().rev().find(|(start, _)| *start <= place as usize);
        family.map_or(0.0, |(_, decay)| *decay)
    };
    for round in 0..recipe.rounds {
        // Shorter steps towards the end.
        let step = recipe.step * (1.0 - round as f64 / recipe.rounds as f64);
        for index in draw.order(examples.len()) {
            let example = &examples[index];
            let slopes = slopes(sum(&weights, &example.features), &thresholds, example.label);
            let total: f64 = slopes.iter().sum::<f64>() * example.weight;
            for (place, value) in &example.features {
                let at = *place as usize;
                let slope = total * f64::from(*value) + decay(*place) * f64::from(weights[at]);
                squares[at] += (slope * slope) as f32;
                weights[at] -= (step * slope / f64::from(squares[at]).sqrt()) as f32;
            }
            // Whose tier isn't known moves no border between tiers.
            if matches!(example.label, Label::TooHard(_)) {
                continue;
            }
            for ((threshold, square), slope) in thresholds.iter_mut().zip(&mut threshold_squares).zip(slopes)
            {
                let slope = -slope * example.weight;
                *square += slope * slope;
                *threshold -= step * slope / f64::sqrt(*square);
            }
        }
    }
    Fitted { weights, thresholds }
}

/// How much the loss grows with the sum, by threshold: the chance that the sum is beyond it, less whether it should be.
fn slopes(sum: f64, thresholds: &[f64; 3], label: Label) -> [f64; 3] {
    let slope = |at: usize, beyond: bool| logistic(sum - thresholds[at]) - f64::from(u8::from(beyond));
    match label {
        Label::Tier(tier) => [slope(0, tier > 0), slope(1, tier > 1), slope(2, tier > 2)],
        Label::TooHard(hard) => [0.0, slope(1, hard), 0.0],
    }
}

/// Stretches sums and sets thresholds so that the chances of sums which the fit has not seen come out right.
///
/// Returns the factor for the sums and the three thresholds on the stretched scale.
pub(crate) fn calibrate(unseen: &[(f64, usize)], start: &[f64; 3]) -> (f64, [f64; 3]) {
    let mut factor = 1.0;
    let mut thresholds = *start;
    let count = unseen.len().max(1) as f64;
    // The larger the sums, the steeper the slope: steps that are too long would never settle.
    let square = unseen.iter().map(|(sum, _)| sum * sum).sum::<f64>() / count;
    let step = 0.05 * (45.0 / square.max(45.0));
    for _ in 0..4000 {
        let (mut factor_slope, mut slopes) = (0.0, [0.0; 3]);
        for (sum, tier) in unseen {
            for at in 0..3 {
                let slope = logistic(factor * sum - thresholds[at]) - f64::from(u8::from(*tier > at));
                factor_slope += slope * sum / count;
                slopes[at] += slope / count;
            }
        }
        factor -= step * factor_slope;
        for (threshold, slope) in thresholds.iter_mut().zip(slopes) {
            *threshold += slope;
        }
    }
    (factor, thresholds)
}
