//! `bench`: what the gateway costs, measured from outside: a load generator, a mock upstream, and the shipped
//! binary between them. Rounds of all who are compared alternate, so that a machine's moods hit them alike.

mod accuracy;
mod bodies;
mod compare;
mod figures;
mod floor;
pub(crate) mod gateway;
mod load;
mod mock;
pub(crate) mod options;
mod people;
mod replies;
mod routing;
mod streams;

use crate::process;
use anyhow::Context as _;
use options::{Options, Suite};
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
        Suite::Compare { quick } => return runtime.block_on(compare::run(&options, quick)),
        Suite::Streams { most } => runtime.block_on(streams::run(most))?,
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
