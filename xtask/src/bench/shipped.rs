//! The program as it is shipped: a release build whose compiler is told how often which part of the program runs, and which
//! is laid anew after it is linked.
//!
//! With the first the compiler inlines what is called often, and moves what never runs out of the way. What is told is a
//! profile, which [`profile`](super::profile) makes; a build without one, on another target, is a plain release build. The
//! second is [`postlink`](super::postlink)'s, where its tools are installed.

use super::postlink::Bolt;
use crate::{process, tree};
use anyhow::Context as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where it is built, so that neither build undoes the other.
pub(super) const FOLDER: &str = "target/dist";
/// Says that it isn't to be laid anew.
const PLAIN: &str = "--plain";

/// Builds it, and says where it is.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    crate::only_flags(arguments, &[PLAIN])?;
    built_with(if arguments.is_empty() { Bolt::installed() } else { None }.as_ref())?;
    println!("{}", binary().display());
    Ok(ExitCode::SUCCESS)
}

/// Where [`build`] puts it.
pub(crate) fn binary() -> PathBuf {
    tree::root().join(FOLDER).join("lynkr")
}

/// Where [`link`] puts it, before it is laid anew.
pub(super) fn linked() -> PathBuf {
    tree::root().join(FOLDER).join("release/lynkr")
}

/// The profile for this machine's target, in LLVM's indexed format. Other targets have other functions.
pub(super) fn profile() -> anyhow::Result<PathBuf> {
    let target = said_by_compiler("host")?;
    Ok(tree::root().join("bins/lynkr/profile").join(target + ".profdata"))
}

/// Builds it.
pub(crate) fn build() -> anyhow::Result<()> {
    built_with(Bolt::installed().as_ref())
}

fn built_with(bolt: Option<&Bolt>) -> anyhow::Result<()> {
    link_for(bolt)?;
    let (linked, shipped) = (linked(), binary());
    if is_newer(&shipped, &linked) {
        return Ok(());
    }
    // What takes its place is whole, and whoever runs the old one keeps it.
    let (new, told) = (shipped.with_extension("new"), || format!("writing {}", shipped.display()));
    if let Some(bolt) = bolt {
        bolt.lay(&linked, &new)?;
    } else {
        eprintln!("no llvm-bolt is used: the program stays as it was linked");
        fs::copy(&linked, &new).map(drop).with_context(told)?;
    }
    fs::rename(&new, &shipped).with_context(told)
}

/// Whether a file is there and was written after another one.
fn is_newer(file: &Path, other: &Path) -> bool {
    let written = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    written(file).zip(written(other)).is_some_and(|(own, other)| own > other)
}

/// Builds it up to the link.
pub(super) fn link() -> anyhow::Result<()> {
    link_for(Bolt::installed().as_ref())
}

fn link_for(bolt: Option<&Bolt>) -> anyhow::Result<()> {
    let profile = profile()?;
    let told = format!("-Cprofile-use={}", profile.display());
    // Functions that have changed since go without; that needn't be said of each.
    let switches = [told.as_str(), "-Cllvm-args=-no-pgo-warn-mismatch"];
    let relocations = if bolt.is_some() { "on" } else { "off" };
    built(FOLDER, if profile.is_file() { &switches } else { &[] }, relocations)
}

/// A release build in a folder of its own, with more switches for the compiler, and with or without what a program needs to
/// be laid anew.
pub(super) fn built(folder: &str, switches: &[&str], relocations: &str) -> anyhow::Result<()> {
    let mut build =
        process::command("cargo", &["build", "--release", "--bin", "lynkr", "--target-dir", folder]);
    build.env("LYNKR_RELOCATIONS", relocations);
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

/// The files in a folder, of which there have to be some.
pub(super) fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).context("reading what was counted")?;
    let all = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    anyhow::ensure!(!all.is_empty(), "nothing was counted");
    Ok(all)
}
