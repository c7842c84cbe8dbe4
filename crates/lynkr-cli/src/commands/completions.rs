//! `lynkr completions`: what a shell completes by.

use std::io::Write as _;
use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::arguments::{Arguments, Completions};

pub(crate) fn run(arguments: &Completions) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "lynkr", &mut script);
    // Whoever reads may have seen enough.
    let _ = std::io::stdout().write_all(&script);
    ExitCode::SUCCESS
}
