//! `layout`: the order in which the program's functions lie in its file, by what runs.
//!
//! Of the many thousand functions of the program a few thousand run when it starts and for requests. Where they lie side
//! by side, few pages of the file are in memory, and the processor finds them in fewer places. The program is watched by
//! valgrind, which tells how often each function runs; the linker takes their names from the table that is written.

use super::{exercise, shipped};
use crate::{process, tree};
use anyhow::Context as _;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The table, which the program's build script hands to the linker.
const TABLE: &str = "bins/lynkr/layout/x86_64-unknown-linux-gnu.txt";
/// Requests of each kind.
const REQUESTS: usize = 8;
/// A table of which less is found in the program is another program's.
const LEAST_SHARE: usize = 2;

/// Writes the table, or, with `--check`, tells how much of it the program has.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    crate::only_flags(arguments, &["--check"])?;
    shipped::build()?;
    let has = symbols()?;
    if !arguments.is_empty() {
        return check(&has);
    }
    let folder = tempfile::tempdir().context("making a folder for what valgrind writes")?;
    exercise::exercised(&wrapper(folder.path())?, REQUESTS)?;
    let mut table = Vec::new();
    for text in reports(folder.path())? {
        add(&mut table, &text, &has);
    }
    anyhow::ensure!(!table.is_empty(), "valgrind told of no function");
    let head = "# The order of functions, by what runs; written by `cargo xtask layout`.\n";
    let text = table.iter().fold(head.to_owned(), |text, name| text + name + "\n");
    fs::write(tree::root().join(TABLE), text).with_context(|| format!("writing {TABLE}"))?;
    println!("wrote {TABLE}: {} of {} functions", table.len(), has.len());
    Ok(ExitCode::SUCCESS)
}

fn check(has: &BTreeSet<String>) -> anyhow::Result<ExitCode> {
    let text = fs::read_to_string(tree::root().join(TABLE)).with_context(|| format!("reading {TABLE}"))?;
    let names: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let found = names.iter().filter(|name| has.contains(**name)).count();
    println!("{found} of the {} functions in {TABLE} are in {}", names.len(), shipped::binary().display());
    let fits = found * LEAST_SHARE >= names.len();
    Ok(if fits { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The names of the program's functions.
fn symbols() -> anyhow::Result<BTreeSet<String>> {
    let mut list = process::command("nm", &["--defined-only", "--format=posix"]);
    list.arg(shipped::binary());
    let list = process::capture(list)?;
    let name = |line: &str| {
        let (name, rest) = line.split_once(' ')?;
        rest.starts_with(['t', 'T', 'w', 'W']).then(|| name.to_owned())
    };
    Ok(list.lines().filter_map(name).collect())
}

/// A program that starts the gateway under valgrind.
fn wrapper(folder: &Path) -> anyhow::Result<PathBuf> {
    let path = folder.join("lynkr");
    let (binary, folder) = (shipped::binary(), folder.display());
    let script = format!(
        "#!/bin/sh\nexec valgrind --tool=callgrind --demangle=no --callgrind-out-file='{folder}/report.%p' '{}' \"$@\"\n",
        binary.display()
    );
    fs::write(&path, script).context("writing a script")?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).context("making a script one")?;
    Ok(path)
}

/// What valgrind wrote, in the order in which it did.
fn reports(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).context("reading what valgrind wrote")? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("report.")) {
            all.push((fs::metadata(&path)?.modified()?, path));
        }
    }
    all.sort();
    all.iter().map(|(_, path)| fs::read_to_string(path).context("reading a report")).collect()
}

/// Adds the functions of a report that aren't in the table, those that took most instructions first.
fn add(table: &mut Vec<String>, report: &str, has: &BTreeSet<String>) {
    let known: BTreeSet<String> = table.iter().cloned().collect();
    let mut costs: Vec<(&str, u64)> = costs(report).into_iter().collect();
    costs.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
    let new =
        costs.into_iter().map(|(name, _)| name).filter(|name| has.contains(*name) && !known.contains(*name));
    table.extend(new.map(str::to_owned));
}

/// The instructions of each function, by its own lines: Callgrind's format, version 1 (the Callgrind manual's "Format
/// Specification"). Names have numbers, by which they are called once they were named.
fn costs(report: &str) -> BTreeMap<&str, u64> {
    let (mut names, mut costs) = (BTreeMap::<&str, &str>::new(), BTreeMap::<&str, u64>::new());
    let (mut now, mut skip) = (None, false);
    for line in report.lines() {
        let named = line.strip_prefix("fn=").map(|own| (own, true));
        let called = line.strip_prefix("cfn=").map(|own| (own, false));
        if let Some((own, begins)) = named.or(called) {
            let (number, name) = own.split_once(' ').unwrap_or((own, ""));
            if !name.is_empty() {
                // A function that calls itself is told apart by a number after its name.
                names.insert(number, name.split('\'').next().unwrap_or(name));
            }
            if begins {
                now = names.get(number).copied();
            }
        } else if line.starts_with("calls=") {
            // The next line is what the call took, all in all.
            skip = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost = line.split(' ').nth(1).and_then(|cost| cost.parse::<u64>().ok());
            if let (false, Some(name), Some(cost)) = (skip, now, cost) {
                *costs.entry(name).or_default() += cost;
            }
            skip = false;
        }
    }
    costs
}

#[cfg(test)]
mod tests {
    //! Reports as Callgrind writes them.

    use super::*;

    const REPORT: &str = "version: 1\nevents: Ir\n\nfl=(1) a.rs\nfn=(1) hot\n1 5\n+2 40\ncfn=(2) cold\ncalls=1 9\n4 900\n\nfn=(2)\n9 3\nfn=(3) cold'2\n* 4\nfn=(4) libc\n1 1000\n";

    #[test]
    fn own_instructions_count() {
        let costs = costs(REPORT);
        assert_eq!(costs, [("hot", 45), ("cold", 7), ("libc", 1000)].into_iter().collect());
    }

    #[test]
    fn what_is_known_keeps_its_place() {
        let has: BTreeSet<String> = ["hot", "cold", "idle"].map(str::to_owned).into();
        let mut table = vec!["cold".to_owned()];
        add(&mut table, REPORT, &has);
        assert_eq!(table, ["cold", "hot"]);
    }
}
