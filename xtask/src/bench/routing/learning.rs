//! What the learner loses in a world whose best choices are known, whether its logs tell what another policy would earn,
//! and how long its parts take.

use super::Section;
use lynkr_routing::learn::bandit::{Bandit, Settings};
use lynkr_routing::learn::evaluate::{Estimate, Report, Row, evaluate};
use lynkr_routing::learn::knn;
use lynkr_routing::learn::project;
use lynkr_routing::learn::simulate::{self, Chooser, Draws, Run};
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Instant;

const REQUESTS: usize = 10_000;
const SEED: u64 = 1;
/// After how many requests the regret is shown.
const SHOWN: [usize; 5] = [100, 300, 1_000, 3_000, 10_000];
/// How many logs, of how many rows, tell how often intervals hold the truth.
const LOGS: (u32, usize) = (100, 2_000);

/// Learning: regret, off-policy estimates, times.
pub(crate) fn run() -> anyhow::Result<Section> {
    let choosers = choosers();
    let runs: Vec<(&str, Run)> =
        choosers.iter().map(|(name, chooser)| (*name, simulate::run(*chooser, REQUESTS, SEED))).collect();
    let parts = [regret(&runs), off_policy(&runs)?, coverage()?, times()];
    let markdown: Vec<String> = parts.iter().map(|(text, _)| text.clone()).collect();
    let [regret, off_policy, coverage, times] = parts.map(|(_, figures)| figures);
    let figures = json!({ "regret": regret, "off_policy": off_policy, "coverage": coverage, "times": times });
    Ok(Section { name: "learning", markdown: markdown.join("\n\n"), figures })
}

fn choosers() -> Vec<(&'static str, Chooser)> {
    let unsure = Settings { alpha: 0.5, ..Settings::default() };
    vec![
        ("oracle", Chooser::Oracle),
        ("learner (α 1.5, ε 0.05)", Chooser::Learner(Settings::default())),
        ("learner (α 0.5, ε 0.05)", Chooser::Learner(unsure)),
        ("static, first listed", Chooser::Static(0)),
        ("static, best in hindsight", Chooser::Static(simulate::best_single())),
        ("uniform", Chooser::Uniform),
    ]
}

fn regret(runs: &[(&str, Run)]) -> (String, Value) {
    let mut lines = vec![
        format!(
            "## Learning: regret after so many of {REQUESTS} simulated requests (4 candidates, 8 tasks, seed {SEED})"
        ),
        String::new(),
        format!(
            "| who chooses | {} | choice entropy, bits | the last 1,000 | propensities sum to 1 |",
            SHOWN.map(|n| n.to_string()).join(" | ")
        ),
        format!("|---|{}--:|--:|---|", "--:|".repeat(SHOWN.len())),
    ];
    let mut figures = Vec::new();
    for (name, run) in runs {
        let curve = SHOWN.map(|after| run.regret[after - 1]);
        let sums =
            run.log.iter().filter(|row| (row.propensities.iter().sum::<f64>() - 1.0).abs() < 1e-9).count();
        let (entropy, late) = (run.entropy(0), run.entropy(REQUESTS - 1_000));
        let shown = curve.map(|lost| format!("{lost:.1}")).join(" | ");
        lines.push(format!("| {name} | {shown} | {entropy:.2} | {late:.2} | {sums} of {} |", run.log.len()));
        let rows = run.log.len();
        figures.push(json!({
            "chooser": name, "after": SHOWN, "regret": curve, "entropy": entropy, "late_entropy": late,
            "sums_to_one": sums, "rows": rows,
        }));
    }
    (lines.join("\n"), Value::Array(figures))
}

