//! A span for each time that a model was asked, and the figures of model requests.

use std::time::{Duration, SystemTime};

use lynkr_types::TraceContext;
use opentelemetry::trace::{Event, Span as _, SpanBuilder, SpanKind, Status, Tracer as _};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::SdkTracer;

use super::ids::with_id;
use super::server::below;
use super::{Instruments, Otel};

/// A model request that is over.
#[derive(Debug, Clone)]
pub struct ModelCall<'a> {
    /// The span that it is part of; `None` where nothing is traced.
    pub trace: Option<TraceContext>,
    /// What was wanted, by the conventions: `chat`, `embeddings`.
    pub operation: &'a str,
    /// The provider, by this product's name for its kind.
    pub provider: &'a str,
    /// The model that was asked.
    pub model: &'a str,
    /// The model that answered; empty when it didn't say.
    pub answered_by: &'a str,
    /// The provider's host; `None` for one in this process.
    pub host: Option<&'a str>,
    /// When it arrived.
    pub arrived: SystemTime,
    /// From its arrival to its end.
    pub duration: Duration,
    /// From its arrival to the first content.
    pub first_content: Option<Duration>,
    /// Tokens of the input, cached ones included.
    pub input_tokens: Option<u64>,
    /// Tokens of the output.
    pub output_tokens: Option<u64>,
    /// Tokens of the input that came from the provider's cache.
    pub cached_tokens: Option<u64>,
    /// Why the answer ended, where that is known.
    pub finish_reason: Option<&'a str>,
    /// The kind of failure, if it failed.
    pub error: Option<&'a str>,
    /// The session that it belongs to.
    pub session: Option<&'a str>,
    /// Each time that it was sent.
    pub tries: &'a [ModelTry<'a>],
}

/// One time that it was sent.
#[derive(Debug, Clone, Copy)]
pub struct ModelTry<'a> {
    /// The span's id.
    pub span_id: [u8; 8],
    /// When, from the request's arrival.
    pub after: Duration,
    /// How long it took.
    pub took: Duration,
    /// The provider's status; `None` when it didn't answer.
    pub status: Option<u16>,
    /// The kind of failure, if it failed.
    pub error: Option<&'a str>,
}

/// The conventions' names for providers; others go by this product's.
const PROVIDERS: &[(&str, &str)] = &[
    ("azure-anthropic", "azure.ai.inference"),
    ("azure-openai", "azure.ai.openai"),
    ("bedrock", "aws.bedrock"),
    ("chatgpt", "openai"),
    ("gemini", "gcp.gemini"),
    ("google", "gcp.gemini"),
    ("moonshot", "moonshot_ai"),
    ("vertex", "gcp.vertex_ai"),
];

impl Otel {
    /// Takes in a model request that is over.
    pub fn model(&self, call: &ModelCall<'_>) {
        if let Some((_, instruments)) = &self.metrics {
            count(instruments, call);
        }
        if let (Some((_, tracer)), Some(trace)) = (&self.traces, call.trace.filter(|trace| trace.sampled)) {
            trace_call(tracer, trace, call);
        }
    }
}

fn provider(name: &str) -> String {
    let known = PROVIDERS.iter().find(|(own, _)| *own == name);
    known.map_or(name, |(_, theirs)| theirs).to_owned()
}

/// What spans and metrics have in common.
fn common(call: &ModelCall<'_>) -> Vec<KeyValue> {
    let mut attributes = vec![
        KeyValue::new("gen_ai.operation.name", call.operation.to_owned()),
        KeyValue::new("gen_ai.provider.name", provider(call.provider)),
        KeyValue::new("gen_ai.request.model", call.model.to_owned()),
    ];
    attributes.extend(call.host.map(|host| KeyValue::new("server.address", host.to_owned())));
    if !call.answered_by.is_empty() {
        attributes.push(KeyValue::new("gen_ai.response.model", call.answered_by.to_owned()));
    }
    attributes
}

fn count(instruments: &Instruments, call: &ModelCall<'_>) {
    let mut attributes = common(call);
    let kinds = [("input", call.input_tokens), ("output", call.output_tokens)];
    for (kind, tokens) in kinds.into_iter().filter_map(|(kind, tokens)| Some((kind, tokens?))) {
        attributes.push(KeyValue::new("gen_ai.token.type", kind));
        instruments.tokens.record(tokens, &attributes);
        attributes.pop();
    }
    if let Some(first) = call.first_content {
        instruments.first_token.record(first.as_secs_f64(), &attributes);
    }
    attributes.extend(call.error.map(|kind| KeyValue::new("error.type", kind.to_owned())));
    instruments.operation.record(call.duration.as_secs_f64(), &attributes);
}

fn trace_call(tracer: &SdkTracer, trace: TraceContext, call: &ModelCall<'_>) {
    let parent = below(trace);
    let last = call.tries.len().saturating_sub(1);
    for (index, attempt) in call.tries.iter().enumerate() {
        let mut attributes = common(call);
        let is_last = index == last;
        if is_last {
            attributes.extend(outcome(call));
        } else {
            attributes.retain(|attribute| attribute.key.as_str() != "gen_ai.response.model");
        }
        if index > 0 {
            attributes
                .push(KeyValue::new("http.request.resend_count", i64::try_from(index).unwrap_or(i64::MAX)));
        }
        let status =
            attempt.status.map(|status| KeyValue::new("http.response.status_code", i64::from(status)));
        attributes.extend(status);
        attributes.extend(attempt.error.map(|kind| KeyValue::new("error.type", kind.to_owned())));
        let first = call
            .first_content
            .filter(|_| is_last)
            .map(|first| Event::new("gen_ai.first_chunk", call.arrived + first, Vec::new(), 0));
        let builder = SpanBuilder::from_name(format!("{} {}", call.operation, call.model))
            .with_kind(SpanKind::Client)
            .with_start_time(call.arrived + attempt.after)
            .with_attributes(attributes)
            .with_events(first.into_iter().collect());
        let mut span = with_id(attempt.span_id, || tracer.build_with_context(builder, &parent));
        if attempt.error.is_some() {
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(call.arrived + attempt.after + attempt.took);
    }
}

/// What only the last time brought.
fn outcome(call: &ModelCall<'_>) -> Vec<KeyValue> {
    let counts = [
        ("gen_ai.usage.input_tokens", call.input_tokens),
        ("gen_ai.usage.output_tokens", call.output_tokens),
        ("gen_ai.usage.cache_read.input_tokens", call.cached_tokens),
    ];
    let number = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
    let counts = counts.into_iter().filter_map(|(key, tokens)| Some(KeyValue::new(key, number(tokens?))));
    let reason = call.finish_reason.map(|reason| {
        let reasons = vec![StringValue::from(reason.to_owned())];
        KeyValue::new("gen_ai.response.finish_reasons", Value::Array(Array::String(reasons)))
    });
    let session = call.session.map(|session| KeyValue::new("gen_ai.conversation.id", session.to_owned()));
    counts.chain(reason).chain(session).collect()
}
