//! Sending: one attempt after another, until there is content or nothing more to try.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use lynkr_http::{HeaderName, HeaderValue, Inbound, InboundBody, Method, Outbound};
use lynkr_protocol::framing::event_stream;
use lynkr_protocol::{ApiError, ReplyContext, codec};
use lynkr_providers::{Frames, Origin, Prepared, Said};
use lynkr_types::{Blame, FaultKind, Receipt, Scope};
use tokio::time::Instant;

use crate::answer::{Answer, AnswerBody, passed_back};
use crate::failure::{Failure, RawBody, has_form};
use crate::gateway::Gateway;
use crate::health::Watch;
use crate::hops;
use crate::ingress::Ingress;
use crate::plan::{Plan, Way};
use crate::relay::{Relay, RelayPlan};
use crate::resilience::breaker::{Pass, Reach, Refused};
use crate::route::Routed;
use crate::settle::Account;
use crate::stored::Keeper;
use crate::visible::Shown;
use crate::whole;

/// W3C Trace Context.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// What a whole answer cost, in US dollars. A stream's head goes out before anybody knows.
const COST: HeaderName = HeaderName::from_static("x-lynkr-cost");

/// The most that is read of an error body.
const MOST_ERROR_BYTES: usize = 1024 * 1024;

/// A request that is ready to be sent.
#[derive(Debug)]
pub(crate) struct Dispatch<'a> {
    pub(crate) ingress: &'a Ingress,
    pub(crate) routed: Routed<'a>,
    pub(crate) plan: Plan,
    pub(crate) prepared: Prepared,
    pub(crate) hops: String,
    pub(crate) context: ReplyContext,
    pub(crate) account: Account,
    /// Whether another model is asked if this one doesn't answer.
    pub(crate) more: bool,
    /// Whether another model was asked before this one.
    pub(crate) again: bool,
    /// What the answer shows of how it was routed.
    pub(crate) shown: Option<Shown>,
}

