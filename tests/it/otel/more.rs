//! Spans of what comes over a WebSocket, the connection's scheme, and the numbers that Prometheus has.

use lynkr_testkit::{Dialect, Script, SelfSigned};
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use serde_json::json;

use super::*;
use crate::scripted;
use crate::websocket::{Socket, handshake};

#[tokio::test(flavor = "multi_thread")]
async fn each_response_over_a_web_socket_has_a_span_of_its_own() {
    let collector = collector().await;
    let refusal = json!({"error": {"type": "server_error", "message": "a secret"}});
    let answer = || Script::sse(scripted::stream(Dialect::Responses, "Well."));
    let upstream = Scripted::new([answer(), Script::json(500, &refusal), answer()]).await;
    let setup = exported(Setup::upstream(Dialect::Responses, &upstream.url()), &collector);
    let gateway = setup.env("API_RETRY_MAX_RETRIES", "0").start().await;
    let call = handshake().header("traceparent", &format!("00-{TRACE}-{CALLER}-01"));
    let mut socket = Socket::open(&gateway, call.header("x-request-id", "socket")).await;
    for kind in ["response.completed", "error", "response.completed"] {
        let create = json!({"type": "response.create", "model": "gpt-5", "input": "A secret question."});
        assert_eq!(socket.ask(&create).await.last().expect("an event")["type"], kind);
    }
    drop(socket);
    let taken = taken(gateway, &collector).await;
    let opened = taken.span("GET /v1/responses");
    assert_eq!(hex(&opened.parent_span_id), CALLER);
    assert_eq!(attributes(&opened.attributes)["http.response.status_code"], 101);
    let below = |parent: &Span, name: &str| -> Vec<Span> {
        let named = |span: &&Span| span.parent_span_id == parent.span_id && span.name.starts_with(name);
        let mut all: Vec<Span> = taken.spans.iter().filter(named).cloned().collect();
        all.sort_by_key(|span| span.start_time_unix_nano);
        all
    };
    let responses = below(opened, "response.create /v1/responses");
    assert_eq!((responses.len(), taken.spans.len()), (3, 7), "{:?}", taken.names());
    for (number, response) in responses.iter().enumerate() {
        let said = attributes(&response.attributes);
        assert_eq!(response.kind, 2, "a server's span");
        assert_eq!(said["lynkr.request.id"], format!("socket-{}", number + 1));
        assert_eq!(
            (&said["url.scheme"], &said["network.protocol.name"]),
            (&json!("http"), &json!("websocket"))
        );
        let [model] = &below(response, "chat ")[..] else {
            panic!("one model call each: {:?}", taken.names())
        };
        assert!(model.end_time_unix_nano <= response.end_time_unix_nano);
        let failed = number == 1;
        assert_eq!(said.get("error.type"), failed.then(|| json!("500")).as_ref(), "{said:?}");
        let status = response.status.as_ref().map_or(0, |status| status.code);
        assert_eq!(status, if failed { 2 } else { 0 });
    }
    assert!(!format!("{:?}", taken.spans).contains("secret"), "nothing that was said is exported");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scheme_is_the_connections_own() {
    let collector = collector().await;
    let identity = SelfSigned::of("localhost").expect("a certificate can be made");
    let setup = exported(Setup::builtin(), &collector);
    let (certificate, key) = (setup.project().join("cert.pem"), setup.project().join("key.pem"));
    let setup = setup.project_file("cert.pem", &identity.certificate).project_file("key.pem", &identity.key);
    let setup = setup.env("LYNKR_TLS_CERT", &certificate.display().to_string());
    let secure = setup.env("LYNKR_TLS_KEY", &key.display().to_string()).start().await;
    let endpoint = format!("https://localhost:{}", secure.address().port());
    let before = Setup::upstream(Dialect::Anthropic, &endpoint);
    let before = exported(before, &collector).env("SSL_CERT_FILE", &certificate.display().to_string());
    let before = before.start().await;
    before.send(ask(Dialect::Anthropic, false)).await.expect(200);
    // One after the other: each is asked for what the collector has so far.
    let outer = taken(before, &collector).await;
    assert_eq!(attributes(&outer.span("POST /v1/messages").attributes)["url.scheme"], "http");
    let both = taken(secure, &collector).await;
    let of_server = both.spans.iter().filter(|span| span.kind == 2);
    let mut schemes: Vec<Value> =
        of_server.map(|span| attributes(&span.attributes)["url.scheme"].clone()).collect();
    schemes.sort_by_key(Value::to_string);
    assert_eq!(schemes, ["http", "https"]);
    assert!(both.points("http.server.request.duration").iter().all(|point| point.0["url.scheme"] == "https"));
}

impl Taken {
    /// The value of the only point with these attributes, of a number that grows (`true`) or goes up and down.
    fn number(&self, name: &str, with: &[(&str, &str)]) -> (bool, f64) {
        let (grows, points) = match self.data(name) {
            Some(Data::Sum(sum)) => (sum.is_monotonic, &sum.data_points),
            Some(Data::Gauge(gauge)) => (false, &gauge.data_points),
            other => panic!("{name} is no number: {other:?}"),
        };
        let fits = |said: BTreeMap<String, Value>| with.iter().all(|(key, value)| said[*key] == *value);
        let mut found = points.iter().filter(|point| fits(attributes(&point.attributes)));
        let point = found.next().unwrap_or_else(|| panic!("{name} {with:?} isn't in {points:?}"));
        assert!(found.next().is_none(), "{name} {with:?} is there twice: {points:?}");
        match point.value {
            Some(Number::AsDouble(value)) => (grows, value),
            ref other => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_numbers_of_prometheus_are_sent_as_well() {
    let down =
        Script::json(503, &json!({"type": "error", "error": {"type": "api_error", "message": "down"}}));
    let (collector, upstream) = (collector().await, Scripted::new([down, whole(), streamed()]).await);
    let setup = exported(Setup::upstream(Dialect::Anthropic, &upstream.url()), &collector);
    let setup = setup.env("API_RETRY_INITIAL_DELAY", "1").env("MODEL_DEFAULT", "claude-sonnet-4-5");
    let gateway = setup.start().await;
    gateway.send(ask(Dialect::Anthropic, false)).await.expect(200);
    assert_eq!(gateway.send(ask(Dialect::Anthropic, true)).await.status, 200);
    let taken = taken(gateway, &collector).await;
    let model = [("provider", "anthropic"), ("model", "claude-sonnet-4-5")];
    let answered = [&model[..], &[("surface", "anthropic"), ("outcome", "success")]].concat();
    let rows = [
        ("lynkr.requests", &answered[..], (true, 2.0)),
        ("lynkr.retries", &model[..1], (true, 1.0)),
        ("lynkr.tokens.input", &model, (true, 14.0)),
        ("lynkr.tokens.output", &model, (true, 6.0)),
        ("lynkr.panics", &[], (true, 0.0)),
        ("lynkr.load.shed", &[], (true, 0.0)),
        ("lynkr.active_requests", &[], (false, 0.0)),
        ("lynkr.circuit_breaker.state", &[("name", "anthropic")], (false, 0.0)),
        ("lynkr.store.dropped", &[("kind", "usage")], (true, 0.0)),
    ];
    for (name, with, expected) in rows {
        assert_eq!(taken.number(name, with), expected, "{name}");
    }
    let (grows, dollars) = taken.number("lynkr.cost.usd", &model);
    assert!(grows && (0.000_1..0.001).contains(&dollars), "{dollars}");
    let (_, resident) = taken.number("process.memory.usage", &[]);
    assert!(resident > 1e6, "{resident}");
}
