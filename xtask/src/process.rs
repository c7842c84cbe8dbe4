//! The one place in the automation that makes a process or reads the environment.

use crate::tree;
use anyhow::Context as _;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

/// A command that runs at the top of the repository.
#[expect(clippy::disallowed_methods, reason = "this is the automation's one place for processes")]
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(tree::root());
    // `cargo run` describes xtask in these; build scripts that watch them would rebuild on every change of caller.
    for (name, _) in std::env::vars_os() {
        let ours = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_MANIFEST_")
                || name.starts_with("CARGO_BIN_")
        });
        if ours {
            command.env_remove(&name);
        }
    }
    command
}

/// Standard output of a command that has to succeed.
pub(crate) fn capture(mut command: Command) -> anyhow::Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("starting {program}"))?;
    anyhow::ensure!(output.status.success(), "{program} ended with {}", output.status);
    String::from_utf8(output.stdout).with_context(|| format!("{program} printed something that isn't UTF-8"))
}

/// Runs a command that talks much: what it said last is told only when it fails.
pub(crate) fn quietly(mut command: Command) -> anyhow::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("starting {program}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.trim_end().rsplit('\n').next().unwrap_or_default();
    anyhow::ensure!(output.status.success(), "{program} ended with {}: {last}", output.status);
    Ok(())
}

/// Runs a command with its output shown, handing each line of standard output to `see` as well; true means
/// that it succeeded.
pub(crate) fn watch(mut command: Command, mut see: impl FnMut(&str)) -> anyhow::Result<bool> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("starting {program}"))?;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = line.with_context(|| format!("reading from {program}"))?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            see(&line);
        }
    }
    Ok(child.wait().with_context(|| format!("waiting for {program}"))?.success())
}

/// An environment variable, if set and not empty.
#[expect(clippy::disallowed_methods, reason = "switches of the automation, not of the product")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
