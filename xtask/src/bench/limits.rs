//! The figures that the gateway is held to, as data: nothing else in the bench knows a limit. The floor is the bare proxy
//! that forwards bytes, the converter the bare one that translates; ratios are taken within one run.

/// A figure and its limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limit {
    /// The figure, by the name that suites report it under.
    pub(crate) figure: &'static str,
    pub(crate) bound: Bound,
    /// What it is measured in.
    pub(crate) unit: &'static str,
    /// The suite that measures it.
    pub(crate) suite: &'static str,
}

/// Which side of the limit is good; the limit itself is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    /// Whether a figure keeps it.
    pub(crate) fn is_met(self, measured: f64) -> bool {
        match self {
            Self::AtLeast(least) => measured >= least,
            Self::AtMost(most) => measured <= most,
        }
    }
}

const FLOOR: &str = "× floor";
const CONVERTER: &str = "× converter";
const DEFAULTS: &str = "× defaults";
/// A million bytes.
const MB: &str = "MB";

const fn least(suite: &'static str, figure: &'static str, bound: f64, unit: &'static str) -> Limit {
    Limit { figure, bound: Bound::AtLeast(bound), unit, suite }
}

const fn most(suite: &'static str, figure: &'static str, bound: f64, unit: &'static str) -> Limit {
    Limit { figure, bound: Bound::AtMost(bound), unit, suite }
}

/// All of them, in the order in which they are shown.
pub(crate) const LIMITS: &[Limit] = &[
    least("compare", "requests/s, 1.6 KB, passthrough", 0.6, FLOOR),
    least("compare", "requests/s, 1.6 KB, translated", 0.5, FLOOR),
    most("compare", "CPU, 1.6 KB, passthrough", 2.0, FLOOR),
    most("compare", "CPU, 1.6 KB, translated", 2.0, CONVERTER),
    most("compare", "CPU, 92 KB, passthrough", 1.6, FLOOR),
    most("compare", "CPU, 92 KB, translated", 1.2, CONVERTER),
    most("compare", "added p50, 1.6 KB, passthrough", 2.0, FLOOR),
    most("compare", "added p99, 1.6 KB, passthrough", 2.0, FLOOR),
    most("compare", "added p50, 92 KB, passthrough", 2.0, FLOOR),
    most("compare", "added p99, 92 KB, passthrough", 2.0, FLOOR),
    most("compare", "added p50, 1.6 KB, translated", 1.5, CONVERTER),
    most("compare", "added p99, 1.6 KB, translated", 1.5, CONVERTER),
    most("compare", "added p50, 92 KB, translated", 1.5, CONVERTER),
    most("compare", "added p99, 92 KB, translated", 1.5, CONVERTER),
    most("compare", "first token added, 1.6 KB, passthrough", 1.5, FLOOR),
    most("compare", "first token added, 92 KB, passthrough", 1.5, FLOOR),
    // A request that is translated is converted before it goes up, which the floor doesn't do.
    most("compare", "first token added, 1.6 KB, translated", 1.5, CONVERTER),
    most("compare", "first token added, 92 KB, translated", 1.5, CONVERTER),
    most("compare", "event lag p99, 1.6 KB, passthrough", 1.5, FLOOR),
    most("compare", "event lag p99, 92 KB, passthrough", 1.5, FLOOR),
    most("compare", "event lag p99, 1.6 KB, translated", 1.5, FLOOR),
    most("compare", "event lag p99, 92 KB, translated", 1.5, FLOOR),
    least("compare", "events/s in a burst, passthrough", 0.7, FLOOR),
    least("compare", "events/s in a burst, translated", 0.7, FLOOR),
    most("compare", "events lost", 0.0, "events"),
    most("concurrent", "event lag p99, 200 streams, passthrough", 1.5, FLOOR),
    most("concurrent", "event lag p99, 200 streams, translated", 1.5, FLOOR),
    most("concurrent", "event lag p99, 2000 streams, passthrough", 1.5, FLOOR),
    most("concurrent", "event lag p99, 2000 streams, translated", 1.5, FLOOR),
    most("concurrent", "events lost by concurrent streams", 0.0, "events"),
    most("compare", "idle RSS, passthrough", 20.0, MB),
    most("compare", "idle RSS, translated", 20.0, MB),
    most("compare", "peak RSS, 92 KB on 64 connections, passthrough", 60.0, MB),
    most("compare", "peak RSS, 92 KB on 64 connections, translated", 60.0, MB),
    most("streams", "memory per open stream, passthrough", 1.5, FLOOR),
    most("streams", "memory per open stream, translated", 1.5, FLOOR),
    most("start", "start to first healthy answer, passthrough", 40.0, "ms"),
    most("start", "start to first healthy answer, translated", 40.0, "ms"),
    most("features", "CPU with all on, 1.6 KB, passthrough", 1.5, DEFAULTS),
    most("features", "CPU with all on, 92 KB, passthrough", 1.5, DEFAULTS),
    most("features", "CPU with all on, 1.6 KB, translated", 1.5, DEFAULTS),
];
