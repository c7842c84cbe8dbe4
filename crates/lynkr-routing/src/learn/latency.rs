//! How long models take: the last 200 answers of each.

use std::collections::{BTreeMap, VecDeque};

/// How many answers of a model are remembered.
const SAMPLES: usize = 200;
/// From how many on there are statistics.
const ENOUGH: usize = 10;
/// How many models are remembered; the one not heard of for longest goes.
const MODELS: usize = 512;

/// Latencies of models, by whatever key the caller has for them.
#[derive(Debug, Clone, Default)]
pub struct Latencies {
    clock: u64,
    models: BTreeMap<String, Ring>,
}

#[derive(Debug, Clone, Default)]
struct Ring {
    last: u64,
    samples: VecDeque<f64>,
}

/// Statistics of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// How many answers they rest on.
    pub samples: usize,
    /// Half of the answers took at most this long, in milliseconds.
    pub p50: f64,
    /// And 95 of 100 this.
    pub p95: f64,
}

impl Latencies {
    /// Takes in how long an answer took, in milliseconds; what is negative or no finite number is left out.
    pub fn add(&mut self, model: &str, milliseconds: f64) {
        if !milliseconds.is_finite() || milliseconds < 0.0 {
            return;
        }
        self.clock += 1;
        if !self.models.contains_key(model) && self.models.len() >= MODELS {
            let oldest = self.models.iter().min_by_key(|(_, ring)| ring.last).map(|(model, _)| model.clone());
            oldest.and_then(|model| self.models.remove(&model));
        }
        let ring = self.models.entry(model.to_owned()).or_default();
        ring.last = self.clock;
        if ring.samples.len() == SAMPLES {
            ring.samples.pop_front();
        }
        ring.samples.push_back(milliseconds);
    }

    /// The statistics of a model; `None` with fewer than ten answers.
    pub fn of(&self, model: &str) -> Option<Statistics> {
        let samples = &self.models.get(model).filter(|ring| ring.samples.len() >= ENOUGH)?.samples;
        let mut sorted: Vec<f64> = samples.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        // Nearest rank: the least value with at least that share at or below it.
        let rank = |percent: usize| sorted[(percent * sorted.len()).div_ceil(100).saturating_sub(1)];
        Some(Statistics { samples: sorted.len(), p50: rank(50), p95: rank(95) })
    }
}

#[cfg(test)]
mod tests {
    //! The ring, and statistics from ten answers on.

    use super::*;

    #[test]
    fn statistics() {
        let mut latencies = Latencies::default();
        for n in 1..=9_u32 {
            latencies.add("m", f64::from(n));
        }
        latencies.add("m", f64::NAN);
        latencies.add("m", -1.0);
        assert_eq!(latencies.of("m"), None);
        latencies.add("m", 10.0);
        assert_eq!(latencies.of("m"), Some(Statistics { samples: 10, p50: 5.0, p95: 10.0 }));
        for n in 1..=200_u32 {
            latencies.add("m", f64::from(n) * 100.0);
        }
        assert_eq!(latencies.of("m"), Some(Statistics { samples: 200, p50: 10_000.0, p95: 19_000.0 }));
    }

    #[test]
    fn models_are_bounded() {
        let mut latencies = Latencies::default();
        (0..600).for_each(|n| latencies.add(&n.to_string(), 1.0));
        assert_eq!(latencies.models.len(), MODELS);
        assert!(!latencies.models.contains_key("0") && latencies.models.contains_key("599"));
    }
}
