//! Quality over cost, as more and more prompts go to the strong model, the hardest first.

use crate::train::fit::{Draw, SEED};

/// How often prompts are drawn anew for an interval.
const DRAWS: usize = 400;

/// A prompt: how hard the router takes it for, and which model answers it right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Routed {
    pub(super) hardness: f64,
    pub(super) weak: bool,
    pub(super) strong: bool,
}

impl Routed {
    /// What the strong model adds.
    fn gain(self) -> f64 {
        f64::from(u8::from(self.strong)) - f64::from(u8::from(self.weak))
    }
}

/// A router's curve. Shares are of right answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Curve {
    pub(super) weak: f64,
    pub(super) strong: f64,
    /// The mean quality over all shares of the strong model.
    pub(super) area: f64,
    /// The area between the weak model's quality and the curve, as a share of the gap between the models.
    pub(super) apgr: f64,
    /// The area of a router that knows the answers.
    pub(super) oracle: f64,
    /// The quality with half of the prompts at the strong model.
    pub(super) half: f64,
}

impl Curve {
    pub(super) fn of(prompts: &[Routed]) -> Self {
        let count = prompts.len().max(1) as f64;
        let share =
            |right: fn(&Routed) -> bool| prompts.iter().filter(|one| right(one)).count() as f64 / count;
        let (weak, strong) = (share(|one| one.weak), share(|one| one.strong));
        let (area, half) = walk(prompts, weak, |one| one.hardness);
        let (oracle, _) = walk(prompts, weak, |one| one.gain());
        Self { weak, strong, area, apgr: (area - weak) / (strong - weak), oracle, half }
    }
}

/// The area and the middle of the curve with prompts in the order of a key, the greatest first.
fn walk(prompts: &[Routed], weak: f64, key: impl Fn(&Routed) -> f64) -> (f64, f64) {
    let mut order: Vec<(f64, f64)> = prompts.iter().map(|one| (key(one), one.gain())).collect();
    order.sort_by(|one, other| other.0.total_cmp(&one.0));
    let count = order.len().max(1) as f64;
    let (mut quality, mut area, mut half) = (weak, 0.0, weak);
    for (at, (_, gain)) in order.iter().enumerate() {
        let before = quality;
        quality += gain / count;
        area += f64::midpoint(before, quality) / count;
        if at < order.len() / 2 {
            half = quality;
        }
    }
    (area, half)
}

/// Between which values the APGR lies in 95 of 100 draws of as many prompts.
pub(super) fn interval(prompts: &[Routed]) -> (f64, f64) {
    let mut draw = Draw::new(SEED);
    let mut values: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let drawn: Vec<Routed> = (0..prompts.len()).map(|_| prompts[draw.below(prompts.len())]).collect();
            Curve::of(&drawn).apgr
        })
        .collect();
    values.sort_by(f64::total_cmp);
    (values[DRAWS / 40], values[DRAWS - 1 - DRAWS / 40])
}

#[cfg(test)]
mod tests {
    //! Routers whose curves can be drawn by hand.

    use super::*;

    fn prompts(hardness: [f64; 4]) -> Vec<Routed> {
        let known = [(true, true), (false, true), (true, true), (false, true)];
        known
            .iter()
            .zip(hardness)
            .map(|((weak, strong), hardness)| Routed { hardness, weak: *weak, strong: *strong })
            .collect()
    }

    #[test]
    fn the_best_and_the_worst_order() {
        let best = Curve::of(&prompts([0.0, 1.0, 0.0, 1.0]));
        assert!((best.area - best.oracle).abs() < 1e-9 && (best.apgr - 0.75).abs() < 1e-9, "{best:?}");
        assert!((best.half - 1.0).abs() < 1e-9 && (best.weak - 0.5).abs() < 1e-9);
        let worst = Curve::of(&prompts([1.0, 0.0, 1.0, 0.0]));
        assert!((worst.apgr - 0.25).abs() < 1e-9, "{worst:?}");
    }

    #[test]
    fn an_interval_holds_the_value() {
        let many: Vec<Routed> = (0..200_u32)
            .map(|at| Routed {
                hardness: f64::from(at % 7),
                weak: at % 3 == 0,
                strong: at % 3 != 1 || at % 7 > 3,
            })
            .collect();
        let (low, high) = interval(&many);
        let value = Curve::of(&many).apgr;
        assert!(low < value && value < high, "{low} {value} {high}");
    }
}
