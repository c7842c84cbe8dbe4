//! `cargo xtask e2e`: the real clients against the shipped binary, with a scripted model behind it.
//!
//! Every cell of the matrix (client × upstream × case) is one run of an unmodified client in an empty environment:
//! its own home, its own project folder, its own gateway process, its own upstream. A cell is green when the client
//! ends well, its side effects are on disk, and the upstream saw nothing that a strict vendor would refuse.

mod case;
mod cell;
mod client;
mod column;
pub(crate) mod gateway;
pub(crate) mod install;
mod judge;
mod matrix;
mod options;
mod process;
mod proof;
mod scenario;
pub(crate) mod scratch;
mod vendor;
mod wire;
mod wrap;

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use cell::{Cell, Setting, Verdict};
use install::{Installed, Package};
use judge::Judge;
use options::{Options, Width};
use proof::Proof;
use wrap::Wrapped;

/// Runs the matrix that the arguments ask for; an error when a cell is red.
pub(crate) fn run(args: Vec<String>) -> anyhow::Result<()> {
    let options = options::parse(&args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            done = run_matrix(options) => done,
            // Dropping the runs ends the processes that they own.
            _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        }
    })
}

async fn run_matrix(options: Options) -> anyhow::Result<()> {
    let installed = install::prepare(&options).await?;
    let setting = Arc::new(Setting {
        judge: judge(&options, &installed).await,
        installed,
        gateway: if options.direct { None } else { Some(gateway::binary().await?) },
        keep: options.keep,
    });
    // What has to be installed and built takes as long as the machine is empty; the matrix itself doesn't.
    let started = Instant::now();
    let proofs = run_proofs(&setting, options.proofs(), options.jobs).await?;
    let wraps = run_wraps(&setting, options.wraps()).await?;
    let verdicts = run_cells(&setting, options.cells(), options.jobs).await?;
    let table = matrix::render(&verdicts, &setting.installed);
    let proven = proof::render(&proofs);
    say(&format!("{table}\n\n{proven}"))?;
    if options.writes_document() {
        let path = gateway::workspace_root()?.join("docs/client-matrix.md");
        std::fs::write(&path, matrix::document(&table, &proven))
            .with_context(|| format!("write {}", path.display()))?;
    }
    let mut totals = matrix::Totals::of(&verdicts);
    totals.add(&proofs);
    totals.count(&wraps);
    say(&format!("{totals}, {:.0} s", started.elapsed().as_secs_f64()))?;
    let late = options.width == Width::Ci && started.elapsed() > Duration::from_mins(25);
    if totals.red > 0 {
        bail!("{} red cells", totals.red);
    }
    if late {
        bail!("the narrow matrix took longer than 25 minutes");
    }
    Ok(())
}

/// One after the other: each has a gateway and a client, and most of what they take is the machine.
async fn run_wraps(setting: &Setting, wraps: Vec<Wrapped>) -> anyhow::Result<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    for wrapped in wraps {
        let started = Instant::now();
        let verdict = wrap::run(setting, wrapped).await;
        say(&format!(
            "{verdict:<5} {wrapped} ({:.1} s){}",
            started.elapsed().as_secs_f64(),
            verdict.details()
        ))?;
        verdicts.push(verdict);
    }
    Ok(verdicts)
}

/// The judge, where a column needs it and it could be installed.
async fn judge(options: &Options, installed: &Installed) -> Option<Judge> {
    let can = options.packages().contains(&Package::Judges) && installed.missing(Package::Judges).is_none();
    if !can {
        return None;
    }
    // Without a judge the cells that need it say so.
    Judge::new(installed.program(Package::Judges)).await.ok()
}

async fn run_cells(
    setting: &Arc<Setting>,
    cells: Vec<Cell>,
    jobs: usize,
) -> anyhow::Result<Vec<(Cell, Verdict)>> {
    let slots = Arc::new(Semaphore::new(jobs));
    let mut running = JoinSet::new();
    for (place, cell) in cells.into_iter().enumerate() {
        let (setting, slots) = (Arc::clone(setting), Arc::clone(&slots));
        running.spawn(async move {
            let _slot = slots.acquire_owned().await;
            let started = Instant::now();
            let verdict = cell::run(&setting, cell).await;
            (place, cell, verdict, started.elapsed())
        });
    }
    let mut done = Vec::new();
    while let Some(finished) = running.join_next().await {
        let (place, cell, verdict, time) = finished?;
        say(&format!("{verdict:<5} {cell} ({:.1} s){}", time.as_secs_f64(), verdict.details()))?;
        done.push((place, (cell, verdict)));
    }
    done.sort_by_key(|(place, _)| *place);
    Ok(done.into_iter().map(|(_, judged)| judged).collect())
}

async fn run_proofs(
    setting: &Arc<Setting>,
    proofs: Vec<Proof>,
    jobs: usize,
) -> anyhow::Result<Vec<(Proof, Vec<proof::Line>)>> {
    if proofs.is_empty() {
        return Ok(Vec::new());
    }
    let compiled = proofs.iter().any(|proof| proof.sdk.package == Package::SdkTypescript);
    let scripts = Arc::new(proof::Scripts::prepare(&setting.installed, compiled).await?);
    let slots = Arc::new(Semaphore::new(jobs));
    let mut running = JoinSet::new();
    for (place, proof) in proofs.into_iter().enumerate() {
        let (setting, scripts, slots) = (Arc::clone(setting), Arc::clone(&scripts), Arc::clone(&slots));
        running.spawn(async move {
            let _slot = slots.acquire_owned().await;
            let started = Instant::now();
            let lines = proof::run(&setting, &scripts, proof).await;
            (place, proof, lines, started.elapsed())
        });
    }
    let mut done = Vec::new();
    while let Some(finished) = running.join_next().await {
        let (place, proof, lines, time) = finished?;
        let failed: Vec<_> = lines.iter().filter(|line| line.verdict == "failed").collect();
        let verdict = if failed.is_empty() { "ok" } else { "RED" };
        say(&format!("{verdict:<5} {proof}: {} scenarios ({:.1} s)", lines.len(), time.as_secs_f64()))?;
        for line in failed {
            say(&format!("      {}: {}", line.scenario, line.why))?;
        }
        done.push((place, (proof, lines)));
    }
    done.sort_by_key(|(place, _)| *place);
    Ok(done.into_iter().map(|(_, judged)| judged).collect())
}

fn say(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")
}
