//! Automation: `cargo xtask <task>`. One file per task; the table below is all there is to know.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to its terminal")]

mod bench;
mod ci;
mod codegen;
mod dashboard;
mod e2e;
mod fuzz;
mod prices;
mod process;
mod soak;
mod stats;
mod tidy;
mod train;
mod tree;

use anyhow::Context as _;
use std::process::ExitCode;

/// A task returns an exit code of its own where what it printed last must stay last.
struct Task {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> anyhow::Result<ExitCode>,
}

const TASKS: &[Task] = &[
    Task {
        name: "bench",
        about: "<suite>  requests/s, added latency, CPU and memory beside a direct call",
        run: bench::run,
    },
    Task { name: "ci", about: "[--full]  every check, then the test totals", run: ci::run },
    Task {
        name: "codegen",
        about: "[--check]  write (or compare) the generated documents",
        run: codegen::run,
    },
    Task {
        name: "dashboard",
        about: "[--screenshots]  the dashboard in a real browser, with 100,000 requests",
        run: dashboard::run,
    },
    Task { name: "dist", about: "the binary as it is shipped, in target/dist", run: bench::shipped::run },
    Task {
        name: "e2e",
        about: "[--ci|--full|--direct]  real clients against the shipped binary",
        run: |arguments| e2e::run(arguments.to_vec()).map(|()| ExitCode::SUCCESS),
    },
    Task {
        name: bench::exercise::NAME,
        about: "REQUESTS  what clients send, to the binary that LYNKR_BIN names",
        run: bench::exercise::run,
    },
    Task {
        name: "fuzz",
        about: "[--seconds N|--replay FILE]  hostile bytes for every decoder",
        run: fuzz::run,
    },
    Task {
        name: "layout",
        about: "[--check]  write (or look at) the order in which the program's functions lie",
        run: bench::layout::run,
    },
    Task {
        name: "prices",
        about: "[--from WHEEL]  make the table of list prices from the newest `litellm` package",
        run: prices::run,
    },
    Task {
        name: "profile",
        about: "write how often which part of the program runs, for the compiler",
        run: bench::profile::run,
    },
    Task {
        name: "soak",
        about: "[--minutes N]  mixed clients and faults, then memory and answers",
        run: soak::run,
    },
    Task { name: "stats", about: "sizes of files, functions and crates", run: stats::run },
    Task { name: "tidy", about: "the rules that compilers don't check", run: tidy::run },
    Task {
        name: "train-router",
        about: "[--outcomes DIR] [--check]  fit the scorer to the labelled prompts",
        run: train::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(error) => {
            // In full, but without the backtrace that `Debug` adds: what went wrong is in the chain.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let (name, rest) = arguments.split_first().with_context(usage)?;
    let task = task(name).with_context(|| format!("no task is called {name}\n\n{}", usage()))?;
    (task.run)(rest)
}

fn task(name: &str) -> Option<&'static Task> {
    TASKS.iter().find(|task| task.name == name)
}

fn usage() -> String {
    let tasks: Vec<String> =
        TASKS.iter().map(|task| format!("  {:<12} {}\n", task.name, task.about)).collect();
    format!("usage: cargo xtask <task>\n\n{}", tasks.concat())
}

/// Refuses what a task doesn't know, so that a mistyped switch never passes for a run without it.
fn only_flags(arguments: &[String], known: &[&str]) -> anyhow::Result<()> {
    match arguments.iter().find(|argument| !known.contains(&argument.as_str())) {
        Some(unknown) => anyhow::bail!("unknown argument {unknown}; known: {}", known.join(" ")),
        None => Ok(()),
    }
}
