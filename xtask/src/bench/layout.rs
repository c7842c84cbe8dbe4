//! `layout`: the order in which the program's functions lie in its file, by what runs.
//!
//! Of the many thousand functions of the program a few thousand run when it starts and for requests, and a few hundred
//! for each request. Where they lie side by side, few pages of the file are in memory, and the processor, which has
//! forgotten them between two requests, finds them again in fewer places. The program is watched by valgrind, which tells how
//! often each function is called: once while it starts and ends only, and once while it serves. The linker takes the names from the
//! table that is written.

use super::{exercise, shipped};
use crate::{process, tree};
use anyhow::Context as _;
use std::cmp::Reverse;
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
    shipped::link()?;
    let has = symbols()?;
    if !arguments.is_empty() {
        return check(&has);
    }
    let (idle, serving) = (watched(0)?, watched(REQUESTS)?);
    let table = ordered(&idle, &serving, &has);
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
    println!("{found} of the {} functions in {TABLE} are in {}", names.len(), shipped::linked().display());
    let fits = found * LEAST_SHARE >= names.len();
    Ok(if fits { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The names of the program's functions.
fn symbols() -> anyhow::Result<BTreeSet<String>> {
    let mut list = process::command("nm", &["--defined-only", "--format=posix"]);
    list.arg(shipped::linked());
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
    let (binary, folder) = (shipped::linked(), folder.display());
    let script = format!(
        "#!/bin/sh\nexec valgrind --tool=callgrind --demangle=no --callgrind-out-file='{folder}/report.%p' '{}' \"$@\"\n",
        binary.display()
    );
    fs::write(&path, script).context("writing a script")?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).context("making a script one")?;
    Ok(path)
}

/// What each function did while the program was exercised so.
fn watched(requests: usize) -> anyhow::Result<BTreeMap<String, Work>> {
    let folder = tempfile::tempdir().context("making a folder for what valgrind writes")?;
    exercise::exercised(&wrapper(folder.path())?, requests)?;
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder.path()).context("reading what valgrind wrote")? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("report.")) {
            add(&mut all, &fs::read_to_string(&path).context("reading a report")?);
        }
    }
    Ok(all)
}

/// What a function did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Work {
    calls: u64,
    /// Its own, without those of what it calls.
    instructions: u64,
}

/// The program's functions in their order: what serves, by how often it is called for that, so that what all requests have in
/// common comes first; then what only starts and ends, by what it takes.
fn ordered(
    idle: &BTreeMap<String, Work>,
    serving: &BTreeMap<String, Work>,
    has: &BTreeSet<String>,
) -> Vec<String> {
    let calls = |name: &String| {
        let before = idle.get(name).copied().unwrap_or_default();
        serving.get(name).map_or(0, |own| own.calls.saturating_sub(before.calls))
    };
    let rank = |(name, work): (&String, &Work)| {
        has.contains(name).then(|| (Reverse(calls(name)), Reverse(work.instructions), name.clone()))
    };
    let ranks: BTreeSet<_> = serving.iter().filter_map(rank).collect();
    ranks.into_iter().map(|(_, _, name)| name).collect()
}

/// Adds what a report tells: Callgrind's format, version 1 (the Callgrind manual's "Format Specification"). Names have numbers, by
/// which they are called once they were named.
fn add(all: &mut BTreeMap<String, Work>, report: &str) {
    let mut names = BTreeMap::<&str, &str>::new();
    let (mut now, mut called, mut skip) = (None, None, false);
    for line in report.lines() {
        let begins = line.strip_prefix("fn=").map(|own| (own, &mut now));
        if let Some((own, which)) = begins.or_else(|| Some((line.strip_prefix("cfn=")?, &mut called))) {
            let (number, name) = own.split_once(' ').unwrap_or((own, ""));
            if !name.is_empty() {
                // A function that calls itself is told apart by a number after its name.
                names.insert(number, name.split('\'').next().unwrap_or(name));
            }
            *which = names.get(number).copied();
        } else if let Some(count) = line.strip_prefix("calls=") {
            let count = count.split(' ').next().and_then(|count| count.parse::<u64>().ok());
            if let (Some(name), Some(count)) = (called, count) {
                all.entry(name.to_owned()).or_default().calls += count;
            }
            // The next line is what the calls took, all in all.
            skip = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost = line.split(' ').nth(1).and_then(|cost| cost.parse::<u64>().ok());
            if let (false, Some(name), Some(cost)) = (skip, now, cost) {
                all.entry(name.to_owned()).or_default().instructions += cost;
            }
            skip = false;
        }
    }
}

#[cfg(test)]
mod tests {
    //! Reports as Callgrind writes them.

    use super::*;

    const REPORT: &str = "version: 1\nevents: Ir\n\nfl=(1) a.rs\nfn=(1) hot\n1 5\n+2 40\ncfn=(2) cold\ncalls=1 9\n4 900\n\nfn=(2)\n9 3\nfn=(3) cold'2\n* 4\nfn=(4) libc\n1 1000\n";

    fn work(calls: u64, instructions: u64) -> Work {
        Work { calls, instructions }
    }

    fn read(report: &str) -> BTreeMap<String, Work> {
        let mut all = BTreeMap::new();
        add(&mut all, report);
        all
    }

    #[test]
    fn calls_and_own_instructions_count() {
        let expected = [("cold", work(1, 7)), ("hot", work(0, 45)), ("libc", work(0, 1000))];
        assert_eq!(read(REPORT), expected.map(|(name, own)| (name.to_owned(), own)).into());
    }

    #[test]
    fn what_all_requests_have_in_common_comes_first() {
        let idle = [("start", work(9, 900)), ("both", work(5, 10))];
        let serving = [
            ("start", work(9, 900)),
            ("both", work(7, 12)),
            ("each", work(80, 3)),
            ("end", work(0, 20)),
            ("libc", work(99, 99)),
        ];
        let of = |list: &[(&str, Work)]| list.iter().map(|(name, own)| ((*name).to_owned(), *own)).collect();
        let has: BTreeSet<String> = ["start", "both", "each", "end", "never"].map(str::to_owned).into();
        assert_eq!(ordered(&of(&idle), &of(&serving), &has), ["each", "both", "start", "end"]);
    }
}
