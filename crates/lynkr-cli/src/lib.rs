//! The command line: one file per command, and the texts that people read.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to its terminal")]
#![warn(missing_docs)]

mod arguments;
mod clients;
mod commands;
mod progress;
mod terminal;
mod tried;

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use arguments::{Arguments, Command};

/// Runs the command line.
pub fn run(version: &'static str) -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Init(init) => commands::init::run(&init),
        Command::Start(start) => commands::start::run(&start, version),
        Command::Config(config) => Ok(commands::config::run(&config)),
        Command::Doctor(doctor) => commands::doctor::run(&doctor, version),
        Command::Db(db) => commands::db::run(&db),
        Command::Keys(keys) => commands::keys::run(&keys),
        Command::Route(route) => commands::route::run(&route),
        Command::Routing(routing) => commands::routing::run(&routing),
        Command::Budgets(budgets) => commands::budgets::run(&budgets),
        Command::Usage(usage) => commands::usage::run(&usage),
        Command::Stats(usage) => commands::usage::run(&usage.into_card()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// The text of `docs/cli.md`.
pub fn cli_markdown() -> String {
    let mut text =
        String::from("# The `lynkr` command\n\nThis page is generated from the command line's own help.\n");
    let mut command = Arguments::command();
    command.build();
    let pages = std::iter::once(command.clone()).chain(command.get_subcommands().cloned());
    for mut page in pages.filter(|page| page.get_name() != "help") {
        let name = page.get_bin_name().unwrap_or("lynkr").to_owned();
        let help = page.render_long_help().to_string();
        // Between an option's text and its default stands an indented line without a word.
        let lines: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
        let _ = write!(text, "\n## `{name}`\n\n```text\n{}\n```\n", lines.join("\n"));
    }
    text
}
