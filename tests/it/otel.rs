//! What an OpenTelemetry collector is sent. The receiver decodes it by the protocol's own types.

mod more;

use std::collections::BTreeMap;

use lynkr_testkit::{Dialect, Script, Upstream};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value as Any};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::{Value, json};

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::Call;
use crate::scripted::Scripted;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// A collector that takes everything.
async fn collector() -> Upstream {
    Upstream::with(|_| Script::body(200, "application/x-protobuf", "")).await.expect("a receiver starts")
}

fn exported(setup: Setup, collector: &Upstream) -> Setup {
    setup.env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())
}

/// Ends the gateway, which sends what is left, and reads all that the collector has.
async fn taken(gateway: Gateway, collector: &Upstream) -> Taken {
    gateway.signal("TERM");
    let (code, log) = gateway.ended().await;
    assert_eq!(code, Some(0), "{log}");
    let mut taken = Taken::default();
    for request in collector.requests() {
        assert_eq!(request.header("content-type"), Some("application/x-protobuf"));
        taken.headers.extend(request.headers.clone());
        match request.path.as_str() {
            "/v1/traces" => {
                let sent = ExportTraceServiceRequest::decode(&request.body[..]).expect("spans decode");
                for resource in sent.resource_spans {
                    taken.resource = attributes(&resource.resource.expect("a resource").attributes);
                    taken.spans.extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
                }
            }
            "/v1/metrics" => {
                let sent = ExportMetricsServiceRequest::decode(&request.body[..]).expect("metrics decode");
                taken.metrics.push(sent);
            }
            other => panic!("nothing is expected at {other}"),
        }
    }
    taken
}

#[derive(Default)]
struct Taken {
    spans: Vec<Span>,
    metrics: Vec<ExportMetricsServiceRequest>,
    resource: BTreeMap<String, Value>,
    headers: Vec<(String, String)>,
}

impl Taken {
    /// The only span whose name begins so.
    fn span(&self, name: &str) -> &Span {
        let found: Vec<&Span> = self.spans.iter().filter(|span| span.name.starts_with(name)).collect();
        assert_eq!(found.len(), 1, "{name} among {:?}", self.names());
        found[0]
    }

    fn names(&self) -> Vec<&str> {
        self.spans.iter().map(|span| span.name.as_str()).collect()
    }

    /// What is exported under this name, as it was sent last.
    fn data(&self, name: &str) -> Option<&Data> {
        let last = self.metrics.last().expect("metrics were sent");
        let scopes = last.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
        let metric = scopes.flat_map(|scope| &scope.metrics).find(|metric| metric.name == name);
        metric.and_then(|metric| metric.data.as_ref())
    }

    /// The points of a histogram: their attributes, how many values, and the sum of these.
    fn points(&self, name: &str) -> Vec<(BTreeMap<String, Value>, u64, f64)> {
        match self.data(name) {
            Some(Data::Histogram(histogram)) => histogram
                .data_points
                .iter()
                .map(|point| (attributes(&point.attributes), point.count, point.sum.unwrap_or_default()))
                .collect(),
            other => panic!("{name} is no histogram: {other:?}"),
        }
    }
}

fn attributes(list: &[KeyValue]) -> BTreeMap<String, Value> {
    let value = |value: &AnyValue| plain(value);
    list.iter().map(|pair| (pair.key.clone(), pair.value.as_ref().map_or(Value::Null, value))).collect()
}

fn plain(value: &AnyValue) -> Value {
    match &value.value {
        Some(Any::StringValue(text)) => json!(text),
        Some(Any::IntValue(number)) => json!(number),
        Some(Any::ArrayValue(array)) => array.values.iter().map(plain).collect(),
        other => json!(format!("{other:?}")),
    }
}

fn whole() -> Script {
    Script::json(
        200,
        &json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "answering-model",
            "stop_reason": "end_turn", "content": [{"type": "text", "text": "A secret answer."}],
            "usage": {"input_tokens": 7, "output_tokens": 3},
        }),
    )
}

