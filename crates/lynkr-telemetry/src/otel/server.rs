//! A span for each request that comes in.

use http::HeaderMap;
use lynkr_types::TraceContext;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{Span as _, SpanBuilder, SpanKind, Status, Tracer as _};
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
    /// The request's id.
    pub request_id: &'a str,
    /// The headers, of which those of W3C Trace Context are read.
    pub headers: &'a HeaderMap,
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
            self.0.set_attribute(KeyValue::new("error.type", status.to_string()));
            self.0.set_status(Status::error(""));
        }
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
            KeyValue::new("url.scheme", "http"),
            KeyValue::new("lynkr.request.id", request.request_id.to_owned()),
        ];
        attributes.extend(request.route.map(|route| KeyValue::new("http.route", route.to_owned())));
        let builder = SpanBuilder::from_name(name).with_kind(SpanKind::Server).with_attributes(attributes);
        Some(ServerSpan(tracer.build_with_context(builder, &caller)))
    }

    /// Counts a request that is over.
    pub fn http(&self, sample: &HttpSample<'_>) {
        let Some((_, instruments)) = &self.metrics else { return };
        let mut attributes = vec![
            KeyValue::new("http.request.method", method(sample.method).to_owned()),
            KeyValue::new("url.scheme", "http"),
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

/// The method as the conventions write it.
fn method(method: &str) -> &str {
    if method == "other" { "_OTHER" } else { method }
}
