//! The account of one request: what is logged when it is over, however it ends.

mod facts;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use lynkr_http::later;
use lynkr_protocol::ApiError;
use lynkr_protocol::neutral::{Event, StopReason, Usage};
use lynkr_types::{Receipt, TraceContext};

use crate::aside::HERE;
use crate::failure::Failure;
use crate::ingress::Ingress;
use crate::learning::Lesson;
use crate::ledger::{Ending, Exchange, Ledger, Try};
use crate::plan::{Plan, Way};
use crate::prices::{Cost, PriceBook};
use crate::route::Routed;
use crate::routing::{PinNote, RoutingRecord};
use crate::session_id::Session;
use crate::sessions::Recall;
use crate::warrant::Charge;

use facts::{Facts, millis};

/// What the lines that tell of one request each are filed under.
pub(crate) const REQUEST: &str = "lynkr::request";

/// What the log says of one request. A copy is the same account until either is changed.
#[derive(Debug, Clone)]
pub(crate) struct Account(Arc<Facts>);

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
        Self::here(ingress, "", stream, receipt, books).with(|own| {
            own.dialect = routed.dialect.name();
            own.provider = routed.upstream.provider().name;
            own.model.clone_from(&routed.model);
            own.host = routed.upstream.host().map(str::to_owned);
        })
    }

    /// The account of a request that goes to no provider.
    pub(crate) fn here(
        ingress: &Ingress,
        asked: &str,
        stream: bool,
        receipt: &Receipt,
        Books { ledger, prices }: Books,
    ) -> Self {
        Self(Arc::new(Facts {
            request_id: ingress.request_id.clone(),
            identity: Arc::clone(&ingress.identity),
            session: Session::default(),
            exchange: None,
            surface: ingress.dialect.name(),
            dialect: ingress.dialect.name(),
            provider: HERE,
            model: String::new(),
            prices,
            stream,
            receipt: receipt.clone(),
            began: Instant::now(),
            asked: asked.to_owned(),
            first_content: OnceLock::new(),
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
        }))
    }

    /// Its facts, to be changed: those of no other copy.
    fn own(&mut self) -> &mut Facts {
        Arc::make_mut(&mut self.0)
    }

    fn with(mut self, change: impl FnOnce(&mut Facts)) -> Self {
        change(self.own());
        self
    }

    /// The same account, out of which a charge is settled when the request is over.
    pub(crate) fn charged(self, charge: Option<Arc<dyn Charge>>) -> Self {
        self.with(|own| own.charge = charge)
    }

    /// The same account of a request that named this model.
    pub(crate) fn asked_for(self, asked: &str) -> Self {
        self.with(|own| asked.clone_into(&mut own.asked))
    }

    /// The same account of a request of this session. What was said in it is kept if it is wanted and the client
    /// gave the session a name.
    pub(crate) fn in_session(self, session: Session, said: impl FnOnce() -> Option<Exchange>) -> Self {
        self.with(|own| {
            own.exchange = session.known().filter(|session| session.named).and_then(|_| said());
            own.session = session;
        })
    }

    /// The same account of a request that was routed so, and sent elsewhere so often before.
    pub(crate) fn routed_by(self, record: RoutingRecord, pin: Option<PinNote>, before: u32) -> Self {
        self.with(|own| {
            own.routing = Some(Box::new(record));
            own.pin = pin;
            own.attempts += before;
        })
    }

    /// The same account of a request that is learned from.
    pub(crate) fn learned_from(self, lesson: Option<Lesson>) -> Self {
        self.with(|own| own.lesson = lesson.map(Box::new))
    }

    /// Whether anybody wants to know what is said.
    pub(crate) fn listens(&self) -> bool {
        self.0.exchange.is_some() || self.0.lesson.is_some()
    }

    /// Something was said.
    pub(crate) fn said(&mut self, events: &[Event]) {
        let own = self.own();
        for event in events {
            own.exchange.iter_mut().for_each(|exchange| exchange.hears(event));
            own.lesson.iter_mut().for_each(|lesson| lesson.hears(event));
        }
    }

    /// The account of a further step of the same request, which is settled by itself.
    pub(crate) fn next_step(&self, receipt: &Receipt, seed: &str) -> Self {
        let span = seed.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok());
        let spanned = |trace: TraceContext| Some(TraceContext { span_id: span?.to_be_bytes(), ..trace });
        self.clone().with(|own| {
            own.receipt.clone_from(receipt);
            own.began = Instant::now();
            own.arrived = SystemTime::now();
            own.first_content = OnceLock::new();
            own.attempts = 1;
            own.trace = own.trace.and_then(spanned);
            own.tries.clear();
            own.answered_by.clear();
            own.stop = None;
            own.charge = None;
            // What the client said is the first step's.
            own.exchange = own.exchange.as_ref().map(|_| Exchange::default());
        })
    }

    /// The session that the client itself named.
    pub(crate) fn session_said(&self) -> Option<&str> {
        self.0.session.known().filter(|session| session.given).map(|session| session.id.as_str())
    }

    /// The same account of a request at a surface that isn't a dialect's own.
    pub(crate) fn at_surface(self, surface: &'static str) -> Self {
        self.with(|own| own.surface = surface)
    }

    /// The same account, which is told to the memory of sessions as well.
    pub(crate) fn remembered(self, plan: &Plan) -> Self {
        let recall = match &plan.way {
            Way::Translate(translation) => Some(Recall::new(translation.expected.clone())),
            Way::Passthrough { .. } | Way::Embeddings(_) => None,
        };
        self.with(|own| own.recall = recall)
    }

    /// The first content came.
    pub(crate) fn begins(&self) {
        self.0.first_content.get_or_init(|| self.0.began.elapsed());
    }

    /// It is sent once more.
    pub(crate) fn again(&mut self) {
        self.own().attempts += 1;
    }

    /// It is sent now. What the provider may be told of the span that this makes; `None` where nothing is traced.
    pub(crate) fn tries(&mut self, seed: impl FnOnce() -> String) -> Option<TraceContext> {
        let trace = self.0.trace?;
        let span_id = u64::from_str_radix(seed().get(..16)?, 16).ok()?.to_be_bytes();
        let after = self.0.began.elapsed();
        self.own().tries.push(Try { span_id, after, took: Duration::ZERO, status: None, failure: None });
        Some(TraceContext { span_id, ..trace })
    }

    /// What was sent last failed.
    pub(crate) fn tried(&mut self, failure: &Failure) {
        let elapsed = self.0.began.elapsed();
        if let Some(last) = self.own().tries.last_mut() {
            last.took = elapsed.saturating_sub(last.after);
            last.status = failure.answered.then_some(failure.error.status);
            last.failure = Some(failure.error.kind);
        }
    }

    /// What the answer says of itself.
    pub(crate) fn hears(&mut self, model: &str, stop: Option<&StopReason>) {
        let own = self.own();
        model.clone_into(&mut own.answered_by);
        own.stop = stop.cloned();
    }

    /// The request's id, for log lines in between.
    pub(crate) fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// The answer is complete, or the client went away before it was. What it cost; `None` where no price is known.
    pub(crate) fn finished(&self, usage: &Usage, complete: bool) -> Option<Cost> {
        let own = &self.0;
        let ending = if complete { Ending::Answered } else { Ending::Left };
        let end = own.end(ending, 200, usage.clone());
        if let Some(recall) = &own.recall {
            recall.tell(usage);
        }
        if let Some(pin) = &own.pin {
            pin.tell(usage);
        }
        let (cost, facts) = (end.cost, Arc::clone(own));
        let tells = move || {
            let changes = facts.receipt.to_header();
            facts.log(&end, &changes);
            facts.settle(&end, &changes);
        };
        // What is learned from has to be on record before whatever the client asks next.
        if own.lesson.is_some() {
            tells();
        } else {
            later(tells);
        }
        cost
    }

    /// The request, or the rest of its answer, failed.
    pub(crate) fn failed(&self, failure: &Failure, attempts: u32) {
        let own = &self.0;
        tracing::warn!(
            target: REQUEST,
            request_id = %own.request_id,
            surface = own.surface,
            provider = own.provider,
            model = %own.model,
            status = failure.error.status,
            error = %in_short(&failure.error),
            attempts,
            duration_ms = millis(own.began.elapsed()),
            "not answered"
        );
        own.say(&failure.error);
        let end = own.end(Ending::Failed(failure.error.kind), failure.error.status, Usage::default());
        own.settle(&end, &own.receipt.to_header());
    }

    /// A stream broke after its first byte.
    pub(crate) fn broke(&self, error: &ApiError, usage: &Usage) {
        let own = &self.0;
        tracing::warn!(
            target: REQUEST,
            request_id = %own.request_id,
            provider = own.provider,
            model = %own.model,
            error = %in_short(error),
            duration_ms = millis(own.began.elapsed()),
            "the stream broke"
        );
        own.say(error);
        own.settle(&own.end(Ending::Failed(error.kind), 200, usage.clone()), &own.receipt.to_header());
    }
}

/// An error for the log: its kind, and the provider's code for it.
fn in_short(error: &ApiError) -> String {
    match &error.code {
        Some(code) => format!("{:?}: {code}", error.kind),
        None => format!("{:?}", error.kind),
    }
}