impl Gateway {
    /// Sends until an answer begins, and gives its head with a body that is still to come.
    pub(crate) async fn dispatch(
        &self,
        mut dispatch: Box<Dispatch<'_>>,
        receipt: &mut Receipt,
    ) -> Result<Answer, Failure> {
        let mut ready = Some(self.outbound(&dispatch)?);
        let place = self.bulkheads().enter(dispatch.routed.upstream).await?;
        let provider = dispatch.routed.upstream.provider().name;
        self.retry_budgets().deposit(provider);
        let mut attempt = 0;
        loop {
            let pass = match self.breakers().enter(provider, &dispatch.routed.model) {
                Ok(pass) => pass,
                Err(refused) => {
                    let failure = broken_circuit(refused);
                    return Err(given_up(&dispatch, failure, attempt));
                }
            };
            let mut watch = self.health().watch(provider, &dispatch.routed.model);
            let outbound = match ready.take() {
                Some(outbound) => outbound,
                None => self.outbound(&dispatch)?,
            };
            let traced = self.traced(&mut dispatch, outbound);
            let attempted = self.attempt(&mut dispatch, traced, receipt, &mut watch).await;
            let failure = match attempted {
                Ok(mut answer) => {
                    pass.succeed();
                    match &mut answer.body {
                        // A stream is under way until its last byte.
                        AnswerBody::Stream(relay) => relay.occupy(place, watch),
                        AnswerBody::Whole(_) | AnswerBody::Agent(_) | AnswerBody::Passing(_) => {
                            watch.succeeded();
                        }
                    }
                    return Ok(answer);
                }
                Err(failure) => {
                    let failure = judged(failure, &dispatch.routed);
                    tell(pass, &failure, dispatch.prepared.credential.origin());
                    watch.failed(&failure);
                    dispatch.account.tried(&failure);
                    named(failure, dispatch.routed.upstream)
                }
            };
            let Some(delay) = self.delay(&dispatch, attempt, &failure) else {
                return Err(given_up(&dispatch, failure, attempt + 1));
            };
            attempt += 1;
            dispatch.account.again();
            tracing::debug!(
                request_id = %dispatch.ingress.request_id, attempt, status = failure.error.status,
                delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX), "sending again"
            );
            tokio::time::sleep(delay).await;
        }
    }

    /// The same request, which tells the provider of the trace that it is part of. What passes untouched tells
    /// nothing: there every header is the client's.
    fn traced(&self, dispatch: &mut Dispatch<'_>, mut outbound: Outbound) -> Outbound {
        let trace = dispatch.account.tries(|| self.ambient().seed());
        let told = trace.filter(|_| !dispatch.prepared.verbatim);
        if let Some(value) = told.and_then(|trace| HeaderValue::from_str(&trace.traceparent()).ok()) {
            outbound.headers.insert(TRACEPARENT, value);
        }
        outbound
    }

    /// How long to wait before sending again; `None` when the failure is final.
    fn delay(&self, dispatch: &Dispatch<'_>, attempt: u32, failure: &Failure) -> Option<Duration> {
        let limits = &self.options().limits;
        let timed_out = !failure.answered && failure.error.kind == FaultKind::Timeout;
        if attempt >= limits.max_retries
            || !failure.may_retry()
            || timed_out
            || dispatch.prepared.verbatim
            || dispatch.ingress.client_retries()
        {
            return None;
        }
        let wanted = failure.error.retry_after;
        if wanted.is_some_and(|wanted| wanted > limits.max_delay) {
            return None;
        }
        if !self.retry_budgets().withdraw(dispatch.routed.upstream.provider().name) {
            return None;
        }
        let doubled = limits.first_delay.saturating_mul(1 << attempt.min(16));
        // Up to a quarter more, so that many clients don't come back at the same moment.
        let dice = self.ambient().seed().bytes().map(u32::from).sum::<u32>() % 256;
        let jittered = doubled + doubled.mul_f64(f64::from(dice) / 1024.0);
        Some(jittered.max(wanted.unwrap_or_default()).min(limits.max_delay))
    }

    fn outbound(&self, dispatch: &Dispatch<'_>) -> Result<Outbound, Failure> {
        let prepared = &dispatch.prepared;
        let headers = hops::marked(prepared, &dispatch.hops)?;
        let url = outbound_url(dispatch.routed.upstream, &prepared.url).ok_or_else(|| {
            let message =
                format!("the endpoint of {} is not a URL", dispatch.routed.upstream.provider().title);
            Failure::client(ApiError::new(FaultKind::Internal, message))
        })?;
        Ok(Outbound {
            method: Method::from_bytes(prepared.method.as_bytes()).unwrap_or(Method::POST),
            url,
            headers,
            body: dispatch.plan.body.clone(),
            head_timeout: self.options().limits.first_byte_of(dispatch.routed.upstream),
        })
    }

    async fn attempt(
        &self,
        dispatch: &mut Dispatch<'_>,
        outbound: Outbound,
        receipt: &Receipt,
        watch: &mut Watch,
    ) -> Result<Answer, Failure> {
        let (upstream, credential) = (dispatch.routed.upstream, &dispatch.prepared.credential);
        let asked = Instant::now();
        let sent = self.send(upstream, outbound, credential).await;
        let inbound = sent.map_err(|error| Failure::from(&error))?;
        if inbound.status.is_client_error() || inbound.status.is_server_error() {
            return Err(refused(inbound, dispatch, self.options().limits.idle).await);
        }
        watch.first_byte();
        complete_context(dispatch);
        let headers = passed_back(&inbound.headers);
        let framed = is_framed(&dispatch.routed, &inbound);
        let streams = content_type(&inbound).is_some_and(|kind| !kind.starts_with("application/json"));
        let head = Answer {
            status: inbound.status.as_u16(),
            content_type: String::new(),
            headers,
            receipt: receipt.clone(),
            body: AnswerBody::Whole(Bytes::new()),
        };
        if dispatch.plan.stream && streams {
            let passed = content_type(&inbound).map(str::to_owned);
            let relay = self.relay(dispatch, inbound.body, framed).await?;
            let content_type = match (&dispatch.plan.way, passed) {
                (Way::Passthrough { .. }, Some(passed)) if !framed => passed,
                _ => codec(dispatch.ingress.dialect).stream_content_type().to_owned(),
            };
            return Ok(Answer { content_type, body: AnswerBody::Stream(Box::new(relay)), ..head });
        }
        let is_stream = content_type(&inbound).is_some_and(|kind| {
            kind.starts_with("text/event-stream") || kind.starts_with(event_stream::CONTENT_TYPE)
        });
        let bounds = whole::Bounds::of_upstream(&self.options().limits, upstream, asked.elapsed());
        let mut bytes = whole::read(inbound.body, bounds).await?;
        if framed {
            bytes = whole::unframed(&bytes)?;
        }
        dispatch.account.begins();
        let mut written = whole::answer(self, dispatch, bytes, is_stream)?;
        if let Some(shown) = &dispatch.shown {
            written.body = shown.in_whole(dispatch.ingress.dialect, &written.content_type, written.body);
        }
        let mut answer =
            Answer { content_type: written.content_type, body: AnswerBody::Whole(written.body), ..head };
        if let Some(dollars) = written.cost.and_then(|dollars| HeaderValue::try_from(dollars).ok()) {
            answer.headers.push(COST, dollars);
        }
        Ok(answer)
    }

    /// A relay whose first content has come, or whose hold is over.
    async fn relay(
        &self,
        dispatch: &Dispatch<'_>,
        body: InboundBody,
        framed: bool,
    ) -> Result<Relay, Failure> {
        let plan = RelayPlan {
            client: dispatch.ingress.dialect,
            upstream: dispatch.routed.dialect,
            way: &dispatch.plan.way,
            context: dispatch.context.clone(),
            keeper: self.keeper(dispatch),
            account: dispatch.account.clone(),
            framed,
            badge: dispatch.shown.as_ref().and_then(|shown| shown.inserter(dispatch.ingress.dialect)),
        };
        let mut relay = Relay::new(body, plan, &self.options().limits);
        relay.ends_with(self.shutdown());
        relay.hold().await.map_err(Failure::upstream)?;
        relay.begins();
        Ok(relay)
    }

    pub(crate) fn keeper(&self, dispatch: &Dispatch<'_>) -> Keeper {
        Keeper::new(Arc::clone(self.stored()), dispatch)
    }
}

