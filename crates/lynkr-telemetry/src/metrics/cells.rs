//! Cells that count without a lock.

use std::sync::atomic::{AtomicU64, Ordering};

/// A number that only grows.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many observations fell below each bound.
#[derive(Debug)]
pub(super) struct Histogram {
    bounds: &'static [f64],
    /// One more than bounds: what is above them all.
    buckets: Vec<AtomicU64>,
    sum_micros: AtomicU64,
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
        let buckets = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, buckets, sum_micros: AtomicU64::new(0) }
    }

    /// Adds one observation. The sum is kept in millionths, which an integer adds without a loop.
    pub(super) fn observe(&self, value: f64) {
        let at = self.bounds.partition_point(|bound| *bound < value);
        if let Some(bucket) = self.buckets.get(at) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
        let micros = (value * 1e6).clamp(0.0, 1e15) as u64;
        self.sum_micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub(super) fn counted(&self) -> Counted {
        let mut count = 0;
        let mut cumulative = Vec::with_capacity(self.bounds.len());
        for (at, bucket) in self.buckets.iter().enumerate() {
            count += bucket.load(Ordering::Relaxed);
            if let Some(bound) = self.bounds.get(at) {
                cumulative.push((*bound, count));
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a sum for people")]
        let sum = self.sum_micros.load(Ordering::Relaxed) as f64 / 1e6;
        Counted { cumulative, count, sum }
    }
}
