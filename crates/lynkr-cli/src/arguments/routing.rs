//! `lynkr routing`.

use clap::{Args, Subcommand};
use lynkr_config::Inputs;

use super::{Files, inputs};

/// `lynkr routing`
#[derive(Debug, Args)]
pub(crate) struct Routing {
    #[command(subcommand)]
    pub(crate) task: RoutingTask,
    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(flatten)]
    files: Files,
}

/// What `lynkr routing` does.
#[derive(Debug, Subcommand)]
pub(crate) enum RoutingTask {
    /// Estimate what other policies would have earned on the requests that are on record; exit with 1 when there is too
    /// little to say so.
    Eval(RoutingEval),
    /// Show what was decided, what it earned and what is learned, by the store.
    Stats {
        /// Not before: milliseconds since 1970, or so many days or hours ago (30d, 12h).
        #[arg(long, value_name = "TIME", default_value = "30d")]
        since: String,
    },
}

/// `lynkr routing eval`
#[derive(Debug, Args)]
pub(crate) struct RoutingEval {
    /// Not before: milliseconds since 1970, or so many days or hours ago (30d, 12h).
    #[arg(long, value_name = "TIME", default_value = "30d")]
    pub(crate) since: String,
    /// The policy: logged, static (the first listed), uniform, shadow, learner (as it is now), or provider:model wherever
    /// that is among the candidates. May be given several times; without any, all but the last kind.
    #[arg(long, value_name = "POLICY")]
    pub(crate) policy: Vec<String>,
    /// How many of the newest decisions are looked at.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub(crate) limit: u32,
}

impl Routing {
    /// The configuration's inputs.
    pub(crate) fn inputs(&self) -> Inputs {
        inputs(Vec::new(), &self.files)
    }
}
