//! Micro-benchmarks of the parts, run by divan in a program of their own: their medians and allocations, and beside some of
//! them what the specification says of its own. The two don't measure the same, so there is no ratio; what regressed is
//! told by `--compare` against an own saved run.

mod specified;
mod table;

use super::options::Options;
use super::outcome::Outcome;
use super::verdict::Figures;
use crate::process;
use serde_json::{Value, json};
use specified::SPECIFIED;
use std::process::Command;
use table::{Line, lines};

/// Events in a stream of the benchmarks of streams, whose iteration is a whole stream.
const EVENTS: f64 = 200.0;
/// Benchmarks whose iteration is a stream of events.
const PER_EVENT: [&str; 2] = ["streams/translate_events", "streams/watch_events"];
/// At most so many seconds for each benchmark.
const SECONDS: &str = "0.4";

/// Builds them, so that building isn't under way while others are measured.
pub(super) fn build(options: &Options) -> anyhow::Result<()> {
    anyhow::ensure!(process::watch(cargo(options, &["--no-run"]), |_| {})?, "the components don't build");
    Ok(())
}

/// Runs all, or those whose names `--only` says.
pub(super) fn run(options: &Options) -> anyhow::Result<Outcome> {
    let printed = process::capture(cargo(options, &["--", "--max-time", SECONDS]))?;
    let mut all = lines(&printed);
    all.retain(|line| options.wants(&line.name));
    for own in &mut all {
        per_event(own);
    }
    anyhow::ensure!(!all.is_empty(), "no component was measured:\n{printed}");
    let components: Vec<Value> = all.iter().map(Line::json).collect();
    Ok(Outcome {
        suite: "components",
        markdown: format!("{}\n\n{}", specified(&all), own_table(&all)),
        json: json!({ "components": components }),
        figures: Figures::default(),
        noise: Vec::new(),
    })
}

/// The profile is the one that the gateway itself is measured in; of a debug build's run its own.
fn cargo(options: &Options, rest: &[&str]) -> Command {
    let mut line = vec!["bench", "--quiet", "--bench", "components"];
    if options.as_built && cfg!(debug_assertions) {
        line.extend(["--workspace", "--profile", "dev"]);
    } else {
        line.extend(["--package", "xtask"]);
    }
    line.extend(rest);
    process::command("cargo", &line)
}

/// A stream's figures as those of one of its events.
fn per_event(line: &mut Line) {
    if PER_EVENT.iter().any(|name| line.name.starts_with(name)) {
        line.name.push_str(", per event");
        for figure in [&mut line.fastest, &mut line.median, &mut line.slowest] {
            *figure /= EVENTS;
        }
        line.allocations = line.allocations.map(|count| count / EVENTS);
        line.bytes = line.bytes.map(|bytes| bytes / EVENTS);
    }
}

/// The specification's figures, with ours beside them.
fn specified(all: &[Line]) -> String {
    let mut table = vec![
        "## Components, and the specification's\n".to_owned(),
        "The specification measured functions of its own on another machine: no ratio is meant.\n".to_owned(),
        "| the specification's | says | per second | ours | median | per second | measures |".to_owned(),
        "|---|--:|--:|---|--:|--:|---|".to_owned(),
    ];
    for row in SPECIFIED {
        let own = row.ours.and_then(|name| all.iter().find(|line| line.name == name));
        let median = own.map_or_else(|| "–".to_owned(), |line| duration(line.median));
        let rate = own.map_or_else(|| "–".to_owned(), |line| per_second(line.median));
        let name = row.ours.map_or_else(|| "–".to_owned(), |name| format!("`{name}`"));
        table.push(format!(
            "| {} | {} | {} | {name} | {median} | {rate} | {} |",
            row.name, row.says, row.rate, row.measures
        ));
    }
    table.join("\n")
}

fn own_table(all: &[Line]) -> String {
    let mut table = vec![
        "## All components\n".to_owned(),
        "| component | fastest | median | slowest | allocations | bytes allocated |".to_owned(),
        "|---|--:|--:|--:|--:|--:|".to_owned(),
    ];
    table.extend(all.iter().map(|own| {
        let count =
            |figure: Option<f64>| figure.map_or_else(|| "0".to_owned(), |count| format!("{count:.1}"));
        let [fastest, median, slowest] = [own.fastest, own.median, own.slowest].map(duration);
        let (allocations, bytes) = (count(own.allocations), count(own.bytes));
        format!("| {} | {fastest} | {median} | {slowest} | {allocations} | {bytes} |", own.name)
    }));
    table.join("\n")
}

/// Nanoseconds as people read them.
fn duration(nanoseconds: f64) -> String {
    match nanoseconds {
        small if small < 1_000.0 => format!("{small:.1} ns"),
        middle if middle < 1_000_000.0 => format!("{:.2} µs", middle / 1_000.0),
        large => format!("{:.2} ms", large / 1_000_000.0),
    }
}

fn per_second(nanoseconds: f64) -> String {
    match 1e9 / nanoseconds.max(f64::MIN_POSITIVE) {
        many if many >= 1e6 => format!("{:.1} million", many / 1e6),
        some if some >= 1e3 => format!("{:.0},000", some / 1e3),
        few => format!("{few:.0}"),
    }
}

#[cfg(test)]
mod tests;
