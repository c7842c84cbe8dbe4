//! A made-up world in which the best candidate for each request is known, to measure what a learner loses.
//!
//! One tier with four candidates: one that is fair at everything, and three that are better and worse at some kinds of
//! work. Rewards are noisy, and one answer in ten fails outright. The numbers come from a seed, so that a run can be
//! repeated to the last digit.

use super::bandit::{Bandit, Choice, Settings, Situation};
use super::evaluate::Row;
use super::number::{count, place};
use super::task::Task;
use crate::ladder::Candidate;
use crate::tier::Tier;

/// How many candidates there are.
pub const ARMS: usize = 4;
/// The tier that they are in.
pub const TIER: Tier = Tier::Medium;
/// The share of answers that fail, with a reward of 0.
const FAILURES: f64 = 0.1;
/// How far a reward is from its mean at most.
const NOISE: f64 = 0.15;

/// For each task: how frequent it is, and what the candidates earn at it when they don't fail.
const TASKS: [(f64, [f64; ARMS]); Task::ALL.len()] = [
    (0.22, [0.55, 0.72, 0.48, 0.60]),
    (0.25, [0.58, 0.70, 0.40, 0.52]),
    (0.08, [0.60, 0.45, 0.74, 0.55]),
    (0.12, [0.50, 0.58, 0.35, 0.75]),
    (0.08, [0.62, 0.40, 0.76, 0.48]),
    (0.05, [0.66, 0.42, 0.78, 0.40]),
    (0.15, [0.70, 0.55, 0.50, 0.45]),
    (0.05, [0.60, 0.52, 0.55, 0.50]),
];

/// What a score 50 points higher changes.
const SLOPES: [f64; ARMS] = [-0.05, 0.05, -0.15, 0.10];

/// Random numbers from a seed (SplitMix64).
#[derive(Debug, Clone)]
pub struct Draws(u64);

impl Draws {
    /// The numbers of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, from 0 to below 1.
    pub fn draw(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let [a, b, c, d, ..] = (bits ^ (bits >> 31)).to_le_bytes();
        f64::from(u32::from_le_bytes([a, b, c, d])) / 4_294_967_296.0
    }
}

/// The candidates of the world.
pub fn candidates() -> Vec<Candidate> {
    let one = |model: &str| Candidate { provider: "simulated".to_owned(), model: model.to_owned() };
    ["fair", "coder", "writer", "thinker"].into_iter().map(one).collect()
}

/// The next request.
pub fn request(draws: &mut Draws) -> Situation {
    let mut rest = draws.draw();
    let task = Task::ALL.into_iter().zip(TASKS).find(|(_, (share, _))| {
        rest -= share;
        rest < 0.0
    });
    Situation {
        score: 20.0 + 30.0 * draws.draw(),
        tokens: 1_u64 << place(draws.draw(), 18),
        tools: draws.draw() < 0.7,
        streaming: draws.draw() < 0.9,
        risk: if draws.draw() < 0.1 { 0.5 } else { 0.0 },
        agentic: draws.draw() < 0.3,
        task: task.map_or(Task::Other, |(task, _)| task),
    }
}

/// What each candidate earns with a request on average.
pub fn worth(request: &Situation) -> [f64; ARMS] {
    let place = Task::ALL.iter().position(|task| *task == request.task).unwrap_or_default();
    let (_, means) = TASKS[place];
    let harder = (request.score - 35.0) / 50.0;
    std::array::from_fn(|arm| (means[arm] + SLOPES[arm] * harder) * (1.0 - FAILURES))
}

/// What a candidate earns with a request this time.
fn reward(request: &Situation, arm: usize, draws: &mut Draws) -> f64 {
    let noise = NOISE * (2.0 * draws.draw() - 1.0);
    let failed = draws.draw() < FAILURES;
    if failed { 0.0 } else { worth(request)[arm] / (1.0 - FAILURES) + noise }
}

/// Who chooses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Chooser {
    /// Always the same candidate.
    Static(usize),
    /// Any candidate, all with the same probability.
    Uniform,
    /// The best one, which only this world knows.
    Oracle,
    /// The bandit, with these settings.
    Learner(Settings),
}

/// What became of some requests.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// After each request: what was lost so far against the best choices, in mean rewards.
    pub regret: Vec<f64>,
    /// Every choice, as telemetry would log it.
    pub log: Vec<Row>,
}

impl Run {
    /// What was lost in all.
    pub fn total(&self) -> f64 {
        self.regret.last().copied().unwrap_or_default()
    }

