//! The export to OpenTelemetry: its settings, its way out, and what it is told of each model request.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use lynkr_api::{Live, gauges};
use lynkr_config::{Kind, Setting, Values};
use lynkr_http::{Outbound, Transport};
use lynkr_orchestrator::{Ending, Ledger, Settled, StopReason};
use lynkr_telemetry::{ModelCall, ModelTry, Otel, OtelOptions, OtlpSender, ReadGauges};
use lynkr_types::FaultKind;

/// How long a collector may take to begin its answer. The exporter gives up after `OTEL_EXPORTER_OTLP_TIMEOUT`.
const HEAD: Duration = Duration::from_secs(10);

/// The most that is read of a collector's answer.
const MOST_BYTES: usize = 1024 * 1024;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const METRICS: &str = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";

const SAMPLERS: &[&str] = &[
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
];

/// OpenTelemetry's own variables. Only the process environment gives them: a project must not be able to send what the
/// gateway sees elsewhere.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting::in_process(
        ENDPOINT,
        "telemetry",
        Kind::Url,
        "The OpenTelemetry collector that spans and metrics are sent to, by OTLP over HTTP in protobuf; `/v1/traces` and \
         `/v1/metrics` are appended. Unset, nothing is exported.",
    ),
    Setting::in_process(
        TRACES,
        "telemetry",
        Kind::Url,
        "The whole URL that spans are sent to, in the place of the above.",
    ),
    Setting::in_process(
        METRICS,
        "telemetry",
        Kind::Url,
        "The whole URL that metrics are sent to, in the place of the above.",
    ),
    Setting::in_process(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "telemetry",
        Kind::Secret,
        "Headers for the collector, `name=value` separated by commas, percent-encoded.",
    ),
    Setting::in_process(
        "OTEL_SERVICE_NAME",
        "telemetry",
        Kind::Text,
        "The name under which the collector knows this gateway; by default `lynkr`.",
    ),
    Setting::in_process(
        "OTEL_RESOURCE_ATTRIBUTES",
        "telemetry",
        Kind::Text,
        "More that is said of this gateway: `name=value` separated by commas, percent-encoded.",
    ),
    Setting::in_process(
        "OTEL_TRACES_SAMPLER",
        "telemetry",
        Kind::Choice(SAMPLERS),
        "Which traces are recorded. By default what the caller's `traceparent` says, and all that begin here.",
    ),
    Setting::in_process(
        "OTEL_TRACES_SAMPLER_ARG",
        "telemetry",
        Kind::Text,
        "The share of traces, from 0.0 to 1.0, where the sampler takes one.",
    ),
    Setting::in_process(
        "OTEL_SDK_DISABLED",
        "telemetry",
        Kind::Bool,
        "Switches the export off whatever else is set.",
    )
    .with_default("false"),
    Setting::in_process(
        "OTEL_METRIC_EXPORT_INTERVAL",
        "telemetry",
        Kind::Integer { min: 1, max: 86_400_000 },
        "How often metrics are sent, in milliseconds.",
    )
    .with_default("60000"),
];

