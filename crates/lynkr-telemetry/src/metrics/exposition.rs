//! Prometheus text exposition, format 0.0.4, as its documentation describes it: `HELP` and `TYPE` once per family,
//! label values escaped, histograms cumulative, a last line that ends.

use std::fmt::Write as _;

use super::cells::{Counted, Histogram};
use super::series::Series;
use super::{BreakerState, Gauges, Metrics, Numbers, WriterFigures, process};

impl Metrics {
    /// The numbers as Prometheus text.
    pub fn prometheus(&self, gauges: &Gauges) -> String {
        let mut text = Text::default();
        let numbers = self.numbers();
        numbers.http_families(&mut text);
        numbers.request_families(&mut text);
        guard_families(&mut text, gauges);
        process_families(&mut text, self.uptime().as_secs_f64());
        text.0
    }
}

impl Numbers {
    fn http_families(&self, text: &mut Text) {
        let all = self.http.sum();
        text.family("http_requests_total", "counter", "HTTP requests of every route.");
        text.line("http_requests_total", &[], whole(all));
        text.family("http_request_errors_total", "counter", "HTTP requests answered with 400 or above.");
        text.line("http_request_errors_total", &[], whole(self.http_errors));
        let name = "http_request_duration_seconds";
        text.family(name, "summary", "Duration of the last HTTP requests, to the head of the answer.");
        let latency = self.latency();
        for (quantile, value) in [("0.5", latency.p50), ("0.95", latency.p95), ("0.99", latency.p99)] {
            let seconds = value.map_or(f64::NAN, |millis| millis / 1_000.0);
            text.line(name, &[("quantile", quantile)], seconds);
        }
        let counted = self.http_seconds.counted();
        text.line(&format!("{name}_sum"), &[], counted.sum);
        text.line(&format!("{name}_count"), &[], whole(counted.count));
        text.counters("lynkr_http_requests_total", "HTTP requests by method, route and status.", &self.http);
        text.family("lynkr_http_request_duration_seconds", "histogram", "Duration of HTTP requests.");
        text.histogram("lynkr_http_request_duration_seconds", &[], &counted);
    }

    fn request_families(&self, text: &mut Text) {
        text.counters("lynkr_requests_total", "Model requests that are over.", &self.requests);
        text.histograms("lynkr_request_duration_seconds", "From arrival to the last byte.", &self.seconds);
        text.histograms(
            "lynkr_time_to_first_token_seconds",
            "From arrival to the first content.",
            &self.first_byte,
        );
        text.counters("lynkr_errors_total", "Model requests that failed.", &self.errors);
        text.counters("lynkr_retries_total", "Model requests that were sent again.", &self.retries);
        text.counters("lynkr_tokens_input_total", "Input tokens, cached ones included.", &self.input);
        text.counters("lynkr_tokens_output_total", "Output tokens.", &self.output);
        text.counters("lynkr_tokens_cached_total", "Input tokens that were read from a cache.", &self.cached);
        let name = "lynkr_cost_usd_total";
        text.family(name, "counter", "Cost of requests whose price is known.");
        for (values, counter) in self.cost_nanos.all() {
            text.line(name, &pairs(self.cost_nanos.labels(), values), whole(*counter) / 1e9);
        }
        self.plain_totals(text);
    }

    /// The names of the older product.
    fn plain_totals(&self, text: &mut Text) {
        let (input, output) = (self.input.sum(), self.output.sum());
        let totals = [
            ("tokens_input_total", "Input tokens.", whole(input)),
            ("tokens_output_total", "Output tokens.", whole(output)),
            ("tokens_total", "Tokens.", whole(input + output)),
            ("cost_usd_total", "Cost of requests whose price is known.", whole(self.cost_nanos.sum()) / 1e9),
            ("budget_blocks_total", "Requests refused by a budget.", whole(self.over_budget)),
            ("rate_limit_blocks_total", "Requests refused by a rate limit.", whole(self.rate_limited)),
        ];
        for (name, help, value) in totals {
            text.family(name, "counter", help);
            text.line(name, &[], value);
        }
    }
}

