//! The account of one request: what is logged when it is over, however it ends.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use lynkr_protocol::ApiError;
use lynkr_protocol::neutral::{Event, StopReason, Usage};
use lynkr_types::{Receipt, TraceContext};

use crate::aside::HERE;
use crate::failure::Failure;
use crate::identity::Identity;
use crate::ingress::Ingress;
use crate::learning::{End, Lesson};
use crate::ledger::{Ending, Exchange, Ledger, Settled, Try};
use crate::plan::{Plan, Way};
use crate::prices::{Cost, PriceBook, Served};
use crate::route::Routed;
use crate::routing::{PinNote, RoutingRecord};
use crate::session_id::SessionId;
use crate::sessions::{Recall, Sessions};
use crate::warrant::{Charge, Spent};

/// What the lines that tell of one request each are filed under.
pub(crate) const REQUEST: &str = "lynkr::request";

/// What the log says of one request.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    request_id: String,
    identity: Arc<Identity>,
    session: Option<SessionId>,
    /// What is said, where transcripts are kept.
    exchange: Option<Exchange>,
    surface: &'static str,
    dialect: &'static str,
    provider: &'static str,
    model: String,
    prices: Arc<PriceBook>,
    stream: bool,
    changes: String,
    began: Instant,
    asked: String,
    /// How long the first content took.
    first_content: Option<Duration>,
    attempts: u32,
    arrived: SystemTime,
    trace: Option<TraceContext>,
    tries: Vec<Try>,
    host: Option<String>,
    answered_by: String,
    stop: Option<StopReason>,
    ledger: Arc<dyn Ledger>,
    /// What was taken for the request, if anybody counts.
    charge: Option<Arc<dyn Charge>>,
    /// Where the measured input is remembered, if there is an estimate to hold against it.
    recall: Option<Recall>,
    /// How it was routed.
    routing: Option<Box<RoutingRecord>>,
    /// The session's pin, which is told what was measured.
    pin: Option<PinNote>,
    /// What tells the learner what came of it.
    lesson: Option<Box<Lesson>>,
}

/// Who is told when a request is over, and what it costs then.
#[derive(Debug, Clone)]
pub(crate) struct Books {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) prices: Arc<PriceBook>,
}

impl Account {
    pub(crate) fn new(
        ingress: &Ingress,
        routed: &Routed<'_>,
        stream: bool,
        receipt: &Receipt,
        books: Books,
    ) -> Self {
        Self {
            dialect: routed.dialect.name(),
            provider: routed.upstream.provider().name,
            model: routed.model.clone(),
            host: routed.upstream.host().map(str::to_owned),
            ..Self::here(ingress, "", stream, receipt, books)
        }
    }

    /// The account of a request that goes to no provider.
    pub(crate) fn here(
        ingress: &Ingress,
        asked: &str,
        stream: bool,
        receipt: &Receipt,
        Books { ledger, prices }: Books,
    ) -> Self {
        Self {
            request_id: ingress.request_id.clone(),
            identity: Arc::clone(&ingress.identity),
            session: SessionId::of_head(ingress),
            exchange: None,
            surface: ingress.dialect.name(),
            dialect: ingress.dialect.name(),
            provider: HERE,
            model: String::new(),
            prices,
            stream,
            changes: receipt.to_header(),
            began: Instant::now(),
            asked: asked.to_owned(),
            first_content: None,
            attempts: 1,
            arrived: SystemTime::now(),
            trace: ingress.trace,
            tries: Vec::new(),
            host: None,
            answered_by: String::new(),
            stop: None,
            ledger,
            charge: None,
            recall: None,
            routing: None,
            pin: None,
            lesson: None,
        }
    }

    /// The same account, out of which a charge is settled when the request is over.
    pub(crate) fn charged(self, charge: Option<Arc<dyn Charge>>) -> Self {
        Self { charge, ..self }
    }

    /// The same account of a request that named this model.
    pub(crate) fn asked_for(self, asked: &str) -> Self {
        Self { asked: asked.to_owned(), ..self }
    }

    /// The same account of a request of this session. What was said in it is kept if it is wanted and the client
    /// gave the session a name.
    pub(crate) fn in_session(
        self,
        session: Option<SessionId>,
        said: impl FnOnce() -> Option<Exchange>,
    ) -> Self {
        let exchange = session.as_ref().filter(|session| session.named).and_then(|_| said());
        Self { session, exchange, ..self }
    }

    /// The same account of a request that was routed so, and sent elsewhere so often before.
    pub(crate) fn routed_by(self, record: RoutingRecord, pin: Option<PinNote>, before: u32) -> Self {
        Self { routing: Some(Box::new(record)), pin, attempts: self.attempts + before, ..self }
    }

