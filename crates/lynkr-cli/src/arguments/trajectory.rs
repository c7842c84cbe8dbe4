//! What can be typed after `lynkr trajectory`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lynkr_config::Inputs;
use lynkr_routing::Tier;

use super::{Files, inputs};

/// `lynkr trajectory`
#[derive(Debug, Args)]
pub(crate) struct Trajectory {
    /// From this time on: so many hours or days ago (24h, 30d), all, ISO 8601, or milliseconds since 1970.
    #[arg(long, value_name = "TIME", default_value = "30d")]
    pub(crate) since: String,
    /// The last N days.
    #[arg(long, value_name = "N", conflicts_with = "since")]
    pub(crate) days: Option<String>,
    /// Sessions of which a model of this tier served a request: simple, medium, complex or reasoning.
    #[arg(long, value_name = "TIER")]
    pub(crate) tier: Option<Tier>,
    /// The file to write, which must not be there; `-` is standard output.
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,
    /// Take keys, tokens, e-mail addresses, names of users in paths, and IP addresses out of all texts.
    #[arg(long)]
    pub(crate) anonymize: bool,
    /// Only print how many sessions there are.
    #[arg(long)]
    pub(crate) count: bool,
    /// The form of the export.
    #[arg(long, value_name = "FORM", default_value = "jsonl")]
    format: TrajectoryFormat,
    #[command(flatten)]
    files: Files,
}

/// The form of the export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TrajectoryFormat {
    /// One JSON object a line
    Jsonl,
}

impl Trajectory {
    /// The configuration's inputs.
    pub(crate) fn inputs(&self) -> Inputs {
        let TrajectoryFormat::Jsonl = self.format;
        inputs(Vec::new(), &self.files)
    }
}
