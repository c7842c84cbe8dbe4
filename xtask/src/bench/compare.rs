//! Everybody side by side: the bare forwarder and the bare converter, nginx where it is installed, peers that run already, and
//! the gateway both ways. In each cell all take turns, round after round.

mod cells;
mod contender;
mod measure;
mod report;
mod saved;

use super::gateway;
use super::mock::Mock;
use super::options::Options;
use anyhow::Context as _;
use cells::Cell;
use contender::Contender;
use report::Report;
use std::process::ExitCode;

/// Measures everything and prints it.
pub(super) async fn run(options: &Options, quick: bool) -> anyhow::Result<ExitCode> {
    gateway::build()?;
    let before = options.before.as_deref().map(saved::read).transpose()?;
    let mut report = Report::new(options);
    report.noise(noise_now());
    let mock = Mock::start(options.mock).await?;
    let mut contenders = Vec::new();
    for plan in contender::plans(options) {
        let name = plan.name.clone();
        contenders.push(Contender::start(plan, mock.address, options.round).await.with_context(|| name)?);
    }
    for cell in Cell::all(quick).into_iter().filter(|cell| cell.is_named(options.only.as_deref())) {
        eprintln!("{cell}");
        let rows =
            measure::cell(cell, &contenders, &mock, options).await.with_context(|| cell.to_string())?;
        report.add(cell, rows);
    }
    report.contenders(&contenders);
    println!("{}", report.markdown());
    let figures = report.json();
    if let Some(before) = before {
        println!("\n{}", saved::changes(&before, &figures));
    }
    for file in &options.json {
        std::fs::write(file, format!("{figures:#}\n"))
            .with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(if options.strict && report.is_noisy() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What else the machine does, if it is much.
fn noise_now() -> Option<String> {
    let load: f64 = std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()?;
    let cores = f64::from(u32::try_from(std::thread::available_parallelism().map_or(1, usize::from)).ok()?);
    (load > cores * 0.5).then(|| format!("the machine was busy at the start: load {load} on {cores} cores"))
}
