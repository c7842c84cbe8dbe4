//! Automation: `cargo xtask <task>`. One file per task; the table below is all there is to know.
#![expect(clippy::print_stdout, reason = "a command line tool talks to its terminal")]

mod bench;
mod ci;
mod codegen;
mod process;
mod stats;
mod tidy;
mod tree;

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
    Task { name: "stats", about: "sizes of files, functions and crates", run: stats::run },
    Task { name: "tidy", about: "the rules that compilers don't check", run: tidy::run },
];

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        print!("{}", usage());
        return Ok(ExitCode::FAILURE);
    };
    match task(name) {
        Some(task) => (task.run)(rest),
        None => anyhow::bail!("no task is called {name}\n\n{}", usage()),
    }
}

fn task(name: &str) -> Option<&'static Task> {
    TASKS.iter().find(|task| task.name == name)
}

fn usage() -> String {
    let tasks: Vec<String> =
        TASKS.iter().map(|task| format!("  {:<8} {}\n", task.name, task.about)).collect();
    format!("usage: cargo xtask <task>\n\n{}", tasks.concat())
}

/// Refuses what a task doesn't know, so that a mistyped switch never passes for a run without it.
fn only_flags(arguments: &[String], known: &[&str]) -> anyhow::Result<()> {
    match arguments.iter().find(|argument| !known.contains(&argument.as_str())) {
        Some(unknown) => anyhow::bail!("unknown argument {unknown}; known: {}", known.join(" ")),
        None => Ok(()),
    }
}
