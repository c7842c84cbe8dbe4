//! Both forms of the report, for one cell.

use super::{Cell, Report, WayReport};
use crate::bench::bodies::{Mode, Size};
use crate::bench::figures::Spread;
use crate::bench::gateway::Way;

fn report(cpu: Option<f64>) -> Report {
    let cell = Cell {
        size: Size::Small,
        mode: Mode::Whole,
        direct_rate: 20_000.0,
        rate: 9_000.4,
        cpu,
        direct: Spread { p50: 0.1, p99: 0.5 },
        through: Spread { p50: 0.35, p99: 1.25 },
    };
    let way = WayReport {
        way: Way::Passthrough,
        start: Some(9.26),
        idle: Some(4.0),
        peak: None,
        cells: vec![cell],
    };
    Report { subject: "lynkr".into(), cores: 2, round: 3.0, ways: vec![way] }
}

#[test]
fn tables_have_a_line_per_way_and_per_cell() {
    let text = report(Some(0.04)).markdown();
    assert!(text.contains("| passthrough | 9.3 | 4.0 | – |"), "{text}");
    let line = "| passthrough | 1.6 KB | whole | 20000 | 9000 | 0.040 | 0.10 / 0.50 | 0.25 / 0.75 |";
    assert!(text.contains(line), "{text}");
}

#[test]
fn json_keeps_what_is_unknown_as_null() {
    let json = report(None).json();
    let way = &json["ways"][0];
    assert!(way["peak_rss_mib"].is_null() && way["cells"][0]["cpu_seconds_per_1000"].is_null());
    assert_eq!(way["cells"][0]["requests_per_second"], 9_000.4);
}
