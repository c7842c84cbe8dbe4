//! `bench`: what the gateway costs, measured from outside: a load generator, a mock upstream, and the shipped
//! binary between them. Rounds of all who are compared alternate, so that a machine's moods hit them alike.

mod accuracy;
mod bodies;
mod compare;
mod components;
mod concurrent;
pub(crate) mod exercise;
mod features;
mod figures;
mod floor;
pub(crate) mod gateway;
pub(crate) mod layout;
mod limits;
mod load;
mod mock;
pub(crate) mod options;
mod outcome;
mod pairs;
mod people;
mod postlink;
pub(crate) mod profile;
mod replies;
mod routing;
mod saved;
pub(crate) mod shipped;
mod shown;
mod start;
mod streams;
mod turn;
mod verdict;

use crate::process;
use anyhow::Context as _;
use options::{Options, Part, Suite};
use outcome::Outcome;
use std::process::ExitCode;

/// Runs a suite. A debug build would measure itself: it hands over to a release build first.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let options = Options::parse(arguments)?;
    // What people wait for is a process of its own, however this one was built.
    if cfg!(debug_assertions) && !options.as_built && options.suite != Suite::People {
        let mut line = vec!["run", "--quiet", "--release", "--package", "xtask", "--", "bench"];
        line.extend(arguments.iter().map(String::as_str));
        let passed = process::watch(process::command("cargo", &line), |_| {})?;
        return Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
    match options.suite {
        Suite::All | Suite::One(_) => return runtime.block_on(measure(&options)),
        Suite::People => return runtime.block_on(people::run(&options)),
        Suite::Routing => {
            accuracy::run(options.outcomes.as_deref())?;
            routing::run(&options.json)?;
        }
        Suite::Floor { listen, upstream, converts } => {
            runtime.block_on(floor::run(listen, upstream, converts))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs the parts one after the other, prints each as soon as it is done, and ends with their figures and limits.
async fn measure(options: &Options) -> anyhow::Result<ExitCode> {
    let parts = options.parts();
    // What has to be built is, before anything is measured.
    if parts.contains(&Part::Components) {
        components::build(options)?;
    }
    if parts.iter().any(|part| *part != Part::Components) {
        gateway::build()?;
    }
    if let Some(before) = &options.before {
        saved::read(before)?;
    }
    let busy = outcome::noise_now().await;
    let mut outcomes: Vec<Outcome> = Vec::new();
    for part in parts {
        eprintln!("{}", part.name());
        let outcome = match part {
            Part::Compare { quick } => compare::run(options, quick).await,
            Part::Start => start::run(options).await,
            Part::Features => features::run(options).await,
            Part::Pairs => pairs::run(options).await,
            Part::Concurrent => concurrent::run(options).await,
            Part::Streams => streams::run(options).await,
            Part::Components => components::run(options),
        };
        let outcome = outcome.with_context(|| part.name())?;
        println!("{}\n", outcome.markdown);
        outcomes.push(outcome);
    }
    outcome::conclude(options, busy, &outcomes)
}
