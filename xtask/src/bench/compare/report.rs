//! What was measured, as Markdown for people and as JSON for comparisons.

use super::cells::{Cell, Load};
use super::contender::Contender;
use super::measure::Row;
use crate::bench::figures::Spread;
use crate::bench::gateway::Way;
use crate::bench::options::Options;
use serde_json::{Value, json};

/// Direct rounds that lie further apart than this share of their middle make figures doubtful.
const NOISE: f64 = 0.25;

/// A whole run.
#[derive(Debug)]
pub(super) struct Report {
    cores: usize,
    round: f64,
    rounds: usize,
    contenders: Vec<Entry>,
    cells: Vec<(Cell, Vec<Row>)>,
    noise: Vec<String>,
}

/// One contender.
#[derive(Debug)]
struct Entry {
    name: String,
    way: Way,
    start: Option<f64>,
    idle: Option<f64>,
    peak: Option<f64>,
}

/// A figure beside the one that it is held against.
fn times(own: Option<f64>, base: Option<f64>) -> Option<f64> {
    own.zip(base).filter(|(_, base)| *base > 0.0).map(|(own, base)| own / base)
}

impl Report {
    /// An empty report on what is to be measured.
    pub(super) fn new(options: &Options) -> Self {
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            round: options.round.as_secs_f64(),
            rounds: options.rounds,
            contenders: Vec::new(),
            cells: Vec::new(),
            noise: Vec::new(),
        }
    }

    /// Notes what makes figures doubtful, if anything.
    pub(super) fn noise(&mut self, what: Option<String>) {
        self.noise.extend(what);
    }

    /// Whether figures are doubtful.
    pub(super) fn is_noisy(&self) -> bool {
        !self.noise.is_empty()
    }

    /// Takes a cell's rows: the direct calls' first.
    pub(super) fn add(&mut self, cell: Cell, rows: Vec<Row>) {
        let wide = rows.first().map(|direct| direct.rate.width()).filter(|width| *width > NOISE);
        self.noise(
            wide.map(|width| {
                format!("{cell}: direct rounds lie {:.0} % of their middle apart", width * 100.0)
            }),
        );
        self.cells.push((cell, rows));
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
            format!(
                "{} cores shared with generator and upstream, loopback; {} rounds of {} s each, in turns; medians.",
                self.cores, self.rounds, self.round
            ),
            String::new(),
        ];
        lines.extend(self.noise.iter().map(|what| format!("**Noisy:** {what}.")));
        lines.push(String::new());
        lines.push("| | way | start → healthy, ms | idle RSS, MiB | peak RSS, MiB |".to_owned());
        lines.push("|---|---|--:|--:|--:|".to_owned());
        lines.extend(self.contenders.iter().map(|own| {
            let [start, idle, peak] = [own.start, own.idle, own.peak].map(|figure| shown(figure, 1));
            format!("| {} | {} | {start} | {idle} | {peak} |", own.name, way_name(own.way))
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
                "| | way | {unit} (least – most) | × | {per} | × | added p50, ms | × | added p99, ms | × | lag p99, ms | × |"
            ),
            "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|".to_owned(),
        ];
        lines.push(format!(
            "| direct | – | {} | – | – | – | – | – | – | – | {} | – |",
            rates(direct),
            lag(direct)
        ));
        for (entry, row, base) in self.rows(rows) {
            let [own, held] = [row, base].map(|row| Added::of(row, direct));
            lines.push(format!(
                "| {} | {} | {} | {:.2} | {} | {} | {} | {} | {} | {} | {} | {} |",
                entry.name,
                way_name(entry.way),
                rates(row),
                row.rate.median / base.rate.median,
                shown(row.cpu, 3),
                shown(times(row.cpu, base.cpu), 2),
                shown(own.p50, 3),
                shown(times(own.p50, held.p50), 2),
                shown(own.p99, 3),
                shown(times(own.p99, held.p99), 2),
                lag(row),
                shown(times(row.lag.map(|lag| lag.p99), base.lag.map(|lag| lag.p99)), 2),
            ));
        }
        lines
    }

    /// The same figures, unrounded; what couldn't be measured is null.
    pub(super) fn json(&self) -> Value {
        let contender = |own: &Entry| {
            json!({ "name": own.name, "way": way_name(own.way), "start_ms": own.start, "idle_rss_mib": own.idle,
                    "peak_rss_mib": own.peak })
        };
        let mut cells = Vec::new();
        for (cell, rows) in &self.cells {
            let Some(direct) = rows.first() else { continue };
            for (entry, row, base) in self.rows(rows) {
                let [own, held] = [row, base].map(|row| Added::of(row, direct));
                cells.push(json!({
                    "cell": cell.to_string(), "name": entry.name, "way": way_name(entry.way),
                    "rate": row.rate.median, "rate_least": row.rate.least, "rate_most": row.rate.most,
                    "cpu": row.cpu, "added_p50_ms": own.p50, "added_p99_ms": own.p99,
                    "lag_p99_ms": row.lag.map(|lag| lag.p99),
                    "times": {
                        "rate": row.rate.median / base.rate.median,
                        "cpu": times(row.cpu, base.cpu),
                        "added_p50": times(own.p50, held.p50),
                        "added_p99": times(own.p99, held.p99),
                        "lag_p99": times(row.lag.map(|lag| lag.p99), base.lag.map(|lag| lag.p99)),
                    },
                }));
            }
        }
        json!({
            "cores": self.cores, "round_seconds": self.round, "rounds": self.rounds, "noise": self.noise,
            "contenders": self.contenders.iter().map(contender).collect::<Vec<_>>(), "cells": cells,
        })
    }
}

