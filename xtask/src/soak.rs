//! `soak`: mixed clients before the shipped binary for a long time, with upstreams that fail on purpose. Every answer
//! is checked; at the end memory must be about what it was after the warm-up.

mod answers;
mod asking;
mod memory;
mod upstream;

use crate::bench::gateway::{self, Gateway, Way};
use crate::bench::options::Subject;
use anyhow::Context as _;
use asking::{Client, Outcome};
use memory::Memory;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Requests at the same time, for each gateway.
const WORKERS: usize = 8;
/// How long nothing is asked before memory is read.
const SETTLE: Duration = Duration::from_secs(3);
/// How far memory may have grown, in percent.
const MOST_GROWTH: f64 = 10.0;

/// What was seen of all answers.
#[derive(Debug, Default)]
struct Tally {
    requests: u64,
    by_outcome: BTreeMap<&'static str, u64>,
    /// The first few; the rest is only counted.
    wrong: Vec<String>,
    wrongs: u64,
}

impl Tally {
    fn count(&mut self, outcome: Outcome) {
        self.requests += 1;
        match outcome {
            Outcome::Right(name) => *self.by_outcome.entry(name).or_default() += 1,
            Outcome::Wrong(what) => {
                self.wrongs += 1;
                if self.wrong.len() < 10 {
                    self.wrong.push(what);
                }
            }
        }
    }

    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.wrongs += other.wrongs;
        self.wrong.extend(other.wrong);
        for (name, count) in other.by_outcome {
            *self.by_outcome.entry(name).or_default() += count;
        }
    }
}

/// Runs for `--minutes N` (20), a fifth of it before memory is read for the first time.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let minutes = match arguments {
        [] => 20.0,
        [name, value] if name == "--minutes" => value.parse().context("--minutes wants a number")?,
        _ => anyhow::bail!("usage: cargo xtask soak [--minutes N]"),
    };
    anyhow::ensure!((0.1..=600.0).contains(&minutes), "--minutes is outside of 0.1 to 600");
    let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
    runtime.block_on(soak(Duration::from_secs_f64(minutes * 60.0)))
}

async fn soak(length: Duration) -> anyhow::Result<ExitCode> {
    gateway::build()?;
    let upstream = upstream::start().await?;
    let mut gateways = Vec::new();
    for way in [Way::Passthrough, Way::Translated] {
        let settings = [
            // Faults are on purpose and often: an open breaker would answer in their place.
            ("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "1000000"),
            // Kept answers fill a cache of 64 MiB by default, for longer than the warm-up: that is no leak.
            ("LYNKR_STORED_RESPONSES_MAX_BYTES", "1mb"),
            ("LOG_LEVEL", "warn"),
        ];
        gateways
            .push((way, Gateway::start_with(Subject::Lynkr, way, upstream.address(), &settings).await?.0));
    }
    let (tally, before, after) = tokio::select! {
        soaked = soaked(&gateways, length) => soaked?,
        failed = memory::watch(&gateways) => {
            failed?;
            anyhow::bail!("nobody watches the memory any more");
        }
    };
    let panics: usize = gateways.iter().map(|(_, gateway)| gateway.panics()).sum();
    Ok(report(length, &tally, panics, &before, &after))
}

type Memories = Vec<(Way, Memory)>;

/// The load, with memory after the warm-up and at the end.
async fn soaked(
    gateways: &[(Way, Gateway)],
    length: Duration,
) -> anyhow::Result<(Tally, Memories, Memories)> {
    let addresses: Vec<SocketAddr> = gateways.iter().map(|(_, gateway)| gateway.address).collect();
    let numbers = Arc::new(AtomicU64::new(0));
    let warm = length / 5;
    let mut tally = load(&addresses, &numbers, warm).await?;
    tokio::time::sleep(SETTLE).await;
    let before = memory::of_all(gateways)?;
    tally.add(load(&addresses, &numbers, length.saturating_sub(warm)).await?);
    tokio::time::sleep(SETTLE).await;
    let after = memory::of_all(gateways)?;
    Ok((tally, before, after))
}

async fn load(gateways: &[SocketAddr], numbers: &Arc<AtomicU64>, length: Duration) -> anyhow::Result<Tally> {
    let end = Instant::now() + length;
    let mut workers = JoinSet::new();
    for gateway in gateways {
        for _ in 0..WORKERS {
            workers.spawn(work(*gateway, Arc::clone(numbers), end));
        }
    }
    let mut tally = Tally::default();
    while let Some(worker) = workers.join_next().await {
        tally.add(worker.context("a client of the soak failed itself")?);
    }
    Ok(tally)
}

async fn work(gateway: SocketAddr, numbers: Arc<AtomicU64>, end: Instant) -> Tally {
    let client = Client::new(gateway);
    let mut tally = Tally::default();
    while Instant::now() < end {
        let number = numbers.fetch_add(1, Ordering::Relaxed);
        tally.count(client.ask(number).await);
    }
    tally
}

fn report(
    length: Duration,
    tally: &Tally,
    panics: usize,
    before: &[(Way, Memory)],
    after: &[(Way, Memory)],
) -> ExitCode {
    for (name, count) in &tally.by_outcome {
        println!("{count:>9}  {name}");
    }
    for wrong in &tally.wrong {
        println!("wrong: {wrong}");
    }
    let mut is_bounded = true;
    for ((way, before), (_, after)) in before.iter().zip(after) {
        let (before, after) = (before.resident, after.resident);
        let growth = (after / before - 1.0) * 100.0;
        is_bounded &= growth <= MOST_GROWTH;
        println!(
            "{way:?}: RSS {before:.1} MiB after the warm-up, {after:.1} MiB at the end ({growth:+.1} %)"
        );
    }
    println!(
        "soak: {:.1} minutes, {} requests, {panics} panics, {} wrong answers",
        length.as_secs_f64() / 60.0,
        tally.requests,
        tally.wrongs
    );
    let is_good = is_bounded && panics == 0 && tally.wrongs == 0 && tally.requests > 0;
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
