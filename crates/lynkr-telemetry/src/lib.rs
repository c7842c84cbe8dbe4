//! What the gateway shows of itself: logs, and the numbers that scrapers and dashboards read.
//!
//! Logs are set up by [`init`]. Numbers live in [`Metrics`], a handful of typed cells that a request touches a few
//! times at its end, and leave as Prometheus text or as plain values for the JSON endpoints. [`Otel`] sends spans and metrics to a collector.
//!
//! *Boundary*: knows no provider, no surface and no request. Whoever counts hands in a [`Sample`].

#![warn(missing_docs)]

mod log;
mod metrics;
mod otel;
mod panics;

pub use log::{
    LogFile, LogFormat, LogOptions, Logging, REQUEST_TARGET, Turn, hold_lines, init, release_lines,
};
pub use metrics::{
    Breaker, BreakerState, Gauges, HttpSample, LatencySummary, Metrics, Outcome, Process, ProviderCounts,
    Sample, Snapshot, WriterFigures, memory_limit, process, process_memory,
};
pub use otel::{
    ModelCall, ModelTry, Otel, OtelOptions, OtlpSender, ReadGauges, ServerMessage, ServerRequest, ServerSpan,
};
pub use panics::panics;