/// What a request takes longer than a direct one, in milliseconds.
struct Added {
    p50: Option<f64>,
    p99: Option<f64>,
}

impl Added {
    fn of(row: &Row, direct: &Row) -> Self {
        let added = row.took.zip(direct.took).map(|(own, direct): (Spread, Spread)| own.above(direct));
        Self { p50: added.map(|added| added.p50), p99: added.map(|added| added.p99) }
    }
}

fn rates(row: &Row) -> String {
    format!("{:.0} ({:.0} – {:.0})", row.rate.median, row.rate.least, row.rate.most)
}

fn lag(row: &Row) -> String {
    shown(row.lag.map(|lag| lag.p99), 2)
}

fn shown(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}

fn way_name(way: Way) -> &'static str {
    match way {
        Way::Passthrough => "passthrough",
        Way::Translated => "translated",
    }
}

#[cfg(test)]
mod tests {
    //! A cell with a floor and a gateway that costs twice as much.

    use super::*;
    use crate::bench::bodies::{Mode, Size};
    use crate::bench::figures::Range;

    fn row(rate: f64, cpu: Option<f64>, took: f64) -> Row {
        let rate = Range { median: rate, least: rate * 0.9, most: rate * 1.1 };
        Row { rate, cpu, took: Some(Spread { p50: took, p99: took * 2.0 }), lag: None }
    }

    fn report() -> Report {
        let entry = |name: &str| Entry {
            name: name.to_owned(),
            way: Way::Passthrough,
            start: Some(2.0),
            idle: Some(10.0),
            peak: None,
        };
        let cell = Cell { size: Size::Small, mode: Mode::Whole, load: Load::Steady };
        let rows = vec![row(1_000.0, None, 1.0), row(500.0, Some(0.02), 1.1), row(250.0, Some(0.04), 1.2)];
        let mut report = Report {
            cores: 2,
            round: 1.0,
            rounds: 5,
            contenders: vec![entry("floor"), entry("lynkr")],
            cells: Vec::new(),
            noise: Vec::new(),
        };
        report.add(cell, rows);
        report
    }

    #[test]
    fn each_is_held_against_the_first_of_its_way() {
        let text = report().markdown();
        let line = "| lynkr | passthrough | 250 (225 – 275) | 0.50 | 0.040 | 2.00 | 0.200 | 2.00 | 0.400 | 2.00 | – | – |";
        assert!(text.contains(line), "{text}");
        let json = report().json();
        assert_eq!(json["cells"][1]["times"]["cpu"], 2.0);
        assert!(json["cells"][1]["lag_p99_ms"].is_null() && json["contenders"][1]["peak_rss_mib"].is_null());
    }

    #[test]
    fn noise_is_told() {
        let mut noisy = report();
        assert!(!noisy.is_noisy());
        let (cell, mut rows) = noisy.cells.pop().unwrap();
        rows[0].rate = Range { median: 1_000.0, least: 500.0, most: 1_100.0 };
        noisy.add(cell, rows);
        assert!(noisy.markdown().contains("direct rounds lie 60 %"), "{}", noisy.markdown());
    }
}