    /// The entropy of the choices from a request on, in bits: 0 for always the same, 2 for all four alike.
    pub fn entropy(&self, from: usize) -> f64 {
        let chosen = self.log.get(from..).unwrap_or_default().iter().map(|row| row.chosen);
        entropy(chosen)
    }
}

/// The entropy of choices, in bits.
pub fn entropy(chosen: impl IntoIterator<Item = usize>) -> f64 {
    let mut times: Vec<usize> = Vec::new();
    for one in chosen {
        times.resize(times.len().max(one + 1), 0);
        times[one] += 1;
    }
    let all = count(times.iter().sum::<usize>().max(1));
    let shares = times.into_iter().filter(|times| *times > 0).map(|times| count(times) / all);
    // Without the zero, an entropy of nothing would be shown as -0.
    0.0 - shares.map(|share| share * share.log2()).sum::<f64>()
}

/// Has somebody choose for some requests; the same seed gives everybody the same requests.
pub fn run(chooser: Chooser, requests: usize, seed: u64) -> Run {
    let candidates = candidates();
    let names: Vec<String> = candidates.iter().map(ToString::to_string).collect();
    let settings = if let Chooser::Learner(settings) = chooser { settings } else { Settings::default() };
    let mut bandit = Bandit::new(settings);
    let (mut arriving, mut rewards, mut chance) =
        (Draws::new(seed), Draws::new(!seed), Draws::new(seed ^ 0x00c4_a9ce));
    let (mut run, mut lost) = (Run::default(), 0.0);
    for _ in 0..requests {
        let request = request(&mut arriving);
        let (features, means) = (request.features(), worth(&request));
        let draw = chance.draw();
        let (chosen, propensities) = match chooser {
            Chooser::Static(arm) => (arm.min(ARMS - 1), certain(arm.min(ARMS - 1))),
            Chooser::Uniform => (place(draw, ARMS), vec![1.0 / count(ARMS); ARMS]),
            Chooser::Oracle => (best(&means), certain(best(&means))),
            Chooser::Learner(_) => {
                let Some(choice) = bandit.choose(TIER, &candidates, &features, draw) else { return run };
                let Choice { chosen, propensities, .. } = choice;
                (chosen, propensities)
            }
        };
        let reward = reward(&request, chosen, &mut rewards);
        if matches!(chooser, Chooser::Learner(_)) {
            bandit.learn(TIER, &candidates[chosen], &features, reward);
        }
        lost += means[best(&means)] - means[chosen];
        run.regret.push(lost);
        run.log.push(Row { features, candidates: names.clone(), propensities, chosen, reward });
    }
    run
}

/// The place of the greatest mean.
pub fn best(means: &[f64; ARMS]) -> usize {
    (1..ARMS).fold(0, |best, arm| if means[arm] > means[best] { arm } else { best })
}

/// The candidate with the greatest mean over all requests: the best that never looking at a request can do.
pub fn best_single() -> usize {
    let sums = std::array::from_fn(|arm| TASKS.iter().map(|(share, means)| share * means[arm]).sum());
    best(&sums)
}

fn certain(arm: usize) -> Vec<f64> {
    (0..ARMS).map(|other| if other == arm { 1.0 } else { 0.0 }).collect()
}

/// A policy to be judged by the logs of another: mostly the writer for texts and questions, the thinker for reasoning,
/// the coder for the rest.
pub fn target(row: &Row) -> Vec<f64> {
    let tasks = &row.features.values()[7..];
    let task = Task::ALL.into_iter().zip(tasks).find(|(_, flag)| **flag > 0.5).map(|(task, _)| task);
    target_of(task.unwrap_or(Task::Other)).to_vec()
}

fn target_of(task: Task) -> [f64; ARMS] {
    match task {
        Task::Summarization | Task::Factoid | Task::Chat => [0.1, 0.0, 0.9, 0.0],
        Task::Reasoning => [0.1, 0.1, 0.0, 0.8],
        _ => [0.1, 0.9, 0.0, 0.0],
    }
}

/// What the target policy earns on average in truth: scores are spread evenly around 35, so that their slopes cancel.
pub fn target_worth() -> f64 {
    let of = |(task, (share, means)): (Task, (f64, [f64; ARMS]))| {
        let mean: f64 = target_of(task).iter().zip(means).map(|(chance, mean)| chance * mean).sum();
        share * mean * (1.0 - FAILURES)
    };
    Task::ALL.into_iter().zip(TASKS).map(of).sum()
}

#[cfg(test)]
mod tests;
