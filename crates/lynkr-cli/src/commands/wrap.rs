//! `lynkr wrap`: a client with a gateway of its own, or one that it shares with others.
//!
//! The gateway is a process of its own, without a terminal. Whoever comes first starts it, whoever comes later with the
//! same settings shares it, and it ends when the last one has left, however that one ended.

mod claude;
mod codex;
mod gateway;
mod gemini;
mod prepare;
mod statistics;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use lynkr_app::load;
use lynkr_config::{Inputs, Problem, Severity};
use lynkr_process::{Ended, Program, run_in_foreground};

use super::start::refuse;
use crate::arguments::Wrap;
use crate::clients::{self, Client};
use crate::instances::RunFolder;
use gateway::Shared;
use prepare::{Facts, Prepared};
use statistics::Reading;

/// The client isn't installed.
const NOT_FOUND: u8 = 2;

/// Names the variables that a wrapped client was given, so that another `lynkr wrap` below it knows them for what they are.
const WRAPPED: &str = "LYNKR_WRAPPED";

pub(crate) fn run(arguments: &Wrap, version: &str) -> anyhow::Result<ExitCode> {
    let mut inputs = arguments.inputs();
    let Some(name) = &arguments.client else {
        eprint!("{}", which(&inputs));
        return Ok(ExitCode::FAILURE);
    };
    let Some(client) = Client::named(name) else {
        eprintln!("Error: `{name}` can't be wrapped; these can: {}", clients::names().join(", "));
        return Ok(ExitCode::FAILURE);
    };
    let inherited = forget_outer(&mut inputs);
    let Some(program) = client.find(&inputs) else {
        eprintln!("{}", client.install_hint());
        return Ok(ExitCode::from(NOT_FOUND));
    };
    let loaded = load(&inputs);
    let errors: Vec<Problem> =
        loaded.problems.iter().filter(|problem| problem.severity == Severity::Error).cloned().collect();
    if !errors.is_empty() {
        return Ok(refuse(&errors));
    }
    let run = RunFolder::of(&loaded.values).context("LYNKR_STATE_DIR isn't set, and there is no HOME")?;
    let shared = Shared::join(arguments, &inputs, &loaded.values, &run, (version, &inherited))?;
    let facts = Facts {
        base: shared.instance.url(),
        key: shared.key.clone(),
        provider: shared.instance.provider.clone(),
        model: shared.instance.model.clone(),
        passes_logins: loaded.values.bool("LYNKR_OAUTH_PASSTHROUGH"),
        environment: &inputs.environment,
        home: inputs.home.as_deref(),
        given: &arguments.given,
    };
    let prepared = prepare::of(client, &facts)?;
    if std::io::stderr().is_terminal() {
        eprintln!("lynkr: {} through {} ({})", client.title(), shared.instance.url(), shared.instance.title);
        for line in &prepared.says {
            eprintln!("  {line}");
        }
    }
    let before = Reading::take(&shared);
    let began = Instant::now();
    let ended = run_in_foreground(&program_of(program, &prepared, &facts, &inherited, &shared))
        .with_context(|| format!("can't start {}", client.title()))?;
    if client.outlives_its_program() && ended.is_success() {
        wait_for_the_user(client);
    }
    if loaded.values.bool("LYNKR_WRAP_SHOW_STATS") {
        show(&shared, before.as_ref(), began, ended);
    }
    shared.leave(&run);
    Ok(ExitCode::from(ended.exit_code()))
}

/// What can be wrapped: where it lies, or how it is had.
fn which(inputs: &Inputs) -> String {
    let mut text = "Usage: lynkr wrap <CLIENT> [-- ARGUMENTS]\n\n".to_owned();
    for client in clients::ALL {
        let told = match client.find(inputs) {
            Some(program) => program.display().to_string(),
            None => format!("isn't installed: {}", client.install()),
        };
        let _ = writeln!(text, "  {:<9}{:<13}{told}", client.name(), client.title());
    }
    text
}

/// Takes out of the environment what an outer `lynkr wrap` put in: it is for that one's client alone.
fn forget_outer(inputs: &mut Inputs) -> BTreeSet<String> {
    let names = inputs.environment.remove(WRAPPED).unwrap_or_default();
    let mut names: BTreeSet<String> =
        names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    for name in &names {
        inputs.environment.remove(name);
    }
    names.insert(WRAPPED.to_owned());
    names
}

fn program_of(
    path: std::path::PathBuf,
    prepared: &Prepared,
    facts: &Facts<'_>,
    inherited: &BTreeSet<String>,
    shared: &Shared,
) -> Program {
    let mut program = Program::new(path).arguments(prepared.before.iter().cloned());
    program = program.arguments(facts.given.iter().cloned());
    for name in inherited.iter().map(String::as_str).chain(prepared.without.iter().copied()) {
        program = program.without(name);
    }
    let mut set = prepared.set.clone();
    set.push(("LYNKR_PORT", shared.instance.address.port().to_string()));
    set.extend(facts.key.clone().map(|key| ("LYNKR_KEY", key)));
    set.extend(prepare::no_proxy(facts.environment));
    let names: Vec<&str> = set.iter().map(|(name, _)| *name).collect();
    program = program.variable(WRAPPED, names.join(","));
    set.into_iter().fold(program, |program, (name, value)| program.variable(name, value))
}

/// A window stays when the program that opened it has ended.
fn wait_for_the_user(client: Client) {
    eprintln!("lynkr: {} is open; Enter or Ctrl-C here ends its gateway", client.title());
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
}

fn show(shared: &Shared, before: Option<&Reading>, began: Instant, ended: Ended) {
    if !ended.is_success() {
        return;
    }
    let after = Reading::take_last(shared, before);
    eprint!("{}", statistics::report(before, after.as_ref(), began.elapsed(), shared.was_alone()));
}
