//! From the record of a request to the numbers that are shown.

use std::sync::Arc;

use lynkr_orchestrator::{Ending, Ledger, Settled};
use lynkr_telemetry::{Metrics, Outcome, Sample};

/// Counts each request that is over.
#[derive(Debug)]
pub(crate) struct CountedBy(pub(crate) Arc<Metrics>);

impl Ledger for CountedBy {
    fn settle(&self, settled: &Settled<'_>) {
        let usage = settled.usage;
        let kind = match settled.ending {
            Ending::Failed(kind) => Some(format!("{kind:?}")),
            Ending::Answered | Ending::Left => None,
        };
        let cached = usage.cache_read.unwrap_or(0);
        self.0.request(&Sample {
            provider: settled.provider,
            model: settled.model,
            surface: settled.surface,
            outcome: match settled.ending {
                Ending::Answered => Outcome::Success,
                Ending::Failed(_) => Outcome::Error,
                Ending::Left => Outcome::Cancelled,
            },
            error: kind.as_deref(),
            duration: settled.duration,
            first_byte: settled.first_content,
            input_tokens: usage.input.unwrap_or(0) + cached + usage.cache_write.unwrap_or(0),
            output_tokens: usage.output.unwrap_or(0),
            cached_tokens: cached,
            cost_nanos: settled.cost.map(|cost| cost.nanos),
            retries: settled.attempts.saturating_sub(1),
        });
    }
}
