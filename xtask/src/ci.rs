//! `ci`: every check, one after the other, each to its end, so that one run shows all that is wrong.

mod totals;

use crate::{process, task};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use totals::Totals;

/// One check: a `cargo` command line and what it adds to the environment.
struct Step {
    name: &'static str,
    cargo: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

const fn step(name: &'static str, cargo: &'static [&'static str]) -> Step {
    Step { name, cargo, environment: &[] }
}

/// The cheap steps come first: they fail most often.
const STEPS: &[Step] = &[
    step("fmt", &["fmt", "--all", "--check"]),
    step("tidy", &["xtask", "tidy"]),
    step("clippy", &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]),
    Step {
        name: "doc",
        cargo: &["doc", "--workspace", "--no-deps", "--locked"],
        environment: &[("RUSTDOCFLAGS", "-D warnings")],
    },
    step("test", &["test", "--workspace"]),
];

const END_TO_END: Step = step("e2e", &["xtask", "e2e", "--ci"]);
const DASHBOARD: Step = step("dashboard", &["xtask", "dashboard", "--must"]);
const DENY: Step = step("deny", &["deny", "--all-features", "check", "bans", "licenses", "sources"]);

/// How a step went.
struct Outcome {
    name: &'static str,
    passed: bool,
    took: Duration,
}

/// Runs the steps; prints their times, then the totals of all tests as the very last line.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    crate::only_flags(arguments, &["--full"])?;
    let full = !arguments.is_empty();
    let mut totals = Totals::default();
    let mut outcomes = Vec::new();
    for step in STEPS.iter().chain(end_to_end(full)).chain(dashboard(full)).chain(deny(full)?) {
        println!("\n== {} ==", step.name);
        outcomes.push(run_step(step, &mut totals)?);
    }
    print!("\n{}", table(&outcomes));
    println!("{totals}");
    let passed = outcomes.iter().all(|outcome| outcome.passed);
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run_step(step: &Step, totals: &mut Totals) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    let mut command = process::command("cargo", step.cargo);
    command.envs(step.environment.iter().copied());
    let passed = process::watch(command, |line| totals.add(line))?;
    Ok(Outcome { name: step.name, passed, took: started.elapsed() })
}

/// The real clients, unless the machine can't run them and said so.
fn end_to_end(full: bool) -> Option<&'static Step> {
    let wanted = full || process::variable("LYNKR_CI_E2E").as_deref() != Some("0");
    (wanted && task("e2e").is_some()).then_some(&END_TO_END)
}

/// The dashboard in a real browser, unless it was left out by name: a machine without one fails.
fn dashboard(full: bool) -> Option<&'static Step> {
    let wanted = full || process::variable("LYNKR_CI_DASHBOARD").as_deref() != Some("0");
    wanted.then_some(&DASHBOARD)
}

/// `cargo deny` repeats in depth what tidy checks in brief, where the tool is installed.
fn deny(full: bool) -> anyhow::Result<Option<&'static Step>> {
    let installed = || -> anyhow::Result<bool> {
        Ok(process::capture(process::command("cargo", &["--list"]))?
            .lines()
            .any(|line| line.trim() == "deny"))
    };
    Ok(if full && installed()? { Some(&DENY) } else { None })
}

fn table(outcomes: &[Outcome]) -> String {
    let line = |outcome: &Outcome| {
        let verdict = if outcome.passed { "ok" } else { "FAILED" };
        format!("{:<9} {:>6.1} min  {verdict}\n", outcome.name, outcome.took.as_secs_f64() / 60.0)
    };
    let all = outcomes.iter().map(|outcome| outcome.took).sum::<Duration>().as_secs_f64() / 60.0;
    let lines: String = outcomes.iter().map(line).collect();
    format!("{lines}{:<9} {all:>6.1} min\n", "all")
}

#[cfg(test)]
mod tests;