    /// The same account of a request that is learned from.
    pub(crate) fn learned_from(self, lesson: Option<Lesson>) -> Self {
        Self { lesson: lesson.map(Box::new), ..self }
    }

    /// Whether anybody wants to know what is said.
    pub(crate) const fn listens(&self) -> bool {
        self.exchange.is_some() || self.lesson.is_some()
    }

    /// Something was said.
    pub(crate) fn said(&mut self, events: &[Event]) {
        for event in events {
            self.exchange.iter_mut().for_each(|exchange| exchange.hears(event));
            self.lesson.iter_mut().for_each(|lesson| lesson.hears(event));
        }
    }

    /// The account of a further step of the same request, which is settled by itself.
    pub(crate) fn next_step(&self, receipt: &Receipt, seed: &str) -> Self {
        let span = seed.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok());
        let own = |trace: TraceContext| Some(TraceContext { span_id: span?.to_be_bytes(), ..trace });
        Self {
            changes: receipt.to_header(),
            began: Instant::now(),
            arrived: SystemTime::now(),
            first_content: None,
            attempts: 1,
            trace: self.trace.and_then(own),
            tries: Vec::new(),
            answered_by: String::new(),
            stop: None,
            charge: None,
            // What the client said is the first step's.
            exchange: self.exchange.as_ref().map(|_| Exchange::default()),
            ..self.clone()
        }
    }

    /// The session that the client itself named.
    pub(crate) fn session_said(&self) -> Option<&str> {
        self.session.as_ref().filter(|session| session.given).map(|session| session.id.as_str())
    }

    /// The same account of a request at a surface that isn't a dialect's own.
    pub(crate) fn at_surface(self, surface: &'static str) -> Self {
        Self { surface, ..self }
    }

    /// The same account, which is told to the memory of sessions as well.
    pub(crate) fn remembered_by(self, sessions: &Arc<Sessions>, plan: &Plan) -> Self {
        let recall = match &plan.way {
            Way::Translate(translation) => Some(Recall::new(sessions, translation.expected)),
            Way::Passthrough { .. } | Way::Embeddings(_) => None,
        };
        Self { recall, ..self }
    }

    /// The first content came.
    pub(crate) fn begins(&mut self) {
        self.first_content.get_or_insert_with(|| self.began.elapsed());
    }

    /// It is sent once more.
    pub(crate) const fn again(&mut self) {
        self.attempts += 1;
    }

    /// It is sent now. What the provider may be told of the span that this makes; `None` where nothing is traced.
    pub(crate) fn tries(&mut self, seed: impl FnOnce() -> String) -> Option<TraceContext> {
        let trace = self.trace?;
        let span_id = u64::from_str_radix(seed().get(..16)?, 16).ok()?.to_be_bytes();
        let after = self.began.elapsed();
        self.tries.push(Try { span_id, after, took: Duration::ZERO, status: None, failure: None });
        Some(TraceContext { span_id, ..trace })
    }

    /// What was sent last failed.
    pub(crate) fn tried(&mut self, failure: &Failure) {
        let elapsed = self.began.elapsed();
        if let Some(last) = self.tries.last_mut() {
            last.took = elapsed.saturating_sub(last.after);
            last.status = failure.answered.then_some(failure.error.status);
            last.failure = Some(failure.error.kind);
        }
    }

    /// What the answer says of itself.
    pub(crate) fn hears(&mut self, model: &str, stop: Option<&StopReason>) {
        model.clone_into(&mut self.answered_by);
        self.stop = stop.cloned();
    }

    /// Every time that it was sent; the last ended when the request did, unless it failed before.
    fn all_tries(&self, ending: Ending) -> Vec<Try> {
        let mut tries = self.tries.clone();
        let last = tries.last_mut().filter(|last| last.failure.is_none());
        if let Some(last) = last {
            last.took = self.began.elapsed().saturating_sub(last.after);
            last.status = Some(200);
            last.failure = match ending {
                Ending::Failed(kind) => Some(kind),
                Ending::Answered | Ending::Left => None,
            };
        }
        tries
    }

    /// What it cost at today's prices.
    fn cost(&self, ending: Ending, status: u16, usage: &Usage) -> Option<Cost> {
        if status >= 400 && matches!(ending, Ending::Failed(_)) {
            return Some(Cost::UNANSWERED);
        }
        if self.provider == HERE {
            return Some(Cost::MADE_HERE);
        }
        let served = Served { provider: self.provider, model: &self.model, answered_by: &self.answered_by };
        Cost::of(&self.prices.now(), served, usage)
    }

    fn settle(&self, ending: Ending, status: u16, usage: Usage, cost: Option<Cost>) {
        if let Some(charge) = &self.charge {
            charge.settle(match ending {
                Ending::Answered => Spent::Answered(&usage),
                // What broke had begun.
                Ending::Left => Spent::Cut(&usage),
                Ending::Failed(_) if status < 400 => Spent::Cut(&usage),
                Ending::Failed(_) => Spent::Nothing,
            });
        }
        self.ledger.settle(&Settled {
            request_id: self.request_id.clone(),
            identity: Arc::clone(&self.identity),
            session: self.session.clone(),
            exchange: self.exchange.clone(),
            dialect: self.dialect,
            surface: self.surface,
            provider: self.provider,
            asked: self.asked.clone(),
            model: self.model.clone(),
            stream: self.stream,
            ending,
            status,
            cost,
            usage,
            duration: self.began.elapsed(),
            first_content: self.first_content,
            attempts: self.attempts,
            arrived: self.arrived,
            trace: self.trace,
            tries: self.all_tries(ending),
            host: self.host.clone(),
            answered_by: self.answered_by.clone(),
            stop: self.stop.clone(),
            changes: self.changes.clone(),
            routing: self.routing.clone(),
        });
        // After the record of the request: what it has earned must not be on record before it.
        if let Some(lesson) = &self.lesson {
            lesson.tell(End { ending, status, stop: self.stop.as_ref(), cost, took: self.began.elapsed() });
        }
    }

    /// The request's id, for log lines in between.
    pub(crate) fn request_id(&self) -> &str {
        &self.request_id
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The answer is complete, or the client went away before it was. What it cost; `None` where no price is known.
    pub(crate) fn finished(&self, usage: &Usage, complete: bool) -> Option<Cost> {
        let ending = if complete { Ending::Answered } else { Ending::Left };
        let cost = self.cost(ending, 200, usage);
        tracing::info!(
            target: REQUEST,
            request_id = %self.request_id,
            surface = self.surface,
            provider = self.provider,
            model = %self.model,
            stream = self.stream,
            input_tokens = usage.input,
            cache_read_tokens = usage.cache_read,
            cache_write_tokens = usage.cache_write,
            output_tokens = usage.output,
            estimated = usage.estimated,
            cost_usd = cost.map(Cost::dollars),
            duration_ms = self.elapsed_ms(),
            changes = (!self.changes.is_empty()).then_some(self.changes.as_str()),
            "{}", if complete { "answered" } else { "client went away" }
        );
        if let Some(recall) = &self.recall {
            recall.tell(usage);
        }
        if let Some(pin) = &self.pin {
            pin.tell(usage);
        }
        self.settle(ending, 200, usage.clone(), cost);
        cost
    }

    /// The request, or the rest of its answer, failed.
    pub(crate) fn failed(&self, failure: &Failure, attempts: u32) {
        tracing::warn!(
            target: REQUEST,
            request_id = %self.request_id,
            surface = self.surface,
            provider = self.provider,
            model = %self.model,
            status = failure.error.status,
            error = %in_short(&failure.error),
            attempts,
            duration_ms = self.elapsed_ms(),
            "not answered"
        );
        self.say(&failure.error);
        let (ending, status, usage) =
            (Ending::Failed(failure.error.kind), failure.error.status, Usage::default());
        let cost = self.cost(ending, status, &usage);
        self.settle(ending, status, usage, cost);
    }

    /// A stream broke after its first byte.
    pub(crate) fn broke(&self, error: &ApiError, usage: &Usage) {
        tracing::warn!(
            target: REQUEST,
            request_id = %self.request_id,
            provider = self.provider,
            model = %self.model,
            error = %in_short(error),
            duration_ms = self.elapsed_ms(),
            "the stream broke"
        );
        self.say(error);
        let ending = Ending::Failed(error.kind);
        self.settle(ending, 200, usage.clone(), self.cost(ending, 200, usage));
    }

    /// The provider's own words: they may quote the request, so only who looks closely gets them.
    fn say(&self, error: &ApiError) {
        tracing::debug!(target: REQUEST, request_id = %self.request_id, message = %error.message, "the provider says");
    }
}

/// An error for the log: its kind, and the provider's code for it.
fn in_short(error: &ApiError) -> String {
    match &error.code {
        Some(code) => format!("{:?}: {code}", error.kind),
        None => format!("{:?}", error.kind),
    }
}