fn streamed() -> Script {
    let frame = |kind: &str, mut data: Value| {
        data["type"] = kind.into();
        format!("event: {kind}\ndata: {data}\n\n")
    };
    let message = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "answering-model",
        "content": [], "stop_reason": null, "usage": {"input_tokens": 7, "output_tokens": 1}});
    Script::sse([
        frame("message_start", json!({"message": message})),
        frame("content_block_start", json!({"index": 0, "content_block": {"type": "text", "text": ""}})),
        frame("content_block_delta", json!({"index": 0, "delta": {"type": "text_delta", "text": "Well."}})),
        frame("content_block_stop", json!({"index": 0})),
        frame("message_delta", json!({"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}})),
        frame("message_stop", json!({})),
    ])
}

fn ask(surface: Dialect, stream: bool) -> Call {
    let body = dialects::ask(surface, "A secret question.", stream);
    let target = if surface == Dialect::Anthropic { "/v1/messages" } else { "/v1/chat/completions" };
    Call::json(target, &body).header("traceparent", &format!("00-{TRACE}-{CALLER}-01"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retried_request_is_a_tree_of_spans() {
    let down =
        Script::json(503, &json!({"type": "error", "error": {"type": "api_error", "message": "down"}}));
    let (collector, upstream) = (collector().await, Scripted::new([down, whole()]).await);
    let setup = exported(Setup::upstream(Dialect::Anthropic, &upstream.url()), &collector)
        .env("API_RETRY_INITIAL_DELAY", "1")
        .env("OTEL_EXPORTER_OTLP_HEADERS", "x-collector-key=sesame")
        .env("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test");
    let gateway = setup.start().await;
    gateway.send(ask(Dialect::Anthropic, false)).await.expect(200);
    gateway.get("/health/live").await.expect(200);
    let told = upstream.post(1).await.header("traceparent").expect("the provider is told").to_owned();
    let taken = taken(gateway, &collector).await;

    let server = taken.span("POST /v1/messages");
    assert_eq!(hex(&server.trace_id), TRACE);
    assert_eq!(hex(&server.parent_span_id), CALLER);
    assert_eq!(attributes(&server.attributes)["http.response.status_code"], 200);
    let mut tries: Vec<&Span> = taken.spans.iter().filter(|span| span.name.starts_with("chat ")).collect();
    tries.sort_by_key(|span| span.start_time_unix_nano);
    assert_eq!((tries.len(), taken.spans.len()), (2, 3), "and no probe: {:?}", taken.names());
    for span in &tries {
        assert_eq!((&span.parent_span_id, hex(&span.trace_id).as_str()), (&server.span_id, TRACE));
        assert_eq!(span.kind, 3, "a client's span");
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano);
        assert!(span.end_time_unix_nano <= server.end_time_unix_nano);
    }
    let (first, second) = (attributes(&tries[0].attributes), attributes(&tries[1].attributes));
    assert_eq!(
        (&first["error.type"], &first["http.response.status_code"]),
        (&json!("internal"), &json!(503))
    );
    assert!(!first.contains_key("gen_ai.usage.input_tokens"), "{first:?}");
    let expected = [
        ("gen_ai.operation.name", json!("chat")),
        ("gen_ai.response.model", json!("answering-model")),
        ("gen_ai.usage.input_tokens", json!(7)),
        ("gen_ai.usage.output_tokens", json!(3)),
        ("gen_ai.response.finish_reasons", json!(["stop"])),
        ("server.address", json!("127.0.0.1")),
        ("http.request.resend_count", json!(1)),
    ];
    for (key, value) in expected {
        assert_eq!(second.get(key), Some(&value), "{key} in {second:?}");
    }
    assert_eq!(told, format!("00-{TRACE}-{}-01", hex(&tries[1].span_id)));
    assert_eq!(taken.resource["service.name"], "lynkr");
    assert_eq!(taken.resource["deployment.environment.name"], "test");
    assert!(
        taken
            .headers
            .iter()
            .any(|(name, value)| (name.as_str(), value.as_str()) == ("x-collector-key", "sesame"))
    );
    let all = format!("{:?}{:?}", taken.spans, taken.metrics);
    assert!(!all.contains("secret"), "nothing that was said is exported: {all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_report_their_usage_whatever_the_way() {
    for surface in [Dialect::Anthropic, Dialect::Chat] {
        let (collector, upstream) = (collector().await, Scripted::new([streamed()]).await);
        let setup = exported(Setup::upstream(Dialect::Anthropic, &upstream.url()), &collector);
        let gateway = setup.start().await;
        assert_eq!(gateway.send(ask(surface, true)).await.status, 200);
        let taken = taken(gateway, &collector).await;
        let span = taken.span("chat ");
        let said = attributes(&span.attributes);
        assert_eq!(said["gen_ai.usage.input_tokens"], 7, "{surface:?}: {said:?}");
        assert_eq!(said["gen_ai.usage.output_tokens"], 3, "{surface:?}: {said:?}");
        assert_eq!(said["gen_ai.response.finish_reasons"], json!(["stop"]), "{surface:?}");
        assert_eq!(
            span.events.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(),
            ["gen_ai.first_chunk"]
        );
        let tokens = taken.points("gen_ai.client.token.usage");
        for (kind, sum) in [("input", 7.0), ("output", 3.0)] {
            let of_kind: Vec<_> = tokens
                .iter()
                .filter(|point| point.0["gen_ai.token.type"] == kind)
                .map(|point| (point.1, point.2))
                .collect();
            assert_eq!(of_kind, [(1, sum)], "{surface:?}: {tokens:?}");
        }
        for name in ["gen_ai.client.operation.duration", "gen_ai.server.time_to_first_token"] {
            assert_eq!(taken.points(name).iter().map(|point| point.1).sum::<u64>(), 1, "{name}");
        }
        let http = taken.points("http.server.request.duration");
        assert_eq!(http[0].0["http.response.status_code"], 200, "{http:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_have_their_types() {
    let refusal =
        json!({"type": "error", "error": {"type": "authentication_error", "message": "a secret key"}});
    let (collector, upstream) = (collector().await, Scripted::new([Script::json(401, &refusal)]).await);
    let gateway = exported(Setup::upstream(Dialect::Anthropic, &upstream.url()), &collector).start().await;
    let status = gateway.send(ask(Dialect::Anthropic, false)).await.status;
    let taken = taken(gateway, &collector).await;
    let span = taken.span("chat ");
    let said = attributes(&span.attributes);
    assert_eq!((status, &said["error.type"]), (401, &json!("authentication")));
    assert_eq!(span.status.as_ref().map(|status| status.code), Some(2), "an error");
    assert!(!format!("{:?}", taken.spans).contains("secret"), "a provider's words are not exported");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sampled_is_not_sent() {
    let (collector, upstream) = (collector().await, Scripted::new([whole(), whole()]).await);
    let gateway = exported(Setup::upstream(Dialect::Anthropic, &upstream.url()), &collector).start().await;
    let plain = Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", false));
    gateway.send(plain.clone().header("traceparent", &format!("00-{TRACE}-{CALLER}-00"))).await.expect(200);
    gateway.send(plain).await.expect(200);
    let taken = taken(gateway, &collector).await;
    assert_eq!(taken.spans.len(), 2, "of the request that began here only: {:?}", taken.names());
    assert!(taken.spans.iter().all(|span| hex(&span.trace_id) != TRACE));
    assert_eq!(taken.points("gen_ai.client.operation.duration")[0].1, 2, "metrics count all");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_cannot_switch_it_on() {
    let (collector, upstream) = (collector().await, Scripted::new([whole()]).await);
    let env = format!("OTEL_EXPORTER_OTLP_ENDPOINT={}\n", collector.url());
    let setup = Setup::upstream(Dialect::Anthropic, &upstream.url()).project_file(".env", &env);
    let gateway = setup.start().await;
    gateway.send(ask(Dialect::Anthropic, false)).await.expect(200);
    assert_eq!(upstream.post(0).await.header("traceparent"), None);
    taken(gateway, &collector).await;
    assert_eq!(collector.arrivals(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_switched_off() {
    let (collector, upstream) = (collector().await, Scripted::new([whole()]).await);
    let setup = exported(Setup::upstream(Dialect::Anthropic, &upstream.url()), &collector);
    let gateway = setup.env("OTEL_SDK_DISABLED", "true").start().await;
    gateway.send(ask(Dialect::Anthropic, false)).await.expect(200);
    taken(gateway, &collector).await;
    assert_eq!(collector.arrivals(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_down_is_mentioned_once() {
    let upstream = Scripted::new([whole(), whole()]).await;
    let setup = Setup::upstream(Dialect::Anthropic, &upstream.url())
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
        .env("OTEL_BSP_SCHEDULE_DELAY", "10")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "10");
    let gateway = setup.start().await;
    let mention = "collector doesn't take";
    gateway.send(ask(Dialect::Anthropic, false)).await.expect(200);
    gateway.logged(|line| line.contains(mention)).await;
    gateway.send(ask(Dialect::Anthropic, false)).await.expect(200);
    gateway.signal("TERM");
    let (code, log) = gateway.ended().await;
    assert_eq!((code, log.matches(mention).count()), (Some(0), 1), "{log}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}
