//! A cell with a floor and a gateway that costs twice as much, and the figures that are held to limits.

use super::*;
use crate::bench::bodies::{Mode, Size};
use crate::bench::compare::contender::{CONVERTER, LYNKR};
use crate::bench::compare::held;
use crate::bench::figures::Spread;
use crate::bench::verdict::verdicts;

fn row(rate: f64, cpu: Option<f64>, took: f64) -> Row {
    let around = |middle: f64| Range { median: middle, least: middle * 0.9, most: middle * 1.1 };
    Row {
        rate: Some(around(rate)),
        cpu: cpu.map(around),
        took: Some(Spread { p50: took, p99: took * 2.0 }),
        lag: None,
        lost: 0,
    }
}

fn entry(name: &str, way: Way) -> Entry {
    Entry { name: name.to_owned(), way, start: Some(2.0), idle: Some(10.0), peak: None }
}

const WHOLE: Cell = Cell { size: Size::Small, mode: Mode::Whole, load: Load::Steady };

fn report() -> Report {
    Report {
        cores: 2,
        round: 1.0,
        rounds: 5,
        contenders: vec![
            entry(FLOOR, Way::Passthrough),
            entry(LYNKR, Way::Passthrough),
            entry(CONVERTER, Way::Translated),
            entry(LYNKR, Way::Translated),
        ],
        cells: vec![(
            WHOLE,
            vec![
                row(1_000.0, None, 1.0),
                row(500.0, Some(0.02), 1.1),
                row(250.0, Some(0.04), 1.2),
                row(400.0, Some(0.03), 1.4),
                row(200.0, Some(0.06), 1.6),
            ],
        )],
    }
}

#[test]
fn each_is_held_against_the_first_of_its_way() {
    let text = report().markdown();
    let line = "| lynkr | passthrough | 250 (225 – 275) | 0.50 | 0.040 (0.036 – 0.044) | 2.00 | 0.200 | 2.00 | 0.400 | 2.00 | – | – | – |";
    assert!(text.contains(line), "{text}");
    let json = report().json();
    assert_eq!(json["cells"][1]["times"]["cpu"], 2.0);
    assert!(json["cells"][1]["lag_p99_ms"].is_null() && json["contenders"][1]["peak_rss_mib"].is_null());
}

#[test]
fn limits_name_what_each_is_held_against() {
    let figures = held::figures(&report()).0;
    let value = |name: &str| figures.iter().find(|own| own.figure == name).map(|own| own.value);
    assert_eq!(value("requests/s, 1.6 KB, passthrough"), Some(0.5));
    // The rate is held against the forwarder whatever the way, CPU time against who does the same.
    assert_eq!(value("requests/s, 1.6 KB, translated"), Some(0.4));
    assert_eq!(value("CPU, 1.6 KB, translated"), Some(2.0));
    assert!((value("added p50, 1.6 KB, translated").unwrap() - 1.5).abs() < 1e-9);
    assert!((value("idle RSS, passthrough").unwrap() - 10.485_76).abs() < 1e-9);
    assert_eq!((value("events lost"), value("CPU, 92 KB, passthrough")), (None, None));
    verdicts(&figures, &["compare"]).expect("every figure has its limit");
}

#[test]
fn every_cell_gives_figures_that_have_limits() {
    let mut report = report();
    let rows = report.cells[0].1.clone();
    let spread = Some(Spread { p50: 1.0, p99: 3.0 });
    let rows: Vec<Row> = rows.into_iter().map(|row| Row { lag: spread, lost: 1, ..row }).collect();
    report.cells = Cell::all(false).into_iter().map(|cell| (cell, rows.clone())).collect();
    for own in &mut report.contenders {
        own.peak = Some(20.0);
    }
    let figures = held::figures(&report).0;
    verdicts(&figures, &["compare"]).expect("every figure has its limit");
    let limits = crate::bench::limits::LIMITS.iter().filter(|limit| limit.suite == "compare").count();
    assert_eq!(figures.len(), limits, "every limit is measured");
    let lost = figures.iter().find(|own| own.figure == "events lost").map(|own| own.value);
    assert_eq!(lost, Some(6.0), "two ways, three cells of streams");
}

#[test]
fn noise_is_told() {
    let mut noisy = report();
    assert!(noisy.noise().is_empty());
    noisy.cells[0].1[0].rate = Some(Range { median: 1_000.0, least: 500.0, most: 1_100.0 });
    assert!(noisy.noise()[0].contains("direct rounds lie 60 %"), "{:?}", noisy.noise());
}
