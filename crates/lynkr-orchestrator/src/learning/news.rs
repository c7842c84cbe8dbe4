//! What the requests' path tells of a request: that it ended, and what the next one of its session says of it.

use std::sync::Arc;
use std::time::Duration;

use lynkr_protocol::neutral::{Event, StopReason};
use lynkr_routing::learn::bandit::Features;
use lynkr_routing::learn::checks::Checks;
use lynkr_routing::learn::task::Task;
use lynkr_routing::learn::verify::Stop;
use lynkr_routing::{Candidate, Score, Tier, TierBounds};
use lynkr_types::FaultKind;

use super::Learning;
use super::witness::Witness;
use crate::ledger::Ending;
use crate::prices::Cost;
use crate::routing::PinKey;

/// A request that was decided on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Begun {
    /// The request's id.
    pub(crate) request_id: String,
    /// Its session, and whether the client itself named it.
    pub(crate) session: Option<(PinKey, bool)>,
    /// How many turns its conversation had.
    pub(crate) turns: usize,
    /// The digest of the last of them.
    pub(crate) last: u128,
    /// What the user asked in it; empty where the last turn brings results of tools.
    pub(crate) ask: String,
    /// That as a vector; empty where there are no words.
    pub(crate) vector: Vec<f32>,
    /// Whether tools were on offer.
    pub(crate) has_tools: bool,
    pub(crate) features: Features,
    pub(crate) task: Task,
    pub(crate) score: Score,
    pub(crate) bounds: TierBounds,
}

/// What a request says of the one before it in its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Followed {
    /// The session.
    pub(crate) session: PinKey,
    /// How many turns the conversation has now.
    pub(crate) turns: usize,
    /// The digest of the last of them.
    pub(crate) last: u128,
    /// How many of them stand before the last answer.
    pub(crate) asked: usize,
    /// What the user says, if the last turn is the user's.
    pub(crate) words: Option<String>,
    /// Results of tools since the last answer: how many, and how many of them are errors.
    pub(crate) results: (usize, usize),
    /// What tests, builds and the like said in them.
    pub(crate) checks: Checks,
    /// The places of earlier turns whose edits the last answer took back.
    pub(crate) undone: Vec<usize>,
}

/// A request that is over.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) begun: Arc<Begun>,
    pub(super) tier: Tier,
    pub(super) served: Candidate,
    /// The models that were asked before and failed.
    pub(super) missed: Vec<(Tier, Candidate)>,
    pub(super) witness: Witness,
    pub(super) stop: Stop,
    pub(super) status: u16,
    pub(super) cost: Option<f64>,
    pub(super) latency: f64,
}

/// Something to learn from.
#[derive(Debug)]
pub(super) enum News {
    Finished(Box<Finished>),
    Followed(Box<Followed>),
}

/// Goes with a request to its end, and tells the learner what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Lesson {
    learning: Arc<Learning>,
    begun: Arc<Begun>,
    tier: Tier,
    served: Candidate,
    missed: Vec<(Tier, Candidate)>,
    witness: Witness,
}

/// How a request came to its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End<'a> {
    pub(crate) ending: Ending,
    pub(crate) status: u16,
    pub(crate) stop: Option<&'a StopReason>,
    pub(crate) cost: Option<Cost>,
    pub(crate) took: Duration,
}

impl Lesson {
    /// The lesson of a request that this model serves for this tier, after others have failed.
    pub(crate) fn new(
        learning: &Arc<Learning>,
        begun: &Arc<Begun>,
        (tier, served): (Tier, Candidate),
        missed: Vec<(Tier, Candidate)>,
    ) -> Self {
        let (learning, begun) = (Arc::clone(learning), Arc::clone(begun));
        Self { learning, begun, tier, served, missed, witness: Witness::default() }
    }

    /// Takes the next event of the answer in.
    pub(crate) fn hears(&mut self, event: &Event) {
        self.witness.hears(event);
    }

    /// The request is over. What says nothing of the model isn't learned from: a client that went away, a request that
    /// was wrong, an answer that couldn't be read.
    pub(crate) fn tell(&self, end: End<'_>) {
        let is_judged = match end.ending {
            Ending::Answered => self.witness.heard,
            Ending::Failed(kind) => is_the_models(kind),
            Ending::Left => false,
        };
        if !is_judged {
            return;
        }
        let broke = matches!(end.ending, Ending::Failed(_));
        self.learning.tell(News::Finished(Box::new(Finished {
            begun: Arc::clone(&self.begun),
            tier: self.tier,
            served: self.served.clone(),
            missed: self.missed.clone(),
            witness: self.witness.clone(),
            stop: match end.stop {
                None | Some(StopReason::EndTurn | StopReason::StopSequence | StopReason::ToolUse) => {
                    Stop::Done
                }
                Some(StopReason::MaxTokens | StopReason::ContextWindow) => Stop::Limit,
                Some(StopReason::Refusal | StopReason::PauseTurn | StopReason::Other(_)) => Stop::Other,
            },
            // A stream that broke had begun with 200.
            status: if broke && end.status < 400 { 502 } else { end.status },
            cost: end.cost.map(|cost| dollars(cost.nanos)),
            latency: end.took.as_secs_f64() * 1e3,
        })));
    }
}

impl Learning {
    /// What a request says of the one before it.
    pub(crate) fn follows(&self, followed: Followed) {
        self.tell(News::Followed(Box::new(followed)));
    }
}

/// Whether a failure says something of the model or its provider, and nothing of the request.
const fn is_the_models(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::RateLimit
            | FaultKind::Overloaded
            | FaultKind::Internal
            | FaultKind::BadGateway
            | FaultKind::Unavailable
            | FaultKind::Timeout
    )
}

#[expect(clippy::cast_precision_loss, reason = "amounts are far below 2^52 billionths")]
fn dollars(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}
