//! What was measured, as Markdown for people and as JSON for comparisons.

use super::cells::{Cell, Load};
use super::contender::{Contender, FLOOR};
use crate::bench::figures::Range;
use crate::bench::gateway::Way;
use crate::bench::options::Options;
use crate::bench::outcome::{NOISE, cores};
use crate::bench::shown::{range, shown};
use crate::bench::turn::{Row, times};
use serde_json::{Value, json};

/// A whole run.
#[derive(Debug)]
pub(super) struct Report {
    cores: usize,
    round: f64,
    rounds: usize,
    contenders: Vec<Entry>,
    cells: Vec<(Cell, Vec<Row>)>,
}

/// One contender; memory in MiB, its start in milliseconds.
#[derive(Debug)]
pub(super) struct Entry {
    name: String,
    way: Way,
    start: Option<f64>,
    pub(super) idle: Option<f64>,
    pub(super) peak: Option<f64>,
}

impl Report {
    /// An empty report on what is to be measured.
    pub(super) fn new(options: &Options) -> Self {
        Self {
            cores: cores(),
            round: options.round.as_secs_f64(),
            rounds: options.rounds,
            contenders: Vec::new(),
            cells: Vec::new(),
        }
    }

    /// Takes a cell's rows: the direct calls' first.
    pub(super) fn add(&mut self, cell: Cell, rows: Vec<Row>) {
        self.cells.push((cell, rows));
    }

    /// What makes figures doubtful: direct rounds that differ much.
    pub(super) fn noise(&self) -> Vec<String> {
        let width = |rows: &[Row]| rows.first().and_then(|direct| direct.rate).map(Range::width);
        let told = |(cell, rows): &(Cell, Vec<Row>)| {
            let width = width(rows).filter(|width| *width > NOISE)?;
            Some(format!("{cell}: direct rounds lie {:.0} % of their middle apart", width * 100.0))
        };
        self.cells.iter().filter_map(told).collect()
    }

    /// Takes what the contenders are by themselves.
    pub(super) fn contenders(&mut self, all: &[Contender]) {
        self.contenders = all
            .iter()
            .map(|own| Entry {
                name: own.plan.name.clone(),
                way: own.plan.way,
                start: own.start,
                idle: own.idle,
                peak: own.peak,
            })
            .collect();
    }

    /// The cells that were measured.
    pub(super) fn cells(&self) -> impl Iterator<Item = Cell> {
        self.cells.iter().map(|(cell, _)| *cell)
    }

    /// A contender by its name and way; bare ones have one way each.
    pub(super) fn entry(&self, name: &str, way: Way) -> Option<&Entry> {
        self.contenders.get(self.place(name, way)?)
    }

    /// The row of a contender in a cell.
    pub(super) fn row(&self, cell: Cell, name: &str, way: Way) -> Option<&Row> {
        self.rows_of(cell)?.get(self.place(name, way)? + 1)
    }

    /// The row of the direct calls in a cell.
    pub(super) fn direct(&self, cell: Cell) -> Option<&Row> {
        self.rows_of(cell)?.first()
    }

    fn rows_of(&self, cell: Cell) -> Option<&Vec<Row>> {
        self.cells.iter().find(|(own, _)| *own == cell).map(|(_, rows)| rows)
    }

    fn place(&self, name: &str, way: Way) -> Option<usize> {
        let way = if name == FLOOR { Way::Passthrough } else { way };
        self.contenders.iter().position(|own| own.name == name && own.way == way)
    }