/// The end of trying. A request that goes to another model isn't over yet, and its account is that one's.
fn given_up(dispatch: &Dispatch<'_>, failure: Failure, attempts: u32) -> Failure {
    if dispatch.more && failure.may_go_elsewhere() {
        return Failure { attempts, ..failure };
    }
    dispatch.account.failed(&failure, attempts);
    Failure { logged: true, attempts, ..failure }
}

/// What the encoders need to know that only the plan tells. The provider has answered by now: what was to be found out of the
/// request was found out meanwhile.
fn complete_context(dispatch: &mut Dispatch<'_>) {
    if let Way::Translate(translation) = &dispatch.plan.way {
        if dispatch.plan.stream {
            dispatch.context.input_estimate = translation.expected.shown();
        }
        dispatch.context.include_usage = translation.conversation.include_usage;
        dispatch.context.request = Some(Arc::clone(&translation.conversation));
    }
}

/// The URL as the transport takes it. A provider in this process has no host: only the path counts.
pub(crate) fn outbound_url(upstream: &lynkr_providers::Upstream, url: &str) -> Option<lynkr_http::Uri> {
    let in_process = upstream.host().is_none().then(|| url.split_once(':')).flatten();
    in_process.map_or(url, |(_, path)| path).parse().ok()
}

fn content_type(inbound: &Inbound) -> Option<&str> {
    inbound.headers.get("content-type").and_then(|value| value.to_str().ok())
}

/// Whether an answer is in a cloud's own frames, around those of the dialect.
fn is_framed(routed: &Routed<'_>, inbound: &Inbound) -> bool {
    let is_wanted = routed.envelope().is_some_and(|(envelope, _)| envelope.frames == Frames::AwsEventStream);
    is_wanted && content_type(inbound).is_some_and(|kind| kind.starts_with(event_stream::CONTENT_TYPE))
}

