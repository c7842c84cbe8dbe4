//! `bench`: what the gateway costs, measured from outside: a load generator, a mock upstream, and the shipped
//! binary between them. Rounds through the gateway alternate with direct calls, so that a machine's moods hit both.

mod accuracy;
mod bodies;
mod figures;
mod floor;
pub(crate) mod gateway;
mod load;
mod mock;
pub(crate) mod options;
mod replies;
mod report;
mod routing;
mod smoke;
mod streams;

use crate::process;
use anyhow::Context as _;
use options::{Options, Suite};
use std::process::ExitCode;

/// Runs a suite. A debug build would measure itself: it hands over to a release build first.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let options = Options::parse(arguments)?;
    if cfg!(debug_assertions) && !options.as_built {
        let mut line = vec!["run", "--quiet", "--release", "--package", "xtask", "--", "bench"];
        line.extend(arguments.iter().map(String::as_str));
        let passed = process::watch(process::command("cargo", &line), |_| {})?;
        return Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
    match options.suite {
        Suite::Smoke => runtime.block_on(smoke::run(&options))?,
        Suite::Streams { most } => runtime.block_on(streams::run(most))?,
        Suite::Routing => {
            accuracy::run(options.outcomes.as_deref())?;
            routing::run(options.json.as_deref())?;
        }
        Suite::Floor { listen, upstream } => runtime.block_on(floor::run(listen, upstream))?,
    }
    Ok(ExitCode::SUCCESS)
}
