//! Numbers that one lane counts, and that are summed when somebody looks.

use std::ops::AddAssign;

/// How many observations fell below each bound.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    bounds: &'static [f64],
    /// One more than bounds: what is above them all.
    buckets: Vec<u64>,
    sum_micros: u64,
}

/// A histogram as it was at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counted {
    /// Upper bound and how many observations are at or below it.
    pub(super) cumulative: Vec<(f64, u64)>,
    pub(super) count: u64,
    /// In the unit of the observations.
    pub(super) sum: f64,
}

impl Histogram {
    pub(super) fn new(bounds: &'static [f64]) -> Self {
        Self { bounds, buckets: vec![0; bounds.len() + 1], sum_micros: 0 }
    }

    /// Adds one observation. The sum is kept in millionths, so that it doesn't depend on the order.
    pub(super) fn observe(&mut self, value: f64) {
        let at = self.bounds.partition_point(|bound| *bound < value);
        if let Some(bucket) = self.buckets.get_mut(at) {
            *bucket += 1;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
        let micros = (value * 1e6).clamp(0.0, 1e15) as u64;
        self.sum_micros += micros;
    }

    pub(super) fn counted(&self) -> Counted {
        let mut count = 0;
        let mut cumulative = Vec::with_capacity(self.bounds.len());
        for (at, bucket) in self.buckets.iter().enumerate() {
            count += bucket;
            if let Some(bound) = self.bounds.get(at) {
                cumulative.push((*bound, count));
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a sum for people")]
        let sum = self.sum_micros as f64 / 1e6;
        Counted { cumulative, count, sum }
    }
}

impl AddAssign<&Self> for Histogram {
    fn add_assign(&mut self, other: &Self) {
        for (bucket, more) in self.buckets.iter_mut().zip(&other.buckets) {
            *bucket += more;
        }
        self.sum_micros += other.sum_micros;
    }
}
