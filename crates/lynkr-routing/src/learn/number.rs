//! Numbers from outside: counts to calculate with, and values that may be no number.

/// A count as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "counts here stay far below 2^52")]
pub(crate) const fn count(n: usize) -> f64 {
    n as f64
}

/// A value brought into 0 to 1; `None` for what is no number.
pub(crate) fn unit(value: f64) -> Option<f64> {
    (!value.is_nan()).then(|| value.clamp(0.0, 1.0))
}

/// A place in a list of `len`, by a fraction from 0 to 1; what is out of range is its nearest end.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is brought into the range of the list first"
)]
pub(crate) fn place(fraction: f64, len: usize) -> usize {
    let last = len.saturating_sub(1);
    let spot = unit(fraction).unwrap_or_default() * count(len);
    (spot as usize).min(last)
}
