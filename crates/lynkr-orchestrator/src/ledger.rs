//! What is known of a request that is over: one record, for whoever counts, keeps or charges.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lynkr_protocol::neutral::{StopReason, Usage};
use lynkr_types::{FaultKind, TraceContext};

use crate::identity::Identity;
use crate::learning::Earned;
use crate::prices::Cost;
use crate::routing::RoutingRecord;
use crate::session_id::SessionId;

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Answered to the end.
    Answered,
    /// Not answered, or not to the end.
    Failed(FaultKind),
    /// The client went away before the end.
    Left,
}

/// One time that a request was sent to the provider. Kept where the request is traced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Try {
    /// Its span's id, which the provider may have been told.
    pub span_id: [u8; 8],
    /// When it began, from the request's arrival.
    pub after: Duration,
    /// How long it took, up to the answer's last byte.
    pub took: Duration,
    /// The provider's status; `None` when it didn't answer.
    pub status: Option<u16>,
    /// What went wrong.
    pub failure: Option<FaultKind>,
}

/// A model request that is over, however it ended. Whoever keeps something of it makes a copy.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled<'a> {
    /// The request's id.
    pub request_id: &'a str,
    /// Who asked.
    pub identity: &'a Identity,
    /// The session that it belongs to, as the client says or as its beginning tells.
    pub session: Option<&'a SessionId>,
    /// What was said; `None` unless transcripts are kept and the client named its session.
    pub exchange: Option<&'a Exchange>,
    /// The client's dialect.
    pub surface: &'static str,
    /// The dialect that the provider was spoken to in.
    pub dialect: &'static str,
    /// The provider that was asked.
    pub provider: &'static str,
    /// The model that the client asked for; empty when it named none.
    pub asked: &'a str,
    /// The model that was asked.
    pub model: &'a str,
    /// Whether the client wanted a stream.
    pub stream: bool,
    /// How it ended.
    pub ending: Ending,
    /// The status that the client got; a stream that broke had begun with 200.
    pub status: u16,
    /// Token counts.
    pub usage: &'a Usage,
    /// What it cost; `None` when that isn't known.
    pub cost: Option<Cost>,
    /// From its arrival to its end.
    pub duration: Duration,
    /// From its arrival to the first content; `None` when none came.
    pub first_content: Option<Duration>,
    /// How often it was sent to the provider.
    pub attempts: u32,
    /// When it arrived.
    pub arrived: SystemTime,
    /// Its own span; `None` where nothing is traced.
    pub trace: Option<TraceContext>,
    /// Each time that it was sent, where it is traced.
    pub tries: Vec<Try>,
    /// The provider's host; `None` for one in this process.
    pub host: Option<&'a str>,
    /// The model's own name for itself; empty when it didn't say.
    pub answered_by: &'a str,
    /// Why the answer ended, where that was seen.
    pub stop: Option<&'a StopReason>,
    /// What the gateway changed, as the receipt's header says it.
    pub changes: &'a str,
    /// How it was routed; `None` for what no tier and no rule is for, such as embeddings.
    pub routing: Option<&'a RoutingRecord>,
}

/// What was said in one request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Exchange {
    /// The turns that came after the last one of the model, as the client wrote them; `None` when they are larger than
    /// a transcript takes.
    pub asked: Option<serde_json::Value>,
    /// The words of the answer, as far as a transcript takes them.
    pub answered: String,
}

/// Whoever counts, keeps or charges. Called once per request, on the request's own path: nothing in here may wait.
pub trait Ledger: Send + Sync + fmt::Debug {
    /// A request is over.
    fn settle(&self, settled: &Settled<'_>);

    /// It turned out what a request has earned, where that is learned. Called off the requests' path.
    fn earned(&self, _: &Earned) {}
}

/// Several that are told alike, in order.
#[derive(Debug, Clone, Default)]
pub struct Ledgers(pub Vec<Arc<dyn Ledger>>);

impl Ledger for Ledgers {
    fn settle(&self, settled: &Settled<'_>) {
        for ledger in &self.0 {
            ledger.settle(settled);
        }
    }

    fn earned(&self, earned: &Earned) {
        self.0.iter().for_each(|ledger| ledger.earned(earned));
    }
}
