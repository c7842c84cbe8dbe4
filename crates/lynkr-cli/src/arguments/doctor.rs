//! `lynkr doctor`: what can be typed.

use clap::Args;
use lynkr_config::Inputs;

use super::{Files, inputs};

const AFTER_HELP: &str =
    "Ends with 0 when nothing is wrong, with 1 otherwise; what is only worth knowing is no problem.";

/// `lynkr doctor`
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Doctor {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Ask nobody outside of this machine: keys are looked at, and not tried.
    #[arg(long)]
    pub(crate) offline: bool,
    #[command(flatten)]
    files: Files,
}

impl Doctor {
    /// The configuration's inputs.
    pub(crate) fn inputs(&self) -> Inputs {
        inputs(Vec::new(), &self.files)
    }
}
