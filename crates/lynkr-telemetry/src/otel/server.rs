//! A span for each request that comes in.

use http::HeaderMap;
use lynkr_types::TraceContext;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId,
    TraceState, Tracer as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::Span;

use super::Otel;
use crate::metrics::HttpSample;

/// A request that has just come in.
#[derive(Debug, Clone, Copy)]
pub struct ServerRequest<'a> {
    /// The method; `other` for one that nobody has heard of.
    pub method: &'a str,
    /// The route as it is declared; `None` when there is none.
    pub route: Option<&'a str>,
    /// The path, without its query.
    pub path: &'a str,
    /// `http` or `https`, as the connection is.
    pub scheme: &'static str,
    /// The request's id.
    pub request_id: &'a str,
    /// The headers, of which those of W3C Trace Context are read.
    pub headers: &'a HeaderMap,
}

/// A request that came as a message over a connection which is open already.
#[derive(Debug, Clone, Copy)]
pub struct ServerMessage<'a> {
    /// What the message asks for.
    pub kind: &'static str,
    /// The route of the connection.
    pub route: &'static str,
    /// `http` or `https`, as the connection is.
    pub scheme: &'static str,
    /// The request's id.
    pub request_id: &'a str,
    /// The span of the request that opened the connection.
    pub opened_by: Option<TraceContext>,
}

/// The span of a request; it ends when it is dropped.
#[derive(Debug)]
pub struct ServerSpan(Span);

impl ServerSpan {
    /// What its children refer to.
    pub fn context(&self) -> TraceContext {
        let context = self.0.span_context();
        TraceContext {
            trace_id: context.trace_id().to_bytes(),
            span_id: context.span_id().to_bytes(),
            sampled: context.is_sampled(),
        }
    }

    /// The answer's head is known.
    pub fn answered(&mut self, status: u16) {
        self.0.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
        if status >= 500 {
            self.failed(status.to_string());
        }
    }

    /// It isn't answered, or not to the end.
    pub fn failed(&mut self, kind: impl Into<String>) {
        self.0.set_attribute(KeyValue::new("error.type", kind.into()));
        self.0.set_status(Status::error(""));
    }
}

impl Otel {
    /// The span of a request; `None` where no spans are exported.
    pub fn request(&self, request: &ServerRequest<'_>) -> Option<ServerSpan> {
        let (_, tracer) = self.traces.as_ref()?;
        let caller = TraceContextPropagator::new()
            .extract_with_context(&Context::new(), &HeaderExtractor(request.headers));
        let method = method(request.method);
        // A span without a method of its own is called after the protocol.
        let verb = if method == "_OTHER" { "HTTP" } else { method };
        let name = request.route.map_or_else(|| verb.to_owned(), |route| format!("{verb} {route}"));
        let mut attributes = vec![
            KeyValue::new("http.request.method", method.to_owned()),
            KeyValue::new("url.path", request.path.to_owned()),
            KeyValue::new("url.scheme", request.scheme),
            KeyValue::new("lynkr.request.id", request.request_id.to_owned()),
        ];
        attributes.extend(request.route.map(|route| KeyValue::new("http.route", route.to_owned())));
        let builder = SpanBuilder::from_name(name).with_kind(SpanKind::Server).with_attributes(attributes);
        Some(ServerSpan(tracer.build_with_context(builder, &caller)))
    }

    /// The span of a request that came as a message; `None` where no spans are exported.
    pub fn message(&self, message: &ServerMessage<'_>) -> Option<ServerSpan> {
        let (_, tracer) = self.traces.as_ref()?;
        let parent = message.opened_by.map_or_else(Context::new, below);
        let attributes = vec![
            KeyValue::new("http.route", message.route),
            KeyValue::new("url.path", message.route),
            KeyValue::new("url.scheme", message.scheme),
            KeyValue::new("network.protocol.name", "websocket"),
            KeyValue::new("lynkr.request.id", message.request_id.to_owned()),
        ];
        let builder = SpanBuilder::from_name(format!("{} {}", message.kind, message.route))
            .with_kind(SpanKind::Server)
            .with_attributes(attributes);
        Some(ServerSpan(tracer.build_with_context(builder, &parent)))
    }

    /// Counts a request that is over.
    pub fn http(&self, sample: &HttpSample<'_>) {
        let Some((_, instruments)) = &self.metrics else { return };
        let mut attributes = vec![
            KeyValue::new("http.request.method", method(sample.method).to_owned()),
            KeyValue::new("url.scheme", sample.scheme),
            KeyValue::new("http.response.status_code", i64::from(sample.status)),
        ];
        if sample.route != "none" {
            attributes.push(KeyValue::new("http.route", sample.route.to_owned()));
        }
        if sample.status >= 500 {
            attributes.push(KeyValue::new("error.type", sample.status.to_string()));
        }
        instruments.http.record(sample.duration.as_secs_f64(), &attributes);
    }
}

/// Where a span's children begin.
pub(super) fn below(trace: TraceContext) -> Context {
    let flags = if trace.sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
    let (trace_id, span_id) = (TraceId::from_bytes(trace.trace_id), SpanId::from_bytes(trace.span_id));
    let parent = SpanContext::new(trace_id, span_id, flags, false, TraceState::default());
    Context::new().with_remote_span_context(parent)
}

/// The method as the conventions write it.
fn method(method: &str) -> &str {
    if method == "other" { "_OTHER" } else { method }
}