/// Tells the breakers what came of a request. What the client, or this gateway, did wrong says that the provider
/// answers; what is wrong with a caller's own credential says nothing of anybody else's.
fn tell(pass: Pass, failure: &Failure, credential: Option<Origin>) {
    let counts = matches!(
        failure.error.kind,
        FaultKind::RateLimit
            | FaultKind::Overloaded
            | FaultKind::Internal
            | FaultKind::BadGateway
            | FaultKind::Unavailable
            | FaultKind::Timeout
    );
    let is_callers = credential == Some(Origin::Caller);
    match (failure.blame, failure.scope) {
        (Blame::Gateway, _) => drop(pass),
        (Blame::Upstream, Scope::Credential) if is_callers => drop(pass),
        (Blame::Upstream, Scope::Model) if counts => pass.fail(Reach::Model),
        (Blame::Upstream, Scope::Credential | Scope::Provider) if counts => pass.fail(Reach::Provider),
        (Blame::Client | Blame::Upstream, _) => pass.succeed(),
    }
}

/// A request that a breaker kept from going up.
fn broken_circuit(refused: Refused) -> Failure {
    let message = format!("Circuit breaker {} is OPEN: it failed too often of late", refused.name);
    let mut error = ApiError::new(FaultKind::Unavailable, message).with_code("circuit_breaker_open");
    error.retry_after = Some(refused.retry_after);
    Failure::new(error, Blame::Gateway)
}

/// A failure without the provider's own words says which provider it was, and where.
pub(crate) fn named(mut failure: Failure, upstream: &lynkr_providers::Upstream) -> Failure {
    if failure.raw.is_none() {
        let (title, endpoint) = (upstream.provider().title, upstream.shown_endpoint());
        failure.error.message = format!("{title} ({endpoint}): {}", failure.error.message);
    }
    failure
}

/// A failure that came without a status of its own: in a 200, or before there was an answer.
fn judged(failure: Failure, routed: &Routed<'_>) -> Failure {
    if failure.answered {
        return failure;
    }
    let error = &failure.error;
    let said = Said::known(error.status, error.code.as_deref(), &error.message, error.retry_after);
    failure.judged(routed.upstream.provider().kind_name(), &said)
}

/// A provider that said no. Its own words pass to a client of its dialect if they have that dialect's form: clouds
/// and proxies in front of a vendor have others, which no client reads. What goes untouched comes back so.
async fn refused(inbound: Inbound, dispatch: &Dispatch<'_>, patience: Duration) -> Failure {
    let (routed, verbatim) = (&dispatch.routed, dispatch.prepared.verbatim);
    let dialect = routed.envelope().map_or(routed.dialect, |(envelope, _)| envelope.errors);
    let provider = routed.upstream.provider().kind_name();
    let status = inbound.status.as_u16();
    let (headers, all) = (passed_back(&inbound.headers), inbound.headers.clone());
    let kind = content_type(&inbound).unwrap_or("application/json").to_owned();
    let bytes = read_some(inbound.body, patience).await;
    let error = codec(dialect).decode_error(status, &bytes);
    let said = Said::read(status, &all.into(), &bytes);
    let raw = (verbatim || has_form(dialect, &bytes))
        .then(|| Box::new(RawBody { dialect, content_type: kind, bytes }));
    let failure = Failure { raw, headers, answered: true, ..Failure::upstream(error) };
    failure.judged(provider, &said)
}

/// What comes of an error body in a time: the status is known, and half a message says more than none.
async fn read_some(mut body: InboundBody, patience: Duration) -> Bytes {
    let mut all = Vec::new();
    let deadline = tokio::time::Instant::now() + patience;
    while let Ok(Some(Ok(bytes))) = tokio::time::timeout_at(deadline, body.next()).await {
        all.extend_from_slice(&bytes);
        if all.len() > MOST_ERROR_BYTES {
            break;
        }
    }
    Bytes::from(all)
}
