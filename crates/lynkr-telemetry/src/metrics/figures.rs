//! The numbers as a table for OpenTelemetry: all that Prometheus has and that none of the conventions' own metrics
//! says. Where a convention has a name, it is that; else the name becomes the Prometheus one when it is translated back.

use super::series::Series;
use super::{BreakerState, Gauges, Numbers, WriterFigures, process, process_memory};

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
}

/// One value with what tells it from the others of its name.
pub(crate) type Point = (Vec<(&'static str, String)>, f64);

/// One name.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) kind: Kind,
    pub(crate) about: &'static str,
    /// Its values now.
    pub(crate) read: fn(&Numbers, &Gauges) -> Vec<Point>,
}

type Read = fn(&Numbers, &Gauges) -> Vec<Point>;

const fn counter(name: &'static str, unit: &'static str, about: &'static str, read: Read) -> Figure {
    Figure { name, unit, kind: Kind::Counter, about, read }
}

const fn gauge(name: &'static str, unit: &'static str, about: &'static str, read: Read) -> Figure {
    Figure { name, unit, kind: Kind::Gauge, about, read }
}

/// The table.
#[rustfmt::skip]
pub(crate) const FIGURES: &[Figure] = &[
    counter("lynkr.requests", "{request}", "Model requests that are over.", |all, _| of(&all.requests)),
    counter("lynkr.errors", "{request}", "Model requests that failed.", |all, _| of(&all.errors)),
    counter("lynkr.retries", "{request}", "Model requests that were sent again.", |all, _| of(&all.retries)),
    counter("lynkr.tokens.input", "{token}", "Input tokens, cached ones included.", |all, _| of(&all.input)),
    counter("lynkr.tokens.output", "{token}", "Output tokens.", |all, _| of(&all.output)),
    counter("lynkr.tokens.cached", "{token}", "Input tokens that were read from a cache.", |all, _| of(&all.cached)),
    counter("lynkr.cost.usd", "{USD}", "Cost of requests whose price is known.", |all, _| {
        of(&all.cost_nanos).into_iter().map(|(labels, nanos)| (labels, nanos / 1e9)).collect()
    }),
    counter("lynkr.budget.blocks", "{request}", "Requests refused by a budget.", |all, _| one(all.over_budget)),
    counter("lynkr.rate_limit.blocks", "{request}", "Requests refused by a rate limit.", |all, _| {
        one(all.rate_limited)
    }),
    counter("lynkr.load.shed", "{request}", "Requests refused because there was too much to do.", |_, now| one(now.shed)),
    counter("lynkr.panics", "{panic}", "Panics, each of which ended one request or task.", |_, _| one(crate::panics())),
    gauge("lynkr.active_requests", "{request}", "Requests under way.", |_, now| one(now.active)),
    gauge("lynkr.active_streams", "{request}", "Streamed answers under way.", |_, now| one(now.streams)),
    gauge("lynkr.circuit_breaker.state", "", "State of each circuit breaker: 0 closed, 1 half open, 2 open.", |_, now| {
        breakers(now)
    }),
    gauge("lynkr.store.queued_records", "{record}", "Records that wait to be written.", |_, now| {
        of_writer(now, |writer| one(writer.queued))
    }),
    gauge("lynkr.store.queued_bytes", "By", "About the bytes that they take.", |_, now| {
        of_writer(now, |writer| one(writer.queued_bytes))
    }),
    counter("lynkr.store.failures", "{batch}", "Batches that couldn't be written.", |_, now| {
        of_writer(now, |writer| one(writer.failures))
    }),
    counter("lynkr.store.written", "{record}", "Records that were written.", |_, now| {
        of_writer(now, |writer| by_kind(writer, |(_, written, _)| written))
    }),
    counter("lynkr.store.dropped", "{record}", "Records that were lost.", |_, now| {
        of_writer(now, |writer| by_kind(writer, |(_, _, dropped)| dropped))
    }),
    gauge("process.uptime", "s", "Seconds since the start.", |all, _| value(Some(all.uptime.as_secs_f64()))),
    gauge("process.memory.usage", "By", "Resident memory.", |_, _| value(process_memory().resident_bytes.map(whole))),
    counter("process.cpu.time", "s", "Processor time.", |_, _| value(process().cpu_seconds)),
    gauge("process.unix.file_descriptor.count", "{file_descriptor}", "Open file descriptors.", |_, _| {
        value(process().open_descriptors.map(whole))
    }),
];

/// Every cell of a family.
fn of(series: &Series<u64>) -> Vec<Point> {
    let labelled = |values: &[String]| series.labels().iter().copied().zip(values.iter().cloned()).collect();
    series.all().into_iter().map(|(values, count)| (labelled(values), whole(*count))).collect()
}

fn one(count: u64) -> Vec<Point> {
    value(Some(whole(count)))
}

/// What isn't known has no value.
fn value(value: Option<f64>) -> Vec<Point> {
    value.map(|value| (Vec::new(), value)).into_iter().collect()
}

fn breakers(now: &Gauges) -> Vec<Point> {
    let state = |state| match state {
        BreakerState::Closed => 0.0,
        BreakerState::HalfOpen => 1.0,
        BreakerState::Open => 2.0,
    };
    now.breakers.iter().map(|own| (vec![("name", own.name.clone())], state(own.state))).collect()
}

/// Without a store there is nothing to say of it.
fn of_writer(now: &Gauges, read: fn(&WriterFigures) -> Vec<Point>) -> Vec<Point> {
    now.writer.as_ref().map(read).unwrap_or_default()
}

fn by_kind(writer: &WriterFigures, pick: fn((&'static str, u64, u64)) -> u64) -> Vec<Point> {
    let point = |kind: &(&'static str, u64, u64)| (vec![("kind", kind.0.to_owned())], whole(pick(*kind)));
    writer.kinds.iter().map(point).collect()
}

#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 nobody counts")]
fn whole(count: u64) -> f64 {
    count as f64
}