    /// The contenders of a cell with their rows, each beside the row that it is held against.
    fn rows<'a>(&'a self, rows: &'a [Row]) -> impl Iterator<Item = (&'a Entry, &'a Row, &'a Row)> {
        let own = rows.get(1..).unwrap_or_default();
        self.contenders.iter().zip(own).filter_map(move |(entry, row)| {
            let base = self.contenders.iter().position(|other| other.way == entry.way)?;
            Some((entry, row, own.get(base)?))
        })
    }

    /// A table of the contenders, and one per cell.
    pub(super) fn markdown(&self) -> String {
        let mut lines = vec![
            "## Side by side\n".to_owned(),
            format!(
                "{} cores shared with generator and upstream, loopback; {} rounds of {} s each, in turns; medians.",
                self.cores, self.rounds, self.round
            ),
            "Ratios are to the first of the same way: the floor, or the bare converter.\n".to_owned(),
        ];
        lines.push("| | way | start → healthy, ms | idle RSS, MiB | peak RSS, MiB |".to_owned());
        lines.push("|---|---|--:|--:|--:|".to_owned());
        lines.extend(self.contenders.iter().map(|own| {
            let [start, idle, peak] = [own.start, own.idle, own.peak].map(|figure| shown(figure, 1));
            format!("| {} | {} | {start} | {idle} | {peak} |", own.name, own.way.name())
        }));
        for (cell, rows) in &self.cells {
            lines.push(format!("\n### {cell}\n"));
            lines.extend(self.table(*cell, rows));
        }
        lines.join("\n")
    }

    fn table(&self, cell: Cell, rows: &[Row]) -> Vec<String> {
        let Some(direct) = rows.first() else { return Vec::new() };
        let (unit, per) = match cell.load {
            Load::Steady => ("requests/s", "CPU s / 1,000"),
            Load::Burst => ("events/s", "CPU s / 100,000"),
        };
        let mut lines = vec![
            format!(
                "| | way | {unit} (least – most) | × | {per} (least – most) | × | added p50, ms | × | added p99, ms | × | lag p99, ms | × | jitter, ms |"
            ),
            "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|".to_owned(),
            format!(
                "| direct | – | {} | – | – | – | – | – | – | – | {} | – | {} |",
                range(direct.rate, 0),
                lag(direct),
                shown(direct.jitter(), 2)
            ),
        ];
        for (entry, row, base) in self.rows(rows) {
            let [own, held] = [row, base].map(|row| row.above(direct));
            let [p50, held50] = [own, held].map(|added| added.map(|added| added.p50));
            let [p99, held99] = [own, held].map(|added| added.map(|added| added.p99));
            lines.push(format!(
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                entry.name,
                entry.way.name(),
                range(row.rate, 0),
                shown(times(row.per_second(), base.per_second()), 2),
                range(row.cpu, 3),
                shown(times(row.cpu_seconds(), base.cpu_seconds()), 2),
                shown(p50, 3),
                shown(times(p50, held50), 2),
                shown(p99, 3),
                shown(times(p99, held99), 2),
                lag(row),
                shown(times(row.lag.map(|lag| lag.p99), base.lag.map(|lag| lag.p99)), 2),
                shown(row.jitter(), 2),
            ));
        }
        lines
    }

    /// The same figures, unrounded; what couldn't be measured is null.
    pub(super) fn json(&self) -> Value {
        let contender = |own: &Entry| {
            json!({ "name": own.name, "way": own.way.name(), "start_ms": own.start, "idle_rss_mib": own.idle,
                    "peak_rss_mib": own.peak })
        };
        let mut cells = Vec::new();
        for (cell, rows) in &self.cells {
            let Some(direct) = rows.first() else { continue };
            for (entry, row, base) in self.rows(rows) {
                let [own, held] = [row, base].map(|row| row.above(direct));
                let [p50, held50] = [own, held].map(|added| added.map(|added| added.p50));
                let [p99, held99] = [own, held].map(|added| added.map(|added| added.p99));
                cells.push(json!({
                    "cell": cell.to_string(), "name": entry.name, "way": entry.way.name(),
                    "rate": row.per_second(), "rate_least": row.rate.map(|rate| rate.least),
                    "rate_most": row.rate.map(|rate| rate.most),
                    "cpu": row.cpu_seconds(), "cpu_least": row.cpu.map(|cpu| cpu.least),
                    "cpu_most": row.cpu.map(|cpu| cpu.most), "added_p50_ms": p50, "added_p99_ms": p99,
                    "lag_p99_ms": row.lag.map(|lag| lag.p99), "jitter_ms": row.jitter(), "lost": row.lost,
                    "times": {
                        "rate": times(row.per_second(), base.per_second()),
                        "cpu": times(row.cpu_seconds(), base.cpu_seconds()),
                        "added_p50": times(p50, held50),
                        "added_p99": times(p99, held99),
                        "lag_p99": times(row.lag.map(|lag| lag.p99), base.lag.map(|lag| lag.p99)),
                    },
                }));
            }
        }
        json!({ "contenders": self.contenders.iter().map(contender).collect::<Vec<_>>(), "cells": cells })
    }
}

fn lag(row: &Row) -> String {
    shown(row.lag.map(|lag| lag.p99), 2)
}

#[cfg(test)]
mod tests;
