//! How good predictions of tiers are.

use std::fmt::Write as _;

/// A prediction beside the truth.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged {
    pub(crate) truth: usize,
    pub(crate) predicted: usize,
    pub(crate) probabilities: [f32; 4],
}

/// Figures over predictions.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) count: usize,
    pub(crate) accuracy: f64,
    /// Right, or a neighbour of what is right.
    pub(crate) adjacent: f64,
    /// Predicted harder than the truth, and easier.
    pub(crate) over: f64,
    pub(crate) under: f64,
    /// How far the chances that were claimed are from what came true, on average.
    pub(crate) calibration: f64,
    /// How evenly the tiers are chosen, in bits: 0 is a constant choice, 2 the most.
    pub(crate) entropy: f64,
    /// Rows are the truth, columns the prediction.
    pub(crate) confusion: [[usize; 4]; 4],
}

impl Report {
    pub(crate) fn of(judged: &[Judged]) -> Self {
        let share = |holds: &dyn Fn(&Judged) -> bool| {
            judged.iter().filter(|one| holds(one)).count() as f64 / judged.len().max(1) as f64
        };
        let mut confusion = [[0; 4]; 4];
        for one in judged {
            confusion[one.truth][one.predicted] += 1;
        }
        Self {
            count: judged.len(),
            accuracy: share(&|one| one.truth == one.predicted),
            adjacent: share(&|one| one.truth.abs_diff(one.predicted) <= 1),
            over: share(&|one| one.predicted > one.truth),
            under: share(&|one| one.predicted < one.truth),
            calibration: calibration(judged),
            entropy: entropy(judged.iter().map(|one| one.predicted)),
            confusion,
        }
    }

    /// The confusion as a Markdown table.
    pub(crate) fn table(&self) -> String {
        let mut table =
            "| Truth \\ scored | SIMPLE | MEDIUM | COMPLEX | REASONING |\n|---|--:|--:|--:|--:|\n".to_owned();
        for (tier, row) in lynkr_routing::Tier::ALL.iter().zip(&self.confusion) {
            let _ = writeln!(table, "| {tier} | {} | {} | {} | {} |", row[0], row[1], row[2], row[3]);
        }
        table
    }
}

/// The expected calibration error of the chosen tier's chance, over ten bins.
fn calibration(judged: &[Judged]) -> f64 {
    let mut bins = [(0.0, 0.0, 0.0_f64); 10];
    for one in judged {
        let claimed = f64::from(one.probabilities[one.predicted]);
        let bin = &mut bins[((claimed * 10.0) as usize).min(9)];
        bin.0 += claimed;
        bin.1 += f64::from(u8::from(one.truth == one.predicted));
        bin.2 += 1.0;
    }
    bins.iter().map(|(claimed, right, _)| (claimed - right).abs()).sum::<f64>() / judged.len().max(1) as f64
}

/// The entropy of choices, in bits.
pub(crate) fn entropy(choices: impl Iterator<Item = usize>) -> f64 {
    let mut counts = [0.0_f64; 4];
    for choice in choices {
        counts[choice.min(3)] += 1.0;
    }
    let total: f64 = counts.iter().sum();
    // Adding 0 keeps a constant choice from showing as -0.
    counts
        .iter()
        .filter(|count| **count > 0.0)
        .map(|count| -count / total * (count / total).log2())
        .sum::<f64>()
        + 0.0
}

#[cfg(test)]
mod tests {
    //! Figures that can be done in the head.

    use super::*;

    #[test]
    fn figures() {
        let one = |truth, predicted| Judged { truth, predicted, probabilities: [0.25; 4] };
        let report = Report::of(&[one(0, 0), one(1, 1), one(2, 1), one(0, 2)]);
        let shares = [report.accuracy, report.adjacent, report.over, report.under].map(|share| share * 4.0);
        assert!(
            shares.into_iter().zip([2.0, 3.0, 1.0, 1.0]).all(|(share, right)| (share - right).abs() < 1e-9)
        );
        assert_eq!(report.confusion[0], [1, 0, 1, 0]);
        assert!((report.calibration - 0.25).abs() < 1e-9);
        assert!((report.entropy - 1.5).abs() < 1e-9);
        assert!(entropy([1, 1, 1].into_iter()).abs() < 1e-9);
    }
}
