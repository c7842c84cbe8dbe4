//! What can be typed after `lynkr usage` and `lynkr stats`.

use clap::Args;
use lynkr_config::Inputs;

use super::{Files, inputs};

/// `lynkr usage`
#[derive(Debug, Args)]
pub(crate) struct Usage {
    /// The last N days.
    #[arg(long, value_name = "N")]
    pub(crate) days: Option<String>,
    /// The last hours or days (24h, 7d, 30d), or all.
    #[arg(long, value_name = "WINDOW", conflicts_with = "days")]
    pub(crate) window: Option<String>,
    /// From this time on: ISO 8601, or milliseconds since 1970.
    #[arg(long, value_name = "TIME", conflicts_with_all = ["days", "window"])]
    pub(crate) since: Option<String>,
    /// The model that costs are compared with; claude-sonnet-4-5-20250929 unless given.
    #[arg(long, value_name = "MODEL")]
    pub(crate) flagship: Option<String>,
    /// Requests to this provider only.
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<String>,
    /// Requests to this model only.
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Print CSV.
    #[arg(long, conflicts_with = "json")]
    pub(crate) csv: bool,
    /// Print a small card.
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    pub(crate) card: bool,
    #[command(flatten)]
    files: Files,
}

impl Usage {
    /// The configuration's inputs.
    pub(crate) fn inputs(&self) -> Inputs {
        inputs(Vec::new(), &self.files)
    }

    /// The same as a card, unless another form is asked for.
    pub(crate) fn into_card(self) -> Self {
        Self { card: !self.json && !self.csv, ..self }
    }
}
