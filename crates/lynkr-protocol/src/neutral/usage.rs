//! Token counts of one answer.

use super::Extra;

/// Token counts. `None` is not measured, which is not the same as zero.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Usage {
    /// Input tokens that no cache served and that were not written to one (Anthropic's counting;
    /// OpenAI's `prompt_tokens` is the sum of all three).
    pub input: Option<u64>,
    /// Input tokens read from the provider's cache.
    pub cache_read: Option<u64>,
    /// Input tokens written to the provider's cache.
    pub cache_write: Option<u64>,
    /// Output tokens, reasoning included.
    pub output: Option<u64>,
    /// The part of the output that was reasoning.
    pub reasoning: Option<u64>,
    /// Whether the counts are estimates of ours.
    pub estimated: bool,
    /// Other fields of its dialect.
    pub extra: Extra,
}

impl Usage {
    /// All input tokens, however they were served; `None` when none was measured.
    pub fn total_input(&self) -> Option<u64> {
        let parts = [self.input, self.cache_read, self.cache_write];
        if parts.iter().all(Option::is_none) {
            return None;
        }
        Some(parts.iter().flatten().fold(0_u64, |sum, part| sum.saturating_add(*part)))
    }

    /// Sets the counts from a total that includes the cached part, as OpenAI reports them.
    pub fn set_total_input(&mut self, total: u64, cache_read: Option<u64>) {
        self.input = Some(total.saturating_sub(cache_read.unwrap_or(0)));
        self.cache_read = cache_read;
    }

    /// Takes each count that `later` has. Streams report counts in parts, and later ones win.
    pub fn merge(&mut self, later: &Self) {
        let measured_input = later.input.is_some();
        self.input = later.input.or(self.input);
        self.cache_read = later.cache_read.or(self.cache_read);
        self.cache_write = later.cache_write.or(self.cache_write);
        self.output = later.output.or(self.output);
        self.reasoning = later.reasoning.or(self.reasoning);
        if measured_input {
            self.estimated = later.estimated;
        }
        if !later.extra.is_empty() {
            self.extra = later.extra.clone();
        }
    }
}