fn guard_families(text: &mut Text, gauges: &Gauges) {
    text.family("lynkr_load_shed_total", "counter", "Requests refused because there was too much to do.");
    text.line("lynkr_load_shed_total", &[], whole(gauges.shed));
    text.family("lynkr_active_requests", "gauge", "Requests under way.");
    text.line("lynkr_active_requests", &[], whole(gauges.active));
    text.family("lynkr_active_streams", "gauge", "Streamed answers under way.");
    text.line("lynkr_active_streams", &[], whole(gauges.streams));
    let name = "lynkr_circuit_breaker_state";
    text.family(name, "gauge", "State of each circuit breaker: 0 closed, 1 half open, 2 open.");
    for breaker in &gauges.breakers {
        let state = match breaker.state {
            BreakerState::Closed => 0.0,
            BreakerState::HalfOpen => 1.0,
            BreakerState::Open => 2.0,
        };
        text.line(name, &[("name", &breaker.name)], state);
    }
    if let Some(writer) = &gauges.writer {
        store_families(text, writer);
    }
    text.family("lynkr_panics_total", "counter", "Panics, each of which ended one request or task.");
    text.line("lynkr_panics_total", &[], whole(crate::panics()));
    text.family("lynkr_build_info", "gauge", "The gateway's version.");
    text.line("lynkr_build_info", &[("version", gauges.version)], 1.0);
}

fn store_families(text: &mut Text, writer: &WriterFigures) {
    let plain = [
        ("lynkr_store_queued_records", "gauge", "Records that wait to be written.", writer.queued),
        ("lynkr_store_queued_bytes", "gauge", "About the bytes that they take.", writer.queued_bytes),
        ("lynkr_store_failures_total", "counter", "Batches that couldn't be written.", writer.failures),
    ];
    for (name, kind, help, value) in plain {
        text.family(name, kind, help);
        text.line(name, &[], whole(value));
    }
    text.family("lynkr_store_written_total", "counter", "Records that were written.");
    for (kind, written, _) in &writer.kinds {
        text.line("lynkr_store_written_total", &[("kind", kind)], whole(*written));
    }
    text.family("lynkr_store_dropped_total", "counter", "Records that were lost.");
    for (kind, _, dropped) in &writer.kinds {
        text.line("lynkr_store_dropped_total", &[("kind", kind)], whole(*dropped));
    }
}

fn process_families(text: &mut Text, uptime: f64) {
    text.family("uptime_seconds", "gauge", "Seconds since the start.");
    text.line("uptime_seconds", &[], uptime);
    let process = process();
    let mut known = |name: &str, kind: &str, help: &str, value: Option<f64>| {
        if let Some(value) = value {
            text.family(name, kind, help);
            text.line(name, &[], value);
        }
    };
    let resident = process.resident_bytes.map(whole);
    known("process_resident_memory_bytes", "gauge", "Resident memory.", resident);
    known("process_cpu_seconds_total", "counter", "Processor time.", process.cpu_seconds);
    known("process_open_fds", "gauge", "Open file descriptors.", process.open_descriptors.map(whole));
}

#[expect(clippy::cast_precision_loss, reason = "the format's numbers are floats")]
fn whole(value: u64) -> f64 {
    value as f64
}

fn pairs<'a>(names: &[&'static str], values: &'a [String]) -> Vec<(&'static str, &'a str)> {
    names.iter().copied().zip(values.iter().map(String::as_str)).collect()
}

/// The text so far.
#[derive(Debug, Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.0.push_str(name);
        for (at, (label, text)) in labels.iter().enumerate() {
            let _ = write!(self.0, "{}{label}=\"{}\"", if at == 0 { '{' } else { ',' }, escaped(text));
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        let _ = if value.is_nan() { writeln!(self.0, " NaN") } else { writeln!(self.0, " {value}") };
    }

    fn counters(&mut self, name: &str, help: &str, series: &Series<u64>) {
        self.family(name, "counter", help);
        for (values, counter) in series.all() {
            self.line(name, &pairs(series.labels(), values), whole(*counter));
        }
    }

    fn histograms(&mut self, name: &str, help: &str, series: &Series<Histogram>) {
        self.family(name, "histogram", help);
        for (values, histogram) in series.all() {
            self.histogram(name, &pairs(series.labels(), values), &histogram.counted());
        }
    }

    fn histogram(&mut self, name: &str, labels: &[(&str, &str)], counted: &Counted) {
        let bucket = format!("{name}_bucket");
        let ends = counted.cumulative.iter().map(|(bound, count)| (bound.to_string(), *count));
        for (bound, count) in ends.chain([("+Inf".to_owned(), counted.count)]) {
            let mut with_bound = labels.to_vec();
            with_bound.push(("le", &bound));
            self.line(&bucket, &with_bound, whole(count));
        }
        self.line(&format!("{name}_sum"), labels, counted.sum);
        self.line(&format!("{name}_count"), labels, whole(counted.count));
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
