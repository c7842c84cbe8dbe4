//! The account of one request: what is logged when it is over, however it ends.

use std::time::Instant;

use lynkr_protocol::ApiError;
use lynkr_protocol::neutral::Usage;
use lynkr_types::Receipt;

use crate::failure::Failure;
use crate::ingress::Ingress;
use crate::route::Routed;

/// What the log says of one request.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    request_id: String,
    surface: &'static str,
    provider: &'static str,
    model: String,
    stream: bool,
    changes: String,
    began: Instant,
}

impl Account {
    pub(crate) fn new(ingress: &Ingress, routed: &Routed<'_>, stream: bool, receipt: &Receipt) -> Self {
        Self {
            request_id: ingress.request_id.clone(),
            surface: ingress.dialect.name(),
            provider: routed.upstream.provider().name,
            model: routed.model.clone(),
            stream,
            changes: receipt.to_header(),
            began: Instant::now(),
        }
    }

    /// The account of a request that goes to no provider.
    #[cfg(test)]
    pub(crate) fn bare(ingress: &Ingress, receipt: &Receipt) -> Self {
        Self {
            request_id: ingress.request_id.clone(),
            surface: ingress.dialect.name(),
            provider: "none",
            model: String::new(),
            stream: true,
            changes: receipt.to_header(),
            began: Instant::now(),
        }
    }

    /// The request's id, for log lines in between.
    pub(crate) fn request_id(&self) -> &str {
        &self.request_id
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The answer is complete, or the client went away before it was.
    pub(crate) fn finished(&self, usage: &Usage, complete: bool) {
        tracing::info!(
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
            duration_ms = self.elapsed_ms(),
            changes = (!self.changes.is_empty()).then_some(self.changes.as_str()),
            "{}", if complete { "answered" } else { "client went away" }
        );
    }

    /// The request, or the rest of its answer, failed.
    pub(crate) fn failed(&self, failure: &Failure, attempts: u32) {
        tracing::warn!(
            request_id = %self.request_id,
            surface = self.surface,
            provider = self.provider,
            model = %self.model,
            status = failure.error.status,
            error = %in_short(&failure.error),
            attempts,
            duration_ms = self.elapsed_ms(),
            "not answered"
        );
        self.say(&failure.error);
    }

    /// A stream broke after its first byte.
    pub(crate) fn broke(&self, error: &ApiError) {
        tracing::warn!(
            request_id = %self.request_id,
            provider = self.provider,
            model = %self.model,
            error = %in_short(error),
            duration_ms = self.elapsed_ms(),
            "the stream broke"
        );
        self.say(error);
    }

    /// The provider's own words: they may quote the request, so only who looks closely gets them.
    fn say(&self, error: &ApiError) {
        tracing::debug!(request_id = %self.request_id, message = %error.message, "the provider says");
    }
}

/// An error for the log: its kind, and the provider's code for it.
fn in_short(error: &ApiError) -> String {
    match &error.code {
        Some(code) => format!("{:?}: {code}", error.kind),
        None => format!("{:?}", error.kind),
    }
}
