//! What was measured, as Markdown for people and as JSON for comparisons.

use super::bodies::{Mode, Size};
use super::figures::Spread;
use super::gateway::Way;
use super::options::{Options, Subject};
use serde_json::{Value, json};

/// A whole run.
#[derive(Debug)]
pub(crate) struct Report {
    subject: String,
    cores: usize,
    round: f64,
    pub(crate) ways: Vec<WayReport>,
}

/// One process, and what it did.
#[derive(Debug)]
pub(crate) struct WayReport {
    pub(crate) way: Way,
    /// Milliseconds from the start to the first healthy answer.
    pub(crate) start: Option<f64>,
    /// MiB.
    pub(crate) idle: Option<f64>,
    pub(crate) peak: Option<f64>,
    pub(crate) cells: Vec<Cell>,
}

/// One body and one kind of answer.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) size: Size,
    pub(crate) mode: Mode,
    /// Requests per second.
    pub(crate) direct_rate: f64,
    pub(crate) rate: f64,
    /// CPU seconds per 1,000 requests.
    pub(crate) cpu: Option<f64>,
    /// Milliseconds to the whole answer, or to the first token of a stream.
    pub(crate) direct: Spread,
    pub(crate) through: Spread,
}

impl Report {
    /// An empty report on what is to be measured.
    pub(crate) fn new(options: &Options) -> Self {
        let subject = match options.subject {
            Subject::Lynkr => "lynkr".to_owned(),
            Subject::Floor => "floor: a bare byte-forwarding proxy".to_owned(),
            Subject::Running(address) => format!("whatever listens on {address}"),
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { subject, cores, round: options.round.as_secs_f64(), ways: Vec::new() }
    }

    /// Two tables: one line per process, one line per cell.
    pub(crate) fn markdown(&self) -> String {
        let mut lines = vec![
            format!("## {} ({} cores, rounds of {} s, loopback)", self.subject, self.cores, self.round),
            String::new(),
            "| way | start → healthy, ms | idle RSS, MiB | peak RSS, MiB |".to_owned(),
            "|---|--:|--:|--:|".to_owned(),
        ];
        lines.extend(self.ways.iter().map(WayReport::line));
        lines.push(String::new());
        lines.push(
            "| way | body | answer | direct req/s | req/s | CPU s / 1,000 | direct p50 / p99, ms | added p50 / p99, ms |"
                .to_owned(),
        );
        lines.push("|---|---|---|--:|--:|--:|--:|--:|".to_owned());
        for way in &self.ways {
            lines.extend(way.cells.iter().map(|cell| cell.line(way.way)));
        }
        lines.push(String::new());
        lines.push(
            "Requests per second: 16 connections without pause, with generator and upstream on the same cores. Added \
             time: at 200 requests per second, to the whole answer; for streams at 50 per second, to the first token."
                .to_owned(),
        );
        lines.join("\n")
    }

    /// The same figures, unrounded; what couldn't be measured is null.
    pub(crate) fn json(&self) -> Value {
        let ways: Vec<Value> = self.ways.iter().map(WayReport::json).collect();
        json!({ "subject": self.subject, "cores": self.cores, "round_seconds": self.round, "ways": ways })
    }
}

impl WayReport {
    fn line(&self) -> String {
        let (start, idle, peak) = (shown(self.start, 1), shown(self.idle, 1), shown(self.peak, 1));
        format!("| {} | {start} | {idle} | {peak} |", way_name(self.way))
    }

    fn json(&self) -> Value {
        json!({
            "way": way_name(self.way),
            "start_ms": self.start,
            "idle_rss_mib": self.idle,
            "peak_rss_mib": self.peak,
            "cells": self.cells.iter().map(Cell::json).collect::<Vec<_>>(),
        })
    }
}

impl Cell {
    fn line(&self, way: Way) -> String {
        let added = self.through.above(self.direct);
        format!(
            "| {} | {} | {} | {:.0} | {:.0} | {} | {:.2} / {:.2} | {:.2} / {:.2} |",
            way_name(way),
            size_name(self.size),
            mode_name(self.mode),
            self.direct_rate,
            self.rate,
            shown(self.cpu, 3),
            self.direct.p50,
            self.direct.p99,
            added.p50,
            added.p99,
        )
    }

    fn json(&self) -> Value {
        let spread = |spread: Spread| json!({ "p50": spread.p50, "p99": spread.p99 });
        json!({
            "body": size_name(self.size),
            "answer": mode_name(self.mode),
            "direct_requests_per_second": self.direct_rate,
            "requests_per_second": self.rate,
            "cpu_seconds_per_1000": self.cpu,
            "direct_ms": spread(self.direct),
            "through_ms": spread(self.through),
            "added_ms": spread(self.through.above(self.direct)),
        })
    }
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

fn size_name(size: Size) -> &'static str {
    match size {
        Size::Small => "1.6 KB",
        Size::Large => "92 KB",
    }
}

fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Whole => "whole",
        Mode::Stream => "stream",
    }
}

#[cfg(test)]
mod tests;
