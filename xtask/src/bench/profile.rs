//! `profile`: how often which part of the program runs, for the compiler.
//!
//! A build that counts is exercised as clients would; what it counted goes into a file that builds take ([`shipped`]).
//! It is told of by branches of functions whose names and forms haven't changed since; new code goes without.

use super::{exercise, shipped};
use crate::{process, tree};
use anyhow::Context as _;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;

/// Where the build that counts is.
const FOLDER: &str = "target/counting";
/// Requests of each kind. What every request does has to stand out from what happens once.
const REQUESTS: usize = 150;

/// Writes the profile.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    crate::only_flags(arguments, &[])?;
    let merge = merger()?;
    let folder = tree::root().join(FOLDER);
    let counts = folder.join("counts");
    shipped::built(FOLDER, &[&format!("-Cprofile-generate={}", counts.display())], "off")?;
    // The build's own programs count as well.
    remove(&counts)?;
    exercise::exercised(&folder.join("release/lynkr"), REQUESTS)?;
    let profile = shipped::profile()?;
    let place = profile.parent().unwrap_or(&profile);
    fs::create_dir_all(place).with_context(|| format!("making {}", place.display()))?;
    // What never ran isn't kept: nothing is told of it then, not that it never runs.
    let mut merged = process::command(&merge, &["merge", "--sparse", "--output"]);
    merged.arg(&profile).args(shipped::entries(&counts)?);
    anyhow::ensure!(process::watch(merged, |_| {})?, "{merge} failed");
    // Cargo looks at the switch that names the file, not at the file.
    remove(&tree::root().join(shipped::FOLDER))?;
    println!("wrote {}", profile.display());
    Ok(ExitCode::SUCCESS)
}

/// Removes a folder, if it is there.
fn remove(folder: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// `llvm-profdata`, of the compiler's own LLVM or one that is as new.
fn merger() -> anyhow::Result<String> {
    let version = shipped::said_by_compiler("LLVM version")?;
    let major = version.split('.').next().unwrap_or_default();
    let root = process::capture(process::command("rustc", &["--print", "target-libdir"]))?;
    let beside = Path::new(root.trim()).with_file_name("bin").join("llvm-profdata");
    let known = [beside.display().to_string(), format!("llvm-profdata-{major}")];
    let runs = |name: &String| process::command(name, &["--version"]).output().is_ok();
    known.into_iter().find(runs).with_context(|| {
        format!(
            "no llvm-profdata: `rustup component add llvm-tools`, or a package like llvm-{major}, brings it"
        )
    })
}
