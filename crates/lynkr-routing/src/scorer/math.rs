//! Arithmetic that gives the same bits on every machine: the platform's `exp` may differ in its last digit.

/// The logistic function, from additions and multiplications alone.
pub fn logistic(x: f64) -> f64 {
    if x >= 0.0 { 1.0 / (1.0 + exp(-x)) } else { 1.0 - 1.0 / (1.0 + exp(x)) }
}

/// e to the power of `x`, for `x` up to 0, right to about twelve digits.
pub(crate) fn exp(x: f64) -> f64 {
    let x = x.max(-700.0);
    // In halves so that the series needs few terms, then squared as often.
    let mut halvings = 0;
    let mut reduced = x;
    while reduced < -0.5 {
        reduced *= 0.5;
        halvings += 1;
    }
    let mut sum = 1.0;
    for term in (1..=12_u8).rev() {
        sum = 1.0 + sum * reduced / f64::from(term);
    }
    for _ in 0..halvings {
        sum *= sum;
    }
    sum
}

#[cfg(test)]
mod tests {
    //! Beside the platform's own.

    use super::*;

    #[test]
    fn the_logistic_function() {
        for step in -4000..=4000_i16 {
            let x = f64::from(step) / 100.0;
            assert!((logistic(x) - 1.0 / (1.0 + (-x).exp())).abs() < 1e-10, "{x}");
        }
        assert!(logistic(-1e9) >= 0.0 && logistic(1e9) <= 1.0);
        assert_eq!(logistic(0.0).to_bits(), 0.5_f64.to_bits());
    }
}
