//! The hidden loop of server mode: the gateway offers its own tools, runs what a model calls of them, and asks the model
//! again until it is done or calls a tool of the client's.
//!
//! A [`Task`] is the conversation as it grows; each of its steps is a request of its own, with retries, breakers, charges
//! and a record like any other, whose answer goes into a [`Capture`] instead of to the client. A [`Run`] is the one
//! answer that the client gets: the [`Stitch`] joins what the steps say, without the calls that are the gateway's, and
//! `work` runs those between two steps. What was hidden is kept in the [`Memory`], so that the client's next request
//! gets it back. It works on the neutral form alone, and so for every dialect.

mod capture;
mod digest;
mod guard;
mod limits;
mod memory;
mod run;
mod step;
mod stitch;
mod task;
mod work;

use std::sync::Arc;
use std::time::Duration;

use lynkr_tools::Toolbox;

pub(crate) use capture::Capture;
pub(crate) use memory::Memory;
pub use run::Run;
pub(crate) use task::Task;

/// What server mode needs.
#[derive(Debug, Clone)]
pub struct AgentOptions {
    /// The tools.
    pub tools: Arc<Toolbox>,
    /// `POLICY_MAX_STEPS`: how often one request asks the model.
    pub max_steps: u64,
    /// `POLICY_MAX_DURATION_MS`: after how long no further step begins.
    pub max_duration: Duration,
}
