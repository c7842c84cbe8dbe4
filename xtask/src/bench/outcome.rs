//! What suites hand back, and the end of a run: the table of figures with limits, the files, the exit code.

use super::figures::busy_share;
use super::options::Options;
use super::saved;
use super::verdict::{self, Figures};
use anyhow::Context as _;
use serde_json::{Map, Value, json};
use std::process::ExitCode;
use std::time::Duration;

/// What a suite measured.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Its name, as it is asked for.
    pub(crate) suite: &'static str,
    /// For people.
    pub(crate) markdown: String,
    /// For programs and for comparisons.
    pub(crate) json: Value,
    /// The figures that have a limit.
    pub(crate) figures: Figures,
    /// What makes figures doubtful.
    pub(crate) noise: Vec<String>,
}

/// Rounds of the same that lie further apart than this share of their middle make figures doubtful.
pub(crate) const NOISE: f64 = 0.25;

/// Somebody else who takes more than this share of the machine makes figures doubtful.
const BUSY: f64 = 0.15;
/// How long the machine is looked at. Its average load would tell of what was built just before as well.
const LOOK: Duration = Duration::from_secs(2);

/// What else the machine does, if it is much.
pub(crate) async fn noise_now() -> Option<String> {
    let read = || std::fs::read_to_string("/proc/stat").ok();
    let before = read()?;
    tokio::time::sleep(LOOK).await;
    let share = busy_share(&before, &read()?).filter(|share| *share > BUSY)?;
    Some(format!("{:.0} % of the machine was busy with something else at the start", share * 100.0))
}

/// How many cores there are.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Prints the verdicts and what changed, writes the files, and says how the run ended.
pub(crate) fn conclude(
    options: &Options,
    busy: Option<String>,
    outcomes: &[Outcome],
) -> anyhow::Result<ExitCode> {
    let before = options.before.as_deref().map(saved::read).transpose()?;
    let suites: Vec<&str> = outcomes.iter().map(|own| own.suite).collect();
    let measured: Vec<_> = outcomes.iter().flat_map(|own| own.figures.0.iter().cloned()).collect();
    let verdicts = verdict::verdicts(&measured, &suites)?;
    let noise: Vec<&String> = busy.iter().chain(outcomes.iter().flat_map(|own| &own.noise)).collect();
    let by_suite: Map<String, Value> =
        outcomes.iter().map(|own| (own.suite.to_owned(), own.json.clone())).collect();
    let report = json!({
        "cores": cores(), "round_seconds": options.round.as_secs_f64(), "rounds": options.rounds, "noise": noise,
        "suites": by_suite, "verdicts": verdict::json(&verdicts),
    });
    if let Some(before) = &before {
        println!("{}", saved::changes(before, &report));
    }
    if !verdicts.is_empty() {
        println!("\n{}", verdict::markdown(&verdicts, before.as_ref()));
    }
    for what in &noise {
        println!("\n**Noisy:** {what}.");
    }
    for file in &options.json {
        std::fs::write(file, format!("{report:#}\n"))
            .with_context(|| format!("writing {}", file.display()))?;
    }
    let failed = options.strict && (!noise.is_empty() || verdict::is_missed(&verdicts));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
