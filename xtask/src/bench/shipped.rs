//! The program as it is shipped: a release build whose compiler is told how often which part of the program runs.
//!
//! With that it inlines what is called often, and moves what never runs out of the way. What is told is a profile, which
//! [`profile`](super::profile) makes; a build without one, on another target, is a plain release build.

use crate::{process, tree};
use anyhow::Context as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Where it is built, so that neither build undoes the other.
pub(super) const FOLDER: &str = "target/dist";

/// Builds it, and says where it is.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    crate::only_flags(arguments, &[])?;
    build()?;
    println!("{}", binary().display());
    Ok(ExitCode::SUCCESS)
}

/// Where [`build`] puts it.
pub(crate) fn binary() -> PathBuf {
    tree::root().join(FOLDER).join("release/lynkr")
}

/// The profile for this machine's target, in LLVM's indexed format. Other targets have other functions.
pub(super) fn profile() -> anyhow::Result<PathBuf> {
    let target = said_by_compiler("host")?;
    Ok(tree::root().join("bins/lynkr/profile").join(target + ".profdata"))
}

/// Builds it.
pub(crate) fn build() -> anyhow::Result<()> {
    let profile = profile()?;
    let told = format!("-Cprofile-use={}", profile.display());
    // Functions that have changed since go without; that needn't be said of each.
    let switches = [told.as_str(), "-Cllvm-args=-no-pgo-warn-mismatch"];
    built(FOLDER, if profile.is_file() { &switches } else { &[] })
}

/// A release build in a folder of its own, with more switches for the compiler.
pub(super) fn built(folder: &str, switches: &[&str]) -> anyhow::Result<()> {
    let mut build =
        process::command("cargo", &["build", "--release", "--bin", "lynkr", "--target-dir", folder]);
    if !switches.is_empty() {
        // Cargo's other variable takes apart what has spaces.
        let given = process::variable("RUSTFLAGS").unwrap_or_default();
        let all: Vec<&str> = given.split_whitespace().chain(switches.iter().copied()).collect();
        build.env("CARGO_ENCODED_RUSTFLAGS", all.join("\x1f"));
    }
    anyhow::ensure!(process::watch(build, |_| {})?, "the gateway doesn't build");
    Ok(())
}

/// What the compiler says of itself, by the name before it.
pub(super) fn said_by_compiler(name: &str) -> anyhow::Result<String> {
    let told = process::capture(process::command("rustc", &["-vV"]))?;
    let mut lines = told.lines().filter_map(|line| line.split_once(": "));
    let (_, said) =
        lines.find(|(own, _)| *own == name).with_context(|| format!("rustc -vV tells no {name}"))?;
    Ok(said.to_owned())
}
