//! What an account holds, and who is told of it in the end.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use lynkr_protocol::ApiError;
use lynkr_protocol::neutral::{StopReason, Usage};
use lynkr_types::{Receipt, TraceContext};

use super::REQUEST;
use crate::aside::HERE;
use crate::identity::Identity;
use crate::learning::{self, Lesson};
use crate::ledger::{Ending, Exchange, Ledger, Settled, Try};
use crate::prices::{Cost, PriceBook, Served};
use crate::routing::{PinNote, RoutingRecord};
use crate::session_id::Session;
use crate::sessions::Recall;
use crate::warrant::{Charge, Spent};

/// What an account holds.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) request_id: String,
    pub(super) identity: Arc<Identity>,
    pub(super) session: Session,
    /// What is said, where transcripts are kept.
    pub(super) exchange: Option<Exchange>,
    pub(super) surface: &'static str,
    pub(super) dialect: &'static str,
    pub(super) provider: &'static str,
    pub(super) model: String,
    pub(super) prices: Arc<PriceBook>,
    pub(super) stream: bool,
    /// What was changed.
    pub(super) receipt: Receipt,
    pub(super) began: Instant,
    pub(super) asked: String,
    /// How long the first content took.
    pub(super) first_content: OnceLock<Duration>,
    pub(super) attempts: u32,
    pub(super) arrived: SystemTime,
    pub(super) trace: Option<TraceContext>,
    pub(super) tries: Vec<Try>,
    pub(super) host: Option<String>,
    pub(super) answered_by: String,
    pub(super) stop: Option<StopReason>,
    pub(super) ledger: Arc<dyn Ledger>,
    /// What was taken for the request, if anybody counts.
    pub(super) charge: Option<Arc<dyn Charge>>,
    /// Where the measured input is remembered, for a request that is translated.
    pub(super) recall: Option<Recall>,
    /// How it was routed.
    pub(super) routing: Option<Box<RoutingRecord>>,
    /// The session's pin, which is told what was measured.
    pub(super) pin: Option<PinNote>,
    /// What tells the learner what came of it.
    pub(super) lesson: Option<Box<Lesson>>,
}

/// How a request ended.
#[derive(Debug)]
pub(super) struct End {
    pub(super) ending: Ending,
    pub(super) status: u16,
    pub(super) usage: Usage,
    pub(super) cost: Option<Cost>,
    pub(super) took: Duration,
}

impl Facts {
    /// The end of it. Out of what was taken for it, its cost is settled at once: the next request has to find what is left.
    pub(super) fn end(&self, ending: Ending, status: u16, usage: Usage) -> End {
        if let Some(charge) = &self.charge {
            charge.settle(match ending {
                Ending::Answered => Spent::Answered(&usage),
                // What broke had begun.
                Ending::Left => Spent::Cut(&usage),
                Ending::Failed(_) if status < 400 => Spent::Cut(&usage),
                Ending::Failed(_) => Spent::Nothing,
            });
        }
        let cost = self.cost(ending, status, &usage);
        End { ending, status, usage, cost, took: self.began.elapsed() }
    }

    /// Every time that it was sent; the last ended when the request did, unless it failed before.
    fn all_tries(&self, ending: Ending, took: Duration) -> Vec<Try> {
        let mut tries = self.tries.clone();
        let last = tries.last_mut().filter(|last| last.failure.is_none());
        if let Some(last) = last {
            last.took = took.saturating_sub(last.after);
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

    /// Tells whoever keeps, counts or learns.
    pub(super) fn settle(&self, end: &End, changes: &str) {
        let &End { ending, status, ref usage, cost, took } = end;
        self.ledger.settle(&Settled {
            request_id: &self.request_id,
            identity: &self.identity,
            session: self.session.id(),
            exchange: self.exchange.as_ref(),
            dialect: self.dialect,
            surface: self.surface,
            provider: self.provider,
            asked: &self.asked,
            model: &self.model,
            stream: self.stream,
            ending,
            status,
            cost,
            usage,
            duration: took,
            first_content: self.first_content.get().copied(),
            attempts: self.attempts,
            arrived: self.arrived,
            trace: self.trace,
            tries: self.all_tries(ending, took),
            host: self.host.as_deref(),
            answered_by: &self.answered_by,
            stop: self.stop.as_ref(),
            changes,
            routing: self.routing.as_deref(),
        });
        // After the record of the request: what it has earned must not be on record before it.
        if let Some(lesson) = &self.lesson {
            lesson.tell(learning::End { ending, status, stop: self.stop.as_ref(), cost, took });
        }
    }

    /// The line of a request that was answered.
    pub(super) fn log(&self, end: &End, changes: &str) {
        let End { usage, cost, .. } = end;
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
            duration_ms = millis(end.took),
            changes = (!changes.is_empty()).then_some(changes),
            "{}", if end.ending == Ending::Answered { "answered" } else { "client went away" }
        );
    }

    /// The provider's own words: they may quote the request, so only who looks closely gets them.
    pub(super) fn say(&self, error: &ApiError) {
        tracing::debug!(target: REQUEST, request_id = %self.request_id, message = %error.message, "the provider says");
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
