//! The table of components of the specification's performance report, and which of our benchmarks stands beside each row.

/// A row of it.
#[derive(Debug)]
pub(super) struct Specified {
    pub(super) name: &'static str,
    /// As it stands there.
    pub(super) says: &'static str,
    pub(super) rate: &'static str,
    /// Our benchmark, if there is one.
    pub(super) ours: Option<&'static str>,
    /// What ours measures.
    pub(super) measures: &'static str,
}

const fn row(
    name: &'static str,
    (says, rate): (&'static str, &'static str),
    ours: Option<&'static str>,
    measures: &'static str,
) -> Specified {
    Specified { name, says, rate, ours, measures }
}

/// All rows, in its order.
pub(super) const SPECIFIED: &[Specified] = &[
    row("baseline (no-op)", ("0.05 µs", "21,300,000"), Some("no_op"), "what measuring itself costs"),
    row(
        "metrics collection",
        ("0.2 µs", "4,700,000"),
        Some("admission/metrics_of_a_request"),
        "all counters and histograms of a model request and of its HTTP request",
    ),
    row(
        "metrics snapshot",
        ("1.1 µs", "890,000"),
        Some("admission/metrics_snapshot"),
        "`/metrics` as values",
    ),
    row(
        "Prometheus export",
        ("1.1 µs", "890,000"),
        Some("admission/metrics_prometheus"),
        "`/metrics` as Prometheus's text, all of it",
    ),
    row(
        "load shedding check",
        ("0.1 µs", "7,600,000"),
        Some("admission/load_shedding_check"),
        "memory, limits and requests under way, as admission looks at them",
    ),
    row(
        "circuit breaker (closed)",
        ("0.2 µs", "4,300,000"),
        Some("stack/breaker_closed"),
        "a look at a provider's closed breaker; to enter it isn't to be had alone, it is part of a model request",
    ),
    row(
        "input validation (simple)",
        ("0.2 µs", "5,800,000"),
        Some("converters/validation_simple"),
        "the pass over a request of one message",
    ),
    row(
        "input validation (complex)",
        ("1.1 µs", "890,000"),
        Some("converters/validation_complex"),
        "every field of a request with blocks, a call, its result and a schema, read from JSON",
    ),
    row("request ID generation", ("0.2 µs", "5,000,000"), None, "not by itself; part of the whole stack"),
    row(
        "combined middleware stack",
        ("7.1 µs", "140,000"),
        Some("stack/stack_layers"),
        "every layer around the routes, with an error's body; routing of paths included, no network",
    ),
    row(
        "(not in its table)",
        ("–", "–"),
        Some("stack/stack_message"),
        "a model request of 1.6 KB through the whole service and the builtin provider, no network",
    ),
];
