//! Token counts, both ways. The API counts cached tokens as part of the input.

use super::DIALECT;
use super::wire::{self, InputDetails, OutputDetails};
use crate::neutral::{Extra, Usage};

/// Reads the counts.
pub(super) fn read(usage: wire::Usage) -> Usage {
    let mut counts = Usage {
        output: usage.output_tokens,
        reasoning: usage.output_tokens_details.and_then(|details| details.reasoning_tokens),
        extra: Extra::new(DIALECT, usage.rest),
        ..Usage::default()
    };
    if let Some(total) = usage.input_tokens {
        let details = usage.input_tokens_details.unwrap_or_default();
        counts.set_total_input(total, details.cached_tokens);
        if let Some(written) = details.cache_write_tokens {
            counts.input = counts.input.map(|input| input.saturating_sub(written));
            counts.cache_write = Some(written);
        }
    }
    counts
}

/// Writes the counts; `None` when the output was not measured. Clients need all three totals together,
/// so an input that was not measured is `estimate`.
pub(super) fn write(usage: &Usage, estimate: u64) -> Option<wire::Usage> {
    let output = usage.output?;
    let input = usage.total_input().unwrap_or(estimate);
    Some(wire::Usage {
        input_tokens: Some(input),
        input_tokens_details: Some(InputDetails {
            cached_tokens: Some(usage.cache_read.unwrap_or(0)),
            cache_write_tokens: Some(usage.cache_write.unwrap_or(0)),
            ..InputDetails::default()
        }),
        output_tokens: Some(output),
        output_tokens_details: Some(OutputDetails {
            reasoning_tokens: Some(usage.reasoning.unwrap_or(0)),
            ..OutputDetails::default()
        }),
        total_tokens: Some(input.saturating_add(output)),
        rest: usage.extra.of(DIALECT),
    })
}
