//! Which of a run's figures have a limit, and what each is held against.

use super::cells::{Cell, Load};
use super::contender::{CONVERTER, FLOOR, LYNKR};
use super::report::Report;
use crate::bench::bodies::{Mode, Size};
use crate::bench::gateway::Way;
use crate::bench::turn::{Row, count, times};
use crate::bench::verdict::Figures;

/// MiB in millions of bytes, which the limits are said in.
const MEGABYTES: f64 = 1.048_576;

/// The figures with limits.
pub(super) fn figures(report: &Report) -> Figures {
    let mut figures = Figures::default();
    for way in [Way::Passthrough, Way::Translated] {
        for size in [Size::Small, Size::Large] {
            whole(report, (size, way), &mut figures);
            streamed(report, (size, way), &mut figures);
        }
        let burst = Cell { size: Size::Small, mode: Mode::Stream, load: Load::Burst };
        let [own, floor] = [LYNKR, FLOOR].map(|name| report.row(burst, name, way).and_then(Row::per_second));
        figures.take(format!("events/s in a burst, {}", way.name()), times(own, floor));
        let own = report.entry(LYNKR, way);
        let megabytes = |mebibytes: f64| mebibytes * MEGABYTES;
        figures.take(format!("idle RSS, {}", way.name()), own.and_then(|own| own.idle).map(megabytes));
        let peak = format!("peak RSS, 92 KB on 64 connections, {}", way.name());
        figures.take(peak, own.and_then(|own| own.peak).map(megabytes));
    }
    let cells = || report.cells().filter(|cell| cell.mode == Mode::Stream);
    let ways = [Way::Passthrough, Way::Translated];
    let lost =
        cells().flat_map(|cell| ways.map(|way| report.row(cell, LYNKR, way).map_or(0, |row| row.lost)));
    figures.take("events lost".to_owned(), cells().next().map(|_| count(lost.sum())));
    figures
}

/// What a way is held against where translating costs something by itself.
fn bare(way: Way) -> &'static str {
    match way {
        Way::Passthrough => FLOOR,
        Way::Translated => CONVERTER,
    }
}

fn whole(report: &Report, (size, way): (Size, Way), figures: &mut Figures) {
    let cell = Cell { size, mode: Mode::Whole, load: Load::Steady };
    let row = |name| report.row(cell, name, way);
    let name = |what: &str| format!("{what}, {}, {}", size.name(), way.name());
    if size == Size::Small {
        let rate = |contender| row(contender).and_then(Row::per_second);
        figures.take(name("requests/s"), times(rate(LYNKR), rate(FLOOR)));
    }
    let cpu = |contender| row(contender).and_then(Row::cpu_seconds);
    figures.take(name("CPU"), times(cpu(LYNKR), cpu(bare(way))));
    let added =
        |contender| row(contender).zip(report.direct(cell)).and_then(|(own, direct)| own.above(direct));
    let [own, base] = [LYNKR, bare(way)].map(added);
    figures.take(name("added p50"), times(own.map(|own| own.p50), base.map(|base| base.p50)));
    figures.take(name("added p99"), times(own.map(|own| own.p99), base.map(|base| base.p99)));
}

fn streamed(report: &Report, (size, way): (Size, Way), figures: &mut Figures) {
    let cell = Cell { size, mode: Mode::Stream, load: Load::Steady };
    let row = |name| report.row(cell, name, way);
    let name = |what: &str| format!("{what}, {}, {}", size.name(), way.name());
    let added = |contender| {
        let above = row(contender).zip(report.direct(cell)).and_then(|(own, direct)| own.above(direct));
        above.map(|above| above.p50)
    };
    figures.take(name("first token added"), times(added(LYNKR), added(bare(way))));
    let lag = |contender| row(contender).and_then(|row| row.lag).map(|lag| lag.p99);
    figures.take(name("event lag p99"), times(lag(LYNKR), lag(FLOOR)));
}