/// Begins to export, if there is somewhere to send it. Whoever set the variables may have meant another program, so that
/// none of them keeps the gateway from starting.
pub(crate) fn start(values: &Values, http: &Arc<dyn Transport>) -> Option<Arc<Otel>> {
    let has = |env| values.text(env).is_some();
    let (traces, metrics) = (has(ENDPOINT) || has(TRACES), has(ENDPOINT) || has(METRICS));
    if values.bool("OTEL_SDK_DISABLED") || !(traces || metrics) {
        return None;
    }
    let attributes = values.text("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
    let options = OtelOptions {
        traces,
        metrics,
        is_named: has("OTEL_SERVICE_NAME") || attributes.contains("service.name="),
        version: lynkr_api::VERSION,
    };
    let sender: Arc<dyn OtlpSender> = Arc::new(Sender(Arc::clone(http)));
    match Otel::start(&options, &sender) {
        Ok(otel) => Some(Arc::new(otel)),
        Err(error) => {
            tracing::warn!(error, "nothing is exported to OpenTelemetry: its settings can't be used");
            None
        }
    }
}

/// Sends what is counted for Prometheus as well.
pub(crate) fn watch(otel: &Otel, live: &Arc<Live>) {
    let metrics = Arc::clone(&live.service().metrics);
    let live = Arc::downgrade(live);
    let now: ReadGauges = Arc::new(move || live.upgrade().map(|live| gauges(&live.service())));
    otel.watch(&metrics, &now);
}

/// Ends the export, once what is left was sent.
pub(crate) async fn close(otel: Arc<Otel>, within: Duration) {
    // It waits for threads of its own, which wait for this runtime.
    let ended = tokio::task::spawn_blocking(move || otel.close(within));
    let _ = ended.await;
}

/// The gateway's own HTTP client.
#[derive(Debug)]
struct Sender(Arc<dyn Transport>);

#[async_trait]
impl OtlpSender for Sender {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        let (head, body) = request.into_parts();
        let outbound = Outbound {
            method: head.method,
            url: head.uri,
            headers: head.headers,
            body: vec![body],
            head_timeout: HEAD,
        };
        let inbound = self.0.send(outbound).await.map_err(|error| error.chain())?;
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = inbound.status;
        *response.headers_mut() = inbound.headers;
        let mut body = inbound.body;
        let mut all = Vec::new();
        let read = async {
            while let Some(bytes) = body.next().await {
                all.extend_from_slice(&bytes.map_err(|error| error.chain())?);
                if all.len() > MOST_BYTES {
                    return Err("its answer is too large".to_owned());
                }
            }
            Ok(())
        };
        tokio::time::timeout(HEAD, read).await.map_err(|_| "its answer takes too long".to_owned())??;
        *response.body_mut() = Bytes::from(all);
        Ok(response)
    }
}

/// Hands on each model request that is over.
#[derive(Debug)]
pub(crate) struct ExportedBy(pub(crate) Arc<Otel>);

impl Ledger for ExportedBy {
    fn settle(&self, settled: &Settled<'_>) {
        let usage = settled.usage;
        let input = [usage.input, usage.cache_read, usage.cache_write].into_iter().flatten();
        let tries: Vec<ModelTry<'_>> = settled
            .tries
            .iter()
            .map(|attempt| ModelTry {
                span_id: attempt.span_id,
                after: attempt.after,
                took: attempt.took,
                status: attempt.status,
                error: attempt.failure.map(error_type),
            })
            .collect();
        self.0.model(&ModelCall {
            trace: settled.trace,
            operation: if settled.surface.ends_with("embeddings") { "embeddings" } else { "chat" },
            provider: settled.provider,
            model: settled.model,
            answered_by: settled.answered_by,
            host: settled.host,
            arrived: settled.arrived,
            duration: settled.duration,
            first_content: settled.first_content,
            input_tokens: usage.input.map(|_| input.sum()),
            output_tokens: usage.output,
            cached_tokens: usage.cache_read,
            finish_reason: settled.stop.map(finish_reason),
            error: match settled.ending {
                Ending::Failed(kind) => Some(error_type(kind)),
                Ending::Left => Some("cancelled"),
                Ending::Answered => None,
            },
            session: settled.identity.session.as_deref(),
            tries: &tries,
        });
    }
}

/// Failures as `error.type` names them.
fn error_type(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::InvalidRequest => "invalid_request",
        FaultKind::ContextLength => "context_length",
        FaultKind::Authentication => "authentication",
        FaultKind::Billing => "billing",
        FaultKind::Permission => "permission",
        FaultKind::NotFound => "not_found",
        FaultKind::Conflict => "conflict",
        FaultKind::TooLarge => "too_large",
        FaultKind::Unprocessable => "unprocessable",
        FaultKind::UpgradeRequired => "upgrade_required",
        FaultKind::RateLimit => "rate_limit",
        FaultKind::Internal => "internal",
        FaultKind::NotImplemented => "not_implemented",
        FaultKind::BadGateway => "bad_gateway",
        FaultKind::Unavailable => "unavailable",
        FaultKind::Timeout => "timeout",
        FaultKind::Loop => "loop",
        FaultKind::Overloaded => "overloaded",
    }
}

/// Reasons to stop as they are widely known; what a provider alone has is shown as `other`, since it is its own text.
fn finish_reason(reason: &StopReason) -> &'static str {
    match reason {
        StopReason::EndTurn | StopReason::StopSequence => "stop",
        StopReason::MaxTokens | StopReason::ContextWindow => "length",
        StopReason::ToolUse => "tool_calls",
        StopReason::Refusal => "content_filter",
        StopReason::PauseTurn => "pause_turn",
        StopReason::Other(_) => "other",
    }
}
