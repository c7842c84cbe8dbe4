//! Figures for people.

/// Billionths of a dollar as dollars.
#[expect(clippy::cast_precision_loss, reason = "a figure for people; the records have it exactly")]
pub fn dollars(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

/// Of a hundred, with one decimal; `None` of nothing.
#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
pub fn percent(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| (part as f64 / of as f64 * 1_000.0).round() / 10.0)
}

/// Like [`percent`] for costs in 10⁻¹² dollars.
#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
pub(crate) fn percent_of_costs(part: u128, of: u128) -> Option<f64> {
    (of > 0).then(|| (part as f64 / of as f64 * 1_000.0).round() / 10.0)
}

/// 10⁻¹² dollars as dollars.
#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
pub(crate) fn dollars_of_picos(picos: u128) -> f64 {
    picos as f64 / 1e12
}

/// The mean, rounded; `None` of nothing.
pub(crate) fn mean(sum: u64, of: u64) -> Option<u64> {
    (sum + of / 2).checked_div(of)
}
