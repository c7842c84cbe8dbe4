//! The command line: one file per command, and the texts that people read.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to its terminal")]
#![warn(missing_docs)]

mod arguments;
mod clients;
mod commands;
mod instances;
mod launch;
mod loopback;
mod progress;
mod terminal;
mod tried;

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};

use arguments::{Arguments, Command};

/// Runs the command line.
pub fn run(version: &'static str) -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    let outcome = match arguments.command.unwrap_or_default() {
        Command::Init(init) => commands::init::run(&init),
        Command::Wrap(wrap) => commands::wrap::run(&wrap, version),
        Command::Stop(stop) => commands::stop::run(&stop),
        Command::Status(status) => commands::status::run(&status),
        Command::Logs(logs) => commands::logs::run(&logs),
        Command::Unit(unit) => commands::unit::run(&unit),
        Command::Statusline => Ok(commands::statusline::run()),
        Command::Completions(completions) => Ok(commands::completions::run(&completions)),
        Command::Man(man) => commands::man::run(&man),
        Command::Start(start) => commands::start::run(&start, version),
        Command::Config(config) => Ok(commands::config::run(&config)),
        Command::Doctor(doctor) => commands::doctor::run(&doctor, version),
        Command::Db(db) => commands::db::run(&db),
        Command::Keys(keys) => commands::keys::run(&keys),
        Command::Reset(reset) => commands::reset::run(&reset),
        Command::Route(route) => commands::route::run(&route),
        Command::Routing(routing) => commands::routing::run(&routing),
        Command::Budgets(budgets) => commands::budgets::run(&budgets),
        Command::Usage(usage) => commands::usage::run(&usage),
        Command::Stats(usage) => commands::usage::run(&usage.into_card()),
        Command::Trajectory(trajectory) => commands::trajectory::run(&trajectory),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// Says what can't be done; help and the version come this way as well.
fn refuse(error: &clap::Error) -> ExitCode {
    let word = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) if error.kind() == ErrorKind::InvalidSubcommand => word,
        _ => {
            // Whoever reads may have gone.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1));
        }
    };
    eprintln!("Error: unknown command '{word}'");
    if clients::names().contains(&word.as_str()) {
        eprintln!("hint: `lynkr wrap {word}` runs it with a gateway");
    } else if let Some(ContextValue::Strings(near)) = error.get(ContextKind::SuggestedSubcommand) {
        eprintln!("hint: there is `{}`", near.join("`, `"));
    }
    let program = Arguments::command();
    let names: Vec<&str> = program.get_subcommands().map(clap::Command::get_name).collect();
    eprintln!("The commands: {}. `lynkr --help` says more.", names.join(", "));
    ExitCode::FAILURE
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
