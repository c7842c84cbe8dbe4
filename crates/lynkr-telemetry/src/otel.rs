//! OpenTelemetry: spans and metrics, sent to a collector over OTLP/HTTP in protobuf.
//!
//! Spans are made of what is known when something is over, with its own times, so that nothing is instrumented on
//! the way of a request. The SDK's threads batch and send; a full queue drops spans and never waits. What the SDK
//! and its exporter read of the environment (`OTEL_BSP_*`, headers, time-outs, samplers) holds as OpenTelemetry
//! defines it: the environment is the operator's.
//!
//! Names are those of the semantic conventions for HTTP and for generative AI. Nothing of what people and models say
//! to each other is in any of them.

mod export;
mod figures;
mod ids;
mod model;
mod server;

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::metrics::{Histogram, Meter, MeterProvider as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

pub use export::OtlpSender;
pub use figures::ReadGauges;
pub use model::{ModelCall, ModelTry};
pub use server::{ServerMessage, ServerRequest, ServerSpan};

use export::Client;
use ids::Ids;

/// The instrumentation scope.
const SCOPE: &str = "lynkr";

/// Upper bounds of durations, in seconds, as the conventions for generative AI want them.
const OPERATION_SECONDS: &[f64] =
    &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/// Upper bounds of the time to the first token, in seconds, by the same conventions.
const FIRST_TOKEN_SECONDS: &[f64] =
    &[0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Upper bounds of an HTTP request's duration, in seconds, by the conventions for HTTP.
const HTTP_SECONDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Upper bounds of token counts: powers of four.
const TOKENS: &[f64] = &[
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

/// What is exported, and as whom.
#[derive(Debug, Clone, Copy)]
pub struct OtelOptions {
    /// Whether spans are.
    pub traces: bool,
    /// Whether metrics are.
    pub metrics: bool,
    /// Whether the environment says as which service; else it is `lynkr`.
    pub is_named: bool,
    /// The gateway's version.
    pub version: &'static str,
}

/// The export.
#[derive(Debug)]
pub struct Otel {
    traces: Option<(SdkTracerProvider, SdkTracer)>,
    metrics: Option<(SdkMeterProvider, Instruments)>,
}

#[derive(Debug)]
struct Instruments {
    tokens: Histogram<u64>,
    operation: Histogram<f64>,
    first_token: Histogram<f64>,
    http: Histogram<f64>,
}

impl Instruments {
    fn new(meter: &Meter) -> Self {
        let seconds = |name: &'static str, bounds: &[f64], about: &'static str| {
            let histogram = meter.f64_histogram(name).with_unit("s").with_boundaries(bounds.to_vec());
            histogram.with_description(about).build()
        };
        Self {
            tokens: meter
                .u64_histogram("gen_ai.client.token.usage")
                .with_unit("{token}")
                .with_boundaries(TOKENS.to_vec())
                .with_description("Tokens of inputs and outputs.")
                .build(),
            operation: seconds(
                "gen_ai.client.operation.duration",
                OPERATION_SECONDS,
                "Model requests, from their arrival to their last byte.",
            ),
            first_token: seconds(
                "gen_ai.server.time_to_first_token",
                FIRST_TOKEN_SECONDS,
                "Model requests, from their arrival to the first content.",
            ),
            http: seconds("http.server.request.duration", HTTP_SECONDS, "HTTP requests of any route."),
        }
    }
}

impl Otel {
    /// Begins to export through `sender`, which is called within the runtime that this is called in. Fails with
    /// what is wrong with the endpoint.
    pub fn start(options: &OtelOptions, sender: &Arc<dyn OtlpSender>) -> Result<Self, String> {
        let resource = resource(options);
        let client = Client::new(sender);
        let traces = options.traces.then(|| tracer(client.clone(), resource.clone())).transpose()?;
        let metrics = options.metrics.then(|| meter(client, resource)).transpose()?;
        Ok(Self { traces, metrics })
    }

    /// Sends what is left and ends. Blocks for at most `within` for each of spans and metrics: not for a thread
    /// that serves.
    pub fn close(&self, within: Duration) {
        let report = |what: &str, ended: opentelemetry_sdk::error::OTelSdkResult| {
            if let Err(error) = ended {
                tracing::debug!(%error, what, "the last of the telemetry wasn't taken");
            }
        };
        if let Some((provider, _)) = &self.traces {
            report("traces", provider.shutdown_with_timeout(within));
        }
        if let Some((provider, _)) = &self.metrics {
            report("metrics", provider.shutdown_with_timeout(within));
        }
    }
}

fn resource(options: &OtelOptions) -> Resource {
    let builder = Resource::builder();
    let builder = if options.is_named { builder } else { builder.with_service_name("lynkr") };
    builder.with_attribute(opentelemetry::KeyValue::new("service.version", options.version)).build()
}

fn tracer(client: Client, resource: Resource) -> Result<(SdkTracerProvider, SdkTracer), String> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .build()
        .map_err(|error| error.to_string())?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_id_generator(Ids::default())
        .with_resource(resource)
        .build();
    let tracer = provider.tracer(SCOPE);
    Ok((provider, tracer))
}

fn meter(client: Client, resource: Resource) -> Result<(SdkMeterProvider, Instruments), String> {
    let exporter = MetricExporter::builder()
        .with_http()
        .with_http_client(client)
        .build()
        .map_err(|error| error.to_string())?;
    let provider =
        SdkMeterProvider::builder().with_periodic_exporter(exporter).with_resource(resource).build();
    let instruments = Instruments::new(&provider.meter(SCOPE));
    Ok((provider, instruments))
}