/// The four estimates, by name.
fn estimates(report: &Report) -> [(&'static str, Estimate); 4] {
    [
        ("IPS", report.ips),
        ("self-normalised IPS", report.snips),
        ("direct method", report.direct),
        ("doubly robust", report.doubly_robust),
    ]
}

fn judged(log: &[Row]) -> anyhow::Result<Report> {
    evaluate(log, simulate::target).ok_or_else(|| anyhow::anyhow!("no row of the log is usable"))
}

fn off_policy(runs: &[(&str, Run)]) -> anyhow::Result<(String, Value)> {
    let truth = simulate::target_worth();
    let mut lines = vec![
        format!("## Learning: what another policy would earn, from logs of {REQUESTS} rows; in truth it earns {truth:.4}"),
        String::new(),
        "| log of | estimate | value | 95 % interval | holds the truth | effective rows | greatest weight | entropy, bits |".to_owned(),
        "|---|---|--:|---|---|--:|--:|--:|".to_owned(),
    ];
    let mut figures = Vec::new();
    for (name, run) in runs.iter().filter(|(name, _)| name.starts_with("learner") || *name == "uniform") {
        let report = judged(&run.log)?;
        let (rows, weight, entropy) = (report.effective_rows, report.greatest_weight, run.entropy(0));
        for (kind, estimate) in estimates(&report) {
            let Estimate { value, low, high } = estimate;
            let holds = estimate.contains(truth);
            let said = if holds { "yes" } else { "no" };
            lines.push(format!(
                "| {name} | {kind} | {value:.4} | {low:.4} to {high:.4} | {said} | {rows:.0} | {weight:.1} | {entropy:.2} |"
            ));
            figures.push(json!({ "log": name, "estimate": kind, "interval": estimate, "truth": truth, "holds": holds }));
        }
    }
    lines.push(String::new());
    lines.push(
        "The direct method's interval knows nothing of rewards that its model can't fit, so it may miss."
            .to_owned(),
    );
    Ok((lines.join("\n"), Value::Array(figures)))
}

fn coverage() -> anyhow::Result<(String, Value)> {
    let truth = simulate::target_worth();
    let (logs, rows) = LOGS;
    let mut lines = vec![
        format!("## Learning: of {logs} logs of {rows} rows, how many 95 % intervals hold the truth"),
        String::new(),
        "| log of | IPS | self-normalised IPS | direct method | doubly robust | mean entropy, bits |"
            .to_owned(),
        "|---|--:|--:|--:|--:|--:|".to_owned(),
    ];
    let explorer = Settings { epsilon: 0.2, ..Settings::default() };
    let kinds = [
        ("uniform", Chooser::Uniform),
        ("learner (α 1.5, ε 0.05)", Chooser::Learner(Settings::default())),
        ("learner (α 1.5, ε 0.20)", Chooser::Learner(explorer)),
    ];
    let mut figures = Vec::new();
    for (name, chooser) in kinds {
        let (mut held, mut entropy) = ([0_u32; 4], 0.0);
        for seed in 0..logs {
            let run = simulate::run(chooser, rows, 1_000 + u64::from(seed));
            let found = estimates(&judged(&run.log)?);
            held.iter_mut().zip(found).for_each(|(held, (_, one))| *held += u32::from(one.contains(truth)));
            entropy += run.entropy(0) / f64::from(logs);
        }
        lines.push(format!("| {name} | {} | {entropy:.2} |", held.map(|held| held.to_string()).join(" | ")));
        figures.push(json!({ "log": name, "logs": logs, "held": held, "entropy": entropy }));
    }
    Ok((lines.join("\n"), Value::Array(figures)))
}

fn times() -> (String, Value) {
    let mut lines = vec![
        "## Learning: times, µs (median of 201)".to_owned(),
        String::new(),
        "| what | µs |".to_owned(),
        "|---|--:|".to_owned(),
    ];
    let mut figures = Vec::new();
    let mut show = |what: String, micros: f64| {
        lines.push(format!("| {what} | {micros:.1} |"));
        figures.push(json!({ "what": what, "micros": micros }));
    };
    for points in [5_000, 20_000] {
        let index = filled(points);
        let ask = project::text("fix the race in the connection pool");
        show(format!("neighbours among {points} points of 64"), median(|| index.advise(&ask, |_| true)));
    }
    let ask = "Why does the pool hand out a closed connection after a timeout? ".repeat(20);
    show(format!("projection of a text of {} bytes", ask.len()), median(|| project::text(&ask)));
    let (candidates, mut bandit) = (simulate::candidates(), Bandit::new(Settings::default()));
    let mut draws = Draws::new(SEED);
    let features = simulate::request(&mut draws).features();
    for candidate in candidates.iter().cycle().take(400) {
        bandit.learn(simulate::TIER, candidate, &simulate::request(&mut draws).features(), draws.draw());
    }
    let choose = median(|| bandit.choose(simulate::TIER, &candidates, &features, 0.5));
    show("choice among 4 candidates".to_owned(), choose);
    let learn = median(|| bandit.learn(simulate::TIER, &candidates[0], &features, 0.5));
    show("one reward learned".to_owned(), learn);
    (lines.join("\n"), Value::Array(figures))
}

/// An index with made-up outcomes.
fn filled(points: usize) -> knn::Index {
    let mut index = knn::Index::new(knn::Settings::default());
    for n in 0..points {
        let vector = project::text(&format!("request {n} about module {} and its {}", n % 97, n % 13));
        let model = ["small", "large", "other"][n % 3];
        index.add(&vector, &knn::Outcome { model, quality: 0.5, cost: Some(0.01), latency: Some(900.0) });
    }
    index
}

/// The median time of 201 calls, in microseconds.
fn median<T>(mut call: impl FnMut() -> T) -> f64 {
    let mut times: Vec<f64> = (0..201)
        .map(|_| {
            let start = Instant::now();
            black_box(call());
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[100]
}
